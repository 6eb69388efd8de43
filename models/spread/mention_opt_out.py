"""An opt-out: a member who does not want to be suggested to newcomers; there is a row as long as it does not."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.members.member import Member
from models.record import Record
from store.database import transaction


class MentionOptOut(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "mention_opt_out"
        constraints = (UniqueConstraint(fields=("member_id",), name="mention_opt_out_once"),)

    @classmethod
    async def choose(cls, member_id: UUID, *, is_suggested: bool, at: datetime) -> None:
        """Whether a member may be suggested from now on; choosing the same again changes nothing.

        Raises `MemberNotActive`.
        """
        async with transaction():
            await Member.touch(member_id, at=at)
            if is_suggested:
                await cls.filter(member_id=member_id).delete()
            else:
                await cls.bulk_create([cls(member_id=member_id, created_at=at)], ignore_conflicts=True)
