"""The documents members consent to, in versions. The latest version of a document is the one that counts."""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, Invalid, bounded_text
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from store.database import transaction, violates


class ConsentKind(StrEnum):
    """What is consented to."""

    TERMS = "terms"
    PRIVACY = "privacy"
    MARKETING = "marketing"


class ConsentVersionTaken(DomainError):
    code = "CONSENT_VERSION_TAKEN"
    zh = "该版本刚刚已发布"
    en = "This version was published a moment ago."


class ConsentDocument(Record):
    kind = fields.CharEnumField(ConsentKind, max_length=12)
    version = fields.IntField()
    title = fields.CharField(max_length=80)
    url = fields.CharField(max_length=500)
    is_required = fields.BooleanField(default=True, description="Whether the mini-program asks before it goes on.")
    published_at: datetime = fields.DatetimeField()

    class Meta:
        table = "consent_document"
        constraints = (UniqueConstraint(fields=("kind", "version"), name="consent_document_version_once"),)

    @classmethod
    async def publish(
        cls, kind: ConsentKind, *, title: str, url: str, is_required: bool, staff_id: UUID, at: datetime
    ) -> Self:
        """Publish the next version of a document, which asks everybody anew.

        Raises `Invalid`, `ConsentVersionTaken`.
        """
        if not url.startswith("https://"):
            raise Invalid("url", zh="应为 https 地址", en="use an https address")
        document = cls(
            kind=kind,
            version=await cls.filter(kind=kind).count() + 1,
            title=bounded_text(title, "title", least=1, most=80),
            url=bounded_text(url, "url", most=500),
            is_required=is_required,
            published_at=at,
        )
        try:
            async with transaction():
                await document.save(force_create=True)
                await AuditRow.write(
                    staff_id=staff_id,
                    action="publish_consent_document",
                    subject=document,
                    before=None,
                    after=columns_of(document, "kind", "version", "title", "url", "is_required"),
                    reason=None,
                    at=at,
                )
        except IntegrityError as error:
            if violates(error, cls, "consent_document_version_once"):
                raise ConsentVersionTaken() from None
            raise
        return document

    @classmethod
    async def current(cls) -> list[Self]:
        """The latest version of each document."""
        latest = {document.kind: document for document in await cls.all().order_by("version")}
        return [latest[kind] for kind in ConsentKind if kind in latest]
