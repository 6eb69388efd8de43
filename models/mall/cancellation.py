"""A member cancels its order: before it is packed, where the good allows it; an unpaid one always."""

from datetime import datetime
from uuid import UUID

from models.actor import Actor
from models.errors import DomainError, bounded_text
from models.idempotency import Once, perform_once
from models.mall.order import Order, OrderStateConflict
from models.mall.order_change import OrderChange
from models.mall.order_payment import release
from models.mall.order_refund import OrderRefund, Undoing
from models.mall.order_status import CANCELLABLE, OrderStatus
from models.staff.audit import REASON_MOST


class NotCancellable(DomainError):
    code = "NOT_CANCELLABLE"
    zh = "该商品兑换后不支持取消"
    en = "An order of this good cannot be cancelled."


async def cancel(
    member_id: UUID, order_id: UUID, *, at: datetime, once: Once | None, reason: str | None = None
) -> OrderChange:
    """Cancel an order: its points and pieces go back.

    Raises `OrderStateConflict`, `NotCancellable`, `CodesHold`, `NotFound`, `MemberNotActive`.
    """
    text = bounded_text(reason, "reason", most=REASON_MOST) or None

    async def write(id: UUID) -> OrderChange:
        order, actor = await Order.own(member_id, order_id, at=at), Actor.member(member_id)
        if order.is_waiting_for_cash:
            return await release(order, actor=actor, at=at, reason=text, change_id=id)
        if order.status not in CANCELLABLE:
            raise OrderStateConflict(status=order.status)
        if not order.is_cancellable:
            raise NotCancellable()
        undoing = Undoing(actor, OrderStatus.CANCELLED, reason=text, change_id=id)
        await OrderRefund.give_back(order, order.left, undoing, at=at, is_whole=True)
        return await OrderChange.get(id=id)

    return await perform_once(once, OrderChange, write, at=at)
