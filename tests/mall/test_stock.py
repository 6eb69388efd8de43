"""Stock as staff change it, and those who wait until it comes back."""

from datetime import timedelta

import pytest

from models.idempotency import Once
from models.mall.cancellation import cancel
from models.mall.restock_notice import RestockNotice
from models.mall.sku import Sku
from models.mall.stock_change import StockAct, StockChange
from models.staff.audit import AuditRow
from store.outbox import Outbox, relay
from tests.build import new_key
from tests.conftest import NOON
from tests.mall.build import STAFF_ID, a_buyer, a_good, an_order, outcomes, refused, rows_of, stock_of


async def changed(sku: Sku, amount: int, act: StockAct = StockAct.ADD, once: Once | None = None) -> StockChange:
    return await StockChange.make(sku.id, act, amount, reason="盘点", staff_id=STAFF_ID, at=NOON, once=once)


@pytest.mark.parametrize(
    ("stock", "act", "amount", "after"),
    [
        (5, StockAct.ADD, 3, 8),
        (5, StockAct.ADD, -5, 0),
        (None, StockAct.LIMIT, 7, 7),
        (None, StockAct.LIMIT, 0, 0),
        (5, StockAct.UNLIMIT, 0, None),
    ],
)
async def test_a_stock_is_changed_and_told(
    database: str, stock: int | None, act: StockAct, amount: int, after: int | None
) -> None:
    sku = await a_good(stock=stock)

    change = await changed(sku, amount, act)

    assert (change.stock_after, (await stock_of(sku))[0]) == (after, after)
    row = await AuditRow.get(action="change_stock")
    assert (row.before, row.reason) == ({"stock": stock}, "盘点")


@pytest.mark.parametrize(
    ("stock", "act", "amount", "code"),
    [
        (5, StockAct.ADD, -6, "STOCK_NOT_CHANGED"),
        (None, StockAct.ADD, 1, "STOCK_NOT_CHANGED"),
        (5, StockAct.LIMIT, 7, "STOCK_NOT_CHANGED"),
        (None, StockAct.UNLIMIT, 0, "STOCK_NOT_CHANGED"),
        (5, StockAct.ADD, 0, "INVALID_INPUT"),
        (5, StockAct.ADD, 2_000_000_000, "INVALID_INPUT"),
    ],
)
async def test_a_stock_never_falls_below_nothing(
    database: str, stock: int | None, act: StockAct, amount: int, code: str
) -> None:
    sku = await a_good(stock=stock)

    assert (await refused(changed(sku, amount, act))).code == code
    assert ((await stock_of(sku))[0], await rows_of("stock_change")) == (stock, 0)


async def test_changes_and_orders_at_one_instant_add_up(database: str) -> None:
    sku = await a_good(stock=5)
    members = [await a_buyer() for _ in range(10)]
    once = Once.of("staff:1", "ChangeStock", new_key(), {})

    ended = await outcomes(
        [*(changed(sku, 3, once=once) for _ in range(4)), *(an_order(member, sku) for member in members)]
    )

    stock, _, sold = await stock_of(sku)
    assert ended["done"] == 4 + sold
    assert (stock or 0) + sold == 8
    assert await rows_of("stock_change") == 1


async def test_whoever_waits_hears_once_that_it_is_back(database: str) -> None:
    member, other, sku = await a_buyer(), await a_buyer(), await a_good(stock=0)
    for one in (member, other):
        await RestockNotice.ask(one.id, sku.id, at=NOON - timedelta(hours=1))

    await changed(sku, 3)
    first = await RestockNotice.all()
    await changed(sku, 3)
    await RestockNotice.filter(member_id=member.id).update(due_at=None)
    await relay(at=NOON + timedelta(minutes=1))

    assert {notice.due_at for notice in first} == {NOON}
    assert (await RestockNotice.get(member_id=other.id)).due_at == NOON
    assert (await RestockNotice.get(member_id=member.id)).due_at is None
    assert await Outbox.filter(topic="restock").count() == 0


async def test_a_cancelled_last_piece_is_told_to_those_who_wait(database: str) -> None:
    buyer, waiting, sku = await a_buyer(), await a_buyer(), await a_good(stock=1)
    order = await an_order(buyer, sku)
    await RestockNotice.ask(waiting.id, sku.id, at=NOON)

    await cancel(buyer.id, order.id, at=NOON + timedelta(hours=1), once=None)

    assert (await RestockNotice.get(member_id=waiting.id)).due_at == NOON + timedelta(hours=1)


async def test_asking_and_restocking_at_one_instant_forgets_nobody(database: str) -> None:
    sku = await a_good(stock=0)
    members = [await a_buyer() for _ in range(8)]

    ended = await outcomes([*(RestockNotice.ask(member.id, sku.id, at=NOON) for member in members), changed(sku, 1)])

    assert ended["done"] + ended["STILL_IN_STOCK"] == 9
    assert await RestockNotice.filter(due_at__isnull=True).count() == 0


async def test_what_is_there_is_not_waited_for(database: str) -> None:
    member, sku = await a_buyer(), await a_good()

    assert (await refused(RestockNotice.ask(member.id, sku.id, at=NOON))).code == "STILL_IN_STOCK"
    assert await rows_of("restock_notice") == 0


async def test_a_notice_is_kept_once_and_asked_anew(database: str) -> None:
    member, sku = await a_buyer(), await a_good(stock=0)

    asked = [RestockNotice.ask(member.id, sku.id, at=NOON) for _ in range(5)]
    assert await outcomes(asked) == {"done": 5}
    await RestockNotice.all().update(due_at=NOON)
    await RestockNotice.ask(member.id, sku.id, at=NOON)

    assert (await RestockNotice.get()).due_at is None
