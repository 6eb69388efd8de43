"""Changes of an enrolment: from waiting to a seat, and to its end; on whose word, why and when. Only ever added to."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.actor import Actor, ActorKind
from models.record import Record
from store.engines.guards import AppendOnly
from store.ids import new_id

if TYPE_CHECKING:
    from models.learning.enrollment import Enrollment

REASON_MOST = 200


class EnrollmentState(StrEnum):
    """Where an enrolment stands. The last three are its end."""

    WAITING = "waiting"
    RESERVED = "reserved"
    ENROLLED = "enrolled"
    LEFT = "left"
    REMOVED = "removed"
    CALLED_OFF = "called_off"


class EnrollmentChange(Record):
    enrollment: "fields.ForeignKeyRelation[Enrollment]" = fields.ForeignKeyField(
        "models.Enrollment", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    enrollment_id: UUID
    member_id: UUID = fields.UUIDField(description="Whose enrolment it is.")
    state = fields.CharEnumField(EnrollmentState, max_length=12, description="The state after it.")
    refunded = fields.BigIntField(default=0, description="Points that went back with it.")
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    reason = fields.CharField(max_length=REASON_MOST, null=True)
    changed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "enrollment_change"
        indexes = (Index(fields=("enrollment_id", "changed_at", "id"), name="enrollment_change_by_enrollment"),)
        guards = (AppendOnly("enrollment_change", erasable=("reason",)),)

    @classmethod
    async def record(
        cls,
        enrollment: "Enrollment",
        actor: Actor,
        *,
        at: datetime,
        refunded: int = 0,
        reason: str | None = None,
        id: UUID | None = None,
    ) -> Self:
        """Put the state that an enrolment has come to on record, inside the caller's transaction."""
        return await cls.create(
            id=id or new_id(),
            enrollment_id=enrollment.id,
            member_id=enrollment.member_id,
            state=enrollment.state,
            refunded=refunded,
            by_kind=actor.kind,
            by_id=actor.id,
            reason=reason,
            changed_at=at,
        )
