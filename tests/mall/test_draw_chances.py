"""Chances of a draw as goods: handed over with the payment, and back only while they were not used."""

from models.mall.good import GoodKind
from models.mall.order import Order
from models.mall.order_refund import OrderRefund
from models.mall.order_status import OrderStatus
from models.mall.portion import Portion
from models.play.draw import Draw
from models.play.draw_chance import DrawChance
from models.play.draw_result import DrawResult
from models.play.draw_version import end_draw
from models.play.draw_void import DrawVoid, unwind_due
from models.points.reconciliation import reconcile
from tests.conftest import NOON
from tests.mall.build import STAFF_ID, a_buyer, a_good, an_order, points_of, refused, rows_of, stock_of
from tests.play.draws import a_draw


async def refunded(order: Order, pieces: int | None = None) -> OrderRefund:
    portion = Portion(points=100 * pieces, pieces=pieces) if pieces else None
    about = {"reason": "退货", "staff_id": STAFF_ID, "returns_stock": True}
    return await OrderRefund.by_staff(order.id, portion, **about, at=NOON, once=None)  # type: ignore[arg-type]  # as they are named


async def left(draw: Draw) -> int:
    chance = await DrawChance.get(draw_id=draw.id)
    return 0 if chance.expires_at else chance.left


async def test_chances_are_there_with_the_payment(database: str, empty_redis: str) -> None:
    draw, member = await a_draw(), await a_buyer()
    order = await an_order(member, await a_good(GoodKind.CHANCE, target_id=draw.id), 3)

    assert (await Order.get(id=order.id)).status is OrderStatus.RECEIVED
    assert (await left(draw), await points_of(member)) == (3, 700)
    assert (await DrawResult.draw_once(member.id, draw.id, at=NOON)).sequence == 1
    assert await left(draw) == 2


async def test_those_that_were_not_used_come_back(database: str, empty_redis: str) -> None:
    draw, member = await a_draw(), await a_buyer()
    sku = await a_good(GoodKind.CHANCE, target_id=draw.id)
    order = await an_order(member, sku, 3)

    await refunded(order, 1)
    before = await left(draw)
    await DrawResult.draw_once(member.id, draw.id, at=NOON)
    refusal = await refused(refunded(order))
    await refunded(order, 1)

    assert (before, refusal.code, await left(draw)) == (2, "ALREADY_USED", 0)
    assert await stock_of(sku) == (9, 0, 1)
    assert await reconcile() == []


async def test_what_is_given_back_whole_is_no_chance_any_more(database: str, empty_redis: str) -> None:
    draw, member = await a_draw(), await a_buyer()
    order = await an_order(member, await a_good(GoodKind.CHANCE, target_id=draw.id), 2)

    await refunded(order)

    assert (await left(draw), await points_of(member)) == (0, 1_000)
    assert (await refused(DrawResult.draw_once(member.id, draw.id, at=NOON))).code == "NO_DRAW_CHANCE"


async def test_a_void_gives_used_ones_back_to_be_refunded_by_their_order(database: str, empty_redis: str) -> None:
    draw, member = await a_draw(), await a_buyer()
    order = await an_order(member, await a_good(GoodKind.CHANCE, target_id=draw.id), 1)
    await DrawResult.draw_once(member.id, draw.id, at=NOON)

    await DrawVoid.record(draw.id, reason="奖品设置有误", staff_id=STAFF_ID, at=NOON, once=None)
    await unwind_due(at=NOON)
    await refunded(order)

    assert await points_of(member) == 1_000
    assert await reconcile() == []


async def test_chances_of_a_draw_that_is_over_are_not_sold(database: str, empty_redis: str) -> None:
    draw, member = await a_draw(), await a_buyer()
    sku = await a_good(GoodKind.CHANCE, target_id=draw.id)
    await end_draw(draw.id, reason="提前结束", staff_id=STAFF_ID, at=NOON)

    assert (await refused(an_order(member, sku))).code == "DRAW_OVER"
    assert (await rows_of("mall_order"), await rows_of("draw_chance"), await points_of(member)) == (0, 0, 1_000)
    assert await stock_of(sku) == (10, 0, 0)
