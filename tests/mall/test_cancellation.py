"""A member cancels before its order is packed: all goes back, once."""

from datetime import timedelta

import pytest

from models.idempotency import Once
from models.mall.cancellation import cancel
from models.mall.good import GoodKind
from models.mall.order import Order
from models.mall.order_change import OrderChange
from models.mall.order_refund import OrderRefund
from models.mall.order_status import OrderStatus
from models.mall.shipment import Parcel, ship, take_up
from models.mall.write_off import write_off
from models.points.account import Bucket
from models.points.entry import PointEntry
from models.points.reconciliation import reconcile
from store.database import fetch_value
from tests.build import new_key
from tests.conftest import NOON
from tests.mall.build import STAFF_ID, a_buyer, a_good, an_address, an_order, outcomes, points_of, refused, stock_of

LATER = NOON + timedelta(hours=1)


async def test_a_cancelled_order_gives_points_stock_and_limit_back(database: str) -> None:
    member, sku = await a_buyer(), await a_good(member_most=2)
    order = await an_order(member, sku, 2)

    change = await cancel(member.id, order.id, at=LATER, once=None, reason="不想要了")

    found = await Order.get(id=order.id)
    assert (found.status, found.refunded_points, found.ended_at) == (OrderStatus.CANCELLED, 200, LATER)
    assert (change.status, change.by_kind, change.reason) == ("cancelled", "member", "不想要了")
    assert (await points_of(member), await stock_of(sku)) == (1_000, (10, 0, 0))
    line = await PointEntry.get(member_id=member.id, reason="refund")
    assert (line.amount, line.source) == (200, f"order:{order.id}")
    assert (await an_order(member, sku, 2, at=LATER)).quantity == 2
    assert await reconcile() == []


async def test_an_unpaid_order_can_always_be_called_off(database: str) -> None:
    member, sku = await a_buyer(), await a_good(cash_minor=500, is_cancellable=False)
    order = await an_order(member, sku)

    await cancel(member.id, order.id, at=LATER, once=None)

    assert (await points_of(member), await points_of(member, Bucket.HELD)) == (1_000, 0)
    assert await stock_of(sku) == (10, 0, 0)
    assert await OrderRefund.all().count() == 0
    assert await reconcile() == []


async def test_it_is_cancelled_once_however_often_it_is_said(database: str) -> None:
    member, sku = await a_buyer(), await a_good()
    order = await an_order(member, sku)
    once = Once.of(f"member:{member.id}", "CancelOrder", new_key(), {})

    same = await outcomes([cancel(member.id, order.id, at=LATER, once=once) for _ in range(5)])
    others = await outcomes([cancel(member.id, order.id, at=LATER, once=None) for _ in range(5)])

    assert (same, others) == ({"done": 5}, {"ORDER_STATE_CONFLICT": 5})
    assert (await points_of(member), await stock_of(sku)) == (1_000, (10, 0, 0))
    assert await OrderChange.filter(status="cancelled").count() == 1


@pytest.mark.parametrize("turn", range(4))
async def test_cancelled_and_sent_at_one_instant_is_one_of_both(database: str, turn: int) -> None:
    member, sku = await a_buyer(), await a_good(GoodKind.PHYSICAL)
    await an_address(member)
    order = await an_order(member, sku)
    acts = [
        cancel(member.id, order.id, at=LATER, once=None),
        ship(Parcel(order.id, "顺丰", "SF1234567890"), staff_id=STAFF_ID, at=LATER),
    ]

    ended = await outcomes(acts if turn % 2 else acts[::-1])

    assert ended == {"done": 1, "ORDER_STATE_CONFLICT": 1}
    is_sent = (await Order.get(id=order.id)).status is OrderStatus.SHIPPED
    assert await points_of(member) == (900 if is_sent else 1_000)
    assert await stock_of(sku) == ((9, 0, 1) if is_sent else (10, 0, 0))
    assert await reconcile() == []


async def test_what_is_packed_or_not_to_be_cancelled_stays(database: str) -> None:
    member, sku = await a_buyer(), await a_good(GoodKind.PHYSICAL)
    final = await a_good(is_cancellable=False)
    await an_address(member)
    packed, bound = await an_order(member, sku), await an_order(member, final)
    await take_up(packed.id, staff_id=STAFF_ID, at=NOON)

    assert (await refused(cancel(member.id, packed.id, at=LATER, once=None))).code == "ORDER_STATE_CONFLICT"
    assert (await refused(cancel(member.id, bound.id, at=LATER, once=None))).code == "NOT_CANCELLABLE"
    assert await points_of(member) == 800


async def test_a_strangers_order_is_not_there(database: str) -> None:
    order, stranger = await an_order(await a_buyer(), await a_good()), await a_buyer()

    assert (await refused(cancel(stranger.id, order.id, at=LATER, once=None))).code == "NOT_FOUND"
    assert (await Order.get(id=order.id)).status is OrderStatus.READY


async def test_the_code_of_a_cancelled_order_opens_nothing(database: str) -> None:
    from models.mall.pick_up import PickUp

    member = await a_buyer()
    order = await an_order(member, await a_good())
    code = (await PickUp.get(order_id=order.id)).code
    await cancel(member.id, order.id, at=LATER, once=None)

    refusal = await refused(write_off(code, None, staff_id=STAFF_ID, at=LATER, once=None))

    assert refusal.code == "PICK_UP_NOT_VALID"
    assert await fetch_value("SELECT count(*) FROM pick_up WHERE used_at IS NOT NULL") == 0
