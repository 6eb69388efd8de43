"""A snapshot of a segment: who was in it at an instant, frozen for a campaign, whatever becomes of the segment."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import bounded_text
from models.members.condition_sql import Clause
from models.members.member import Member
from models.members.segment import Segment, members_of
from models.record import Record
from models.staff.audit import AuditRow
from store.database import dialect, execute, transaction

NOTE_MOST = 100
# Ids that the database makes, since there is one for each of perhaps millions of members.
_NEW_ID = {
    "postgres": "gen_random_uuid()",
    "sqlite": "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' "
    "|| substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))",
}


class SegmentSnapshot(Record):
    segment: fields.ForeignKeyRelation[Segment] = fields.ForeignKeyField(
        "models.Segment", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    segment_id: UUID
    segment_version = fields.IntField()
    condition: dict[str, Any] = fields.JSONField(description="As it was then.")
    member_count = fields.IntField()
    note = fields.CharField(max_length=NOTE_MOST, null=True)
    by_staff_id: UUID = fields.UUIDField()
    taken_at: datetime = fields.DatetimeField()

    class Meta:
        table = "segment_snapshot"
        indexes = (Index(fields=("segment_id", "taken_at", "id"), name="segment_snapshot_by_taken"),)

    @classmethod
    async def take(
        cls, segment_id: UUID, *, note: str | None = None, staff_id: UUID, at: datetime, within: Clause | None = None
    ) -> Self:
        """Freeze who is in a segment now, `within` a part of the brand. Raises `NotFound`, `Invalid`."""
        async with transaction():
            segment = await Segment.existing(segment_id, field="segmentId")
            snapshot = cls(
                segment_id=segment.id,
                segment_version=segment.version,
                condition=segment.condition,
                member_count=0,
                note=bounded_text(note, "note", most=NOTE_MOST) or None,
                by_staff_id=staff_id,
                taken_at=at,
            )
            await snapshot.save(force_create=True)
            clause = await members_of(segment.tree, at=at, within=within)
            sql = (
                f"INSERT INTO segment_snapshot_member (id, snapshot_id, member_id) SELECT {_NEW_ID[dialect()]}, "  # noqa: S608 - own text, values are bound
                f"{_id_place()}, m.id FROM member m WHERE {clause.of('m', first=2)}"
            )
            snapshot.member_count = await execute(sql, snapshot.id, *clause.values)
            await snapshot.save(update_fields=["member_count"])
            after: dict[str, object] = {
                "snapshot": snapshot.id,
                "members": snapshot.member_count,
                "note": snapshot.note,
            }
            await AuditRow.write(
                staff_id=staff_id,
                action="take_segment_snapshot",
                subject=segment,
                before=None,
                after=after,
                reason=None,
                at=at,
            )
        return snapshot


def _id_place() -> str:
    return "$1::uuid" if dialect() == "postgres" else "$1"


class SegmentSnapshotMember(Record):
    snapshot: fields.ForeignKeyRelation[SegmentSnapshot] = fields.ForeignKeyField(
        "models.SegmentSnapshot", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    snapshot_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    member_id: UUID

    class Meta:
        table = "segment_snapshot_member"
        constraints = (UniqueConstraint(fields=("snapshot_id", "member_id"), name="segment_snapshot_member_once"),)
