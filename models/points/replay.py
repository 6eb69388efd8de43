"""The replay: what a set of rules would have paid for causes that really happened, counted in memory.

It decides by the same function as a payment does. What the database counts for a payment is counted here as the causes
go by, in the windows that they fall into; what was paid before the period is where it begins.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from models.errors import DomainError
from models.members.audience import NotInAudience
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
    Windows,
    decide,
)

Seen = Callable[[UUID, RuleVersion], bool]
"""Whether a rule is for a member."""


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
        is_seen: Seen,
        purses: Mapping[tuple[str, UUID | None], Purse],
        before: Iterable[PastPayment] = (),
    ) -> None:
        self.paid = Paid()
        self._rules: dict[Behaviour, list[RuleVersion]] = defaultdict(list)
        for rule in rules:
            self._rules[rule.behaviour].append(rule)
        self._standings, self._is_seen, self._purses = standings, is_seen, dict(purses)
        self._done: dict[UUID, set[Behaviour]] = defaultdict(set)
        self._used: dict[tuple[object, ...], Used] = defaultdict(Used)
        self._last: dict[tuple[UUID, Behaviour, str], datetime] = {}
        for one in before:
            self._count(one)

    def feed(self, past: PastCause) -> int:
        """Decide a cause; returns the points that it pays."""
        rules = self._rules.get(past.cause.behaviour)
        if not rules:
            return 0
        found = self._standings.get(past.member_id, _ABSENT)
        standing = Standing(found.is_active, found.is_returning, found.level, self._done[past.member_id])
        payments, _ = decide([self._candidate(rule, past) for rule in rules], past.cause, standing)
        for payment in payments:
            self.paid.add(past, payment)
            self._count(_of(past, payment))
        return sum(payment.points for payment in payments)

    def _candidate(self, rule: RuleVersion, past: PastCause) -> Candidate:
        outside: Sequence[DomainError] = () if self._is_seen(past.member_id, rule) else (NotInAudience(),)
        return Candidate(rule, self._tally(rule, past), outside, self._purse(rule, past))

    def _purse(self, rule: RuleVersion, past: PastCause) -> Purse | None:
        name = rule.terms.budget_name
        if name is None:
            return None
        places = (self._purses.get((name, circle_id)) for circle_id in (*past.circle_ids, None))
        return next((purse for purse in places if purse), None) or Purse(None, 0)

    def _tally(self, rule: RuleVersion, past: PastCause) -> Tally:
        key, cause, used = (past.member_id, rule.behaviour, rule.code), past.cause, self._used
        windows, target, pair = Windows.at(cause.at), cause.target, cause.pair_id
        day, nothing = windows.day_from, _NOTHING
        return Tally(
            used.get((*key, "day", day), nothing),
            used.get((*key, "week", windows.week_from), nothing),
            used.get((*key, "month", windows.month_from), nothing),
            used.get((*key, "ever"), nothing),
            used.get((*key, "target", target, day), nothing).times if target else 0,
            used.get((*key, "target", target), nothing).times if target else 0,
            used.get((*key, "pair", pair, day), nothing).times if pair else 0,
            used.get((*key, "pair", pair), nothing).times if pair else 0,
            self._last.get(key),
        )

    def _count(self, one: PastPayment) -> None:
        key, windows = (one.member_id, one.behaviour, one.code), Windows.at(one.at)
        places: list[tuple[object, ...]] = [
            (*key, "day", windows.day_from),
            (*key, "week", windows.week_from),
            (*key, "month", windows.month_from),
            (*key, "ever"),
        ]
        for kind, about in (("target", one.target), ("pair", one.pair_id)):
            if about:
                places += [(*key, kind, about, windows.day_from), (*key, kind, about)]
        for place in places:
            used = self._used[place]
            used.times += one.times
            used.points += one.points
        self._done[one.member_id].add(one.behaviour)
        self._last[key] = max(self._last.get(key, one.at), one.at)


_NOTHING = Used()
_ABSENT = Standing(is_active=False)


def _of(past: PastCause, payment: Payment) -> PastPayment:
    cause, rule = past.cause, payment.rule
    return PastPayment(
        past.member_id, rule.behaviour, rule.code, cause.at, payment.points, 1, cause.target, cause.pair_id
    )
