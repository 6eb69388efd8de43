"""What became of newcomers: marked as zombies, spared, given more time, lifted by a word. It is only ever added to."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.actor import ActorKind
from models.record import Record
from models.staff.audit import REASON_MOST
from store.engines.guards import AppendOnly


class NewcomerChangeKind(StrEnum):
    """What became of a newcomer."""

    MARKED = "marked"
    SPARED = "spared"
    POSTPONED = "postponed"
    LIFTED = "lifted"
    ANNULLED = "annulled"


class NewcomerChange(Record):
    newcomer_id: UUID = fields.UUIDField()
    group_id: UUID = fields.UUIDField()
    member_id: UUID = fields.UUIDField()
    kind = fields.CharEnumField(NewcomerChangeKind, max_length=10)
    until: datetime | None = fields.DatetimeField(null=True, description="When its days end from then on.")
    reason = fields.CharField(max_length=REASON_MOST, null=True)
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    happened_at: datetime = fields.DatetimeField(description="From when it holds, however late it was written.")

    class Meta:
        table = "newcomer_change"
        indexes = (
            Index(fields=("newcomer_id", "happened_at", "id"), name="newcomer_change_by_newcomer"),
            Index(fields=("member_id",), name="newcomer_change_by_member"),
        )
        guards = (AppendOnly("newcomer_change", erasable=("reason",)),)
