"""An invitation: a code that lets its bearers into a group, a number of times and until an instant.

It is worth what its maker may still do: when the inviter leaves the group or loses the role, the code opens nothing.
A group by approval is entered by the invitations of those only who could approve the request as well.
"""

import secrets
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.actor import Actor, ActorKind
from models.errors import DomainError, Invalid, NotAllowed, NotFound
from models.groups.group import Group, GroupArchived, GroupClosed
from models.groups.membership import Admission, Membership
from models.groups.membership_change import Scene
from models.groups.role import Right, Role, authorize, may, role_of
from models.groups.settings import JoinMode
from models.members.member import Member, MemberNotActive
from models.record import Record
from models.staff.audit import columns_of
from store.database import execute, transaction, violates

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 10
USES_MOST = 500
LONGEST = timedelta(days=90)


class InvitationNotValid(DomainError):
    code = "INVITATION_NOT_VALID"
    zh = "邀请码无效、已用完或已过期"
    en = "This invitation is unknown, used up or expired."
    field = "invitationCode"


class Invitation(Record):
    group: fields.ForeignKeyRelation[Group] = fields.ForeignKeyField(
        "models.Group", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    group_id: UUID
    code = fields.CharField(max_length=16)
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    uses = fields.IntField(default=0)
    uses_most = fields.IntField()
    created_at: datetime = fields.DatetimeField()
    expires_at: datetime = fields.DatetimeField()
    revoked_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "group_invitation"
        constraints = (
            UniqueConstraint(fields=("code",), name="group_invitation_code_once"),
            CheckConstraint(check="uses BETWEEN 0 AND uses_most", name="group_invitation_within_uses"),
        )
        indexes = (Index(fields=("group_id", "created_at", "id"), name="group_invitation_by_group"),)

    @classmethod
    async def create_for(
        cls, group_id: UUID, *, actor: Actor, at: datetime, expires_at: datetime, uses_most: int = 1
    ) -> Self:
        """Make an invitation. Raises `NotAllowed`, `GroupClosed`, `GroupArchived`, `NotFound`, `Invalid`."""
        if not 1 <= uses_most <= USES_MOST:
            raise Invalid("usesMost", zh=f"应为 1–{USES_MOST}", en=f"it must be 1 to {USES_MOST}")
        if not at < expires_at <= at + LONGEST:
            raise Invalid("expiresAt", zh="应在今后 90 天之内", en="it must lie within the next 90 days")
        group = await Group.existing(group_id, field="groupId")
        await _refuse_inviter(group, actor)
        while True:
            code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
            invitation = cls(
                group_id=group_id,
                code=code,
                by_kind=actor.kind,
                by_id=actor.id,
                uses_most=uses_most,
                created_at=at,
                expires_at=expires_at,
            )
            try:
                async with transaction():
                    await invitation.save(force_create=True)
                    await invitation._audit("create_invitation", actor, at=at)
                    return invitation
            except IntegrityError as error:
                if not violates(error, cls, "group_invitation_code_once"):
                    raise

    @classmethod
    async def redeem(
        cls, member_id: UUID, code: str, *, at: datetime, accepted_rules_version: int | None = None
    ) -> Membership:
        """Join by a code; a refused joiner uses nothing up. Raises `InvitationNotValid`, `GroupClosed` and what
        `Membership.enter` says.
        """
        text = code.strip().upper()
        invitation = await cls.get_or_none(code=text) if _is_code(text) else None
        if invitation is None:
            raise InvitationNotValid()
        async with transaction():
            await Member.touch(member_id, at=at)
            group = await Group.held(invitation.group_id)
            await invitation._refuse_worthless(group)
            by_code = Admission(Scene.INVITATION, invitation.inviter, accepted_rules_version=accepted_rules_version)
            place = await Membership.enter(member_id, group, by_code, at=at)
            await invitation._use(at=at)
        return place

    @classmethod
    async def revoke(cls, id: UUID, *, actor: Actor, at: datetime) -> Self:
        """Make a code worthless: its maker may, and whoever decides requests. Raises `NotFound`, `NotAllowed`."""
        invitation = await cls.existing(id, field="invitationId")
        async with transaction():
            await Group.held(invitation.group_id)
            if actor == invitation.inviter:
                await role_of(actor.id, invitation.group_id)
            else:
                await authorize(actor, invitation.group_id, Right.DECIDE_REQUESTS, field="invitationId")
            if await cls.filter(id=id, revoked_at__isnull=True).update(revoked_at=at):
                await invitation._audit("revoke_invitation", actor, at=at)
        return await cls.get(id=id)

    @property
    def inviter(self) -> Actor:
        return Actor(self.by_kind, self.by_id)

    async def _audit(self, action: str, actor: Actor, *, at: datetime) -> None:
        after = columns_of(self, "group_id", "uses_most", "expires_at")
        await actor.audit(action, self, before=None, after=after, reason=None, at=at)

    async def _refuse_worthless(self, group: Group) -> None:
        if not group.is_active:
            raise GroupArchived()
        if group.join_mode is JoinMode.CLOSED:
            raise GroupClosed()
        if self.by_kind is not ActorKind.MEMBER:
            return
        try:
            role = await role_of(self.by_id, group.id)
        except MemberNotActive:
            role = None
        if not _may_invite(group, role):
            raise InvitationNotValid()

    async def _use(self, *, at: datetime) -> None:
        used = await execute(
            "UPDATE group_invitation SET uses = uses + 1 "
            "WHERE id = $1 AND uses < uses_most AND expires_at > $2 AND revoked_at IS NULL",
            self.id,
            at,
        )
        if not used:
            raise InvitationNotValid()


def _is_code(text: str) -> bool:
    return len(text) == CODE_LENGTH and set(text) <= set(ALPHABET)


async def _refuse_inviter(group: Group, actor: Actor) -> None:
    role = await role_of(actor.id, group.id) if actor.kind is ActorKind.MEMBER else None
    if actor.kind is ActorKind.MEMBER and role is None:
        raise NotFound(field="groupId")
    if not group.is_active:
        raise GroupArchived()
    if group.join_mode is JoinMode.CLOSED:
        raise GroupClosed()
    if actor.kind is ActorKind.MEMBER and not _may_invite(group, role):
        raise NotAllowed()


def _may_invite(group: Group, role: Role | None) -> bool:
    if group.join_mode is JoinMode.APPROVAL:
        return may(role, Right.DECIDE_REQUESTS)
    return may(role, Right.INVITE) or (role is Role.MEMBER and group.members_may_invite)
