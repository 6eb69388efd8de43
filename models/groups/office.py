"""Offices in a group: who gets which role, within its seats, and how ownership passes.

A group has one owner at most, which the database keeps (`membership_one_owner`), and an owner's place ends only by
handing over. Fewer admins than `admin_seats_least` are warned of; more than `admin_seats_most` are refused.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from models.actor import Actor
from models.errors import DomainError, Invalid, bounded_text
from models.groups.group import Group
from models.groups.membership import Membership, OwnerMustHandOver
from models.groups.membership_change import ChangeKind, Happening, MembershipChange, Scene
from models.groups.role import Right, Role, authorize
from models.insight.standing import standing_changed
from models.members.member import ACTIVE, Member, MemberNotActive
from models.staff.audit import REASON_MOST
from store.database import among, fetch, transaction


class RoleSeatsTaken(DomainError):
    code = "ROLE_SEATS_TAKEN"
    zh = "该角色的席位已满（{most} 个）"
    en = "All {most} seats of this role are taken."
    field = "role"


class OwnerChanged(DomainError):
    code = "OWNER_CHANGED"
    zh = "群主刚刚发生了变更，请刷新后再试"
    en = "The owner changed a moment ago. Look again."


async def change_role(
    group_id: UUID, member_id: UUID, role: Role, *, actor: Actor, at: datetime, reason: str | None = None
) -> Membership:
    """Give a member another role. Only staff appoint an owner, where there is none, and the committee.

    Anybody but the owner may step down to an ordinary member. Raises `RoleSeatsTaken`, `OwnerMustHandOver`,
    `NotAllowed`, `RoleAbove`, `NotFound`.
    """
    text = bounded_text(reason, "reason", most=REASON_MOST) or None
    async with transaction():
        await Member.bump(member_id)
        group = await Group.held(group_id)
        if not (actor == Actor.member(member_id) and role is Role.MEMBER):
            await authorize(actor, group_id, Right.CHANGE_ROLES)
        place = await Membership.of(member_id, group_id)
        if place.role is role:
            return place
        await _refuse(actor, group, place, role)
        return await _turned(place, role, Scene.APPOINTED, actor, text, at=at)


async def hand_over(
    group_id: UUID, member_id: UUID, *, actor: Actor, at: datetime, reason: str | None = None
) -> Membership:
    """Make a member the owner; the owner before, where there is one, becomes an ordinary member.

    Raises `NotAllowed`, `OwnerChanged`, `MemberNotActive` (for the one who should own), `NotFound`, `Invalid`.
    """
    text = bounded_text(reason, "reason", most=REASON_MOST) or None
    owner = await _owner_of(group_id)
    if owner is not None and owner.member_id == member_id:
        raise Invalid("memberId", zh="该成员已是群主", en="this member is the owner already")
    async with transaction():
        for one in sorted({member_id, owner.member_id if owner else member_id}):
            await Member.bump(one)
        await Group.held(group_id)
        await authorize(actor, group_id, Right.HAND_OVER)
        place = await Membership.of(member_id, group_id)
        if (await Member.get(id=member_id)).status not in ACTIVE:
            raise MemberNotActive(field="memberId")
        now = await _owner_of(group_id)
        if (now and now.id) != (owner and owner.id):
            raise OwnerChanged()
        if now is not None:
            await _turned(now, Role.MEMBER, Scene.HANDED_OVER, actor, text, at=at)
        return await _turned(place, Role.OWNER, Scene.HANDED_OVER, actor, text, at=at)


async def short_of_admins(groups: Sequence[Group]) -> set[UUID]:
    """Those of the groups that have fewer admins than they should."""
    rows = await fetch(
        f"SELECT group_id, count(*) AS admins FROM membership WHERE role = 'admin' AND {among('group_id', 1, 'uuid')} "  # noqa: S608 - own text
        "GROUP BY group_id",
        [group.id for group in groups],
    )
    admins = {UUID(str(row["group_id"])): int(row["admins"]) for row in rows}
    return {group.id for group in groups if admins.get(group.id, 0) < group.admin_seats_least}


async def _refuse(actor: Actor, group: Group, place: Membership, role: Role) -> None:
    if place.role is Role.OWNER:
        raise OwnerMustHandOver()
    if actor != Actor.member(place.member_id):
        await authorize(actor, group.id, Right.CHANGE_ROLES, place.role, role)
    most = group.seats_most(role)
    if role is not Role.MEMBER and await Membership.filter(group_id=group.id, role=role).count() >= most:
        raise RoleSeatsTaken(most=most)


async def _owner_of(group_id: UUID) -> Membership | None:
    return await Membership.get_or_none(group_id=group_id, role=Role.OWNER)


async def _turned(
    place: Membership, role: Role, scene: Scene, actor: Actor, reason: str | None, *, at: datetime
) -> Membership:
    changed = Happening(ChangeKind.ROLE_CHANGED, scene, actor, role, role_before=place.role, reason=reason)
    place.role = role
    await place.save(update_fields=["role"])
    await MembershipChange.record(place.group_id, place.member_id, changed, at=at)
    await standing_changed([place.member_id], at=at)
    return place
