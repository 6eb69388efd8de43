"""An announcement to a group, by whoever has the right to; a few of them stand pinned on top."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.actor import Actor, ActorKind
from models.errors import DomainError, NotFound, bounded_text
from models.groups.group import Group, GroupArchived
from models.groups.role import Right, authorize
from models.record import Record
from models.staff.audit import columns_of
from store.database import transaction

TITLE_MOST = 60
BODY_MOST = 2000


class PinsTaken(DomainError):
    code = "PINS_TAKEN"
    zh = "最多置顶 {most} 条公告，请先取消一条"
    en = "At most {most} announcements may be pinned; unpin one first."
    field = "isPinned"


class Announcement(Record):
    group: fields.ForeignKeyRelation[Group] = fields.ForeignKeyField(
        "models.Group", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    group_id: UUID
    title = fields.CharField(max_length=TITLE_MOST)
    body = fields.CharField(max_length=BODY_MOST)
    is_pinned = fields.BooleanField(default=False)
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    published_at: datetime = fields.DatetimeField()
    withdrawn_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "announcement"
        indexes = (Index(fields=("group_id", "is_pinned", "published_at", "id"), name="announcement_by_group"),)

    @classmethod
    async def publish(
        cls, group_id: UUID, *, title: str, body: str, actor: Actor, at: datetime, is_pinned: bool = False
    ) -> Self:
        """Announce something. Raises `NotAllowed`, `PinsTaken`, `GroupArchived`, `NotFound`, `Invalid`."""
        heading = bounded_text(title, "title", least=1, most=TITLE_MOST)
        text = bounded_text(body, "body", least=1, most=BODY_MOST)
        async with transaction():
            group = await cls._authorized(group_id, actor)
            if is_pinned:
                await cls._refuse_above_pins(group)
            announcement = await cls.create(
                group_id=group.id,
                title=heading,
                body=text,
                is_pinned=is_pinned,
                by_kind=actor.kind,
                by_id=actor.id,
                published_at=at,
            )
            await announcement._audit("publish_announcement", actor, at=at)
        return announcement

    @classmethod
    async def pin(cls, id: UUID, *, is_pinned: bool, actor: Actor, at: datetime) -> Self:
        """Pin or unpin one. Raises `NotAllowed`, `PinsTaken`, `NotFound`."""
        standing = await cls._standing(id)
        async with transaction():
            group = await cls._authorized(standing.group_id, actor, field="announcementId")
            announcement = await cls._standing(id)
            if is_pinned and not announcement.is_pinned:
                await cls._refuse_above_pins(group)
            announcement.is_pinned = is_pinned
            await announcement.save(update_fields=["is_pinned"])
            await announcement._audit("pin_announcement", actor, at=at)
        return announcement

    @classmethod
    async def withdraw(cls, id: UUID, *, actor: Actor, at: datetime) -> Self:
        """Take one back: it is no longer shown, and pins nothing. Raises `NotAllowed`, `NotFound`."""
        standing = await cls._standing(id)
        async with transaction():
            await cls._authorized(standing.group_id, actor, field="announcementId")
            announcement = await cls._standing(id)
            announcement.is_pinned, announcement.withdrawn_at = False, at
            await announcement.save(update_fields=["is_pinned", "withdrawn_at"])
            await announcement._audit("withdraw_announcement", actor, at=at)
        return announcement

    async def _audit(self, action: str, actor: Actor, *, at: datetime) -> None:
        after = columns_of(self, "group_id", "title", "is_pinned", "withdrawn_at")
        await actor.audit(action, self, before=None, after=after, reason=None, at=at)

    @classmethod
    async def _standing(cls, id: UUID) -> Self:
        found = await cls.get_or_none(id=id, withdrawn_at__isnull=True)
        if found is None:
            raise NotFound(field="announcementId")
        return found

    @classmethod
    async def _authorized(cls, group_id: UUID, actor: Actor, *, field: str = "groupId") -> Group:
        group = await Group.held(group_id)
        await authorize(actor, group_id, Right.ANNOUNCE, field=field)
        if not group.is_active:
            raise GroupArchived()
        return group

    @classmethod
    async def _refuse_above_pins(cls, group: Group) -> None:
        if await cls.filter(group_id=group.id, is_pinned=True).count() >= group.pins_most:
            raise PinsTaken(most=group.pins_most)
