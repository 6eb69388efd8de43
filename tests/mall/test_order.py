"""An order has its pieces and its points, or nothing was written: one by one, and all at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models.idempotency import Once
from models.mall.good import Good, GoodKind, GoodStatus
from models.mall.order import Order
from models.mall.order_change import OrderChange
from models.mall.order_number import new_number
from models.mall.order_status import OrderStatus
from models.mall.shelf import shelve
from models.mall.sku import Sku
from models.members.member import Member
from models.points.account import Bucket, Currency
from models.points.adjustment import PointAdjustment
from models.points.entry import PointEntry
from models.points.level import Level
from models.points.reconciliation import reconcile
from store.database import fetch_value
from tests.build import LONG_AGO, new_key
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

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def unwritten(member: Member, sku: Sku, points: int = 1_000) -> bool:
    """Whether nothing is left of an attempt."""
    known = await Sku.get(id=sku.id)
    counts = [await rows_of(table) for table in ("mall_order", "order_change", "order_address", "idempotency_key")]
    return counts == [0, 0, 0, 0] and (known.sold, known.reserved) == (0, 0) and await points_of(member) == points


async def test_an_order_takes_points_and_stock_and_keeps_what_it_was_placed_under(database: str) -> None:
    member, sku = await a_buyer(), await a_good(GoodKind.PHYSICAL, price=120, stock=5, pictures=("/files/a.jpg",))
    await an_address(member)

    order = await an_order(member, sku, 2)
    await Good.filter(id=sku.good_id).update(name="改名了")

    kept = await Order.get(id=order.id)
    assert (kept.status, kept.points, kept.unit_points, kept.quantity) == (OrderStatus.CONFIRMED, 240, 120, 2)
    assert kept.good_name.startswith("保温杯")
    assert (kept.picture_url, kept.sku_name) == ("/files/a.jpg", "默认")
    assert await points_of(member) == 760
    assert await stock_of(sku) == (3, 0, 2)
    debit = await PointEntry.get(id=kept.debit_entry_id)
    assert (debit.amount, debit.reason, debit.source) == (-240, "order", f"order:{order.id}")
    changes = await OrderChange.filter(order_id=order.id).order_by("id")
    assert [(one.status, one.by_kind) for one in changes] == [("placed", "member"), ("confirmed", "system")]
    assert await reconcile() == []


@pytest.mark.parametrize(
    ("stock", "left"), [(None, None), (3, 1), (2, 0)], ids=["without limit", "enough", "the last ones"]
)
async def test_stock_that_is_absent_never_runs_out(database: str, stock: int | None, left: int | None) -> None:
    member, sku = await a_buyer(), await a_good(stock=stock)

    await an_order(member, sku, 2)

    assert await stock_of(sku) == (left, 0, 2)


@pytest.mark.parametrize("stock", [0, 1])
async def test_less_stock_than_wanted_is_out_of_stock(database: str, stock: int) -> None:
    member, sku = await a_buyer(), await a_good(stock=stock)

    assert (await refused(an_order(member, sku, 2))).code == "OUT_OF_STOCK"
    assert await unwritten(member, sku)


@pytest.mark.parametrize("stock", [1, 10])
async def test_of_two_hundred_at_once_as_many_win_as_there_are_pieces(database: str, stock: int) -> None:
    sku = await a_good(GoodKind.PHYSICAL, stock=stock)
    members = [await a_buyer(100) for _ in range(200)]
    for member in members:
        await an_address(member)

    ended = await outcomes([an_order(member, sku) for member in members])

    assert ended == {"done": stock, "OUT_OF_STOCK": 200 - stock}
    assert await stock_of(sku) == (0, 0, stock)
    assert await rows_of("mall_order") == stock
    spent = await fetch_value("SELECT -SUM(amount) FROM point_entry WHERE reason = 'order' AND amount < 0")
    assert int(spent) == stock * 100
    assert await fetch_value("SELECT SUM(balance) FROM account") == (200 - stock) * 100
    assert await reconcile() == []


async def test_the_last_points_are_spent_once(database: str) -> None:
    member, sku = await a_buyer(100), await a_good(stock=None)

    keys = [Once.of(f"member:{member.id}", "PlaceOrder", new_key(), {}) for _ in range(20)]
    ended = await outcomes([an_order(member, sku, once=once) for once in keys])

    assert ended == {"done": 1, "INSUFFICIENT_POINTS": 19}
    assert await rows_of("idempotency_key") == 1
    assert await points_of(member) == 0
    assert await stock_of(sku) == (None, 0, 1)
    assert await reconcile() == []


async def test_one_key_orders_once_however_often_it_comes(database: str) -> None:
    member, sku = await a_buyer(), await a_good()
    key = new_key()

    def once(quantity: int = 1) -> Once:
        return Once.of(f"member:{member.id}", "PlaceOrder", key, {"quantity": quantity})

    orders = await asyncio.gather(*(an_order(member, sku, once=once()) for _ in range(100)))
    other = await refused(an_order(member, sku, 2, once=once(2)))

    assert len({order.id for order in orders}) == 1
    assert other.code == "IDEMPOTENCY_MISMATCH"
    assert (await points_of(member), await stock_of(sku)) == (900, (9, 0, 1))


async def test_a_refused_key_decides_anew(database: str) -> None:
    member, sku = await a_buyer(50), await a_good()
    once = Once.of(f"member:{member.id}", "PlaceOrder", new_key(), {})

    assert (await refused(an_order(member, sku, once=once))).code == "INSUFFICIENT_POINTS"
    assert await unwritten(member, sku, 50)
    await PointAdjustment.grant(member.id, 50, reason="补发", staff_id=STAFF_ID, at=NOON, once=None)

    assert (await an_order(member, sku, once=once)).points == 100


@pytest.mark.parametrize(
    ("terms", "code", "retry_in"),
    [
        ({"sells_from": NOON + HOUR}, "NOT_ON_SALE", HOUR),
        ({"sells_until": NOON}, "NOT_ON_SALE", None),
        ({"visible_from": NOON + HOUR}, "NOT_ON_SALE", None),
        ({"month_first_day": -3, "month_last_day": -1}, "NOT_ON_SALE", 4 * DAY + 12 * HOUR),
        ({"order_most": 1}, "ORDER_LIMIT_REACHED", None),
        ({"month_most": 1}, "ORDER_LIMIT_REACHED", None),
    ],
)
async def test_what_cannot_be_ordered_now_says_when_next(
    database: str, terms: dict[str, Any], code: str, retry_in: timedelta | None
) -> None:
    member, sku = await a_buyer(), await a_good(**terms)

    refusal = await refused(an_order(member, sku, 2))

    assert refusal.code == code
    assert refusal.retry_at == (NOON + retry_in if retry_in else None)
    assert await unwritten(member, sku)


@pytest.mark.parametrize("status", [GoodStatus.OFF_SHELF, GoodStatus.ARCHIVED])
async def test_a_good_off_the_shelf_is_not_ordered(database: str, status: GoodStatus) -> None:
    member, sku = await a_buyer(), await a_good()
    await shelve(sku.good_id, status, staff_id=STAFF_ID, at=NOON)

    assert (await refused(an_order(member, sku))).code == "NOT_ON_SALE"
    assert await unwritten(member, sku)


@pytest.mark.parametrize(
    ("limit", "first", "refused_until", "again"),
    [
        # 23:59:59 and 00:00:00 in Shanghai
        ("day_most", 12 * HOUR - timedelta(seconds=1), 12 * HOUR, 12 * HOUR),
        # Sunday's last second and Monday
        ("week_most", 6 * DAY + 12 * HOUR - timedelta(seconds=1), 6 * DAY + 12 * HOUR, 6 * DAY + 12 * HOUR),
        # the last of November and the first of December
        ("month_most", 7 * DAY + 12 * HOUR - timedelta(seconds=1), 7 * DAY + 12 * HOUR, 7 * DAY + 12 * HOUR),
    ],
)
async def test_limits_of_a_period_are_counted_over_the_brands_days(
    database: str, limit: str, first: timedelta, refused_until: timedelta, again: timedelta
) -> None:
    limited: dict[str, Any] = {limit: 1}
    member, sku = await a_buyer(), await a_good(**limited)

    await an_order(member, sku, at=NOON + first)
    refusal = await refused(an_order(member, sku, at=NOON + first))
    await an_order(member, sku, at=NOON + again)

    assert (refusal.code, refusal.retry_at) == ("ORDER_LIMIT_REACHED", NOON + refused_until)
    assert await rows_of("mall_order") == 2


async def test_a_members_limit_is_exact_when_it_orders_at_once(database: str) -> None:
    member, sku = await a_buyer(5_000), await a_good(member_most=3, stock=None)

    assert await outcomes([an_order(member, sku) for _ in range(12)]) == {"done": 3, "ORDER_LIMIT_REACHED": 9}


@pytest.mark.parametrize(("growth", "price"), [(0, 100), (100, 80), (500, 60), (5_000, 60)])
async def test_a_level_has_its_price(database: str, growth: int, price: int) -> None:
    await Level.plant_default(at=LONG_AGO)
    member, sku = await a_buyer(), await a_good(level_prices={2: 80, 3: 60})
    if growth:
        about: dict[str, Any] = {"reason": "补发", "staff_id": STAFF_ID, "at": NOON, "once": None}
        await PointAdjustment.grant(member.id, growth, currency=Currency.GROWTH, **about)

    assert (await an_order(member, sku, 2)).points == 2 * price


async def test_a_price_that_changed_is_told_before_it_is_taken(database: str) -> None:
    member, sku = await a_buyer(), await a_good(price=130)

    refusal = await refused(an_order(member, sku, expected_points=100))

    assert (refusal.code, refusal.sentence("zh-CN")) == ("PRICE_CHANGED", "价格已变为 130 积分，请确认后重新提交")
    assert await unwritten(member, sku)


async def test_what_is_sent_needs_an_address(database: str) -> None:
    member, sku = await a_buyer(), await a_good(GoodKind.PHYSICAL)

    assert (await refused(an_order(member, sku))).code == "ADDRESS_NEEDED"
    assert await unwritten(member, sku)


async def test_a_strangers_address_is_not_there(database: str) -> None:
    member, sku = await a_buyer(), await a_good(GoodKind.PHYSICAL)
    address = await an_address(await a_buyer())

    assert (await refused(an_order(member, sku, address_id=address.id))).code == "NOT_FOUND"
    assert await unwritten(member, sku)


@pytest.mark.parametrize("quantity", [0, -1, 1_001])
async def test_quantities_have_bounds(database: str, quantity: int) -> None:
    member, sku = await a_buyer(), await a_good()

    assert (await refused(an_order(member, sku, quantity))).code == "INVALID_INPUT"
    assert await unwritten(member, sku)


async def test_what_costs_nothing_moves_no_points(database: str) -> None:
    member, sku = await a_buyer(0), await a_good(price=0)

    order = await an_order(member, sku)

    assert (order.points, order.debit_entry_id) == (0, None)
    assert await rows_of("point_entry") == 0


async def test_a_frozen_member_orders_nothing(database: str) -> None:
    member, sku = await a_buyer(status="frozen"), await a_good()

    assert (await refused(an_order(member, sku))).code == "MEMBER_NOT_ACTIVE"
    assert await unwritten(member, sku)


async def test_a_good_that_was_ordered_cannot_be_deleted(database: str) -> None:
    sku = await a_good()
    await an_order(await a_buyer(), sku)

    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await Good.filter(id=sku.good_id).delete()
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await Sku.filter(id=sku.id).delete()


async def test_points_wait_where_cash_is_due(database: str) -> None:
    member, sku = await a_buyer(), await a_good(cash_minor=990, pay_minutes=15)

    order = await an_order(member, sku, 2)

    assert (order.status, order.cash_minor, order.due_at) == (
        OrderStatus.AWAITING_CASH,
        1_980,
        NOON + timedelta(minutes=15),
    )
    assert (await points_of(member), await points_of(member, Bucket.HELD)) == (800, 200)
    assert await stock_of(sku) == (8, 2, 0)


def test_numbers_tell_the_day_and_nothing_else() -> None:
    numbers = {new_number(NOON) for _ in range(100)}

    assert {number[:6] for number in numbers} == {"261123"}
    assert len(numbers) == 100
