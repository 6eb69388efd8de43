"""The decision on a cause: which rules pay it, how much, and what stands against each of the others.

This is the one place of that rule. It reads nothing: whoever asks brings the cause, where the member stands, and for
each rule what it has paid before. So a payment, a preview and the replay of a past month decide alike.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from models.errors import DomainError
from models.members.member import MemberNotActive
from models.points.account import Bucket
from models.points.behaviour import OF_NEWCOMERS, Behaviour
from models.points.earn_amount import Facts
from models.points.earn_terms import HUNDRED, Combining, EarnTerms
from models.points.entry import Rule
from store.brand_day import Windows


class NothingToEarn(DomainError):
    code = "NOTHING_TO_EARN"
    zh = "该行为暂无积分奖励"
    en = "This pays nothing at present."


class EarnCapReached(DomainError):
    code = "EARN_CAP_REACHED"
    zh = "已达到奖励次数上限（{most} 次）"
    en = "This was paid the most it is paid, {most} times."


class EarnPointsCapReached(DomainError):
    code = "EARN_POINTS_CAP_REACHED"
    zh = "已达到奖励积分上限（{most} 分）"
    en = "This has paid the most it pays, {most} points."


class EarnTargetCapReached(DomainError):
    code = "EARN_TARGET_CAP_REACHED"
    zh = "同一对象的奖励已达上限（{most} 次）"
    en = "This was paid for the same thing the most it is paid, {most} times."


class EarnPairCapReached(DomainError):
    code = "EARN_PAIR_CAP_REACHED"
    zh = "与同一成员之间的奖励已达上限（{most} 次）"
    en = "This was paid with the same member the most it is paid, {most} times."


class EarnCoolingDown(DomainError):
    code = "EARN_COOLING_DOWN"
    zh = "奖励冷却中，请稍后再试"
    en = "This was paid a short while ago."


class EarnPrerequisiteMissing(DomainError):
    code = "EARN_PREREQUISITE_MISSING"
    zh = "需要先完成：{behaviour}"
    en = "Something else must be paid before: {behaviour}."


class EarnNotForReturning(DomainError):
    code = "EARN_NOT_FOR_RETURNING"
    zh = "该奖励仅限首次注册的成员"
    en = "This is for those who are here for the first time."


class EarnTooLittle(DomainError):
    code = "EARN_TOO_LITTLE"
    zh = "未达到奖励的最低标准"
    en = "This is below what is paid for."


class BudgetUsedUp(DomainError):
    code = "BUDGET_USED_UP"
    zh = "本期奖励预算已用完"
    en = "The budget for this is used up."


@dataclass(frozen=True)
class RuleVersion:
    """A version of a rule as it is decided by; `id` is None for one that was only drafted."""

    behaviour: Behaviour
    code: str
    terms: EarnTerms
    is_paused: bool = False
    id: UUID | None = None
    version: int = 0
    title: str | None = None

    def is_over(self, at: datetime) -> bool:
        """Whether it pays nothing at `at` or later, unless it is changed: it is paused, or its end has come."""
        return self.is_paused or (self.terms.ends_at is not None and at >= self.terms.ends_at)

    @property
    def as_rule(self) -> Rule | None:
        return Rule(self.id, self.version) if self.id else None

    @property
    def bucket(self) -> Bucket:
        """Where its points go at first."""
        return Bucket.PENDING if self.terms.waits else Bucket.AVAILABLE


@dataclass(frozen=True)
class Cause:
    """What a member did: `target` names the thing it was about, `pair_id` the other member."""

    behaviour: Behaviour
    at: datetime
    facts: Facts = field(default_factory=dict)
    target: str | None = None
    pair_id: UUID | None = None

    @cached_property
    def windows(self) -> Windows:
        return Windows.at(self.at)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands: `level` is a position, 0 for none, which is paid `speed_percent` of what rules say.

    `paid` are the behaviours it was paid for before.
    """

    is_active: bool = True
    is_returning: bool = False
    level: int = 0
    paid: Container[Behaviour] = ()
    speed_percent: int = HUNDRED

    def due(self, terms: EarnTerms, facts: Facts, *, at: datetime) -> tuple[int, int]:
        """What terms pay a member who stands so, before any limit."""
        return terms.due(facts, level=self.level, speed_percent=self.speed_percent, at=at)


@dataclass(slots=True)
class Used:
    """How often a rule has paid a member in a window, and how many points."""

    times: int = 0
    points: int = 0


@dataclass(slots=True)
class Tally:
    """What a rule has paid a member: in the windows of an instant, for the target and the pair of a cause."""

    day: Used = field(default_factory=Used)
    week: Used = field(default_factory=Used)
    month: Used = field(default_factory=Used)
    ever: Used = field(default_factory=Used)
    target_day: int = 0
    target_ever: int = 0
    pair_day: int = 0
    pair_ever: int = 0
    last_at: datetime | None = None


@dataclass(slots=True)
class Purse:
    """What a budget still bears; `left` is None where nothing stops it."""

    budget_id: UUID | None
    left: int | None

    def bears(self, points: int) -> bool:
        return self.left is None or points <= self.left

    def take(self, points: int) -> None:
        if self.left is not None:
            self.left -= points


@dataclass(slots=True)
class Candidate:
    """A rule with what is known of the member under it; `outside` is why it is not for the member."""

    rule: RuleVersion
    tally: Tally
    outside: Sequence[DomainError] = ()
    purse: Purse | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """What one rule pays for a cause."""

    candidate: Candidate
    points: int
    growth: int

    @property
    def rule(self) -> RuleVersion:
        return self.candidate.rule


def decide(candidates: Iterable[Candidate], cause: Cause, standing: Standing) -> tuple[list[Payment], DomainError]:
    """What is paid for a cause, the best first; and what stands against it where that is nothing.

    Of the rules that do not add, the one that pays the most pays; each of those that add pays beside it.
    """
    against, offers = list[DomainError](), list[Payment]()
    for candidate in candidates:
        refusal = next(refusals(candidate, cause, standing), None)
        if refusal is None:
            offers.append(Payment(candidate, *offered(candidate, cause, standing)))
        else:
            against.append(refusal)
    paid = _chosen(offers)
    if offers and not paid:
        against.append(BudgetUsedUp())
    telling = (refusal for refusal in against if not isinstance(refusal, NothingToEarn))
    return paid, next(telling, NothingToEarn())


def _chosen(offers: list[Payment]) -> list[Payment]:
    """The offers that are paid, as far as their budgets bear them together."""
    paid, has_best = list[Payment](), False
    for offer in sorted(offers, key=lambda one: (-one.points, -one.growth, one.rule.code)):
        is_best, purse = offer.rule.terms.combining is Combining.BEST, offer.candidate.purse
        if (is_best and has_best) or (purse and not purse.bears(offer.points)):
            continue
        if purse:
            purse.take(offer.points)
        has_best |= is_best
        paid.append(offer)
    return paid


def refusals(
    candidate: Candidate, cause: Cause, standing: Standing, *, is_asked: bool = False
) -> Iterator[DomainError]:
    """Everything that stands against a rule's paying for a cause. `is_asked`: before it, when facts may be missing."""
    rule, terms, at = candidate.rule, candidate.rule.terms, cause.at
    if not standing.is_active:
        yield MemberNotActive()
    if rule.is_over(at):
        yield NothingToEarn()
    if terms.starts_at and at < terms.starts_at:
        yield NothingToEarn(retry_at=terms.starts_at)
    if standing.is_returning and rule.behaviour in OF_NEWCOMERS:
        yield EarnNotForReturning()
    yield from candidate.outside
    for required in terms.requires:
        if required not in standing.paid:
            yield EarnPrerequisiteMissing(behaviour=required)
    yield from _caps(terms, candidate.tally, cause)
    if terms.cooldown_minutes and candidate.tally.last_at:
        cold_at = candidate.tally.last_at + timedelta(minutes=terms.cooldown_minutes)
        if at < cold_at:
            yield EarnCoolingDown(retry_at=cold_at)
    yield from _amount(candidate, cause, standing, is_asked=is_asked)


def offered(candidate: Candidate, cause: Cause, standing: Standing) -> tuple[int, int]:
    """Points and growth that a rule pays for a cause: what is due, as far as its limits in points leave it."""
    terms, tally = candidate.rule.terms, candidate.tally
    points, growth = standing.due(terms, cause.facts, at=cause.at)
    for most, used in (
        (terms.day_points_most, tally.day),
        (terms.week_points_most, tally.week),
        (terms.month_points_most, tally.month),
        (terms.lifetime_points_most, tally.ever),
    ):
        if most is not None:
            points = min(points, max(most - used.points, 0))
    return points, growth


def _caps(terms: EarnTerms, tally: Tally, cause: Cause) -> Iterator[DomainError]:
    """The limits that are reached, each with the end of the window that it counts in; what counts for ever has none."""
    for kind, most, used, ends in (
        (EarnCapReached, terms.day_most, tally.day.times, "day_until"),
        (EarnCapReached, terms.week_most, tally.week.times, "week_until"),
        (EarnCapReached, terms.month_most, tally.month.times, "month_until"),
        (EarnCapReached, terms.lifetime_most, tally.ever.times, None),
        (EarnPointsCapReached, terms.day_points_most, tally.day.points, "day_until"),
        (EarnPointsCapReached, terms.week_points_most, tally.week.points, "week_until"),
        (EarnPointsCapReached, terms.month_points_most, tally.month.points, "month_until"),
        (EarnPointsCapReached, terms.lifetime_points_most, tally.ever.points, None),
        (EarnTargetCapReached, terms.target_day_most, tally.target_day, "day_until"),
        (EarnTargetCapReached, terms.target_most, tally.target_ever, None),
        (EarnPairCapReached, terms.pair_day_most, tally.pair_day, "day_until"),
        (EarnPairCapReached, terms.pair_most, tally.pair_ever, None),
    ):
        if most is not None and used >= most:
            yield kind(most=most, retry_at=getattr(cause.windows, ends) if ends else None)


def _amount(candidate: Candidate, cause: Cause, standing: Standing, *, is_asked: bool) -> Iterator[DomainError]:
    """Nothing comes of a figure that is too small, nor of a budget that is empty."""
    terms, basis = candidate.rule.terms, candidate.rule.terms.basis
    is_unknown = is_asked and basis is not None and basis not in cause.facts
    if not is_unknown and standing.due(terms, cause.facts, at=cause.at) == (0, 0):
        yield EarnTooLittle()
    least = max(offered(candidate, cause, standing)[0], 1 if is_unknown else 0)
    if candidate.purse and not candidate.purse.bears(least):
        yield BudgetUsedUp()
