"""The wish list: goods that a member has put aside for later, each once."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, NotFound
from models.mall.good import Good
from models.members.member import Member
from models.record import Record
from store.database import transaction

ENTRIES_MOST = 200


class WishListFull(DomainError):
    code = "WISH_LIST_FULL"
    zh = "心愿单最多 {most} 件"
    en = "A wish list holds at most {most} goods."


class WishListEntry(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    good: fields.ForeignKeyRelation[Good] = fields.ForeignKeyField(
        "models.Good", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    good_id: UUID
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "wish_list_entry"
        constraints = (UniqueConstraint(fields=("member_id", "good_id"), name="wish_list_entry_once"),)
        indexes = (Index(fields=("member_id", "created_at", "id"), name="wish_list_entry_by_member"),)

    @classmethod
    async def put(cls, member_id: UUID, good_id: UUID, *, at: datetime) -> Self:
        """Put a good on the list; what is there stays. Raises `WishListFull`, `NotFound` for one not on the shelf."""
        async with transaction():
            await Member.touch(member_id, at=at)
            good = await Good.existing(good_id, field="goodId")
            if not good.is_visible(at):
                raise NotFound(field="goodId")
            mine = cls.filter(member_id=member_id)
            if entry := await mine.get_or_none(good_id=good_id):
                return entry
            if await mine.count() >= ENTRIES_MOST:
                raise WishListFull(most=ENTRIES_MOST)
            return await cls.create(member_id=member_id, good_id=good_id, created_at=at)

    @classmethod
    async def drop(cls, member_id: UUID, good_id: UUID, *, at: datetime) -> None:
        """Take a good off the list; dropping what is not there does nothing."""
        async with transaction():
            await Member.touch(member_id, at=at)
            await cls.filter(member_id=member_id, good_id=good_id).delete()

    @classmethod
    async def wished(cls, member_id: UUID, good_ids: list[UUID]) -> set[UUID]:
        """Which of these goods are on a member's list."""
        return {entry.good_id for entry in await cls.filter(member_id=member_id, good_id__in=good_ids)}
