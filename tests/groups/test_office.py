"""Roles: their seats, who gives them, and how ownership passes."""

import asyncio

import pytest

from models.actor import Actor
from models.errors import DomainError, Invalid
from models.groups.group import Group
from models.groups.membership import Membership, OwnerMustHandOver
from models.groups.membership_change import MembershipChange, Scene
from models.groups.office import RoleSeatsTaken, change_role, hand_over
from models.groups.role import Role
from models.members.member import Member
from store.database import fetch_value
from tests.build import a_member
from tests.conftest import NOON
from tests.groups.build import STAFF, a_group, a_place

REPEATS = 5


async def role_of(member: Member, group: Group) -> Role:
    return (await Membership.of(member.id, group.id)).role


async def test_the_owner_appoints_an_admin(database: str) -> None:
    group = await a_group()
    owner, member = await a_place(group, role=Role.OWNER), await a_place(group)

    await change_role(group.id, member.id, Role.ADMIN, reason="热心", actor=Actor.member(owner.id), at=NOON)

    assert await role_of(member, group) is Role.ADMIN
    change = await MembershipChange.get(happened_at=NOON)
    assert (change.role_before, change.role, change.scene) == (Role.MEMBER, Role.ADMIN, Scene.APPOINTED)
    assert (change.by_id, change.reason) == (owner.id, "热心")


async def test_more_admins_than_seats_are_refused(database: str) -> None:
    group = await a_group()
    admins = [await a_place(group, role=Role.ADMIN) for _ in range(5)]
    sixth = await a_place(group)

    with pytest.raises(RoleSeatsTaken) as refused:
        await change_role(group.id, sixth.id, Role.ADMIN, actor=STAFF, at=NOON)
    await change_role(group.id, admins[0].id, Role.MEMBER, actor=STAFF, at=NOON)
    await change_role(group.id, sixth.id, Role.ADMIN, actor=STAFF, at=NOON)

    assert refused.value.sentence("zh-CN") == "该角色的席位已满（5 个）"
    assert await Membership.filter(role=Role.ADMIN).count() == 5


async def test_a_second_owner_is_refused_by_the_database_itself(database: str) -> None:
    group = await a_group()
    await a_place(group, role=Role.OWNER)
    member = await a_place(group)

    with pytest.raises(RoleSeatsTaken):
        await change_role(group.id, member.id, Role.OWNER, actor=STAFF, at=NOON)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await Membership.filter(member_id=member.id).update(role=Role.OWNER)

    assert await Membership.filter(role=Role.OWNER).count() == 1


@pytest.mark.parametrize(
    ("actor", "subject", "to", "code"),
    [
        (Role.OWNER, Role.MEMBER, Role.COMMITTEE, "ROLE_ABOVE"),
        (Role.OWNER, Role.COMMITTEE, Role.MEMBER, "ROLE_ABOVE"),
        (Role.COMMITTEE, Role.MEMBER, Role.OWNER, "ROLE_ABOVE"),
        (Role.ADMIN, Role.MEMBER, Role.GUIDE, "NOT_ALLOWED"),
        (Role.MEMBER, Role.MEMBER, Role.ADMIN, "NOT_ALLOWED"),
    ],
)
async def test_who_may_give_which_role(database: str, actor: Role, subject: Role, to: Role, code: str) -> None:
    group = await a_group()
    giver, taker = await a_place(group, role=actor), await a_place(group, role=subject)

    with pytest.raises(DomainError) as refused:
        await change_role(group.id, taker.id, to, actor=Actor.member(giver.id), at=NOON)

    assert refused.value.code == code
    assert await role_of(taker, group) is subject


async def test_anybody_but_the_owner_may_step_down(database: str) -> None:
    group = await a_group()
    admin, owner = await a_place(group, role=Role.ADMIN), await a_place(group, role=Role.OWNER)

    await change_role(group.id, admin.id, Role.MEMBER, actor=Actor.member(admin.id), at=NOON)
    with pytest.raises(OwnerMustHandOver):
        await change_role(group.id, owner.id, Role.MEMBER, actor=Actor.member(owner.id), at=NOON)
    with pytest.raises(DomainError) as refused:
        await change_role(group.id, admin.id, Role.ADMIN, actor=Actor.member(admin.id), at=NOON)

    assert await role_of(admin, group) is Role.MEMBER
    assert refused.value.code == "NOT_ALLOWED"


async def test_the_same_role_again_changes_nothing(database: str) -> None:
    group = await a_group()
    admin = await a_place(group, role=Role.ADMIN)
    before = await MembershipChange.all().count()

    await change_role(group.id, admin.id, Role.ADMIN, actor=STAFF, at=NOON)

    assert await MembershipChange.all().count() == before


async def test_an_owner_hands_over_and_may_leave_then(database: str) -> None:
    group = await a_group()
    owner, heir = await a_place(group, role=Role.OWNER), await a_place(group, role=Role.ADMIN)

    await hand_over(group.id, heir.id, actor=Actor.member(owner.id), at=NOON)
    roles = (await role_of(owner, group), await role_of(heir, group))
    await Membership.leave(owner.id, group.id, at=NOON)

    assert roles == (Role.MEMBER, Role.OWNER)
    assert await MembershipChange.filter(scene=Scene.HANDED_OVER).count() == 2


async def test_ownership_passes_to_active_members_of_the_group_only(database: str) -> None:
    group, outsider = await a_group(), await a_member()
    owner, frozen = await a_place(group, role=Role.OWNER), await a_place(group)
    await frozen.update_from_dict({"status": "frozen"}).save(update_fields=["status"])
    actor = Actor.member(owner.id)

    async def code(member: Member, by: Actor) -> str:
        with pytest.raises(DomainError) as refused:
            await hand_over(group.id, member.id, actor=by, at=NOON)
        return refused.value.code

    assert await code(outsider, actor) == "NOT_FOUND"
    assert await code(frozen, actor) == "MEMBER_NOT_ACTIVE"
    assert await code(frozen, Actor.member(outsider.id)) == "NOT_FOUND"
    with pytest.raises(Invalid):
        await hand_over(group.id, owner.id, actor=actor, at=NOON)
    assert await role_of(owner, group) is Role.OWNER


async def test_staff_find_an_owner_for_a_group_without_one(database: str) -> None:
    group = await a_group()
    member = await a_place(group)

    await hand_over(group.id, member.id, reason="原群主已注销", actor=STAFF, at=NOON)

    assert await role_of(member, group) is Role.OWNER


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_appointments_at_one_instant_stay_within_the_seats(database: str, repeat: int) -> None:
    group = await a_group(admin_seats_most=3)
    members = [await a_place(group) for _ in range(8)]

    await asyncio.gather(
        *(change_role(group.id, member.id, Role.ADMIN, actor=STAFF, at=NOON) for member in members),
        return_exceptions=True,
    )

    assert await fetch_value("SELECT count(*) FROM membership WHERE role = 'admin'") == 3


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_hand_overs_and_leaves_at_one_instant_keep_one_owner(database: str, repeat: int) -> None:
    group = await a_group()
    owner, first, second = await a_place(group, role=Role.OWNER), await a_place(group), await a_place(group)
    actor = Actor.member(owner.id)

    await asyncio.gather(
        hand_over(group.id, first.id, actor=actor, at=NOON),
        hand_over(group.id, second.id, actor=actor, at=NOON),
        Membership.leave(first.id, group.id, at=NOON),
        Membership.leave(owner.id, group.id, at=NOON),
        return_exceptions=True,
    )

    assert await fetch_value("SELECT count(*) FROM membership WHERE role = 'owner'") == 1
