"""A certificate of a finished camp: anybody who has its number may ask whether it holds; staff may withdraw it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.certificate_number import LENGTH, new_number, read_number
from models.errors import DomainError, bounded_text
from models.learning.camp import Camp
from models.learning.camp_place import CampPlace
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.database import transaction


class CertificateState(StrEnum):
    """Whether a certificate holds."""

    VALID = "valid"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class CertificateWithdrawn(DomainError):
    code = "CERTIFICATE_WITHDRAWN"
    zh = "该证书已被撤回"
    en = "This certificate was withdrawn before."


class CampCertificate(Record):
    place: fields.ForeignKeyRelation[CampPlace] = fields.ForeignKeyField(
        "models.CampPlace", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    place_id: UUID
    camp_id: UUID = fields.UUIDField()
    member_id: UUID = fields.UUIDField()
    number = fields.CharField(max_length=LENGTH)
    issued_at: datetime = fields.DatetimeField()
    expires_at: datetime | None = fields.DatetimeField(null=True)
    withdrawn_at: datetime | None = fields.DatetimeField(null=True)
    withdrawn_by: UUID | None = fields.UUIDField(null=True)
    reason = fields.CharField(max_length=REASON_MOST, null=True, description="Why it was withdrawn.")

    class Meta:
        table = "camp_certificate"
        constraints = (
            UniqueConstraint(fields=("place_id",), name="camp_certificate_once"),
            UniqueConstraint(fields=("number",), name="camp_certificate_number"),
        )
        indexes = (
            Index(fields=("camp_id", "issued_at", "id"), name="camp_certificate_by_camp"),
            Index(fields=("member_id", "issued_at", "id"), name="camp_certificate_by_member"),
        )

    @classmethod
    async def issue(cls, place: CampPlace, camp: Camp, *, at: datetime) -> Self:
        """Issue the certificate of a place, inside the caller's transaction."""
        return await cls.create(
            place_id=place.id,
            camp_id=camp.id,
            member_id=place.member_id,
            number=new_number(),
            issued_at=at,
            expires_at=at + timedelta(days=camp.certificate_days) if camp.certificate_days else None,
        )

    @classmethod
    async def numbered(cls, text: str) -> Self | None:
        """The certificate of a number as somebody typed it."""
        number = read_number(text)
        return await cls.get_or_none(number=number) if number else None

    @classmethod
    async def withdraw(cls, id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> Self:
        """Declare that a certificate holds no more. Raises `CertificateWithdrawn`, `Invalid`, `NotFound`."""
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        async with transaction():
            await cls.existing(id, field="certificateId")
            columns = {"withdrawn_at": at, "withdrawn_by": staff_id, "reason": why}
            if not await cls.filter(id=id, withdrawn_at__isnull=True).update(**columns):
                raise CertificateWithdrawn()
            certificate = await cls.get(id=id)
            await AuditRow.write(
                staff_id=staff_id,
                action="withdraw_certificate",
                subject=certificate,
                before={"withdrawn_at": None},
                after={"withdrawn_at": at},
                reason=why,
                at=at,
            )
        return certificate

    def state_at(self, at: datetime) -> CertificateState:
        if self.withdrawn_at:
            return CertificateState.WITHDRAWN
        return CertificateState.EXPIRED if self.expires_at and self.expires_at <= at else CertificateState.VALID
