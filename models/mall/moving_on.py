"""What happens to orders by itself: cash that did not come, receipt, closing, pick-ups that nobody came for, codes.

Each order moves in a transaction of its own, which asks again whether it is still due; so a run may come twice, late,
or beside a member's act at the same instant. A run goes on until nothing is due.
"""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from tortoise.expressions import Q

from models.mall.delivery import issue_codes
from models.mall.order import Order
from models.mall.order_payment import expire
from models.mall.order_status import OrderStatus
from models.mall.shipment import close_due, receive_due
from models.mall.write_off import lapse_due
from models.one_by_one import OneByOne
from store.database import among, fetch, transaction
from store.ids import as_id

AT_ONCE = 200


class Step(Protocol):
    def __call__(self, order_id: UUID, *, at: datetime) -> Awaitable[bool]: ...


STEPS: dict[OrderStatus, Step] = {
    OrderStatus.AWAITING_CASH: expire,
    OrderStatus.SHIPPED: receive_due,
    OrderStatus.ISSUED: receive_due,
    OrderStatus.RECEIVED: close_due,
    OrderStatus.READY: lapse_due,
}


async def move_orders_on(*, at: datetime) -> int:
    """Bring every order that is due by `at` to its next state, the longest due first; returns how many moved."""
    moved, behind, run = 0, Q(), OneByOne("move order on")
    while due := await Order.filter(behind, due_at__lte=at).order_by("due_at", "id").limit(AT_ONCE):
        for order in due:
            if step := STEPS.get(order.status):
                moved += bool(await run.do(order.id, step(order.id, at=at)))
        last = due[-1]
        behind = Q(due_at__gt=last.due_at) | Q(due_at=last.due_at, id__gt=last.id)
    return moved


async def issue_waiting_codes(*, at: datetime) -> int:
    """Give the codes that came in to the orders that wait for them, in the order of payment; returns how many moved."""
    issued, run = 0, OneByOne("issue codes")
    while order_id := await _next_waiting(run.failed):
        is_issued = await run.do(order_id, _issue(order_id, at=at))
        if is_issued is False:
            break
        issued += bool(is_issued)
    return issued


async def _next_waiting(failed: Sequence[UUID]) -> UUID | None:
    """The order that has waited longest for a SKU of which there are codes, but for those that failed."""
    rows = await fetch(
        "SELECT o.id FROM mall_order o WHERE o.status = 'awaiting_code' "  # noqa: S608 - own text, values are bound
        f"AND NOT {among('o.id', 1, 'uuid')} AND EXISTS (SELECT 1 FROM good_code c "
        "WHERE c.sku_id = o.sku_id AND c.order_id IS NULL AND c.result_id IS NULL AND c.voided_at IS NULL) "
        "ORDER BY o.confirmed_at, o.id LIMIT 1",
        list(failed),
    )
    return as_id(rows[0]["id"]) if rows else None


async def _issue(order_id: UUID, *, at: datetime) -> bool:
    """False where the order was given nothing, since others are just taking what there is."""
    async with transaction():
        order = await Order.held(order_id)
        if order.status is not OrderStatus.AWAITING_CODE:
            return True
        before = await order.codes_held()
        # It is the first in its queue but for those that failed, behind which it would wait for as long as they do.
        done = await issue_codes(order, at)
        await order.reach(done, at=at)
        return done.status is OrderStatus.ISSUED or await order.codes_held() > before
