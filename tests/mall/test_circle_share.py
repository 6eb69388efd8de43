"""Each circle has its share, whoever of its members comes at one instant."""

from datetime import timedelta

from models.mall.cancellation import cancel
from models.mall.circle_share import CircleShare
from models.members.audience import Audience
from tests.conftest import NOON
from tests.groups.build import a_circle, a_group, a_place
from tests.mall.build import a_buyer, a_good, an_order, outcomes, refused, rows_of, stock_of


async def test_a_circles_members_get_no_more_than_its_share(database: str, empty_redis: str) -> None:
    sku = await a_good(circle_most=3, stock=None)
    groups = [await a_group(circle=await a_circle()) for _ in range(2)]
    members = [await a_place(group, member=await a_buyer()) for group in groups for _ in range(6)]

    ended = await outcomes([an_order(member, sku) for member in members])

    assert ended == {"done": 6, "CIRCLE_LIMIT_REACHED": 6}
    assert sorted([share.taken for share in await CircleShare.all()]) == [3, 3]
    assert await stock_of(sku) == (None, 0, 6)


async def test_a_cancelled_piece_is_the_circles_again(database: str, empty_redis: str) -> None:
    sku, member = await a_good(circle_most=1), await a_place(await a_group(), member=await a_buyer())
    order = await an_order(member, sku)

    full = await refused(an_order(member, sku))
    await cancel(member.id, order.id, at=NOON + timedelta(hours=1), once=None)

    assert full.code == "CIRCLE_LIMIT_REACHED"
    assert (await an_order(member, sku)).circle_id == order.circle_id


async def test_a_member_of_two_circles_takes_of_the_one_that_has_some(database: str, empty_redis: str) -> None:
    sku, member = await a_good(circle_most=1), await a_buyer()
    for _ in range(2):
        await a_place(await a_group(circle=await a_circle()), member=member)

    first, second = await an_order(member, sku), await an_order(member, sku)

    assert first.circle_id != second.circle_id
    assert (await refused(an_order(member, sku))).code == "CIRCLE_LIMIT_REACHED"


async def test_without_a_circle_of_the_audience_there_is_no_share(database: str, empty_redis: str) -> None:
    named, other = await a_circle(), await a_circle()
    sku = await a_good(circle_most=1)
    closed = await a_good(circle_most=1, audience=Audience(circle_ids=(named.id,)))
    member, nobody = await a_place(await a_group(circle=other), member=await a_buyer()), await a_buyer()

    assert (await refused(an_order(nobody, sku))).code == "NO_CIRCLE"
    assert (await refused(an_order(member, sku, circle_id=named.id))).code == "NO_CIRCLE"
    assert (await refused(an_order(member, closed))).code == "NOT_IN_AUDIENCE"
    assert await rows_of("mall_order") == 0
