"""The log of a group: who came, left, was moved or muted, by whom and why. It is only ever added to.

A membership that ended is no longer in `membership`; here is where it stays. A mute is read back from here when a
member leaves and comes again, so leaving is no way around it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.actor import Actor, ActorKind
from models.groups.group import Group
from models.groups.role import Role
from models.members.member import Member
from models.record import Record
from models.staff.audit import REASON_MOST, columns_of
from store.engines.guards import AppendOnly


class ChangeKind(StrEnum):
    """What happened."""

    JOINED = "joined"
    LEFT = "left"
    KICKED = "kicked"
    BLOCK_LIFTED = "block_lifted"
    MUTED = "muted"
    UNMUTED = "unmuted"
    ROLE_CHANGED = "role_changed"


class Scene(StrEnum):
    """By which way it happened."""

    FREE = "free"
    APPROVAL = "approval"
    INVITATION = "invitation"
    WAITING_LIST = "waiting_list"
    STAFF = "staff"
    SELF = "self"
    REMOVED = "removed"
    ACCOUNT_CLOSED = "account_closed"
    HANDED_OVER = "handed_over"
    APPOINTED = "appointed"
    MODERATED = "moderated"


@dataclass(frozen=True)
class Happening:
    """What happened to a membership, before it is put on record."""

    kind: ChangeKind
    scene: Scene
    actor: Actor
    role: Role
    role_before: Role | None = None
    reason: str | None = None
    muted_until: datetime | None = None


class MembershipChange(Record):
    group: fields.ForeignKeyRelation[Group] = fields.ForeignKeyField(
        "models.Group", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    group_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    kind = fields.CharEnumField(ChangeKind, max_length=20)
    scene = fields.CharEnumField(Scene, max_length=20)
    role = fields.CharEnumField(Role, max_length=10, description="After it, or on leaving.")
    role_before: Role | None = fields.CharEnumField(Role, max_length=10, null=True)  # type: ignore[assignment]  # Tortoise takes it for never absent
    reason = fields.CharField(max_length=REASON_MOST, null=True)
    muted_until: datetime | None = fields.DatetimeField(null=True)
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    happened_at: datetime = fields.DatetimeField()

    class Meta:
        table = "membership_change"
        indexes = (
            Index(fields=("group_id", "happened_at", "id"), name="membership_change_by_group"),
            Index(fields=("member_id", "group_id", "happened_at"), name="membership_change_by_member"),
        )
        guards = (AppendOnly("membership_change", erasable=("reason",)),)

    @classmethod
    async def record(cls, group_id: UUID, member_id: UUID, happening: Happening, *, at: datetime) -> Self:
        """Put it on record inside the caller's transaction, and in the audit where staff did it."""
        change = await cls.create(
            group_id=group_id,
            member_id=member_id,
            kind=happening.kind,
            scene=happening.scene,
            role=happening.role,
            role_before=happening.role_before,
            reason=happening.reason,
            muted_until=happening.muted_until,
            by_kind=happening.actor.kind,
            by_id=happening.actor.id,
            happened_at=at,
        )
        await happening.actor.audit(
            f"group_{happening.kind}",
            change,
            before={"role": happening.role_before} if happening.role_before else None,
            after=columns_of(change, "group_id", "member_id", "role", "muted_until"),
            reason=happening.reason,
            at=at,
        )
        return change

    @classmethod
    async def mute_left(cls, member_id: UUID, group_id: UUID, *, at: datetime) -> datetime | None:
        """Until when a member is still muted by what is on record of an earlier stay."""
        mutes = cls.filter(member_id=member_id, group_id=group_id, kind__in=[ChangeKind.MUTED, ChangeKind.UNMUTED])
        last = await mutes.order_by("-happened_at", "-id").first()
        return last.muted_until if last and last.muted_until and last.muted_until > at else None
