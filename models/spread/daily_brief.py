"""The daily brief (早报) of a circle, shown to its members when they check in."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import UniqueConstraint

from models.actor import Actor
from models.errors import DomainError, bounded_text
from models.groups.circle import Circle
from models.record import Record
from models.staff.audit import columns_of
from store.database import fetch_value, transaction, violates

TITLE_MOST = 60
BODY_MOST = 5000

_FOR_MEMBER = """
SELECT b.id FROM daily_brief b JOIN circle c ON c.id = b.circle_id
WHERE b.day = $2 AND (c.is_official OR c.id = (
    SELECT g.circle_id FROM membership s
    JOIN chat_group g ON g.id = s.group_id JOIN circle t ON t.id = g.circle_id
    WHERE s.member_id = $1 AND g.status = 'active' AND NOT t.is_official
    ORDER BY s.joined_at, s.id LIMIT 1
))
ORDER BY c.is_official LIMIT 1
"""


class BriefPublished(DomainError):
    code = "BRIEF_PUBLISHED"
    zh = "该圈层当天的早报已发布"
    en = "The circle's brief of that day is out already."
    field = "day"


class DailyBrief(Record):
    circle: fields.ForeignKeyRelation[Circle] = fields.ForeignKeyField(
        "models.Circle", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    circle_id: UUID
    day: date = fields.DateField()
    title = fields.CharField(max_length=TITLE_MOST)
    body = fields.CharField(max_length=BODY_MOST)
    published_at: datetime = fields.DatetimeField()

    class Meta:
        table = "daily_brief"
        constraints = (UniqueConstraint(fields=("circle_id", "day"), name="daily_brief_once_a_day"),)

    @classmethod
    async def publish(cls, circle_id: UUID, day: date, *, title: str, body: str, actor: Actor, at: datetime) -> Self:
        """Publish a circle's brief of a day. Raises `BriefPublished`, `NotFound`, `Invalid`."""
        heading = bounded_text(title, "title", least=1, most=TITLE_MOST)
        text = bounded_text(body, "body", least=1, most=BODY_MOST)
        await Circle.existing(circle_id, field="circleId")
        try:
            async with transaction():
                brief = await cls.create(circle_id=circle_id, day=day, title=heading, body=text, published_at=at)
                after = columns_of(brief, "circle_id", "day", "title")
                await actor.audit("publish_daily_brief", brief, before=None, after=after, reason=None, at=at)
        except IntegrityError as error:
            if violates(error, cls, "daily_brief_once_a_day"):
                raise BriefPublished() from None
            raise
        return brief

    @classmethod
    async def revise(
        cls, id: UUID, *, actor: Actor, at: datetime, title: str | None = None, body: str | None = None
    ) -> Self:
        """Correct what is given. Raises `NotFound`, `Invalid`."""
        brief = await cls.existing(id, field="briefId")
        before = columns_of(brief, "title", "body")
        if title is not None:
            brief.title = bounded_text(title, "title", least=1, most=TITLE_MOST) or ""
        if body is not None:
            brief.body = bounded_text(body, "body", least=1, most=BODY_MOST) or ""
        async with transaction():
            await brief.save(update_fields=["title", "body"])
            after = columns_of(brief, "title", "body")
            await actor.audit("revise_daily_brief", brief, before=before, after=after, reason=None, at=at)
        return brief

    @classmethod
    async def for_member(cls, member_id: UUID, day: date) -> Self | None:
        """The brief of the first theme circle that the member came into, or else the official circle's."""
        brief_id = await fetch_value(_FOR_MEMBER, member_id, day)
        return await cls.get(id=brief_id) if brief_id else None
