"""A change of a session, as those who meant to come are told of it: moved, called off, given to another teacher.

A change is written in its transaction; who is enrolled is told after the commit, through the outbox. An act on many
sessions is told once, of the first of them and how many they are.
"""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.learning.course_session import CourseSession
from models.record import Record
from store.engines.guards import AppendOnly
from store.outbox import Outbox

TOPIC = "session_change"


class SessionChangeKind(StrEnum):
    """What has become of a session."""

    MOVED = "moved"
    CANCELLED = "cancelled"
    SUBSTITUTED = "substituted"


class SessionChange(Record):
    session_id: UUID = fields.UUIDField()
    course_id: UUID = fields.UUIDField()
    kind = fields.CharEnumField(SessionChangeKind, max_length=12)
    version = fields.IntField(description="The version of the session that it made.")
    starts_at_before: datetime = fields.DatetimeField()
    starts_at: datetime = fields.DatetimeField()
    teacher_id_before: UUID | None = fields.UUIDField(null=True)
    teacher_id: UUID | None = fields.UUIDField(null=True)
    reason = fields.CharField(max_length=200, null=True)
    staff_id: UUID | None = fields.UUIDField(null=True, description="Absent where a rule decided.")
    changed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "session_change"
        constraints = (UniqueConstraint(fields=("session_id", "version"), name="session_change_once"),)
        indexes = (
            Index(fields=("session_id", "changed_at", "id"), name="session_change_by_session"),
            Index(fields=("course_id", "changed_at", "id"), name="session_change_by_course"),
        )
        guards = (AppendOnly("session_change"),)

    @classmethod
    def of(
        cls,
        session: CourseSession,
        kind: SessionChangeKind,
        *,
        before: "tuple[datetime, UUID | None]",
        reason: str | None,
        staff_id: UUID | None,
        at: datetime,
    ) -> Self:
        """What was done to a session, which stands as it is now; `before` are its instant and its teacher."""
        return cls(
            session_id=session.id,
            course_id=session.course_id,
            kind=kind,
            version=session.version,
            starts_at_before=before[0],
            starts_at=session.starts_at,
            teacher_id_before=before[1],
            teacher_id=session.teacher_id,
            reason=reason,
            staff_id=staff_id,
            changed_at=at,
        )

    @classmethod
    async def keep(cls, changes: list[Self], *, at: datetime) -> None:
        """Write the changes of one act down, in their order, and have the enrolled told of it after its transaction."""
        if changes:
            await cls.bulk_create(changes)
            told = {"change_id": str(changes[0].id), "sessions": len(changes), "at": at.isoformat()}
            await Outbox.put(TOPIC, told, at=at)
