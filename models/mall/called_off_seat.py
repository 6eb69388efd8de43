"""Orders for seats of courses that do not take place: they are refunded whole, each in a transaction of its own."""

from datetime import datetime
from uuid import UUID

from models.actor import SYSTEM
from models.mall.order import Order
from models.mall.order_refund import OrderRefund, Undoing
from models.mall.order_status import REFUNDABLE
from models.one_by_one import OneByOne
from store.database import among, fetch, transaction
from store.ids import as_id

AT_ONCE = 200
REASON = "课程未开课"


async def refund_called_off_seats(*, at: datetime) -> int:
    """Refund what was paid for seats of courses that were called off; returns how many orders."""
    refunded, run = 0, OneByOne("refund seat")
    while order_ids := await _due(run.failed):
        for order_id in order_ids:
            refunded += bool(await run.do(order_id, _refund(order_id, at=at)))
    return refunded


async def _due(failed: list[UUID]) -> list[UUID]:
    rows = await fetch(
        "SELECT o.id FROM enrollment e JOIN mall_order o ON o.id = e.order_id WHERE e.state = 'called_off' "  # noqa: S608 - own text
        f"AND {among('o.status', 1, 'text')} AND NOT {among('o.id', 2, 'uuid')} ORDER BY o.id LIMIT $3",
        [str(one) for one in REFUNDABLE],
        failed,
        AT_ONCE,
    )
    return [as_id(row["id"]) for row in rows]


async def _refund(order_id: UUID, *, at: datetime) -> bool:
    async with transaction():
        order = await Order.held(order_id)
        if order.status not in REFUNDABLE:
            return False
        await OrderRefund.give_back(order, order.left, Undoing(SYSTEM, reason=REASON), at=at, is_whole=True)
        return True
