"""A diploma of a finish: anybody who has its number may ask whether it holds; staff may withdraw it."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.certificate import Certificate
from models.certificate_number import new_number
from models.checkins.squad_place import SquadPlace
from models.errors import DomainError


class DiplomaWithdrawn(DomainError):
    code = "DIPLOMA_WITHDRAWN"
    zh = "该证书已被撤回"
    en = "This diploma was withdrawn before."


class SquadDiploma(Certificate):
    WITHDRAWAL, NAMED, WITHDRAWN = "withdraw_squad_diploma", "diplomaId", DiplomaWithdrawn

    place: fields.ForeignKeyRelation[SquadPlace] = fields.ForeignKeyField(
        "models.SquadPlace", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    place_id: UUID
    challenge_id: UUID = fields.UUIDField()
    squad_id: UUID = fields.UUIDField()
    member_id: UUID = fields.UUIDField()

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
