"""A block: a member who was kicked from a group may not come back until it is lifted."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.actor import Actor, ActorKind
from models.errors import DomainError, NotFound, bounded_text
from models.groups.group import Group
from models.groups.membership_change import ChangeKind, Happening, MembershipChange, Scene
from models.groups.role import Right, Role, authorize
from models.members.member import Member
from models.record import Record
from models.staff.audit import REASON_MOST
from store.database import transaction


class BlockedFromGroup(DomainError):
    code = "BLOCKED_FROM_GROUP"
    zh = "您已被移出该社群，暂时不能再次加入"
    en = "You were removed from this group and cannot join it again for now."


class GroupBlock(Record):
    group: fields.ForeignKeyRelation[Group] = fields.ForeignKeyField(
        "models.Group", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    group_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    member_id: UUID
    reason = fields.CharField(max_length=REASON_MOST)
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "group_block"
        constraints = (UniqueConstraint(fields=("group_id", "member_id"), name="group_block_once"),)
        indexes = (Index(fields=("group_id", "created_at", "id"), name="group_block_by_group"),)

    @classmethod
    async def place(cls, group_id: UUID, member_id: UUID, reason: str, *, actor: Actor, at: datetime) -> Self:
        """Bar a member inside the transaction that removes it."""
        return await cls.create(
            group_id=group_id,
            member_id=member_id,
            reason=reason,
            by_kind=actor.kind,
            by_id=actor.id,
            created_at=at,
        )

    @classmethod
    async def refuse(cls, member_id: UUID, *group_ids: UUID) -> None:
        """Raise `BlockedFromGroup` where a member, whose row the caller holds, is barred from one of the groups."""
        if await cls.exists(member_id=member_id, group_id__in=group_ids):
            raise BlockedFromGroup()

    @classmethod
    async def lift(
        cls, group_id: UUID, member_id: UUID, *, actor: Actor, at: datetime, reason: str | None = None
    ) -> None:
        """Let a barred member join again. Raises `NotFound`, `NotAllowed`."""
        text = bounded_text(reason, "reason", most=REASON_MOST) or None
        async with transaction():
            await Member.bump(member_id)
            await Group.held(group_id)
            await authorize(actor, group_id, Right.KICK)
            if not await cls.filter(group_id=group_id, member_id=member_id).delete():
                raise NotFound(field="memberId")
            lifted = Happening(ChangeKind.BLOCK_LIFTED, Scene.MODERATED, actor, Role.MEMBER, reason=text)
            await MembershipChange.record(group_id, member_id, lifted, at=at)
