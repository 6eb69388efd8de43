"""The replay: what a set of rules would have paid for causes that really happened, counted in memory.

It decides by the same function as a payment does. What the database counts for a payment is counted here as the causes
go by, in the windows that they fall into; what was paid before the period is where it begins.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from models.members.audience import Audience, NotInAudience
from models.points.behaviour import Behaviour
from models.points.earn_decision import (
    Candidate,
    Cause,
    Payment,
    Purse,
    RuleVersion,
    Standing,
    Tally,
    Used,
    decide,
)
from store.brand_day import Windows

Audiences = Mapping[Audience, Collection[UUID]]
"""Who belongs to an audience; one that is not here is everybody."""

_OUTSIDE = (NotInAudience(),)


@dataclass(frozen=True, slots=True)
class PastCause:
    """A cause with the member whose it was, and the circles whose budgets may pay it, the first to be asked first."""

    member_id: UUID
    cause: Cause
    circle_ids: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class PastPayment:
    """What a rule paid a member before the replay begins, at an instant that its limits may still count."""

    member_id: UUID
    behaviour: Behaviour
    code: str
    at: datetime
    points: int
    times: int = 1
    target: str | None = None
    pair_id: UUID | None = None
    windows: Windows | None = None


@dataclass
class Paid:
    """What a replay came to."""

    points: int = 0
    growth: int = 0
    times: int = 0
    of_member: Counter[UUID] = field(default_factory=Counter)
    of_behaviour: Counter[Behaviour] = field(default_factory=Counter)
    times_of_behaviour: Counter[Behaviour] = field(default_factory=Counter)
    of_rule: Counter[tuple[Behaviour, str]] = field(default_factory=Counter)
    of_budget: Counter[str] = field(default_factory=Counter)

    def add(self, past: PastCause, payment: Payment) -> None:
        rule, points = payment.rule, payment.points
        self.points += points
        self.growth += payment.growth
        self.times += 1
        self.of_member[past.member_id] += points
        self.of_behaviour[rule.behaviour] += points
        self.times_of_behaviour[rule.behaviour] += 1
        self.of_rule[rule.behaviour, rule.code] += points
        if rule.terms.budget_name:
            self.of_budget[rule.terms.budget_name] += points


class Replay:
    """One set of rules, fed with causes in the order of their instants."""

    def __init__(
        self,
        rules: Iterable[RuleVersion],
        standings: Mapping[UUID, Standing],
        *,
        audiences: Audiences,
        purses: Mapping[tuple[str, UUID | None], Purse],
        before: Iterable[PastPayment] = (),
    ) -> None:
        self.paid = Paid()
        self._rules: dict[Behaviour, list[tuple[RuleVersion, Collection[UUID] | None]]] = defaultdict(list)
        for rule in rules:
            self._rules[rule.behaviour].append((rule, audiences.get(rule.terms.audience)))
        self._standings, self._purses = standings, dict(purses)
        self._done: dict[UUID, set[Behaviour]] = defaultdict(set)
        self._counts: dict[tuple[UUID, Behaviour, str], _Count] = defaultdict(_Count)
        for one in sorted(before, key=lambda one: one.at):
            self._count(one)

    def feed(self, past: PastCause) -> int:
        """Decide a cause; returns the points that it pays."""
        rules = self._rules.get(past.cause.behaviour)
        if not rules:
            return 0
        found = self._standings.get(past.member_id, _ABSENT)
        done = self._done[past.member_id]
        standing = Standing(found.is_active, found.is_returning, found.level, done, found.speed_percent)
        payments, _ = decide([self._candidate(*one, past) for one in rules], past.cause, standing)
        for payment in payments:
            self.paid.add(past, payment)
            self._count(_of(past, payment))
        return sum(payment.points for payment in payments)

    def _candidate(self, rule: RuleVersion, audience: Collection[UUID] | None, past: PastCause) -> Candidate:
        outside = _OUTSIDE if audience is not None and past.member_id not in audience else ()
        tally = self._counts[past.member_id, rule.behaviour, rule.code].tally_for(past.cause)
        return Candidate(rule, tally, outside, self._purse(rule, past))

    def _purse(self, rule: RuleVersion, past: PastCause) -> Purse | None:
        name = rule.terms.budget_name
        if name is None:
            return None
        places = (self._purses.get((name, circle_id)) for circle_id in (*past.circle_ids, None))
        return next((purse for purse in places if purse), None) or Purse(None, 0)

    def _count(self, one: PastPayment) -> None:
        self._counts[one.member_id, one.behaviour, one.code].add(one)
        self._done[one.member_id].add(one.behaviour)


class _Count:
    """What a rule has paid a member so far. Causes come in the order of time: no window returns."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._windows: Windows | None = None
        self._ever, self._today = Counter[object](), Counter[object]()

    def tally_for(self, cause: Cause) -> Tally:
        """The tally in the windows of a cause, for its target and pair."""
        tally = self._at(cause.windows)
        target, pair = cause.target, cause.pair_id
        tally.target_ever, tally.target_day = (self._ever[target], self._today[target]) if target else (0, 0)
        tally.pair_ever, tally.pair_day = (self._ever[pair], self._today[pair]) if pair else (0, 0)
        return tally

    def add(self, one: PastPayment) -> None:
        tally = self._at(one.windows or Windows.at(one.at))
        for used in (tally.day, tally.week, tally.month, tally.ever):
            used.times += one.times
            used.points += one.points
        for about in (one.target, one.pair_id):
            if about:
                self._ever[about] += one.times
                self._today[about] += one.times
        tally.last_at = one.at

    def _at(self, windows: Windows) -> Tally:
        before, tally = self._windows, self._tally
        if windows is before:
            return tally
        if before is None or windows.day_from != before.day_from:
            tally.day = Used()
            self._today.clear()
        if before is None or windows.week_from != before.week_from:
            tally.week = Used()
        if before is None or windows.month_from != before.month_from:
            tally.month = Used()
        self._windows = windows
        return tally


_ABSENT = Standing(is_active=False)


def _of(past: PastCause, payment: Payment) -> PastPayment:
    cause, rule = past.cause, payment.rule
    return PastPayment(
        past.member_id,
        rule.behaviour,
        rule.code,
        cause.at,
        payment.points,
        target=cause.target,
        pair_id=cause.pair_id,
        windows=cause.windows,
    )
