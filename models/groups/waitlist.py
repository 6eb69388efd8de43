"""The waiting list of a full group that is free to join: who asked first gets the next free seat.

`waiting_count` of the group is what makes a walk-in respect the list: while it is above 0, a seat is nobody's but the
first one's. In groups by approval the requests are the queue, so they have no list.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, NotFound
from models.groups.block import GroupBlock
from models.groups.group import Group
from models.groups.role import role_of
from models.groups.rules_acceptance import RulesAcceptance
from models.members.member import Member
from models.record import Record
from store.database import among, execute, fetch, transaction


class AlreadyMember(DomainError):
    code = "ALREADY_MEMBER"
    zh = "您已是该社群成员"
    en = "You belong to this group already."


class AlreadyWaiting(DomainError):
    code = "ALREADY_WAITING"
    zh = "您已在候补名单中"
    en = "You are on the waiting list already."


class GroupHasRoom(DomainError):
    code = "GROUP_HAS_ROOM"
    zh = "该社群还有名额，可直接加入"
    en = "This group has room; join it."


class WaitlistEntry(Record):
    group: fields.ForeignKeyRelation[Group] = fields.ForeignKeyField(
        "models.Group", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    group_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    member_id: UUID
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "waitlist_entry"
        constraints = (UniqueConstraint(fields=("group_id", "member_id"), name="waitlist_entry_once"),)
        indexes = (Index(fields=("group_id", "created_at", "id"), name="waitlist_entry_in_order"),)

    @classmethod
    async def enter(
        cls, member_id: UUID, group_id: UUID, *, at: datetime, accepted_rules_version: int | None = None
    ) -> Self:
        """Wait for a seat. The rules are accepted now, because the seat may come while the member is away.

        Raises `GroupHasRoom`, `AlreadyWaiting`, `AlreadyMember`, `BlockedFromGroup`, `RulesNotAccepted`, `NotFound`
        and what `Group.refuse_walk_in` says.
        """
        async with transaction():
            await Member.touch(member_id, at=at)
            group = await Group.held(group_id)
            group.refuse_walk_in()
            await GroupBlock.refuse(member_id, group_id)
            if await role_of(member_id, group_id):
                raise AlreadyMember()
            if await cls.exists(member_id=member_id, group_id=group_id):
                raise AlreadyWaiting()
            if group.opens_next or (group.member_count < group.member_cap and not group.waiting_count):
                raise GroupHasRoom()
            await RulesAcceptance.demand(member_id, group_id, accepted_rules_version, at=at)
            await execute("UPDATE chat_group SET waiting_count = waiting_count + 1 WHERE id = $1", group_id)
            return await cls.create(group_id=group_id, member_id=member_id, created_at=at)

    @classmethod
    async def withdraw(cls, member_id: UUID, group_id: UUID, *, at: datetime) -> None:
        """Wait no longer. Raises `NotFound`."""
        async with transaction():
            await Member.touch(member_id, at=at)
            await Group.held(group_id)
            if not await cls.drop(member_id, group_id):
                raise NotFound(field="groupId")

    @classmethod
    async def drop(cls, member_id: UUID, group_id: UUID) -> bool:
        """Take a member, whose row the caller holds, off the list; returns whether it was on it."""
        if not await cls.filter(member_id=member_id, group_id=group_id).delete():
            return False
        await execute("UPDATE chat_group SET waiting_count = waiting_count - 1 WHERE id = $1", group_id)
        return True

    @classmethod
    async def next_in(cls, group_id: UUID) -> Self | None:
        """Who has waited longest."""
        return await cls.filter(group_id=group_id).order_by("created_at", "id").first()

    @classmethod
    async def positions(cls, ids: Sequence[UUID]) -> dict[UUID, int]:
        """The places of these entries on their lists, from 1."""
        mine = among("id", 1, "uuid")
        rows = await fetch(
            "SELECT id, place FROM (SELECT id, row_number() "  # noqa: S608 - own text
            "OVER (PARTITION BY group_id ORDER BY created_at, id) AS place FROM waitlist_entry "
            f"WHERE group_id IN (SELECT group_id FROM waitlist_entry WHERE {mine})) AS listed WHERE {mine}",
            list(ids),
        )
        return {UUID(str(row["id"])): int(row["place"]) for row in rows}
