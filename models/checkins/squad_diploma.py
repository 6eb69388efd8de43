"""A diploma of a finish: anybody who has its number may ask whether it holds; staff may withdraw it."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.certificate_number import LENGTH, new_number, read_number
from models.checkins.squad_place import SquadPlace
from models.errors import DomainError, bounded_text
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.database import transaction


class DiplomaWithdrawn(DomainError):
    code = "DIPLOMA_WITHDRAWN"
    zh = "该证书已被撤回"
    en = "This diploma was withdrawn before."


class SquadDiploma(Record):
    place: fields.ForeignKeyRelation[SquadPlace] = fields.ForeignKeyField(
        "models.SquadPlace", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    place_id: UUID
    challenge_id: UUID = fields.UUIDField()
    squad_id: UUID = fields.UUIDField()
    member_id: UUID = fields.UUIDField()
    number = fields.CharField(max_length=LENGTH)
    issued_at: datetime = fields.DatetimeField()
    withdrawn_at: datetime | None = fields.DatetimeField(null=True)
    withdrawn_by: UUID | None = fields.UUIDField(null=True)
    reason = fields.CharField(max_length=REASON_MOST, null=True, description="Why it was withdrawn.")

    class Meta:
        table = "squad_diploma"
        constraints = (
            UniqueConstraint(fields=("place_id",), name="squad_diploma_once"),
            UniqueConstraint(fields=("number",), name="squad_diploma_number"),
        )
        indexes = (
            Index(fields=("challenge_id", "issued_at", "id"), name="squad_diploma_by_challenge"),
            Index(fields=("member_id", "issued_at", "id"), name="squad_diploma_by_member"),
        )

    @classmethod
    async def issue(cls, place: SquadPlace, squad_id: UUID, *, at: datetime) -> Self:
        """Issue the diploma of a place, inside the caller's transaction."""
        return await cls.create(
            place_id=place.id,
            challenge_id=place.challenge_id,
            squad_id=squad_id,
            member_id=place.member_id,
            number=new_number(),
            issued_at=at,
        )

    @classmethod
    async def numbered(cls, text: str) -> Self | None:
        """The diploma of a number as somebody typed it."""
        number = read_number(text)
        return await cls.get_or_none(number=number) if number else None

    @classmethod
    async def withdraw(cls, id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> Self:
        """Declare that a diploma holds no more. Raises `DiplomaWithdrawn`, `Invalid`, `NotFound`."""
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        async with transaction():
            await cls.existing(id, field="diplomaId")
            columns = {"withdrawn_at": at, "withdrawn_by": staff_id, "reason": why}
            if not await cls.filter(id=id, withdrawn_at__isnull=True).update(**columns):
                raise DiplomaWithdrawn()
            diploma = await cls.get(id=id)
            await AuditRow.write(
                staff_id=staff_id,
                action="withdraw_squad_diploma",
                subject=diploma,
                before={"withdrawn_at": None},
                after={"withdrawn_at": at},
                reason=why,
                at=at,
            )
        return diploma
