"""Cash that a partner confirms, or that does not come: points and stock go one way or the other, once."""

from datetime import timedelta
from typing import Any

import pytest

from models.actor import Actor
from models.mall.good import GoodKind
from models.mall.moving_on import move_orders_on
from models.mall.order import Order
from models.mall.order_change import OrderChange
from models.mall.order_payment import OrderPayment, expire
from models.mall.order_refund import OrderRefund
from models.mall.order_status import OrderStatus
from models.mall.portion import Portion
from models.points.account import Bucket
from models.points.entry import PointEntry
from models.points.hold import HoldOutcome, PointHold
from models.points.lot import NEVER
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from store.ids import new_id
from tests.conftest import NOON
from tests.mall.build import (
    STAFF_ID,
    a_buyer,
    a_good,
    an_order,
    outcomes,
    points_of,
    refused,
    rows_of,
    stock_of,
)

PARTNER = Actor.partner(new_id())
LATE = NOON + timedelta(minutes=30)


async def confirmed(order: Order, reference: str = "wx-1", **about: Any) -> OrderPayment:
    given: dict[str, Any] = {"cash_minor": order.cash_minor, "actor": PARTNER, "at": NOON} | about
    return await OrderPayment.confirm(order.number, reference, **given)


async def test_confirmed_cash_spends_the_points_and_hands_over(database: str) -> None:
    member, sku = await a_buyer(), await a_good(cash_minor=500)
    order = await an_order(member, sku, 2)

    await confirmed(order)

    assert (await Order.get(id=order.id)).status is OrderStatus.READY
    assert (await points_of(member), await points_of(member, Bucket.HELD)) == (800, 0)
    assert await stock_of(sku) == (8, 0, 2)
    row = await AuditRow.get(action="confirm_order")
    assert (row.actor, row.after) == ("partner", {"reference": "wx-1", "cash_minor": 1000})
    assert await reconcile() == []


async def test_what_waits_for_its_cash_is_set_aside_by_a_hold_that_the_order_alone_ends(database: str) -> None:
    member, sku = await a_buyer(), await a_good(cash_minor=500)
    order = await an_order(member, sku, 2)

    hold = await PointHold.get(source=f"order:{order.id}")

    assert (hold.amount, hold.entry_id, hold.until) == (200, order.debit_entry_id, NEVER)
    assert await PointHold.release_lapsed(at=LATE + timedelta(days=366)) == 0
    assert await points_of(member, Bucket.HELD) == 200
    assert await reconcile() == []
    await confirmed(order, at=LATE)
    assert (await PointHold.get(id=hold.id)).outcome is HoldOutcome.CAPTURED


async def test_a_payment_may_be_told_again_and_again(database: str) -> None:
    member, sku = await a_buyer(), await a_good(cash_minor=500)
    order = await an_order(member, sku)

    assert await outcomes([confirmed(order) for _ in range(10)]) == {"done": 10}
    assert (await confirmed(order)).replayed

    assert (await rows_of("order_payment"), await points_of(member)) == (1, 900)
    assert await stock_of(sku) == (9, 0, 1)
    assert await OrderChange.filter(order_id=order.id, status="confirmed").count() == 1


async def test_a_payment_is_of_one_order(database: str) -> None:
    member, sku = await a_buyer(), await a_good(cash_minor=500)
    first, second = await an_order(member, sku), await an_order(await a_buyer(), sku)

    ended = await outcomes([confirmed(first), confirmed(second)])

    assert ended == {"done": 1, "PAYMENT_REFERENCE_USED": 1}
    assert await stock_of(sku) == (8, 1, 1)


async def test_another_amount_is_refused(database: str) -> None:
    order = await an_order(await a_buyer(), await a_good(cash_minor=500))

    refusal = await refused(confirmed(order, cash_minor=499))

    assert (refusal.code, refusal.sentence("en")) == ("CASH_MISMATCH", "The amount differs: 500 is due.")
    assert await rows_of("order_payment") == 0


async def test_an_unknown_order_and_one_without_cash_are_refused(database: str) -> None:
    order = await an_order(await a_buyer(), await a_good())

    assert (await refused(OrderPayment.confirm("X", "wx-1", 5, actor=PARTNER, at=NOON))).code == "NOT_FOUND"
    assert (await refused(confirmed(order))).code == "ORDER_STATE_CONFLICT"


async def test_an_order_whose_cash_does_not_come_gives_everything_back(database: str) -> None:
    member, sku = await a_buyer(), await a_good(cash_minor=500, member_most=1)
    order = await an_order(member, sku)
    debit = await PointEntry.get(id=order.debit_entry_id)

    assert await move_orders_on(at=LATE - timedelta(seconds=1)) == 0
    assert await move_orders_on(at=LATE) == 1
    assert await move_orders_on(at=LATE) == 0

    assert (await Order.get(id=order.id)).status is OrderStatus.CANCELLED
    assert (await points_of(member), await points_of(member, Bucket.HELD)) == (1_000, 0)
    assert await stock_of(sku) == (10, 0, 0)
    assert (debit.amount, debit.reason) == (-100, "hold")
    assert (await refused(confirmed(order, at=LATE))).code == "ORDER_STATE_CONFLICT"
    about: dict[str, Any] = {"reason": "退货", "staff_id": STAFF_ID, "at": LATE, "once": None}
    assert (await refused(OrderRefund.by_staff(order.id, None, **about))).code == "ORDER_STATE_CONFLICT"
    assert (await an_order(member, sku, at=LATE)).status is OrderStatus.AWAITING_CASH
    assert await reconcile() == []


@pytest.mark.parametrize("turn", range(5))
async def test_confirmed_and_expired_at_one_instant_is_one_of_both(database: str, turn: int) -> None:
    member, sku = await a_buyer(), await a_good(cash_minor=500)
    order = await an_order(member, sku)
    acts = [confirmed(order, at=LATE), *(expire(order.id, at=LATE) for _ in range(3))]

    await outcomes(acts if turn % 2 else acts[::-1])

    status = (await Order.get(id=order.id)).status
    is_paid = status is OrderStatus.READY
    assert status in (OrderStatus.READY, OrderStatus.CANCELLED)
    assert await points_of(member, Bucket.HELD) == 0
    assert await points_of(member) == (900 if is_paid else 1_000)
    assert await stock_of(sku) == ((9, 0, 1) if is_paid else (10, 0, 0))
    assert await rows_of("order_payment") == int(is_paid)
    assert await reconcile() == []


async def test_a_paid_order_is_refunded_by_its_points_and_tells_the_cash(database: str) -> None:
    member, sku = await a_buyer(), await a_good(GoodKind.PICK_UP, cash_minor=500)
    order = await an_order(member, sku)
    await confirmed(order)

    part = await OrderRefund.by_staff(
        order.id, Portion(points=30, cash_minor=200), reason="瑕疵补偿", staff_id=STAFF_ID, at=NOON, once=None
    )
    rest = await OrderRefund.by_staff(order.id, None, reason="退货", staff_id=STAFF_ID, at=LATE, once=None)

    assert [(one.number, one.points, one.cash_minor, one.pieces) for one in (part, rest)] == [
        (1, 30, 200, 0),
        (2, 70, 300, 1),
    ]
    assert (await Order.get(id=order.id)).status is OrderStatus.REFUNDED
    assert (await points_of(member), await stock_of(sku)) == (1_000, (10, 0, 0))
    assert await reconcile() == []
