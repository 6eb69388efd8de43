"""Staff refund: whole or in part, never more than there is, and what was handed over comes back first."""

from datetime import timedelta
from typing import Any

import pytest

from models.checkins.card import CardKind, CardSource, CheckInCard
from models.idempotency import Once
from models.mall.good import GoodKind
from models.mall.order import Order
from models.mall.order_refund import OrderRefund
from models.mall.order_status import OrderStatus
from models.mall.portion import Portion
from models.mall.shipment import Parcel, receive, ship
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from tests.build import a_plan, new_key
from tests.checkins.test_round_trips import statements
from tests.conftest import NOON
from tests.mall.build import (
    STAFF_ID,
    a_buyer,
    a_good,
    an_address,
    an_order,
    outcomes,
    points_of,
    refused,
    rows_of,
    stock_of,
)


async def refunded(order: Order, portion: Portion | None = None, **about: Any) -> OrderRefund:
    given: dict[str, Any] = {"reason": "售后", "staff_id": STAFF_ID, "at": NOON, "once": None} | about
    return await OrderRefund.by_staff(order.id, portion, **given)


async def test_parts_go_back_one_by_one_and_the_last_ends_it(database: str) -> None:
    member, sku = await a_buyer(), await a_good()
    order = await an_order(member, sku, 3)

    await refunded(order, Portion(points=100, pieces=1))
    between = await Order.get(id=order.id)
    await refunded(order, Portion(points=200))

    assert (between.status, between.refunded_points, between.returned_quantity) == (OrderStatus.READY, 100, 1)
    assert (await Order.get(id=order.id)).status is OrderStatus.REFUNDED
    assert (await points_of(member), await stock_of(sku)) == (1_000, (8, 0, 2))
    assert await AuditRow.filter(action="refund_order", reason="售后").count() == 2
    assert await reconcile() == []


@pytest.mark.parametrize(
    "portion",
    [Portion(points=301), Portion(points=-1), Portion(pieces=4), Portion(cash_minor=1), Portion()],
    ids=["more points", "less than nothing", "more pieces", "cash that was none", "nothing"],
)
async def test_no_more_goes_back_than_there_is(database: str, portion: Portion) -> None:
    member, sku = await a_buyer(), await a_good()
    order = await an_order(member, sku, 3)

    assert (await refused(refunded(order, portion))).code == "CANNOT_REFUND"
    assert (await points_of(member), await rows_of("order_refund"), await rows_of("audit_row")) == (700, 0, 3)


async def test_a_whole_refund_happens_once(database: str) -> None:
    member, sku = await a_buyer(), await a_good()
    order = await an_order(member, sku)
    once = Once.of("staff:1", "RefundOrder", new_key(), {})

    same = await outcomes([refunded(order, once=once) for _ in range(5)])
    others = await outcomes([refunded(order) for _ in range(5)])

    assert (same, others) == ({"done": 5}, {"ORDER_STATE_CONFLICT": 5})
    assert (await points_of(member), await stock_of(sku)) == (1_000, (10, 0, 0))


@pytest.mark.parametrize(("returns_stock", "stock"), [(None, (9, 0, 1)), (True, (10, 0, 0)), (False, (9, 0, 1))])
async def test_what_was_sent_returns_to_the_stock_where_staff_say_so(
    database: str, returns_stock: bool | None, stock: tuple[int, int, int]
) -> None:
    member, sku = await a_buyer(), await a_good(GoodKind.PHYSICAL)
    await an_address(member)
    order = await an_order(member, sku)
    await ship(Parcel(order.id, "顺丰", "SF1"), staff_id=STAFF_ID, at=NOON)
    await receive(member.id, order.id, at=NOON)

    await refunded(order, returns_stock=returns_stock, at=NOON + timedelta(days=1))

    assert (await points_of(member), await stock_of(sku)) == (1_000, stock)
    assert await reconcile() == []


async def test_unused_cards_come_back_and_used_ones_do_not(database: str) -> None:
    plan = await a_plan()
    member, sku = await a_buyer(), await a_good(GoodKind.CARD, target_id=plan.id)
    order, used = await an_order(member, sku, 2), await an_order(member, sku, at=NOON + timedelta(seconds=1))
    [*_, last] = await CheckInCard.filter(member_id=member.id).order_by("acquired_at", "id")
    await CheckInCard.filter(id=last.id).update(used_for=NOON.date())

    await refunded(order)
    refusal = await refused(refunded(used))

    assert refusal.code == "ALREADY_USED"
    assert (await Order.get(id=order.id)).status is OrderStatus.REFUNDED
    assert (await Order.get(id=used.id)).status is OrderStatus.RECEIVED
    assert await CheckInCard.filter(member_id=member.id, expires_at=NOON).count() == 2
    assert await points_of(member) == 900


async def test_cards_are_handed_out_in_one_statement(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = await a_plan()
    member, sku = await a_buyer(), await a_good(GoodKind.CARD, target_id=plan.id)

    with statements(monkeypatch) as seen:
        await an_order(member, sku, 5)

    assert len([one for one in seen if one.startswith('INSERT INTO "check_in_card"')]) == 1
    cards = await CheckInCard.filter(member_id=member.id)
    assert [(card.plan_id, card.kind, card.source, card.acquired_at) for card in cards] == [
        (plan.id, CardKind.MAKE_UP, CardSource.BOUGHT, NOON)
    ] * 5


async def test_an_unpaid_or_ended_order_is_not_refunded(database: str) -> None:
    member, sku = await a_buyer(), await a_good(cash_minor=5)
    order = await an_order(member, sku)

    assert (await refused(refunded(order))).code == "ORDER_STATE_CONFLICT"
    assert (await refused(refunded(order, reason=" "))).code == "INVALID_INPUT"
    assert await points_of(member) == 900
