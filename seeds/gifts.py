"""Gifts: the brand has opened them, and some of the active thank somebody of their group."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from models.groups.membership import Membership
from models.members.member import ACTIVE
from models.points.account import of_member
from models.points.gift import PointGift
from models.points.gift_policy import GiftPolicy, GiftTerms
from models.points.lot import PointLot
from seeds.community import Act, Community
from seeds.personas import Habit, Persona
from seeds.texts import GIFT_NOTES


async def found(community: Community) -> None:
    terms = GiftTerms(is_open=True, amount_most=200)
    reason = "开放群友互赠积分"
    await GiftPolicy.put(terms, staff_id=community.owner.id, reason=reason, at=community.founded_at)


def acts(community: Community) -> Iterator[Act]:
    calendar = community.calendar
    generous = community.with_habit(Habit.ACTIVE, joined_before=calendar.today - timedelta(days=10))
    for number, persona in enumerate(generous[1:9]):
        at = calendar.at(calendar.today - timedelta(days=1 + number), 20 + number / 5)
        yield Act(at, partial(_give, community, persona, number))


async def _give(community: Community, persona: Persona, number: int, *, at: datetime) -> None:
    """Thank somebody of the same group, by what there is to give."""
    sender = community.member_of(persona)
    amount = min(5 * (1 + number % 4), await PointLot.spendable(of_member(sender.id).id, at=at))
    groups = [place.group_id for place in await Membership.active_groups(sender.id)]
    others = Membership.filter(group_id__in=groups, member__status__in=ACTIVE).exclude(member_id=sender.id)
    places = await others.order_by("joined_at", "id")
    if places and amount:
        place, note = places[5 * number % len(places)], GIFT_NOTES[number % len(GIFT_NOTES)]
        await PointGift.give(sender.id, place.member_id, amount, note=note, at=at, once=None)
