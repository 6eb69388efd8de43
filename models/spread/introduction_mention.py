"""A mention: a member whom a reply to an introduction points out to the newcomer, and who is told of it."""

from collections.abc import Sequence
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.record import Record


class IntroductionMention(Record):
    reply_id: UUID = fields.UUIDField()
    group_id: UUID = fields.UUIDField()
    member_id: UUID = fields.UUIDField()
    position = fields.SmallIntField(description="Its place among those of the reply, from 0.")

    class Meta:
        table = "introduction_mention"
        constraints = (UniqueConstraint(fields=("reply_id", "member_id"), name="introduction_mention_once"),)
        indexes = (Index(fields=("member_id",), name="introduction_mention_by_member"),)

    @classmethod
    async def write(cls, reply_id: UUID, group_id: UUID, member_ids: Sequence[UUID]) -> None:
        await cls.bulk_create(
            [
                cls(reply_id=reply_id, group_id=group_id, member_id=one, position=position)
                for position, one in enumerate(member_ids)
            ]
        )
