"""A certificate of a finished camp: anybody who has its number may ask whether it holds; staff may withdraw it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.certificate import Certificate
from models.certificate_number import new_number
from models.errors import DomainError
from models.learning.camp import Camp
from models.learning.camp_place import CampPlace


class CertificateState(StrEnum):
    """Whether a certificate holds."""

    VALID = "valid"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class CertificateWithdrawn(DomainError):
    code = "CERTIFICATE_WITHDRAWN"
    zh = "该证书已被撤回"
    en = "This certificate was withdrawn before."


class CampCertificate(Certificate):
    WITHDRAWAL, NAMED, WITHDRAWN = "withdraw_certificate", "certificateId", CertificateWithdrawn

    place: fields.ForeignKeyRelation[CampPlace] = fields.ForeignKeyField(
        "models.CampPlace", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    place_id: UUID
    camp_id: UUID = fields.UUIDField()
    member_id: UUID = fields.UUIDField()
    expires_at: datetime | None = fields.DatetimeField(null=True)

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

    def state_at(self, at: datetime) -> CertificateState:
        if self.withdrawn_at:
            return CertificateState.WITHDRAWN
        return CertificateState.EXPIRED if self.expires_at and self.expires_at <= at else CertificateState.VALID
