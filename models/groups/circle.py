"""A circle: a theme under which groups gather (auto, arts, wine and tea…), and the brand's one official circle."""

import re
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import UniqueConstraint

from models.actor import Actor
from models.errors import DomainError, Invalid, bounded_text
from models.record import Record
from models.staff.audit import columns_of
from store.database import transaction, violates

_CHANGEABLE = ("name", "summary", "position")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class CircleSlugTaken(DomainError):
    code = "CIRCLE_SLUG_TAKEN"
    zh = "该圈层标识已被使用"
    en = "Another circle has this slug."
    field = "slug"


class OfficialCircleExists(DomainError):
    code = "OFFICIAL_CIRCLE_EXISTS"
    zh = "官方圈层只能有一个"
    en = "There is an official circle already."
    field = "isOfficial"


class Circle(Record):
    slug = fields.CharField(max_length=40)
    name = fields.CharField(max_length=40)
    summary = fields.CharField(max_length=300, null=True)
    is_official = fields.BooleanField(default=False)
    position = fields.SmallIntField(default=0)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "circle"
        constraints = (
            UniqueConstraint(fields=("slug",), name="circle_slug_once"),
            UniqueConstraint(fields=("is_official",), condition="is_official", name="circle_one_official"),
        )

    @classmethod
    async def open(
        cls,
        *,
        slug: str,
        name: str,
        actor: Actor,
        at: datetime,
        summary: str | None = None,
        position: int = 0,
        is_official: bool = False,
    ) -> Self:
        """Open a circle. Raises `CircleSlugTaken`, `OfficialCircleExists`, `Invalid`."""
        if not _SLUG.fullmatch(slug) or len(slug) > 40:
            raise Invalid("slug", zh="只能用小写字母、数字和连字符", en="only lower-case letters, digits and hyphens")
        circle = cls(
            slug=slug,
            name=bounded_text(name, "name", least=1, most=40),
            summary=bounded_text(summary, "summary", most=300),
            position=position,
            is_official=is_official,
            created_at=at,
        )
        try:
            async with transaction():
                await circle.save(force_create=True)
                after = columns_of(circle, "slug", "name", "is_official")
                await actor.audit("open_circle", circle, before=None, after=after, reason=None, at=at)
        except IntegrityError as error:
            if violates(error, cls, "circle_slug_once"):
                raise CircleSlugTaken() from None
            if violates(error, cls, "circle_one_official"):
                raise OfficialCircleExists() from None
            raise
        return circle

    @classmethod
    async def change(
        cls,
        id: UUID,
        *,
        actor: Actor,
        at: datetime,
        name: str | None = None,
        summary: str | None = None,
        position: int | None = None,
    ) -> Self:
        """Change what is given; an empty summary clears it."""
        circle = await cls.existing(id, field="circleId")
        before = columns_of(circle, *_CHANGEABLE)
        if name is not None:
            circle.name = bounded_text(name, "name", least=1, most=40) or ""
        if summary is not None:
            circle.summary = bounded_text(summary, "summary", most=300) or None
        if position is not None:
            circle.position = position
        async with transaction():
            await circle.save(update_fields=list(_CHANGEABLE))
            after = columns_of(circle, *_CHANGEABLE)
            await actor.audit("update_circle", circle, before=before, after=after, reason=None, at=at)
        return circle
