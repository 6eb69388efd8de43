"""A refund: points, cash and pieces of an order that go back, whole or in part, each time in a row of its own.

Points return to the lots that they came from. What was handed over has to come back first: codes are voided, unused
cards expire, and what was used is not refunded. Cash goes back outside; the row says how much is owed.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.actor import Actor, ActorKind
from models.errors import DomainError, bounded_text
from models.idempotency import Once, perform_once
from models.insight.standing import standing_changed
from models.mall.circle_share import CircleShare
from models.mall.delivery import delivery_of
from models.mall.order import SPENT, Order, OrderStateConflict
from models.mall.order_status import REFUNDABLE, UNSENT, OrderStatus
from models.mall.portion import Portion
from models.mall.sku import Counted, Sku
from models.points.account import of_member
from models.points.entry import Move, PointEntry
from models.record import Record
from models.spread.invite_stage import returned
from models.staff.audit import REASON_MOST, columns_of
from store.ids import new_id


class CannotRefund(DomainError):
    code = "CANNOT_REFUND"
    zh = "退还内容不正确：最多可退 {points} 积分、现金 {cash_minor} 分、{pieces} 件"
    en = "Refund something of what is left: {points} points, {cash_minor} in cash, {pieces} pieces."


@dataclass(frozen=True)
class Undoing:
    """On whose word an order is undone, why, and what becomes of it; `change_id` is the change's id."""

    actor: Actor
    status: OrderStatus = OrderStatus.REFUNDED
    reason: str | None = None
    voids_codes: bool = False
    change_id: UUID | None = None


class OrderRefund(Record):
    order: fields.ForeignKeyRelation[Order] = fields.ForeignKeyField(
        "models.Order", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    order_id: UUID
    member_id: UUID = fields.UUIDField(description="Whose order it is.")
    number = fields.IntField(description="Which refund of its order it is, from 1.")
    points = fields.BigIntField()
    cash_minor = fields.BigIntField(description="To be returned outside, in minor units.")
    pieces = fields.IntField(description="Back in the stock.")
    reason = fields.CharField(max_length=REASON_MOST, null=True)
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "order_refund"
        constraints = (UniqueConstraint(fields=("order_id", "number"), name="order_refund_number"),)
        indexes = (Index(fields=("member_id", "created_at", "id"), name="order_refund_by_member"),)

    @classmethod
    async def by_staff(
        cls,
        order_id: UUID,
        portion: Portion | None,
        *,
        reason: str,
        staff_id: UUID,
        at: datetime,
        once: Once | None,
        returns_stock: bool | None = None,
        voids_codes: bool = False,
    ) -> Self:
        """Refund a portion of an order, or all that is left of it; what has nothing left of its price is refunded.

        With the whole, all pieces return to the stock where `returns_stock` says so, by default where nothing was sent.
        Raises `OrderStateConflict`, `CannotRefund`, `CodesHold`, `AlreadyUsed`, `Invalid`, `NotFound`.
        """

        async def write(id: UUID) -> Self:
            undoing = Undoing(
                Actor.staff(staff_id),
                reason=bounded_text(reason, "reason", least=1, most=REASON_MOST),
                voids_codes=voids_codes,
            )
            order = await Order.held(order_id)
            before = columns_of(order, *TOLD)
            if order.status not in REFUNDABLE:
                raise OrderStateConflict(status=order.status)
            returns = order.status in UNSENT if returns_stock is None else returns_stock
            wanted = portion or (order.left if returns else replace(order.left, pieces=0))
            refund = await cls.give_back(order, wanted, undoing, at=at, is_whole=portion is None, id=id)
            after = columns_of(await Order.get(id=order_id), *TOLD)
            await undoing.actor.audit("refund_order", order, before=before, after=after, reason=undoing.reason, at=at)
            return refund

        return await perform_once(once, cls, write, at=at)

    @classmethod
    async def give_back(
        cls, order: Order, wanted: Portion, undoing: Undoing, *, at: datetime, is_whole: bool, id: UUID | None = None
    ) -> Self:
        """Give a portion back inside the caller's transaction, which holds the member's row and has read the order.

        `is_whole` ends the order, and so does the last of its price.
        """
        left = order.left
        _check(wanted, left, is_whole=is_whole)
        has_price = left.points + left.cash_minor > 0
        ends = is_whole or (has_price and (wanted.points, wanted.cash_minor) == (left.points, left.cash_minor))
        await delivery_of(order.kind).take_back(
            order, at, left.pieces if ends else wanted.pieces, voids_codes=undoing.voids_codes
        )
        refund = cls(
            id=id or new_id(),
            order_id=order.id,
            member_id=order.member_id,
            number=1 + await cls.filter(order_id=order.id).count(),
            points=wanted.points,
            cash_minor=wanted.cash_minor,
            pieces=wanted.pieces,
            reason=undoing.reason,
            by_kind=undoing.actor.kind,
            by_id=undoing.actor.id,
            created_at=at,
        )
        await refund.save(force_create=True)
        await refund._tell(order, undoing, ends=ends)
        await refund._return(order, undoing.actor, left.pieces if ends else wanted.pieces)
        if order.status is OrderStatus.AWAITING_CODE:
            # It waits for fewer codes from now on, and maybe for none.
            await order.hand_over(at=at)
        await standing_changed([order.member_id], at=at)
        if ends:
            await returned(order.member_id, at=at)
        return refund

    async def _tell(self, order: Order, undoing: Undoing, *, ends: bool) -> None:
        """Count it on the order, and end that where nothing is left."""
        counted = {
            "refunded_points": order.refunded_points + self.points,
            "refunded_cash_minor": order.refunded_cash_minor + self.cash_minor,
            "returned_quantity": order.returned_quantity + self.pieces,
        }
        if not ends:
            await Order.filter(id=order.id).update(**counted)
            order.update_from_dict(counted)
            return
        await order.move(
            undoing.status,
            among=(order.status,),
            actor=undoing.actor,
            at=self.created_at,
            reason=undoing.reason,
            change_id=undoing.change_id,
            ended_at=self.created_at,
            **counted,
        )

    async def _return(self, order: Order, actor: Actor, uncounted: int) -> None:
        """Stock, a circle's share and points, in the order of locks; `uncounted` pieces count for no limit any more."""
        if order.circle_id and uncounted:
            await CircleShare.put_back(order.good_id, order.circle_id, uncounted)
        if self.pieces:
            await Sku.put_back(order.sku_id, self.pieces, Counted.SOLD, at=self.created_at)
        if self.points:
            move = Move(
                SPENT,
                of_member(order.member_id),
                self.points,
                "refund",
                order.source if self.number == 1 else f"{order.source}#{self.number}",
                note=order.good_name,
                staff_id=actor.id if actor.kind is ActorKind.STAFF else None,
                gives_back=order.debit_entry_id,
            )
            await PointEntry.post([move], at=self.created_at)


TOLD = ("status", "refunded_points", "refunded_cash_minor", "returned_quantity")


def _check(wanted: Portion, left: Portion, *, is_whole: bool) -> None:
    pairs = (
        (wanted.points, left.points),
        (wanted.cash_minor, left.cash_minor),
        (wanted.pieces, left.pieces),
    )
    is_within = all(0 <= given <= most for given, most in pairs)
    if not is_within or not (is_whole or any(given for given, _ in pairs)):
        raise CannotRefund(points=left.points, cash_minor=left.cash_minor, pieces=left.pieces)
