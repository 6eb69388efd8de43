"""Roles in a group, and what each may do to whom: the one table of rights.

The owner runs the group. The committee has the highest say on rules and people, the owner excepted. Admins keep order
among ordinary members, may spend the group's points and cannot touch each other; guides may invite, announce, mute and
look after newcomers. Owner and committee are appointed by staff (ownership also passes by hand-over). Staff act within
their data scope, which is checked before.
"""

from enum import StrEnum
from uuid import UUID

from models.actor import Actor, ActorKind
from models.errors import DomainError, NotAllowed, NotFound
from models.members.member import ACTIVE, MemberNotActive
from store.database import fetch


class Role(StrEnum):
    """What a member is in a group."""

    OWNER = "owner"
    ADMIN = "admin"
    GUIDE = "guide"
    COMMITTEE = "committee"
    MEMBER = "member"


class Right(StrEnum):
    """What a role may allow in a group."""

    INVITE = "invite"
    DECIDE_REQUESTS = "decide_requests"
    ANNOUNCE = "announce"
    MUTE = "mute"
    KICK = "kick"
    CHANGE_ROLES = "change_roles"
    PUBLISH_RULES = "publish_rules"
    HAND_OVER = "hand_over"
    SEE_LOG = "see_log"
    SPEND_FUND = "spend_fund"
    WELCOME = "welcome"


class RoleAbove(DomainError):
    code = "ROLE_ABOVE"
    zh = "不能对该角色的成员进行此操作"
    en = "You may not do this to a member of that role."


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.COMMITTEE: frozenset(Right) - {Right.HAND_OVER, Right.SPEND_FUND},
    Role.ADMIN: frozenset(
        {
            *(Right.INVITE, Right.DECIDE_REQUESTS, Right.ANNOUNCE, Right.MUTE, Right.KICK, Right.SEE_LOG),
            *(Right.SPEND_FUND, Right.WELCOME),
        }
    ),
    Role.GUIDE: frozenset({Right.INVITE, Right.ANNOUNCE, Right.MUTE, Right.WELCOME}),
    Role.MEMBER: frozenset(),
}

SUBJECTS: dict[Role, frozenset[Role]] = {
    Role.OWNER: frozenset({Role.ADMIN, Role.GUIDE, Role.MEMBER}),
    Role.COMMITTEE: frozenset({Role.ADMIN, Role.GUIDE, Role.MEMBER}),
    Role.ADMIN: frozenset({Role.MEMBER}),
    Role.GUIDE: frozenset({Role.MEMBER}),
    Role.MEMBER: frozenset(),
}
"""Whom a role may kick or mute, and which roles it may take and give."""


def may(role: Role | None, right: Right) -> bool:
    return role is not None and right in RIGHTS[role]


async def authorize(actor: Actor, group_id: UUID, right: Right, *subjects: Role, field: str = "groupId") -> Role | None:
    """The actor's role in the group (None for staff) once it may do this to `subjects`, else a refusal.

    An outsider gets `NOT_FOUND` of the input `field`, as if there were nothing. A verb that holds the group reads a
    role that nobody changes meanwhile.
    """
    if actor.kind is not ActorKind.MEMBER:
        return None
    role = await role_of(actor.id, group_id)
    if role is None:
        raise NotFound(field=field)
    if right not in RIGHTS[role]:
        raise NotAllowed()
    if not SUBJECTS[role].issuperset(subjects):
        raise RoleAbove()
    return role


async def role_of(member_id: UUID | None, group_id: UUID) -> Role | None:
    """The role of a member who takes part; raises `MemberNotActive` for one who is frozen or gone."""
    rows = await fetch(
        "SELECT s.role, m.status FROM membership s JOIN member m ON m.id = s.member_id "
        "WHERE s.group_id = $1 AND s.member_id = $2",
        group_id,
        member_id,
    )
    if not rows:
        return None
    if rows[0]["status"] not in ACTIVE:
        raise MemberNotActive()
    return Role(rows[0]["role"])
