"""Codes: taken in once, given once, and an order that found none waits for its turn."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from models.idempotency import Once
from models.mall.cancellation import cancel
from models.mall.code_batch import CodeBatch
from models.mall.good import GoodKind
from models.mall.good_code import GoodCode
from models.mall.moving_on import issue_waiting_codes
from models.mall.order import Order
from models.mall.order_refund import OrderRefund
from models.mall.order_status import OrderStatus
from models.mall.portion import Portion
from models.mall.sku import Sku
from models.points.reconciliation import reconcile
from store.database import fetch, fetch_value
from store.ids import as_id
from tests.build import new_key
from tests.conftest import NOON
from tests.mall.build import STAFF_ID, a_buyer, a_good, an_order, outcomes, points_of, refused, rows_of, stock_of

MINUTE = timedelta(minutes=1)
AFTER_SALE: dict[str, Any] = {"reason": "售后", "staff_id": STAFF_ID, "at": NOON, "once": None}


async def filled(sku: Sku, *codes: str, raises_stock: bool = False) -> CodeBatch:
    return await CodeBatch.take_in(
        sku.id, list(codes), staff_id=STAFF_ID, at=NOON, once=None, raises_stock=raises_stock
    )


async def a_pool(*codes: str, stock: int | None = None) -> Sku:
    sku = await a_good(GoodKind.CODE, stock=stock)
    if codes:
        await filled(sku, *codes)
    return sku


async def codes_by_order() -> dict[Order, list[str]]:
    found = await GoodCode.of_orders([order.id for order in await Order.all()])
    return {order: [code.code for code in found.get(order.id, [])] for order in await Order.all().order_by("id")}


async def test_an_order_is_given_its_codes_oldest_first(database: str) -> None:
    member, sku = await a_buyer(), await a_pool("A-1", "A-2", "A-3")

    order = await an_order(member, sku, 2)

    assert (await Order.get(id=order.id)).status is OrderStatus.ISSUED
    assert await codes_by_order() == {order: ["A-1", "A-2"]}
    assert "A-1" not in str(await fetch("SELECT * FROM good_code"))


async def test_of_more_buyers_than_codes_each_has_one_or_waits(database: str) -> None:
    sku = await a_pool(*(f"C-{n}" for n in range(7)))
    members = [await a_buyer() for _ in range(20)]

    ended = await outcomes([an_order(member, sku) for member in members])
    first = await codes_by_order()
    await filled(sku, *(f"D-{n}" for n in range(8)))
    issued = await issue_waiting_codes(at=NOON)
    second = await codes_by_order()

    assert ended == {"done": 20}
    given = [code for codes in first.values() for code in codes]
    # What somebody is just taking is skipped, so a code may be left for the next turn of the job.
    assert len(given) == len(set(given)) <= 7
    given = [code for codes in second.values() for code in codes]
    assert len(given) == len(set(given)) == 15
    assert issued == 15 - sum(len(codes) for codes in first.values())
    assert max(len(codes) for codes in second.values()) == 1
    assert await Order.filter(status="awaiting_code").count() == 5
    assert await points_of(members[0]) == 900
    assert await reconcile() == []


async def test_whoever_paid_first_is_served_first(database: str) -> None:
    sku = await a_pool()
    early, late = [await an_order(await a_buyer(), sku, at=NOON + timedelta(hours=n)) for n in range(2)]
    await filled(sku, "E-1")
    latest = await an_order(await a_buyer(), sku, at=NOON + timedelta(hours=2))

    assert await issue_waiting_codes(at=NOON) == 1
    assert await issue_waiting_codes(at=NOON) == 0

    assert {order.id: codes for order, codes in (await codes_by_order()).items()} == {
        early.id: ["E-1"],
        late.id: [],
        latest.id: [],
    }


async def test_an_order_for_two_is_given_the_second_later(database: str) -> None:
    sku = await a_pool("F-1")
    order = await an_order(await a_buyer(), sku, 2)

    assert (await Order.get(id=order.id)).status is OrderStatus.AWAITING_CODE
    await filled(sku, "F-2", "F-3")
    assert await issue_waiting_codes(at=NOON) == 1

    assert (await Order.get(id=order.id)).status is OrderStatus.ISSUED
    assert list((await codes_by_order()).values()) == [["F-1", "F-2"]]


async def test_a_refill_at_the_instant_of_a_cancellation_is_one_of_both(database: str) -> None:
    member, sku = await a_buyer(), await a_pool()
    order = await an_order(member, sku)
    await filled(sku, "G-1")

    ended = await outcomes([cancel(member.id, order.id, at=NOON, once=None), issue_waiting_codes(at=NOON)])

    is_issued = (await Order.get(id=order.id)).status is OrderStatus.ISSUED
    assert ended["done"] == (1 if is_issued else 2)
    assert await GoodCode.filter(order_id=order.id).count() == int(is_issued)
    assert await points_of(member) == (900 if is_issued else 1_000)


async def test_each_row_that_is_not_taken_in_is_named(database: str) -> None:
    sku = await a_pool("H-1")

    batch = await filled(sku, "H-2", " H-2 ", "", "x" * 121, "H-1", "H-3")

    assert batch.taken_in == 2
    assert batch.refused == [
        {"row": 2, "fault": "repeated"},
        {"row": 3, "fault": "empty"},
        {"row": 4, "fault": "too_long"},
        {"row": 5, "fault": "known"},
    ]
    assert await rows_of("good_code") == 3


async def test_a_batch_is_taken_in_once_and_raises_the_stock(database: str) -> None:
    sku = await a_good(GoodKind.COUPON, stock=0)
    once = Once.of("staff:1", "ImportCodes", new_key(), {})

    async def take_in() -> CodeBatch:
        return await CodeBatch.take_in(sku.id, ["I-1", "I-2"], staff_id=STAFF_ID, at=NOON, once=once, raises_stock=True)

    assert await outcomes([take_in() for _ in range(4)]) == {"done": 4}
    assert await outcomes([filled(sku, *(f"J-{n}" for n in range(50))) for _ in range(4)]) == {"done": 4}

    assert (await stock_of(sku), await rows_of("good_code")) == ((2, 0, 0), 52)


async def test_only_goods_with_a_pool_take_codes(database: str) -> None:
    sku = await a_good(GoodKind.PICK_UP)

    assert (await refused(filled(sku, "K-1"))).code == "NO_CODE_POOL"
    assert (await refused(filled(sku))).code == "INVALID_INPUT"
    assert (await refused(filled(sku, *(["x"] * 251)))).code == "INVALID_INPUT"
    assert await rows_of("good_code") == 0


async def test_issued_codes_are_refunded_only_when_they_are_voided(database: str) -> None:
    member, sku = await a_buyer(), await a_pool("L-1", "L-2", stock=5)
    order = await an_order(member, sku)
    about: dict[str, Any] = {"reason": "码无效", "staff_id": STAFF_ID, "at": NOON, "once": None}

    refusal = await refused(OrderRefund.by_staff(order.id, None, **about))
    await OrderRefund.by_staff(order.id, None, voids_codes=True, **about)
    again = await an_order(member, sku)

    assert (refusal.code, refusal.field) == ("CODES_HOLD", "voidsCodes")
    assert await codes_by_order() == {order: [], again: ["L-2"]}
    assert await points_of(member) == 900
    assert as_id(await fetch_value("SELECT order_id FROM good_code WHERE voided_at IS NOT NULL")) == order.id


async def test_a_piece_that_came_back_is_waited_for_no_longer(database: str) -> None:
    member, sku = await a_buyer(), await a_pool("M-1", stock=5)
    order = await an_order(member, sku, 3)

    await OrderRefund.by_staff(order.id, Portion(points=100, pieces=1), **AFTER_SALE)
    await filled(sku, "M-2", "M-3")
    issued = await issue_waiting_codes(at=NOON)

    assert (issued, await codes_by_order()) == (1, {order: ["M-1", "M-2"]})
    assert (await Order.get(id=order.id)).status is OrderStatus.ISSUED
    assert await stock_of(sku) == (3, 0, 2)


async def test_an_order_whose_last_missing_piece_came_back_is_issued(database: str) -> None:
    member, sku = await a_buyer(), await a_pool("N-1")
    order = await an_order(member, sku, 2)
    waiting = (await Order.get(id=order.id)).status

    await OrderRefund.by_staff(order.id, Portion(points=100, pieces=1), **AFTER_SALE)

    found = await Order.get(id=order.id)
    assert (waiting, found.status) == (OrderStatus.AWAITING_CODE, OrderStatus.ISSUED)
    assert (await codes_by_order(), await points_of(member)) == ({order: ["N-1"]}, 900)
    assert found.due_at == NOON + timedelta(days=10)


async def test_a_piece_that_comes_back_voids_one_code(database: str) -> None:
    member, sku = await a_buyer(), await a_pool("O-1", "O-2", "O-3")
    order = await an_order(member, sku, 3)
    part = Portion(points=100, pieces=1)

    refusal = await refused(OrderRefund.by_staff(order.id, part, **AFTER_SALE))
    untouched = await codes_by_order()
    await OrderRefund.by_staff(order.id, part, voids_codes=True, **AFTER_SALE)
    await OrderRefund.by_staff(order.id, Portion(points=50), **AFTER_SALE)

    assert (refusal.code, untouched) == ("CODES_HOLD", {order: ["O-1", "O-2", "O-3"]})
    assert await codes_by_order() == {order: ["O-1", "O-2"]}
    assert (await Order.get(id=order.id)).status is OrderStatus.ISSUED
    assert await points_of(member) == 850
    assert await reconcile() == []


def failing(monkeypatch: pytest.MonkeyPatch, broken: Order) -> None:
    """Have one order fail whenever it is given a code."""
    take = GoodCode.take

    async def faulty(sku_id: UUID, order_id: UUID, wanted: int, *, at: datetime) -> int:
        if order_id == broken.id:
            raise ValueError("a row that cannot be read")
        return await take(sku_id, order_id, wanted, at=at)

    monkeypatch.setattr(GoodCode, "take", faulty)


async def test_who_needs_no_more_codes_waits_behind_nobody(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sku = await a_pool()
    early, late = await an_order(await a_buyer(), sku), await an_order(await a_buyer(), sku, 2, at=NOON + MINUTE)
    await filled(sku, "R-1")
    failing(monkeypatch, early)
    await issue_waiting_codes(at=NOON)

    await OrderRefund.by_staff(late.id, Portion(points=100, pieces=1), **AFTER_SALE)

    assert await codes_by_order() == {early: [], late: ["R-1"]}
    assert (await Order.get(id=late.id)).status is OrderStatus.ISSUED
    assert (await Order.get(id=early.id)).status is OrderStatus.AWAITING_CODE


async def test_an_order_that_fails_keeps_no_other_from_its_code(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sku, other_sku = await a_pool(), await a_pool()
    broken, next_one = [await an_order(await a_buyer(), sku, at=NOON + timedelta(hours=n)) for n in range(2)]
    elsewhere = await an_order(await a_buyer(), other_sku, at=NOON + timedelta(hours=2))
    await filled(sku, "P-1", "P-2")
    await filled(other_sku, "Q-1")
    failing(monkeypatch, broken)

    assert await issue_waiting_codes(at=NOON) == 2
    assert await codes_by_order() == {broken: [], next_one: ["P-1"], elsewhere: ["Q-1"]}

    monkeypatch.undo()
    assert await issue_waiting_codes(at=NOON) == 1
    assert (await codes_by_order())[broken] == ["P-2"]
