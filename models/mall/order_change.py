"""Changes of an order's state: from what to what, on whose word, why and when. The list is only ever added to."""

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.actor import Actor, ActorKind
from models.mall.order_status import OrderStatus
from models.record import Record
from models.staff.audit import REASON_MOST
from store.engines.guards import AppendOnly
from store.ids import new_id
from store.together import Write, insertion

if TYPE_CHECKING:
    from models.mall.order import Order

_COLUMNS = ("id", "order_id", "member_id", "status", "by_kind", "by_id", "reason", "changed_at")


class OrderChange(Record):
    order: "fields.ForeignKeyRelation[Order]" = fields.ForeignKeyField(
        "models.Order", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    order_id: UUID
    member_id: UUID = fields.UUIDField(description="Whose order it is.")
    status = fields.CharEnumField(OrderStatus, max_length=20, description="The state after it.")
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True, description="The member, the colleague or the partner's key.")
    reason = fields.CharField(max_length=REASON_MOST, null=True)
    changed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "order_change"
        indexes = (Index(fields=("order_id", "changed_at", "id"), name="order_change_by_order"),)
        guards = (AppendOnly("order_change", erasable=("reason",)),)

    @classmethod
    def written(
        cls, order_id: UUID, member_id: UUID, status: OrderStatus, actor: Actor, *, at: datetime, id: UUID | None = None
    ) -> Write:
        """The statement that keeps a change without a reason."""
        values = (id or new_id(), order_id, member_id, status, actor.kind, actor.id, None, at)
        return Write(insertion("order_change", _COLUMNS), values)

    @classmethod
    async def record(
        cls,
        order_id: UUID,
        member_id: UUID,
        status: OrderStatus,
        actor: Actor,
        *,
        at: datetime,
        reason: str | None = None,
        id: UUID | None = None,
    ) -> Self:
        """Put a change on record inside the caller's transaction."""
        return await cls.create(
            id=id or new_id(),
            order_id=order_id,
            member_id=member_id,
            status=status,
            by_kind=actor.kind,
            by_id=actor.id,
            reason=reason,
            changed_at=at,
        )
