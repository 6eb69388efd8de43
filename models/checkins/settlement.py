"""Settlement: what changes when a member's past days change.

The days are replayed with and without the change. What is due only afterwards is paid, what was due only before is
taken back, in one posting, so that a bonus that merely moves to another check-in never leaves an account short.
A cause that was reversed and falls due again is paid under a source with a number behind it.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from models.checkins.card import CheckInCard
from models.checkins.plan import CheckInPlan
from models.checkins.streak import Progress, Streak, base_due, rewards_due
from models.eligibility import Due
from models.points.account import Currency
from models.points.entry import Move, PointEntry, Rule, reward, undo


@dataclass(frozen=True)
class SettledDay:
    """A check-in that counts: its id, its day, the plan as it was then, and whether it was made up later."""

    id: UUID
    day: date
    plan: CheckInPlan
    is_made_up: bool = False

    @property
    def percent(self) -> int:
        """How much of the base it pays."""
        return int(self.plan.make_up_pays_percent) if self.is_made_up else 100

    @property
    def keeps_run(self) -> bool:
        return self.plan.make_up_restores_streak if self.is_made_up else True


@dataclass(frozen=True)
class Outcome:
    """Where a member stood after one check-in, and what that check-in pays."""

    progress: Progress
    due: list[Due]


async def settle(
    member_id: UUID,
    plan: CheckInPlan,
    before: Sequence[SettledDay],
    after: Sequence[SettledDay],
    *,
    at: datetime,
    note: str,
    staff_id: UUID | None = None,
) -> dict[UUID, Outcome]:
    """Replay a member's days, keep the streak they make, and post the difference; the caller holds the member's row.

    Returns the outcome of each check-in of `after` by its id.
    """
    covered = await CheckInCard.covered_days(member_id, plan.id)
    was, now = outcomes(before, covered), outcomes(after, covered)
    rules = {one.id: Rule(plan.id, one.plan.version) for one in after}
    moves = []
    for key, outcome in was.items():
        moves += await _take_back(member_id, key, outcome, now.get(key), note, staff_id)
    for key, outcome in now.items():
        moves += await _pay(member_id, key, outcome, was.get(key), rules[key])
    await PointEntry.post(moves, at=at)
    await Streak.keep(member_id, plan.id, standing(now), at=at)
    return now


def outcomes(days: Sequence[SettledDay], covered: Set[date]) -> dict[UUID, Outcome]:
    """Where each check-in led and what it pays, by its id, in the order of the days."""
    found, progress = {}, Progress()
    for one in sorted(days, key=lambda one: one.day):
        if one.keeps_run:
            progress = progress.advance(one.day, one.plan, covered)
            found[one.id] = Outcome(progress, rewards_due(progress, one.plan, percent=one.percent))
        else:
            progress = progress.count_only()
            found[one.id] = Outcome(progress, base_due(one.plan, percent=one.percent))
    return found


def standing(found: Mapping[UUID, Outcome]) -> Progress:
    """Where the last of the days left the member."""
    last = max(found.values(), key=lambda outcome: outcome.progress.total_days, default=None)
    return last.progress if last else Progress()


def reward_moves(member_id: UUID, source: str, due: Sequence[Due], rule: Rule) -> list[Move]:
    """The movements that pay what is due: points, and growth beside them."""
    moves = []
    for one in due:
        for amount, currency in ((one.points, Currency.POINTS), (one.growth, Currency.GROWTH)):
            if amount:
                moves.append(reward(member_id, amount, reason=one.reason, source=source, currency=currency, rule=rule))
    return moves


async def _take_back(
    member_id: UUID, id: UUID, was: Outcome, now: Outcome | None, note: str, staff_id: UUID | None
) -> list[Move]:
    gone = {due.reason for due in was.due if now is None or due not in now.due}
    if not gone and now is not None:
        return []
    paid = await PointEntry.standing_of(member_id, f"check_in:{id}")
    if now is not None:
        paid = [entry for entry in paid if entry.reason in gone]
    return [undo(entry, note=note, staff_id=staff_id) for entry in paid]


async def _pay(member_id: UUID, id: UUID, now: Outcome, was: Outcome | None, rule: Rule) -> list[Move]:
    new = [due for due in now.due if was is None or due not in was.due]
    if not new:
        return []
    return reward_moves(member_id, await PointEntry.next_source(member_id, f"check_in:{id}"), new, rule)
