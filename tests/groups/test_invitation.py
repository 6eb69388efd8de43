"""Invitations: a code opens the door as often as it says, and no longer than its maker could."""

import asyncio
from datetime import timedelta

import pytest

from models.actor import Actor
from models.errors import DomainError
from models.groups.group import Group
from models.groups.invitation import CODE_LENGTH, Invitation, InvitationNotValid
from models.groups.membership import Membership
from models.groups.membership_change import MembershipChange, Scene
from models.groups.office import change_role
from models.groups.role import Role
from models.groups.rules import GroupRules
from models.groups.settings import GroupSettings, JoinMode
from models.members.member import Member
from store.database import fetch_value
from tests.build import a_member
from tests.conftest import NOON
from tests.groups.build import STAFF, a_group, a_place

REPEATS = 5
TOMORROW = NOON + timedelta(days=1)


async def an_invitation(group: Group, inviter: Member | None = None, *, uses_most: int = 1) -> Invitation:
    actor = Actor.member(inviter.id) if inviter else STAFF
    return await Invitation.create_for(group.id, actor=actor, at=NOON, expires_at=TOMORROW, uses_most=uses_most)


async def come_in(guest: Member, code: str, *, accepted_rules_version: int | None = None) -> Membership:
    return await Invitation.redeem(guest.id, code, at=NOON, accepted_rules_version=accepted_rules_version)


async def test_a_code_opens_a_group_by_invitation(database: str) -> None:
    group, guest = await a_group(join_mode=JoinMode.INVITATION), await a_member()
    inviter = await a_place(group)
    invitation = await an_invitation(group, inviter)

    place = await come_in(guest, invitation.code.lower())

    assert len(invitation.code) == CODE_LENGTH
    assert place.group_id == group.id
    joined = await MembershipChange.get(member_id=guest.id)
    assert (joined.scene, joined.by_id) == (Scene.INVITATION, inviter.id)
    assert (await Invitation.get(id=invitation.id)).uses == 1


async def test_a_code_is_used_up(database: str) -> None:
    group = await a_group(join_mode=JoinMode.INVITATION)
    invitation = await an_invitation(group, uses_most=2)
    await come_in(await a_member(), invitation.code)
    await come_in(await a_member(), invitation.code)

    with pytest.raises(InvitationNotValid):
        await come_in(await a_member(), invitation.code)

    assert (await Group.get(id=group.id)).member_count == 2


async def test_a_code_expires(database: str) -> None:
    group, guest = await a_group(join_mode=JoinMode.INVITATION), await a_member()
    invitation = await an_invitation(group)

    with pytest.raises(InvitationNotValid):
        await Invitation.redeem(guest.id, invitation.code, at=TOMORROW)
    await Invitation.redeem(guest.id, invitation.code, at=TOMORROW - timedelta(microseconds=1))


async def test_a_refused_guest_uses_nothing_up(database: str) -> None:
    group, guest = await a_group(join_mode=JoinMode.INVITATION), await a_member()
    await GroupRules.publish(group.id, "文明发言。", actor=STAFF, at=NOON)
    invitation = await an_invitation(group)

    with pytest.raises(DomainError) as refused:
        await come_in(guest, invitation.code)
    await come_in(guest, invitation.code, accepted_rules_version=1)

    assert refused.value.code == "RULES_NOT_ACCEPTED"
    assert (await Invitation.get(id=invitation.id)).uses == 1


async def test_a_code_is_worth_nothing_once_its_maker_has_left(database: str) -> None:
    group = await a_group(join_mode=JoinMode.INVITATION)
    inviter = await a_place(group)
    invitation = await an_invitation(group, inviter)
    await Membership.leave(inviter.id, group.id, at=NOON)

    with pytest.raises(InvitationNotValid):
        await come_in(await a_member(), invitation.code)


async def test_past_an_approval_only_the_codes_of_those_who_approve_open(database: str) -> None:
    group = await a_group(join_mode=JoinMode.APPROVAL)
    admin, member = await a_place(group, role=Role.ADMIN), await a_place(group)
    invitation = await an_invitation(group, admin, uses_most=2)

    with pytest.raises(DomainError) as refused:
        await an_invitation(group, member)
    await come_in(await a_member(), invitation.code)
    await change_role(group.id, admin.id, Role.MEMBER, actor=STAFF, at=NOON)
    with pytest.raises(InvitationNotValid):
        await come_in(await a_member(), invitation.code)

    assert refused.value.code == "NOT_ALLOWED"
    assert (await Group.get(id=group.id)).member_count == 3


async def test_members_invite_only_where_the_group_lets_them(database: str) -> None:
    group = await a_group(members_may_invite=False)
    member, guide = await a_place(group), await a_place(group, role=Role.GUIDE)

    with pytest.raises(DomainError) as refused:
        await an_invitation(group, member)
    await an_invitation(group, guide)

    assert refused.value.code == "NOT_ALLOWED"
    assert await Invitation.all().count() == 1


async def test_nobody_is_invited_into_a_closed_group_or_by_an_outsider(database: str) -> None:
    group, outsider = await a_group(), await a_member()
    invitation = await an_invitation(group)
    await Group.change(group.id, GroupSettings(join_mode=JoinMode.CLOSED), actor=STAFF, at=NOON)

    codes = []
    for attempt in (an_invitation(group), an_invitation(group, outsider), come_in(outsider, invitation.code)):
        with pytest.raises(DomainError) as refused:
            await attempt
        codes.append(refused.value.code)

    assert codes == ["GROUP_CLOSED", "NOT_FOUND", "GROUP_CLOSED"]


async def test_a_revoked_code_opens_nothing(database: str) -> None:
    group, guest = await a_group(join_mode=JoinMode.INVITATION), await a_member()
    inviter, other = await a_place(group), await a_place(group)
    invitation = await an_invitation(group, inviter)

    with pytest.raises(DomainError) as refused:
        await Invitation.revoke(invitation.id, actor=Actor.member(other.id), at=NOON)
    await Invitation.revoke(invitation.id, actor=Actor.member(inviter.id), at=NOON)
    with pytest.raises(InvitationNotValid):
        await come_in(guest, invitation.code)

    assert refused.value.code == "NOT_ALLOWED"


@pytest.mark.parametrize("code", ["", "0000000000", "x" * 500, "A\x00B"])
async def test_a_code_that_is_none_is_refused(database: str, code: str) -> None:
    with pytest.raises(InvitationNotValid):
        await come_in(await a_member(), code)


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_guests_at_one_instant_use_a_code_no_oftener_than_it_says(database: str, repeat: int) -> None:
    group = await a_group(join_mode=JoinMode.INVITATION)
    invitation, guests = await an_invitation(group, uses_most=3), [await a_member() for _ in range(12)]

    await asyncio.gather(*(come_in(guest, invitation.code) for guest in guests), return_exceptions=True)

    assert await fetch_value("SELECT count(*) FROM membership") == 3
    assert await fetch_value("SELECT member_count FROM chat_group") == 3
    assert await fetch_value("SELECT uses FROM group_invitation") == 3
