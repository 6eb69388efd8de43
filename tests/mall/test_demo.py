"""The demo's mall: forty goods of every kind on their shelves, and an order in every state."""

import pytest

from models.mall.good import Good, GoodKind
from models.mall.order import Order
from models.mall.order_status import OrderStatus
from models.points.reconciliation import reconcile
from seeds.demo import plant_demo
from seeds.mall_goods import WARES
from tests.conftest import NOON


async def test_the_demo_has_forty_goods_and_an_order_in_every_state(database: str, empty_redis: str) -> None:
    await plant_demo(now=NOON, size=60, days=24)

    goods = await Good.all()
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
