"""Sending and what follows by itself: packed, sent, received, closed."""

from datetime import timedelta

from models.mall.good import GoodKind
from models.mall.moving_on import move_orders_on
from models.mall.order import Order
from models.mall.order_change import OrderChange
from models.mall.shipment import Parcel, receive, ship, ship_all, take_up
from tests.conftest import NOON
from tests.mall.build import STAFF_ID, a_buyer, a_good, an_address, an_order, outcomes, refused, rows_of

DAY = timedelta(days=1)


async def to_send() -> Order:
    member, sku = await a_buyer(), await a_good(GoodKind.PHYSICAL, receive_days=10, after_sale_days=7)
    await an_address(member)
    return await an_order(member, sku)


async def states_of(order: Order) -> list[str]:
    return [str(change.status) for change in await OrderChange.filter(order_id=order.id).order_by("id")]


async def test_an_order_goes_its_way_by_itself(database: str) -> None:
    order = await to_send()
    await take_up(order.id, staff_id=STAFF_ID, at=NOON)
    await ship(Parcel(order.id, " 顺丰 ", "SF123"), staff_id=STAFF_ID, at=NOON + DAY)

    moved = [await move_orders_on(at=NOON + n * DAY) for n in (10, 11, 17, 18, 30)]

    assert moved == [0, 1, 0, 1, 0]
    assert await states_of(order) == ["placed", "confirmed", "fulfilling", "shipped", "received", "closed"]
    found = await Order.get(id=order.id)
    assert (found.carrier, found.shipped_at, found.received_at) == ("顺丰", NOON + DAY, NOON + 11 * DAY)


async def test_a_run_that_comes_late_or_twice_does_each_thing_once(database: str) -> None:
    orders = [await to_send() for _ in range(5)]
    for order in orders:
        await ship(Parcel(order.id, "顺丰", "SF1"), staff_id=STAFF_ID, at=NOON)

    await outcomes([move_orders_on(at=NOON + 60 * DAY) for _ in range(3)])
    await move_orders_on(at=NOON + 90 * DAY)

    for order in orders:
        assert await states_of(order) == ["placed", "confirmed", "shipped", "received", "closed"]


async def test_a_member_says_that_it_has_come_once(database: str) -> None:
    order = await to_send()
    await ship(Parcel(order.id, "顺丰", "SF1"), staff_id=STAFF_ID, at=NOON)

    ended = await outcomes([receive(order.member_id, order.id, at=NOON + DAY) for _ in range(4)])

    assert ended == {"done": 1, "ORDER_STATE_CONFLICT": 3}
    assert (await Order.get(id=order.id)).due_at == NOON + 8 * DAY


async def test_a_row_that_is_refused_keeps_no_other_from_going(database: str) -> None:
    good, sent, other = await to_send(), await to_send(), await to_send()
    collected = await an_order(await a_buyer(), await a_good())
    await ship(Parcel(sent.id, "顺丰", "SF1"), staff_id=STAFF_ID, at=NOON)
    orders = [good, sent, collected, other]
    parcels = [Parcel(order.id, "中通", f"ZT{n}") for n, order in enumerate(orders)]

    rows = await ship_all(parcels, among={one.id for one in (good, sent, collected)}, staff_id=STAFF_ID, at=NOON)

    codes = [row.refusal and row.refusal.code for row in rows]
    assert codes == [None, "ORDER_STATE_CONFLICT", "NOT_TO_SHIP", "NOT_FOUND"]
    assert (await Order.get(id=good.id)).tracking_number == "ZT0"
    assert (await Order.get(id=other.id)).tracking_number is None


async def test_bad_parcels_are_refused(database: str) -> None:
    order = await to_send()

    assert (await refused(ship(Parcel(order.id, " ", "SF1"), staff_id=STAFF_ID, at=NOON))).code == "INVALID_INPUT"
    assert (await refused(ship_all([], among=(), staff_id=STAFF_ID, at=NOON))).code == "INVALID_INPUT"
    assert await states_of(order) == ["placed", "confirmed"]
    assert await rows_of("mall_order") == 1
