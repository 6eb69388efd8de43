"""The cash part of an order: confirmed by a partner, or not in time.

Until then the points are set aside in a hold that the order alone ends, and the stock is reserved. A payment is known
by its reference, so a partner may say it again; whether it or the expiry comes first is decided under the member's row
by the order's state alone: a payment that comes late is taken as long as the order still waits, and refused once its
points and stock have gone back.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import UniqueConstraint

from models.actor import SYSTEM, Actor
from models.errors import DomainError, NotFound, bounded_text
from models.insight.standing import standing_changed
from models.mall.circle_share import CircleShare
from models.mall.delivery import delivery_of
from models.mall.order import Order
from models.mall.order_change import OrderChange
from models.mall.order_status import OrderStatus
from models.mall.sku import Counted, Sku
from models.points.hold import PointHold
from models.record import Record
from models.spread.invite_stage import purchased
from store.database import transaction, violates

REFERENCE_MOST = 64


class CashMismatch(DomainError):
    code = "CASH_MISMATCH"
    zh = "金额不符：应付 {cash_minor} 分"
    en = "The amount differs: {cash_minor} is due."
    field = "cashMinor"


class PaymentReferenceUsed(DomainError):
    code = "PAYMENT_REFERENCE_USED"
    zh = "该支付流水号已用于其他订单"
    en = "This payment was used for another order."
    field = "reference"


class OrderPayment(Record):
    replayed: bool = False

    order: fields.ForeignKeyRelation[Order] = fields.ForeignKeyField(
        "models.Order", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    order_id: UUID
    reference = fields.CharField(max_length=REFERENCE_MOST, description="What the partner calls it.")
    cash_minor = fields.BigIntField()
    confirmed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "order_payment"
        constraints = (
            UniqueConstraint(fields=("order_id",), name="order_payment_one"),
            UniqueConstraint(fields=("reference",), name="order_payment_reference_once"),
        )

    @classmethod
    async def confirm(cls, number: str, reference: str, cash_minor: int, *, actor: Actor, at: datetime) -> Self:
        """Take the word of a partner that an order was paid: spend its points, and hand it over.

        The same reference for the same order answers as the first time. Raises `CashMismatch`, `PaymentReferenceUsed`,
        `OrderStateConflict` where it does not wait any more, `NotFound`.
        """
        text = bounded_text(reference, "reference", least=1, most=REFERENCE_MOST) or ""
        known = await Order.get_or_none(number=number.strip())
        if known is None:
            raise NotFound(field="orderNumber")
        try:
            async with transaction():
                return await cls._confirmed(known.id, text, cash_minor, actor, at=at)
        except IntegrityError as error:
            if violates(error, cls, "order_payment_reference_once"):
                raise PaymentReferenceUsed() from None
            raise

    @classmethod
    async def _confirmed(cls, order_id: UUID, reference: str, cash_minor: int, actor: Actor, *, at: datetime) -> Self:
        order = await Order.held(order_id)
        earlier = await cls.get_or_none(reference=reference)
        if earlier and (earlier.order_id, earlier.cash_minor) == (order_id, cash_minor):
            earlier.replayed = True
            return earlier
        if earlier:
            raise PaymentReferenceUsed()
        if order.is_waiting_for_cash and cash_minor != order.cash_minor:
            raise CashMismatch(cash_minor=order.cash_minor)
        waiting = (OrderStatus.AWAITING_CASH,)
        await order.move(OrderStatus.CONFIRMED, among=waiting, actor=actor, at=at, confirmed_at=at)
        payment = await cls.create(order_id=order_id, reference=reference, cash_minor=cash_minor, confirmed_at=at)
        await Sku.sell_reserved(order.sku_id, order.quantity)
        if order.points:
            await (await PointHold.of(order.source)).capture(at=at)
        await order.hand_over(at=at)
        after = {"reference": reference, "cash_minor": cash_minor}
        await actor.audit("confirm_order", order, before=None, after=after, reason=None, at=at)
        await standing_changed([order.member_id], at=at)
        await purchased(order.member_id, at=at)
        return payment


async def release(
    order: Order, *, actor: Actor, at: datetime, reason: str | None = None, change_id: UUID | None = None
) -> OrderChange:
    """End an order that waits for its cash, inside the caller's transaction: points and stock go back."""
    change = await order.move(
        OrderStatus.CANCELLED,
        among=(OrderStatus.AWAITING_CASH,),
        actor=actor,
        at=at,
        reason=reason,
        change_id=change_id,
        ended_at=at,
    )
    if order.circle_id:
        await CircleShare.put_back(order.good_id, order.circle_id, order.quantity)
    await Sku.put_back(order.sku_id, order.quantity, Counted.RESERVED, at=at)
    if let_go := delivery_of(order.kind).let_go:
        await let_go(order, at)
    if order.points:
        await (await PointHold.of(order.source)).release(at=at)
    await standing_changed([order.member_id], at=at)
    return change


async def expire(order_id: UUID, *, at: datetime) -> bool:
    """End an order whose cash was not confirmed in time; False where it was, or has ended before."""
    async with transaction():
        order = await Order.held(order_id)
        if not order.is_waiting_for_cash or order.due_at is None or order.due_at > at:
            return False
        await release(order, actor=SYSTEM, at=at, reason="超时未支付")
        return True
