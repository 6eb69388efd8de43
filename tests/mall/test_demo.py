"""The demo's mall: forty goods of every kind on their shelves, and an order in every state."""

import pytest

from models.mall.good import Good, GoodKind, GoodStatus
from models.mall.order import Order
from models.mall.order_status import OrderStatus
from models.members.member import ACTIVE, Member
from models.play.draw import Draw
from models.points.adjustment import PointAdjustment
from models.points.reconciliation import reconcile
from models.staff.staff import Staff
from seeds.demo import plant_demo
from seeds.draws import WHEEL
from seeds.mall_goods import WARES
from tests.build import new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON


async def granted(member: Member) -> None:
    [owner] = await Staff.all().order_by("created_at", "id").limit(1)
    await PointAdjustment.grant(member.id, 100, reason="活动补发", staff_id=owner.id, at=NOON, once=None)


async def test_the_demo_has_forty_goods_and_an_order_in_every_state(database: str, empty_redis: str) -> None:
    await plant_demo(now=NOON, size=60, days=24)

    goods = await Good.all()
    assert {good.status for good in goods} == {GoodStatus.ON_SHELF}
    assert len(goods) == len(WARES) == 40
    assert {good.kind for good in goods} == set(GoodKind)
    assert len({good.category for good in goods}) == 7
    states = {order.status for order in await Order.all()}
    assert states == set(OrderStatus) - {OrderStatus.PLACED}
    assert await reconcile() == []


@pytest.mark.parametrize(("size", "days"), [(1, 2), (12, 15)])
async def test_a_small_demo_is_planted_all_the_same(database: str, empty_redis: str, size: int, days: int) -> None:
    await plant_demo(now=NOON, size=size, days=days)

    assert await Good.all().count() == 40


async def test_a_turn_of_the_wheel_is_bought_and_there(callers: Callers) -> None:
    await plant_demo(now=NOON, size=12, days=15)
    member = await Member.filter(status__in=list(ACTIVE)).order_by("id").first()
    assert member is not None
    await granted(member)
    caller = await callers.member(member)
    shelf = """{ goods(kind: CHANCE, first: 5) { edges { node { name status
        skus { id viewerOffer { points eligibility { isAllowed } } } } } } }"""
    chances = "query($id: ID!) { drawEligibility(drawId: $id) { chances } }"
    wheel = public_id(await Draw.get(title=WHEEL))

    [edge] = (await caller.data(shelf))["goods"]["edges"]
    [sku] = edge["node"]["skus"]
    before = (await caller.data(chances, id=wheel))["drawEligibility"]["chances"]
    bought = await caller.do(
        "placeOrder", {"idempotencyKey": new_key(), "skuId": sku["id"], "quantity": 2}, "order { status points }"
    )
    after = (await caller.data(chances, id=wheel))["drawEligibility"]["chances"]
    drawn = await caller.do("draw", {"idempotencyKey": new_key(), "drawId": wheel}, "result { sequence }")

    assert (edge["node"]["name"], edge["node"]["status"]) == ("转盘抽奖机会", "ON_SHELF")
    assert sku["viewerOffer"]["eligibility"]["isAllowed"]
    points = str(2 * int(sku["viewerOffer"]["points"]))
    assert bought == {"order": {"status": "RECEIVED", "points": points}, "userErrors": []}
    assert (after, drawn["userErrors"]) == (before + 2, [])
    assert await reconcile() == []
