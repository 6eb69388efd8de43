"""Certificates: what says that somebody has finished something; anybody who has the number may ask whether it holds."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from tortoise import fields

from models.certificate_number import LENGTH, read_number
from models.errors import DomainError, bounded_text
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.database import transaction


class Certificate(Record):
    WITHDRAWAL: ClassVar[str]
    """The action in the audit log."""
    NAMED: ClassVar[str]
    """The field that names one."""
    WITHDRAWN: ClassVar[type[DomainError]]
    """What a second withdrawal is answered."""

    number = fields.CharField(max_length=LENGTH)
    issued_at: datetime = fields.DatetimeField()
    withdrawn_at: datetime | None = fields.DatetimeField(null=True)
    withdrawn_by: UUID | None = fields.UUIDField(null=True)
    reason = fields.CharField(max_length=REASON_MOST, null=True, description="Why it was withdrawn.")

    class Meta:
        abstract = True

    @classmethod
    async def numbered(cls, text: str) -> Self | None:
        """The one of a number as somebody typed it."""
        number = read_number(text)
        return await cls.get_or_none(number=number) if number else None

    @classmethod
    async def withdraw(cls, id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> Self:
        """Declare that one holds no more. Raises `WITHDRAWN`, `Invalid`, `NotFound`."""
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        async with transaction():
            await cls.existing(id, field=cls.NAMED)
            columns = {"withdrawn_at": at, "withdrawn_by": staff_id, "reason": why}
            if not await cls.filter(id=id, withdrawn_at__isnull=True).update(**columns):
                raise cls.WITHDRAWN()
            certificate = await cls.get(id=id)
            await AuditRow.write(
                staff_id=staff_id,
                action=cls.WITHDRAWAL,
                subject=certificate,
                before={"withdrawn_at": None},
                after={"withdrawn_at": at},
                reason=why,
                at=at,
            )
        return certificate
