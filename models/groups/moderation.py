"""Keeping order in a group: kick, mute, unmute. Who may do so to whom stands in `role`."""

from datetime import datetime, timedelta
from uuid import UUID

from models.actor import Actor
from models.errors import DomainError, Invalid, bounded_text
from models.groups.block import GroupBlock
from models.groups.group import Group
from models.groups.membership import Membership, OwnerMustHandOver
from models.groups.membership_change import ChangeKind, Happening, MembershipChange, Scene
from models.groups.role import Right, Role, authorize
from models.insight.standing import standing_changed
from models.members.member import Member
from models.staff.audit import REASON_MOST
from store.database import transaction

MUTE_LONGEST = timedelta(days=365)


class NotMuted(DomainError):
    code = "NOT_MUTED"
    zh = "该成员未被禁言"
    en = "This member is not muted."


async def kick(group_id: UUID, member_id: UUID, *, reason: str, actor: Actor, at: datetime) -> MembershipChange:
    """Remove a member and bar it until the block is lifted.

    Raises `NotAllowed`, `RoleAbove`, `OwnerMustHandOver` (staff, for an owner), `NotFound`, `Invalid`.
    """
    text = _reason(reason)
    async with transaction():
        await Member.bump(member_id)
        place = await _subject(group_id, member_id, Right.KICK, actor)
        if place.role is Role.OWNER:
            raise OwnerMustHandOver()
        await GroupBlock.place(group_id, member_id, text, actor=actor, at=at)
        kicked = Happening(ChangeKind.KICKED, Scene.REMOVED, actor, place.role, reason=text)
        return await place.end(kicked, at=at)


async def mute(
    group_id: UUID, member_id: UUID, *, until: datetime, reason: str, actor: Actor, at: datetime
) -> Membership:
    """Keep a member from speaking in the group until an instant; a later mute replaces an earlier one.

    Raises `NotAllowed`, `RoleAbove`, `NotFound`, `Invalid`.
    """
    text = _reason(reason)
    if not at < until <= at + MUTE_LONGEST:
        raise Invalid("until", zh="应在今后一年之内", en="it must lie within the next year")
    async with transaction():
        await Member.bump(member_id)
        place = await _subject(group_id, member_id, Right.MUTE, actor)
        muted = Happening(ChangeKind.MUTED, Scene.MODERATED, actor, place.role, reason=text, muted_until=until)
        return await _turned(place, muted, at=at)


async def unmute(
    group_id: UUID, member_id: UUID, *, actor: Actor, at: datetime, reason: str | None = None
) -> Membership:
    """Let a member speak again. Raises `NotMuted`, `NotAllowed`, `RoleAbove`, `NotFound`."""
    text = bounded_text(reason, "reason", most=REASON_MOST) or None
    async with transaction():
        await Member.bump(member_id)
        place = await _subject(group_id, member_id, Right.MUTE, actor)
        if place.muted_until is None or place.muted_until <= at:
            raise NotMuted()
        unmuted = Happening(ChangeKind.UNMUTED, Scene.MODERATED, actor, place.role, reason=text)
        return await _turned(place, unmuted, at=at)


async def _subject(group_id: UUID, member_id: UUID, right: Right, actor: Actor) -> Membership:
    """The place of the member that is acted on, once the actor may do so; holds the group."""
    await Group.held(group_id)
    await authorize(actor, group_id, right)
    place = await Membership.of(member_id, group_id)
    await authorize(actor, group_id, right, place.role)
    return place


async def _turned(place: Membership, happening: Happening, *, at: datetime) -> Membership:
    place.muted_until = happening.muted_until
    await place.save(update_fields=["muted_until"])
    await MembershipChange.record(place.group_id, place.member_id, happening, at=at)
    await standing_changed([place.member_id], at=at)
    return place


def _reason(reason: str) -> str:
    return bounded_text(reason, "reason", least=1, most=REASON_MOST) or ""
