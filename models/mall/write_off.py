"""Writing off: a code shown at the counter or the door is taken for its order, once.

Whoever shows the code stands there, so it is enough; which colleague took it, and in which store, is kept.
"""

from datetime import datetime
from uuid import UUID

from models.actor import SYSTEM, Actor
from models.errors import DomainError
from models.idempotency import Once, perform_once
from models.mall.good import Lapse
from models.mall.order import Order
from models.mall.order_change import OrderChange
from models.mall.order_refund import OrderRefund, Undoing
from models.mall.order_status import OrderStatus
from models.mall.pick_up import PickUp
from models.mall.shipment import arrive
from models.mall.store import Store
from store.database import execute, transaction

READY = (OrderStatus.READY,)


class PickUpNotValid(DomainError):
    code = "PICK_UP_NOT_VALID"
    zh = "核销码无效，或订单已取消"
    en = "This code is unknown, or its order was called off."
    field = "code"


class PickUpUsed(DomainError):
    code = "PICK_UP_USED"
    zh = "该核销码已使用"
    en = "This code was used before."
    field = "code"


class PickUpExpired(DomainError):
    code = "PICK_UP_EXPIRED"
    zh = "该核销码已过期"
    en = "This code has expired."
    field = "code"


async def write_off(
    code: str, store_id: UUID | None, *, staff_id: UUID, at: datetime, once: Once | None
) -> OrderChange:
    """Take a code, and count its order as received.

    Raises `PickUpNotValid`, `PickUpUsed`, `PickUpExpired`, and `NotFound` for a store that is none or closed.
    """

    async def write(id: UUID) -> OrderChange:
        store = await Store.open(store_id) if store_id else None
        known = await PickUp.found(code)
        if known is None:
            raise PickUpNotValid()
        order, actor = await Order.held(known.order_id), Actor.staff(staff_id)
        await _refuse_ended(known.id, order)
        taken = await execute(
            "UPDATE pick_up SET used_at = $1, staff_id = $2, store_id = $3 "
            "WHERE id = $4 AND used_at IS NULL AND (expires_at IS NULL OR expires_at > $1)",
            at,
            staff_id,
            store.id if store else None,
            known.id,
        )
        if not taken:
            raise PickUpExpired()
        change = await arrive(order, actor=actor, among=READY, at=at, change_id=id)
        after = {"store": store.name if store else None}
        await actor.audit("write_off_pick_up", order, before=None, after=after, reason=None, at=at)
        return change

    return await perform_once(once, OrderChange, write, at=at)


async def lapse_due(order_id: UUID, *, at: datetime) -> bool:
    """End an order that nobody came for: its points go back, or not, as its good says; False where it is not due."""
    async with transaction():
        order = await Order.held(order_id)
        if order.status not in READY or order.due_at is None or order.due_at > at:
            return False
        if order.pick_up_lapse is Lapse.KEEP:
            await order.move(OrderStatus.CLOSED, among=READY, actor=SYSTEM, at=at, reason="逾期未取", ended_at=at)
            return True
        await OrderRefund.give_back(order, order.left, Undoing(SYSTEM, reason="逾期未取"), at=at, is_whole=True)
        return True


async def _refuse_ended(pick_up_id: UUID, order: Order) -> None:
    if order.status in READY:
        return
    if (await PickUp.get(id=pick_up_id)).used_at:
        raise PickUpUsed()
    raise PickUpExpired() if order.status is OrderStatus.CLOSED else PickUpNotValid()
