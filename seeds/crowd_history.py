"""The history of a large set: a third active, a third passive, a third silent, in a few patterns of days.

A pattern is folded once, by the functions that the verbs use, and holds for all who follow it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.checkins.check_in import CheckIn
from models.checkins.plan import CheckInPlan
from models.checkins.streak import Progress, Streak, rewards_due
from models.eligibility import Due
from models.points.account import Bucket, Currency, Holder, of_member, of_platform
from models.points.entry import PointEntry
from models.points.lot import NEVER, PointLot
from models.points.member_level import MemberLevel
from seeds.crowd import SEATS, Crowd, Table, account_table, ordered_id
from seeds.texts import CHECK_IN_WORDS
from store.bulk import Row

_PATTERNS = 21
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Step:
    """One check-in of a pattern: the standing after it, what it pays, and all that was paid by then."""

    progress: Progress
    due: list[Due]
    paid_before: int

    @property
    def paid(self) -> int:
        return sum(one.points for one in self.due)


Pattern = dict[date, Step]


class History:
    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._patterns = [self._folded(kind) for kind in range(_PATTERNS)]
        self._totals = [sum(step.paid for step in pattern.values()) for pattern in self._patterns]
        self._days = sorted(set().union(*self._patterns))
        self._starts = {day: crowd.calendar.at(day, 7) for day in self._days}

    def pattern(self, n: int) -> Pattern:
        return self._patterns[n % _PATTERNS]

    def acts(self) -> list[int]:
        """How many check-ins each member has."""
        return [len(self.pattern(n)) for n in range(self._crowd.size)]

    def tables(self) -> Iterator[Table]:
        yield Table(
            Streak,
            (
                *("id", "member_id", "plan_id", "updated_at", "current_days", "longest_days", "total_days"),
                *("cycle_done", "run_started_on", "last_day", "cycle_started_on"),
            ),
            self._streaks(),
        )
        yield Table(
            CheckIn,
            (
                *("id", "member_id", "plan_id", "plan_version", "group_id", "business_day", "content"),
                *("day_index", "streak_days", "points_paid", "created_at"),
            ),
            self._check_ins(),
        )
        yield account_table(self._accounts())
        columns = ("id", "member_id", "position", "since", "growth_before", "growth_offset", "grace_days")
        yield Table(MemberLevel, columns, self._levels())
        yield Table(PointLot, ("id", "account_id", "member_id", "expires_at", "remaining"), self._lots())
        yield Table(
            PointEntry,
            (
                *("id", "transfer_id", "account_id", "member_id", "currency", "bucket", "amount", "balance_after"),
                *("reason", "source", "rule_id", "rule_version", "earned_at", "posted_at"),
            ),
            self._entries(),
        )

    def _folded(self, kind: int) -> Pattern:
        habit, variant = kind % 3, kind // 3
        crowd = self._crowd
        last = crowd.days + 1
        if habit == 0:
            # All days but one, so that the streaks differ.
            missed = min(8 + variant, last)
            back = [n for n in range(last, 0, -1) if n != missed]
        else:
            back = list(range(crowd.days - variant % 2, 0, -2)) if habit == 1 else []
        return _fold([crowd.calendar.today - n * _ONE_DAY for n in back], crowd.plan)

    def _at(self, day: date, n: int) -> datetime:
        """Check-ins of a day follow each other evenly over twelve hours."""
        return self._starts[day] + timedelta(microseconds=43_200_000_000 * n // self._crowd.size)

    def _made(self) -> Iterator[tuple[date, int, Step]]:
        """Every check-in, in the order of time."""
        for day in self._days:
            of_day = [pattern.get(day) for pattern in self._patterns]
            for n in range(self._crowd.size):
                if step := of_day[n % _PATTERNS]:
                    yield day, n, step

    def _streaks(self) -> Iterator[Row]:
        plan_id = self._crowd.plan.id
        for n, member_id in enumerate(self._crowd.member_ids):
            if pattern := self.pattern(n):
                day, step = list(pattern.items())[-1]
                at = self._at(day, n)
                yield ordered_id(at, n), member_id, plan_id, at, *vars(step.progress).values()

    def _check_ins(self) -> Iterator[Row]:
        crowd = self._crowd
        plan_id, version, words = crowd.plan.id, crowd.plan.version, CHECK_IN_WORDS
        groups = [crowd.group_id(group) for group in range(crowd.group_count)]
        for day, n, step in self._made():
            at = self._at(day, n)
            content = words[n % len(words)] if n % 5 == 0 else None
            yield (
                *(ordered_id(at, n), crowd.member_ids[n], plan_id, version, groups[n // SEATS], day, content),
                *(step.progress.cycle_done, step.progress.current_days, step.paid, at),
            )

    def _accounts(self) -> Iterator[Row]:
        for n, member_id in enumerate(self._crowd.member_ids):
            total, growth = self._total(n), of_member(member_id, Currency.GROWTH).id
            points = self._crowd.account_ids[n]
            yield points, Holder.MEMBER, member_id, Currency.POINTS, Bucket.AVAILABLE, total, total
            yield growth, Holder.MEMBER, member_id, Currency.GROWTH, Bucket.AVAILABLE, 0, 0

    def _levels(self) -> Iterator[Row]:
        """All are on the level that one has from the beginning."""
        for n, member_id in enumerate(self._crowd.member_ids):
            at = self._crowd.joined_at(n)
            yield ordered_id(at, n), member_id, 1, at, 0, 0, 0

    def _lots(self) -> Iterator[Row]:
        """One for each who has points: there is no expiry policy, so they never lapse."""
        for n, member_id in enumerate(self._crowd.member_ids):
            if total := self._total(n):
                yield ordered_id(self._crowd.joined_at(n), n), self._crowd.account_ids[n], member_id, NEVER, total

    def _total(self, n: int) -> int:
        """All that a member was paid."""
        return self._totals[n % _PATTERNS]

    def _entries(self) -> Iterator[Row]:
        """Two for each reward: out of the pool, into the member's account."""
        crowd, points = self._crowd, Currency.POINTS
        pool, plan_id, version = of_platform(Bucket.ISSUED).id, crowd.plan.id, crowd.plan.version
        for day, n, step in self._made():
            at = self._at(day, n)
            source, balance = f"check_in:{ordered_id(at, n)}", step.paid_before
            member_id, account_id = crowd.member_ids[n], crowd.account_ids[n]
            for number, due in enumerate(step.due):
                balance += due.points
                out, into = ordered_id(at, n, 2 * number), ordered_id(at, n, 2 * number + 1)
                why = (due.reason, source, plan_id, version)
                yield out, out, pool, None, points, Bucket.ISSUED, -due.points, None, *why, None, at
                yield into, out, account_id, member_id, points, Bucket.AVAILABLE, due.points, balance, *why, at, at


def _fold(days: list[date], plan: CheckInPlan) -> Pattern:
    pattern: Pattern = {}
    progress, paid = Progress(), 0
    for day in days:
        progress = progress.advance(day, plan)
        pattern[day] = step = Step(progress, rewards_due(progress, plan), paid)
        paid += step.paid
    return pattern
