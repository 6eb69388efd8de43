"""A channel: somewhere outside that people come from, as operators think of it.

Codes name the channel that they are spread through (`SceneCode`), posts say what was published there (`ChannelPost`),
and costs what was spent on it (`ChannelCost`). A channel is archived, never deleted: what it brought stays its own.
"""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, bounded_text
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from store.database import transaction, violates

NAME_MOST = 40
NOTES_MOST = 500
TOLD = ("kind", "name", "owner", "notes", "archived_at")


class ChannelKind(StrEnum):
    """What sort of place a channel is."""

    PUBLIC_ACCOUNT = "public_account"
    VIDEO_CHANNEL = "video_channel"
    DOUYIN = "douyin"
    XIAOHONGSHU = "xiaohongshu"
    WEIBO = "weibo"
    SMS = "sms"
    STORE_POSTER = "store_poster"
    PARTNER = "partner"
    STAFF = "staff"
    MEMBER_INVITATION = "member_invitation"
    OTHER = "other"


class ChannelNameTaken(DomainError):
    code = "CHANNEL_NAME_TAKEN"
    zh = "已有同名渠道"
    en = "There is a channel of this name."
    field = "name"


class ChannelArchived(DomainError):
    code = "CHANNEL_ARCHIVED"
    zh = "该渠道已归档"
    en = "This channel is archived."
    field = "channelId"


class Channel(Record):
    kind = fields.CharEnumField(ChannelKind, max_length=20)
    name = fields.CharField(max_length=NAME_MOST)
    owner = fields.CharField(max_length=NAME_MOST, null=True, description="Who looks after it, in words.")
    notes = fields.CharField(max_length=NOTES_MOST, null=True)
    created_at: datetime = fields.DatetimeField()
    archived_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "channel"
        constraints = (UniqueConstraint(fields=("name",), name="channel_name_once"),)
        indexes = (Index(fields=("created_at", "id"), name="channel_by_created"),)

    @classmethod
    async def open(cls, channel_id: UUID) -> Self:
        """A channel in use. Raises `NotFound`, `ChannelArchived`."""
        channel = await cls.existing(channel_id, field="channelId")
        if channel.archived_at:
            raise ChannelArchived()
        return channel

    @classmethod
    async def put(
        cls,
        *,
        kind: ChannelKind,
        name: str,
        owner: str | None,
        notes: str | None,
        staff_id: UUID,
        reason: str | None,
        at: datetime,
        channel_id: UUID | None = None,
        is_archived: bool = False,
    ) -> Self:
        """Open a channel, or say all of it anew. Raises `ChannelNameTaken`, `Invalid`, `NotFound`."""
        said: dict[str, object] = {
            "kind": kind,
            "name": bounded_text(name, "name", least=1, most=NAME_MOST),
            "owner": bounded_text(owner, "owner", most=NAME_MOST) or None,
            "notes": bounded_text(notes, "notes", most=NOTES_MOST) or None,
        }
        try:
            async with transaction():
                known = await cls.existing(channel_id, field="channelId") if channel_id else None
                before = columns_of(known, *TOLD) if known else None
                channel = known or cls(created_at=at)
                channel.update_from_dict(said)
                channel.archived_at = (channel.archived_at or at) if is_archived else None
                await channel.save(force_create=known is None)
                await AuditRow.write(
                    staff_id=staff_id,
                    action="put_channel",
                    subject=channel,
                    before=before,
                    after=columns_of(channel, *TOLD),
                    reason=reason,
                    at=at,
                )
        except IntegrityError as error:
            if violates(error, cls, "channel_name_once"):
                raise ChannelNameTaken() from None
            raise
        return channel
