"""The audit: what staff and partners changed, written in the transaction of the change and never altered.

A row says who did what to which record, how it stood before and after, and why. Names of secrets are blacked out and
phone numbers are masked wherever they stand, so that the audit can be shown and kept longer than what it tells of.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.indexes import Index

from models.errors import bounded_text
from models.record import Record
from store.engines.guards import AppendOnly

Facts = Mapping[str, object]

REASON_MOST = 200
_SECRET = re.compile(r"password|secret|token|phone|session_key|open_?id|union_?id|hash$|^key$", re.IGNORECASE)
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_BLACKED_OUT = "***"


class AuditActor(StrEnum):
    """Who acted."""

    STAFF = "staff"
    PARTNER = "partner"


class AuditRow(Record):
    actor = fields.CharEnumField(AuditActor, max_length=10)
    actor_id: UUID = fields.UUIDField()
    action = fields.CharField(max_length=60, description="The sentence of the act, such as `void_check_in`.")
    subject_type = fields.CharField(max_length=40, description="The name of the record that was changed.")
    subject_id: UUID = fields.UUIDField()
    before: dict[str, object] | None = fields.JSONField(null=True)
    after: dict[str, object] | None = fields.JSONField(null=True)
    reason = fields.CharField(max_length=REASON_MOST, null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "audit_row"
        indexes = (
            Index(fields=("created_at", "id"), name="audit_row_by_time"),
            Index(fields=("subject_id", "created_at", "id"), name="audit_row_by_subject"),
            Index(fields=("actor_id", "created_at", "id"), name="audit_row_by_actor"),
        )
        guards = (AppendOnly("audit_row"),)

    @classmethod
    async def write(
        cls,
        *,
        staff_id: UUID,
        action: str,
        subject: Record,
        before: Facts | None,
        after: Facts | None,
        reason: str | None,
        at: datetime,
    ) -> Self:
        """Say what a staff member did, inside the transaction of the deed.

        `before` and `after` hold the columns that the act touched; None where the record did not exist then. Raises
        `Invalid` for a reason of more than 200 characters.
        """
        return await cls._written(AuditActor.STAFF, staff_id, action, subject, before, after, reason, at)

    @classmethod
    async def write_of_partner(
        cls,
        *,
        key_id: UUID,
        action: str,
        subject: Record,
        before: Facts | None,
        after: Facts | None,
        reason: str | None,
        at: datetime,
    ) -> Self:
        """The same for a partner, known by its key."""
        return await cls._written(AuditActor.PARTNER, key_id, action, subject, before, after, reason, at)

    @classmethod
    async def _written(
        cls,
        actor: AuditActor,
        actor_id: UUID,
        action: str,
        subject: Record,
        before: Facts | None,
        after: Facts | None,
        reason: str | None,
        at: datetime,
    ) -> Self:
        return await cls.create(
            actor=actor,
            actor_id=actor_id,
            action=action,
            subject_type=type(subject).__name__,
            subject_id=subject.id,
            before=shown(before),
            after=shown(after),
            reason=_masked(bounded_text(reason, "reason", most=REASON_MOST) or None),
            created_at=at,
        )


def columns_of(record: Record, *names: str) -> dict[str, object]:
    """The named columns of a record as they stand, to be told as `before` or `after`."""
    return {name: getattr(record, name) for name in names}


def shown(facts: Facts | None) -> dict[str, object] | None:
    """What the audit may keep of some columns: plain JSON without secrets and whole phone numbers."""
    if facts is None:
        return None
    plain: object = orjson.loads(orjson.dumps(dict(facts), default=str))
    cleaned = _cleaned(plain)
    assert isinstance(cleaned, dict)
    return cleaned


def _cleaned(value: object) -> object:
    if isinstance(value, dict):
        return {
            name: _BLACKED_OUT if _SECRET.search(name) and one is not None else _cleaned(one)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    return _masked(value) if isinstance(value, str) else value


def _masked(text: str | None) -> str | None:
    return _PHONE.sub(r"\1****\2", text) if text else text
