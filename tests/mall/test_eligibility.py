"""What a member is told it may order is what an order can pay: points that have lapsed are none."""

from datetime import timedelta

from models.mall.eligibility import offers
from models.mall.order import Order
from models.points.entry import InsufficientPoints
from tests.conftest import NOON
from tests.mall.build import a_good, an_order, points_of, refused
from tests.points.build import a_holder


async def test_points_that_have_lapsed_are_not_offered_to_be_spent(database: str) -> None:
    member, sku = await a_holder((250, 2), (150, 30)), await a_good(price=100)
    later = NOON + timedelta(days=2)

    [before] = await offers(member.id, [sku], at=later - timedelta(microseconds=1))
    [after] = await offers(member.id, [sku], at=later)

    assert (before.pieces_most, after.pieces_most) == (4, 1)
    assert await points_of(member) == 400, "the nightly expiry has not come yet"
    assert (await refused(an_order(member, sku, 2, at=later))).code == "INSUFFICIENT_POINTS"
    assert (await an_order(member, sku, at=later)).points == 100


async def test_a_refusal_names_what_can_be_spent(database: str) -> None:
    member, sku = await a_holder((90, 1), (60, None)), await a_good(price=100)

    [offer] = await offers(member.id, [sku], at=NOON + timedelta(days=1))

    [reason] = offer.eligibility.refusals
    assert isinstance(reason, InsufficientPoints)
    assert reason.facts == {"needed": 100, "available": 60}
    assert (offer.pieces_most, await Order.all().count()) == (0, 0)
