"""Wishes: what members expect of the community and what they suggest. All are kept, for staff to search."""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.errors import bounded_text
from models.members.member import Member
from models.record import Record
from store.database import transaction

TEXT_MOST = 500


class WishKind(StrEnum):
    """Hoped for, or proposed."""

    EXPECTATION = "expectation"
    SUGGESTION = "suggestion"


class Wish(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    kind = fields.CharEnumField(WishKind, max_length=12)
    text = fields.CharField(max_length=TEXT_MOST)
    shared_at: datetime = fields.DatetimeField()

    class Meta:
        table = "wish"
        indexes = (
            Index(fields=("shared_at", "id"), name="wish_by_time"),
            Index(fields=("member_id", "shared_at", "id"), name="wish_by_member"),
        )

    @classmethod
    async def share(cls, member_id: UUID, kind: WishKind, text: str, *, at: datetime) -> Self:
        """Tell the community's staff. Raises `Invalid`, `MemberNotActive`."""
        checked = bounded_text(text, "text", least=1, most=TEXT_MOST)
        async with transaction():
            await Member.touch(member_id, at=at)
            return await cls.create(member_id=member_id, kind=kind, text=checked, shared_at=at)
