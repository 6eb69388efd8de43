"""Consents: what a member agreed to and took back, one row for each act, never altered. The last act counts."""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.errors import DomainError, NotFound
from models.members.consent_document import ConsentDocument, ConsentKind
from models.members.member import Member
from models.record import Record
from store.database import transaction
from store.engines.guards import AppendOnly


class ConsentAct(StrEnum):
    """Agreed, or taken back."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class ConsentOutdated(DomainError):
    code = "CONSENT_OUTDATED"
    zh = "协议已更新到第 {version} 版，请重新阅读"
    en = "The document is at version {version} now. Read it again."
    field = "version"


class Consent(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    kind = fields.CharEnumField(ConsentKind, max_length=12)
    version = fields.IntField()
    act = fields.CharEnumField(ConsentAct, max_length=10)
    at: datetime = fields.DatetimeField()

    class Meta:
        table = "consent"
        indexes = (Index(fields=("member_id", "kind", "at", "id"), name="consent_by_member"),)
        guards = (AppendOnly("consent"),)

    @classmethod
    async def give(cls, member_id: UUID, kind: ConsentKind, version: int, *, at: datetime) -> Self:
        """Agree to a document's latest version; agreeing twice is one act.

        Raises `ConsentOutdated` for another version, `NotFound` where there is no such document.
        """
        latest = await ConsentDocument.filter(kind=kind).order_by("-version").first()
        if latest is None:
            raise NotFound(field="kind")
        if version != latest.version:
            raise ConsentOutdated(version=latest.version)
        return await cls._acted(member_id, kind, version, ConsentAct.GIVEN, at=at)

    @classmethod
    async def withdraw(cls, member_id: UUID, kind: ConsentKind, *, at: datetime) -> Self:
        """Take a consent back; what was done under it stays lawful. Raises `NotFound` where none stands."""
        last = await cls.last_act(member_id, kind)
        if last is None:
            raise NotFound(field="kind")
        return await cls._acted(member_id, kind, last.version, ConsentAct.WITHDRAWN, at=at)

    @classmethod
    async def last_act(cls, member_id: UUID, kind: ConsentKind) -> Self | None:
        """The member's last act on a document."""
        return await cls.filter(member_id=member_id, kind=kind).order_by("-at", "-id").first()

    @classmethod
    async def _acted(cls, member_id: UUID, kind: ConsentKind, version: int, act: ConsentAct, *, at: datetime) -> Self:
        """Everybody who may log in may consent and take it back, also somebody frozen."""
        async with transaction():
            await Member.bump(member_id)
            last = await cls.last_act(member_id, kind)
            if last is not None and (last.act, last.version) == (act, version):
                return last
            return await cls.create(member_id=member_id, kind=kind, version=version, act=act, at=at)
