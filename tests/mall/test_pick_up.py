"""What is collected: a code that is good once, whoever scans it, until it expires."""

import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
import segno

from models.errors import DomainError
from models.idempotency import Once
from models.mall.good import GoodKind, Lapse
from models.mall.moving_on import move_orders_on
from models.mall.order import Order
from models.mall.order_change import OrderChange
from models.mall.order_status import OrderStatus
from models.mall.pick_up import CODE_LENGTH, PickUp, qr_picture
from models.mall.store import Store
from models.mall.write_off import write_off
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from tests.build import LONG_AGO, new_key
from tests.conftest import NOON
from tests.mall.build import STAFF_ID, a_buyer, a_good, an_order, outcomes, points_of, refused, stock_of

DAY = timedelta(days=1)
QUIET = 4
"""Modules that stay white around a QR code."""


def dark(path: str) -> set[tuple[int, int]]:
    """The modules over which the strokes of a path go."""
    found, x, y = set(), 0.0, 0.0
    for letter, numbers in re.findall(r"([Mmh])([-\d. ]+)", path):
        along, *down = map(float, numbers.split())
        if letter == "h":
            found |= {(int(x) + n, int(y)) for n in range(int(along))}
        x, y = (0.0, 0.0) if letter == "M" else (x, y)
        x, y = x + along, y + sum(down)
    return found


async def a_store(*, name: str = "徐汇店", is_active: bool = True) -> Store:
    return await Store.put(
        name=name, region="上海", address="漕溪北路 1 号", is_active=is_active, staff_id=STAFF_ID, at=LONG_AGO
    )


async def code_of(order: Order) -> str:
    return (await PickUp.get(order_id=order.id)).code


@pytest.mark.parametrize("kind", [GoodKind.PICK_UP, GoodKind.COURSE, GoodKind.EVENT])
async def test_a_code_is_taken_and_who_took_it_where_is_kept(database: str, kind: GoodKind) -> None:
    store, order = await a_store(), await an_order(await a_buyer(), await a_good(kind, after_sale_days=3))
    code = await code_of(order)

    change = await write_off(f" shequn:pick-up:{code.lower()} ", store.id, staff_id=STAFF_ID, at=NOON + DAY, once=None)

    assert len(code) == CODE_LENGTH
    assert (change.status, change.by_id) == ("received", STAFF_ID)
    pick_up, found = await PickUp.get(order_id=order.id), await Order.get(id=order.id)
    assert (pick_up.used_at, pick_up.staff_id, pick_up.store_id) == (NOON + DAY, STAFF_ID, store.id)
    assert (found.status, found.due_at) == (OrderStatus.RECEIVED, NOON + 4 * DAY)
    assert (await AuditRow.get(action="write_off_pick_up")).after == {"store": "徐汇店"}


async def test_a_code_is_good_once_at_one_instant(database: str) -> None:
    order = await an_order(await a_buyer(), await a_good())
    code = await code_of(order)
    once = Once.of("staff:1", "WriteOffPickUp", new_key(), {})

    others = await outcomes([write_off(code, None, staff_id=STAFF_ID, at=NOON, once=None) for _ in range(10)])
    replayed = await outcomes([write_off(code, None, staff_id=STAFF_ID, at=NOON, once=once)])

    assert others == {"done": 1, "PICK_UP_USED": 9}
    assert replayed == {"PICK_UP_USED": 1}
    assert await OrderChange.filter(order_id=order.id, status="received").count() == 1


async def test_the_same_key_answers_as_the_first_time(database: str) -> None:
    order = await an_order(await a_buyer(), await a_good())
    code, once = await code_of(order), Once.of("staff:1", "WriteOffPickUp", new_key(), {})

    ended = await outcomes([write_off(code, None, staff_id=STAFF_ID, at=NOON, once=once) for _ in range(5)])

    assert ended == {"done": 5}


async def test_unknown_codes_and_closed_stores_are_refused(database: str) -> None:
    order = await an_order(await a_buyer(), await a_good())
    closed = await a_store(is_active=False)

    for code, store_id, wanted in (
        ("ABCDEFGHJKMN", None, "PICK_UP_NOT_VALID"),
        ("短码", None, "PICK_UP_NOT_VALID"),
        (await code_of(order), closed.id, "NOT_FOUND"),
    ):
        assert (await refused(write_off(code, store_id, staff_id=STAFF_ID, at=NOON, once=None))).code == wanted
    assert (await Order.get(id=order.id)).status is OrderStatus.READY


@pytest.mark.parametrize(
    ("lapse", "status", "points", "stock"),
    [(Lapse.REFUND, OrderStatus.REFUNDED, 1_000, (10, 0, 0)), (Lapse.KEEP, OrderStatus.CLOSED, 900, (9, 0, 1))],
)
async def test_an_order_nobody_came_for_ends_as_its_good_says(
    database: str, lapse: Lapse, status: OrderStatus, points: int, stock: tuple[int, int, int]
) -> None:
    member, sku = await a_buyer(), await a_good(pick_up_days=7, pick_up_lapse=lapse)
    order = await an_order(member, sku)
    code = await code_of(order)

    late = await refused(write_off(code, None, staff_id=STAFF_ID, at=NOON + 7 * DAY, once=None))
    assert await move_orders_on(at=NOON + 7 * DAY - timedelta(seconds=1)) == 0
    assert await move_orders_on(at=NOON + 7 * DAY) == 1
    later = await refused(write_off(code, None, staff_id=STAFF_ID, at=NOON + 8 * DAY, once=None))

    assert (await Order.get(id=order.id)).status is status
    assert (await points_of(member), await stock_of(sku)) == (points, stock)
    assert late.code == "PICK_UP_EXPIRED"
    assert later.code == ("PICK_UP_NOT_VALID" if lapse is Lapse.REFUND else "PICK_UP_EXPIRED")
    assert await reconcile() == []


async def test_two_stores_do_not_share_a_name(database: str) -> None:
    await a_store()

    with pytest.raises(DomainError) as taken:
        await a_store()

    assert taken.value.code == "STORE_NAME_TAKEN"
    assert await Store.all().count() == 1


def test_the_picture_is_the_qr_code_of_its_text() -> None:
    picture = ElementTree.fromstring(qr_picture("AB3DEF9HJKLM"))

    ground, modules = picture
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert (picture.get("viewBox"), ground.get("fill")) == ("0 0 37 37", "#fff")
    made = segno.make_qr("shequn:pick-up:AB3DEF9HJKLM", error="m").matrix
    assert dark(modules.get("d", "")) == {
        (x + QUIET, y + QUIET) for y, row in enumerate(made) for x, is_dark in enumerate(row) if is_dark
    }
