"""A post outside: what was published in a channel, when and by whom, so that it can be told later what it brought.

It is a line in a log: the text itself stays where it was published. With a code of its own its figures are the code's.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.errors import Invalid, bounded_text, picture_address
from models.record import Record
from models.spread.channel import Channel
from models.spread.scene_code import SceneCode
from models.staff.audit import AuditRow, columns_of
from store.database import transaction

TITLE_MOST = 100
LINK_MOST = 500
NOTES_MOST = 500
TOLD = ("title", "link", "notes", "code_id", "published_at", "removed_at")


class ChannelPost(Record):
    channel: fields.ForeignKeyRelation[Channel] = fields.ForeignKeyField(
        "models.Channel", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    channel_id: UUID
    code: fields.ForeignKeyNullableRelation[SceneCode] = fields.ForeignKeyField(
        "models.SceneCode", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True
    )
    code_id: UUID | None
    title = fields.CharField(max_length=TITLE_MOST)
    link = fields.CharField(max_length=LINK_MOST, null=True)
    notes = fields.CharField(max_length=NOTES_MOST, null=True)
    staff_id: UUID = fields.UUIDField(description="Who published it.")
    published_at: datetime = fields.DatetimeField()
    created_at: datetime = fields.DatetimeField()
    removed_at: datetime | None = fields.DatetimeField(null=True, description="When it was taken off the log.")

    class Meta:
        table = "channel_post"
        indexes = (
            Index(fields=("channel_id", "published_at", "id"), name="channel_post_by_channel"),
            Index(fields=("published_at", "id"), name="channel_post_by_time"),
        )

    @classmethod
    async def put(
        cls,
        channel_id: UUID,
        *,
        title: str,
        link: str | None,
        notes: str | None,
        code_id: UUID | None,
        published_at: datetime,
        staff_id: UUID,
        reason: str | None,
        at: datetime,
        post_id: UUID | None = None,
        is_removed: bool = False,
    ) -> Self:
        """Log what was published, or say all of it anew; its channel stays. Raises `Invalid`, `NotFound`."""
        said: dict[str, object] = {
            "title": bounded_text(title, "title", least=1, most=TITLE_MOST),
            "link": picture_address(link, "link"),
            "notes": bounded_text(notes, "notes", most=NOTES_MOST) or None,
            "published_at": published_at,
            "code_id": code_id,
        }
        if published_at > at:
            raise Invalid("publishedAt", zh="不能晚于现在", en="it must not lie ahead")
        async with transaction():
            known = await cls.existing(post_id, field="postId") if post_id else None
            before = columns_of(known, *TOLD) if known else None
            channel = await Channel.existing(known.channel_id if known else channel_id, field="channelId")
            await _demand_of_channel(code_id, channel.id)
            post = known or cls(channel_id=channel.id, staff_id=staff_id, created_at=at)
            post.update_from_dict(said)
            post.removed_at = (post.removed_at or at) if is_removed else None
            await post.save(force_create=known is None)
            await AuditRow.write(
                staff_id=staff_id,
                action="put_channel_post",
                subject=post,
                before=before,
                after=columns_of(post, *TOLD),
                reason=reason,
                at=at,
            )
        return post


async def _demand_of_channel(code_id: UUID | None, channel_id: UUID) -> None:
    """A post shows the figures of a code of its own channel, or of none."""
    if code_id and (await SceneCode.existing(code_id, field="codeId")).channel_id != channel_id:
        raise Invalid("codeId", zh="不是该渠道的推广码", en="it is a code of another channel")
