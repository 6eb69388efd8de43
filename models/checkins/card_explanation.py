"""What a card would do, told before it is bought or used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from models.checkins.card import CardKind, CheckInCard, held_most, price_of
from models.checkins.check_in import CheckIn, settled_days
from models.checkins.make_up import NoMakeUpCard, make_up_refusals
from models.checkins.plan import CheckInPlan
from models.checkins.settlement import Outcome, SettledDay, outcomes, standing
from models.checkins.streak import Progress, Streak
from models.eligibility import Eligibility
from models.errors import DomainError
from models.members.member import Member
from models.points.account import Account, of_member
from models.points.entry import InsufficientPoints
from store.ids import new_id

DAYS_SHOWN_MOST = 31


@dataclass(frozen=True)
class Mending:
    """What making one missed day up would bring: points in all, bonuses that move counted in, and the streak then."""

    day: date
    refusals: Sequence[DomainError]
    points: int
    growth: int
    streak_days: int


@dataclass(frozen=True)
class CardExplanation:
    """Price, limits and effect of a kind of card for one member.

    `purchase` says whether one can be bought. `mendings` are the missed days within reach, newest first, for make-up
    cards; `protected_days` those that the freezes in hand will save by the next check-in, `lost_days` those that
    nothing saves any more, since a freeze covers only days to come.
    """

    kind: CardKind
    price: int | None
    held: int
    held_most: int
    purchase: Eligibility
    mendings: Sequence[Mending] = ()
    protected_days: Sequence[date] = ()
    lost_days: Sequence[date] = ()


async def explain_card(member_id: UUID, plan: CheckInPlan, kind: CardKind, *, at: datetime) -> CardExplanation:
    """Tell a member what a kind of card costs and would do now."""
    price, cards = price_of(plan, kind), await CheckInCard.held(member_id, plan.id, kind, at=at)
    refusals = await CheckInCard.refusals(member_id, plan, kind, at=at)
    account = await Account.get_or_none(id=of_member(member_id).id)
    balance = account.balance if account else 0
    if price is not None and balance < price:
        refusals.append(InsufficientPoints(needed=price, available=balance))
    found = CardExplanation(kind, price, len(cards), held_most(plan, kind), Eligibility(refusals))
    if kind is CardKind.MAKE_UP:
        mendings = await _mendings(member_id, plan, at=at, holds_card=bool(cards))
        return CardExplanation(**vars(found) | {"mendings": mendings})
    streak = await Streak.of(member_id, plan.id)
    progress, today = streak.progress if streak else Progress(), plan.day_of(at)
    cover = await CheckInCard.cover(member_id, plan, progress, today)
    lost = sorted(progress.missed(today) - cover.days)[-DAYS_SHOWN_MOST:]
    return CardExplanation(**vars(found) | {"protected_days": sorted(cover.days), "lost_days": lost})


async def _mendings(member_id: UUID, plan: CheckInPlan, *, at: datetime, holds_card: bool) -> list[Mending]:
    every = await CheckIn.filter(member_id=member_id, plan_id=plan.id).order_by("business_day")
    before = await settled_days(plan, [one for one in every if one.voided_at is None])
    covered = await CheckInCard.covered_days(member_id, plan.id)
    was = outcomes(before, covered)
    joined_on = plan.day_of((await Member.existing(member_id)).joined_at)
    today, taken = plan.day_of(at), {one.business_day for one in every}
    reach = min(plan.make_up_look_back_days, DAYS_SHOWN_MOST)
    days = [today - timedelta(days=n) for n in range(1, reach + 1)]
    mendings = []
    for day in days:
        if day in taken or day < joined_on:
            continue
        refusals = make_up_refusals(plan, day, every, joined_on=joined_on, at=at)
        if not holds_card:
            refusals.append(NoMakeUpCard())
        now = outcomes([*before, SettledDay(new_id(), day, plan, is_made_up=True)], covered)
        points, growth = _worth(now, "points") - _worth(was, "points"), _worth(now, "growth") - _worth(was, "growth")
        mendings.append(Mending(day, refusals, points, growth, standing(now).current_days))
    return mendings


def _worth(found: dict[UUID, Outcome], name: str) -> int:
    return sum(int(getattr(due, name)) for outcome in found.values() for due in outcome.due)
