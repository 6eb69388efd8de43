"""A group: one chat group in a circle, with a cap on its members.

Locks are taken in one order: the member's row first, then the group's. Whatever changes who belongs to a group, or who
is what in it, holds the group's row, so roles and seats that such a verb reads stay true until its commit.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.actor import Actor
from models.errors import DomainError, Invalid
from models.groups.circle import Circle
from models.groups.role import Role
from models.groups.settings import GroupSettings, JoinMode
from models.record import Record
from models.staff.audit import columns_of
from store.database import fetch_value, transaction, violates
from store.outbox import Outbox

VACANCY = "group_vacancy"


class GroupStatus(StrEnum):
    """Whether a group is in use."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class GroupArchived(DomainError):
    code = "GROUP_ARCHIVED"
    zh = "该社群已归档"
    en = "This group is archived."


class JoinNeedsApproval(DomainError):
    code = "JOIN_NEEDS_APPROVAL"
    zh = "加入该社群需要申请"
    en = "Joining this group needs approval; apply for it."


class JoinNeedsInvitation(DomainError):
    code = "JOIN_NEEDS_INVITATION"
    zh = "加入该社群需要邀请码"
    en = "Joining this group needs an invitation."


class GroupClosed(DomainError):
    code = "GROUP_CLOSED"
    zh = "该社群暂不接受新成员"
    en = "This group takes no new members."


CLOSED_DOORS: dict[JoinMode, type[DomainError]] = {
    JoinMode.APPROVAL: JoinNeedsApproval,
    JoinMode.INVITATION: JoinNeedsInvitation,
    JoinMode.CLOSED: GroupClosed,
}
"""What a walk-in is told, by join mode."""


class GroupCapBelowMembers(DomainError):
    code = "GROUP_CAP_BELOW_MEMBERS"
    zh = "人数上限不能低于现有的 {members} 人"
    en = "The cap cannot be below the {members} members there are."
    field = "memberCap"


class Group(Record):
    circle: fields.ForeignKeyRelation[Circle] = fields.ForeignKeyField(
        "models.Circle", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    circle_id: UUID
    name = fields.CharField(max_length=60)
    number = fields.IntField(description="Counts the groups of one name in a circle.")
    summary = fields.CharField(max_length=300, null=True)
    region = fields.CharField(max_length=40, null=True)
    area = fields.CharField(max_length=40, null=True, description="A part of the region.")
    manager_staff_id: UUID | None = fields.UUIDField(null=True, description="The staff member who answers for it.")
    status = fields.CharEnumField(GroupStatus, max_length=10, default=GroupStatus.ACTIVE)
    join_mode = fields.CharEnumField(JoinMode, max_length=10, default=JoinMode.FREE)
    member_cap = fields.IntField(default=80)
    member_count = fields.IntField(default=0)
    waiting_count = fields.IntField(default=0)
    opens_next = fields.BooleanField(default=False, description="A full group sends on to the next of its series.")
    members_may_invite = fields.BooleanField(default=True)
    nicknames_unique = fields.BooleanField(default=False, description="Holds for nicknames that are set from then on.")
    admin_seats_least = fields.SmallIntField(default=2, description="Fewer admins are warned of, not refused.")
    admin_seats_most = fields.SmallIntField(default=5)
    guide_seats_most = fields.SmallIntField(default=3)
    committee_seats_most = fields.SmallIntField(default=5)
    pins_most = fields.SmallIntField(default=3)
    reapply_after_hours = fields.IntField(default=24, description="How long after a refusal one may apply again.")
    created_at: datetime = fields.DatetimeField()
    archived_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "chat_group"
        constraints = (
            UniqueConstraint(fields=("circle_id", "name", "number"), name="group_number_once"),
            CheckConstraint(check="member_count BETWEEN 0 AND member_cap", name="group_within_cap"),
            CheckConstraint(check="waiting_count >= 0", name="group_waiting_never_negative"),
            CheckConstraint(check="admin_seats_least <= admin_seats_most", name="group_admin_seats_fit"),
        )
        indexes = (
            Index(fields=("created_at", "id"), name="group_by_created"),
            Index(fields=("manager_staff_id",), name="group_by_manager"),
        )

    @classmethod
    async def open(cls, circle_id: UUID, settings: GroupSettings, *, actor: Actor, at: datetime) -> Self:
        """Staff open a group under the next number of its name. Raises `Invalid`, `NotFound`."""
        given = settings.checked()
        if "name" not in given:
            raise Invalid("name", zh="请填写社群名称", en="a group needs a name")
        await Circle.existing(circle_id, field="circleId")
        group = cls(circle_id=circle_id, number=0, created_at=at, **given)
        _refuse_crossed_seats(group)
        while True:
            group.number = await last_number(circle_id, group.name) + 1
            try:
                async with transaction():
                    await group.save(force_create=True)
                    await actor.audit("open_group", group, before=None, after=given, reason=None, at=at)
            except IntegrityError as error:
                if not violates(error, cls, "group_number_once"):
                    raise
            else:
                return group

    @classmethod
    async def change(
        cls, id: UUID, settings: GroupSettings, *, actor: Actor, at: datetime, reason: str | None = None
    ) -> Self:
        """Change what is given; under another name the group takes that name's next number.

        Raises `GroupCapBelowMembers`, `Invalid`, `NotFound`. Seats that a higher cap brings go to those who wait.
        """
        given = settings.checked()
        while True:
            try:
                async with transaction():
                    group = await cls.held(id)
                    before = columns_of(group, *given)
                    await group._apply(given)
                    await actor.audit("update_group", group, before=before, after=given, reason=reason, at=at)
                    await group.tell_waiting(at=at)
                    return group
            except IntegrityError as error:
                if not violates(error, cls, "group_number_once"):
                    raise

    @classmethod
    async def archive(cls, id: UUID, *, reason: str, actor: Actor, at: datetime) -> Self:
        """Put a group out of use: nobody joins it, and what its members did stays."""
        return await cls._turn(id, GroupStatus.ARCHIVED, reason, actor=actor, at=at)

    @classmethod
    async def reopen(cls, id: UUID, *, actor: Actor, at: datetime, reason: str | None = None) -> Self:
        return await cls._turn(id, GroupStatus.ACTIVE, reason, actor=actor, at=at)

    @classmethod
    async def held(cls, id: UUID) -> Self:
        """The group with its row taken until the caller's transaction ends; members' rows must be taken before."""
        return await cls.locked(id, field="groupId")

    @property
    def is_active(self) -> bool:
        return self.status is GroupStatus.ACTIVE

    @property
    def title(self) -> str:
        """The name as members read it: 车友会 2群."""
        return title_of(self.name, self.number)

    def refuse_archived(self) -> None:
        """Raise `GroupArchived` where the group is out of use."""
        if not self.is_active:
            raise GroupArchived()

    def refuse_walk_in(self) -> None:
        """Raise what stands at the door, room aside: `GroupArchived` or the refusal of the join mode."""
        self.refuse_archived()
        if self.join_mode in CLOSED_DOORS:
            raise CLOSED_DOORS[self.join_mode]()

    def seats_most(self, role: Role) -> int:
        """How many may have a role at once."""
        most: dict[Role, int] = {
            Role.OWNER: 1,
            Role.ADMIN: self.admin_seats_most,
            Role.GUIDE: self.guide_seats_most,
            Role.COMMITTEE: self.committee_seats_most,
            Role.MEMBER: self.member_cap,
        }
        return most[role]

    async def tell_waiting(self, *, at: datetime) -> None:
        """Have free seats filled from the waiting list once the caller's transaction, which holds the row, commits."""
        if self.waiting_count and self.member_count < self.member_cap and self.is_active:
            await Outbox.put(VACANCY, {"group_id": str(self.id), "at": at.isoformat()}, at=at)

    async def _apply(self, given: dict[str, Any]) -> None:
        if given.get("name", self.name) != self.name:
            given = given | {"number": await last_number(self.circle_id, given["name"]) + 1}
        self.update_from_dict(given)
        _refuse_crossed_seats(self)
        if self.member_cap < self.member_count:
            raise GroupCapBelowMembers(members=self.member_count)
        if given:
            await self.save(update_fields=list(given))

    @classmethod
    async def _turn(cls, id: UUID, status: GroupStatus, reason: str | None, *, actor: Actor, at: datetime) -> Self:
        async with transaction():
            group = await cls.held(id)
            if group.status is status:
                return group
            before = columns_of(group, "status")
            group.status = status
            group.archived_at = None if group.is_active else at
            await group.save(update_fields=["status", "archived_at"])
            after = columns_of(group, "status")
            await actor.audit("archive_group", group, before=before, after=after, reason=reason, at=at)
            await group.tell_waiting(at=at)
        return group


def title_of(name: str, number: int) -> str:
    return f"{name} {number}群"


async def last_number(circle_id: UUID, name: str) -> int:
    """The highest number of a series; 0 where there is none."""
    last = await fetch_value(
        "SELECT MAX(number) AS last FROM chat_group WHERE circle_id = $1 AND name = $2", circle_id, name
    )
    return 0 if last is None else int(last)


def _refuse_crossed_seats(group: Group) -> None:
    if group.admin_seats_least > group.admin_seats_most:
        raise Invalid("adminSeatsLeast", zh="不能大于上限", en="it is above the most")
