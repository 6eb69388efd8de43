"""Kicking and muting: by whom, whom, and what comes of it."""

import asyncio
from datetime import timedelta

import pytest

from models.actor import Actor
from models.errors import DomainError, Invalid
from models.groups.block import BlockedFromGroup, GroupBlock
from models.groups.group import Group
from models.groups.membership import Membership, OwnerMustHandOver
from models.groups.membership_change import ChangeKind, MembershipChange
from models.groups.moderation import NotMuted, kick, mute, unmute
from models.groups.role import Role
from models.staff.audit import AuditRow
from store.database import fetch_value
from tests.build import a_member
from tests.conftest import NOON
from tests.groups.build import STAFF, a_group, a_place

REPEATS, FEWER = 20, 5
ALLOWED, ABOVE, NOT_ALLOWED = "ALLOWED", "ROLE_ABOVE", "NOT_ALLOWED"


async def test_a_kicked_member_is_gone_and_stays_out_until_the_block_is_lifted(database: str) -> None:
    group = await a_group()
    admin, member = await a_place(group, role=Role.ADMIN), await a_place(group)
    actor = Actor.member(admin.id)

    change = await kick(group.id, member.id, reason="多次发布广告", actor=actor, at=NOON)
    with pytest.raises(BlockedFromGroup):
        await Membership.join(member.id, group.id, at=NOON)
    await GroupBlock.lift(group.id, member.id, reason="已道歉", actor=actor, at=NOON)
    await Membership.join(member.id, group.id, at=NOON + timedelta(hours=1))

    assert (change.kind, change.reason, change.by_id) == (ChangeKind.KICKED, "多次发布广告", admin.id)
    assert (await Group.get(id=group.id)).member_count == 2
    kinds = await MembershipChange.filter(member_id=member.id).order_by("happened_at", "id")
    assert [one.kind for one in kinds][1:] == ["kicked", "block_lifted", "joined"]


@pytest.mark.parametrize(
    ("role", "subject", "outcome"),
    [
        (Role.OWNER, Role.ADMIN, ALLOWED),
        (Role.OWNER, Role.COMMITTEE, ABOVE),
        (Role.COMMITTEE, Role.ADMIN, ALLOWED),
        (Role.COMMITTEE, Role.OWNER, ABOVE),
        (Role.ADMIN, Role.ADMIN, ABOVE),
        (Role.ADMIN, Role.GUIDE, ABOVE),
        (Role.ADMIN, Role.MEMBER, ALLOWED),
        (Role.GUIDE, Role.MEMBER, NOT_ALLOWED),
        (Role.MEMBER, Role.MEMBER, NOT_ALLOWED),
    ],
)
async def test_who_may_kick_whom(database: str, role: Role, subject: Role, outcome: str) -> None:
    group = await a_group()
    actor, target = await a_place(group, role=role), await a_place(group, role=subject)

    try:
        await kick(group.id, target.id, reason="扰乱秩序", actor=Actor.member(actor.id), at=NOON)
        found = ALLOWED
    except DomainError as refusal:
        found = refusal.code

    assert found == outcome
    assert await Membership.exists(member_id=target.id) == (outcome != ALLOWED)
    assert await GroupBlock.all().count() == (outcome == ALLOWED)


async def test_an_outsider_finds_nobody_to_kick(database: str) -> None:
    group, outsider = await a_group(), await a_member()
    member = await a_place(group)

    with pytest.raises(DomainError) as refused:
        await kick(group.id, member.id, reason="看不顺眼", actor=Actor.member(outsider.id), at=NOON)

    assert refused.value.code == "NOT_FOUND"
    assert await Membership.all().count() == 1


async def test_a_frozen_admin_has_no_say(database: str) -> None:
    group = await a_group()
    admin, member = await a_place(group, role=Role.ADMIN), await a_place(group)
    await admin.update_from_dict({"status": "frozen"}).save(update_fields=["status"])

    with pytest.raises(DomainError) as refused:
        await kick(group.id, member.id, reason="发布广告", actor=Actor.member(admin.id), at=NOON)

    assert refused.value.code == "MEMBER_NOT_ACTIVE"


async def test_staff_cannot_kick_an_owner_and_a_kick_needs_a_reason(database: str) -> None:
    group = await a_group()
    owner, member = await a_place(group, role=Role.OWNER), await a_place(group)

    with pytest.raises(OwnerMustHandOver):
        await kick(group.id, owner.id, reason="失联", actor=STAFF, at=NOON)
    with pytest.raises(Invalid):
        await kick(group.id, member.id, reason="  ", actor=STAFF, at=NOON)

    assert await Membership.all().count() == 2


async def test_a_kick_by_staff_is_in_the_audit(database: str) -> None:
    group = await a_group()
    member = await a_place(group)

    change = await kick(group.id, member.id, reason="被多人举报", actor=STAFF, at=NOON)

    row = await AuditRow.get(action="group_kicked")
    assert (row.actor_id, row.subject_id, row.reason) == (STAFF.id, change.id, "被多人举报")


async def test_a_mute_ends_by_time_or_by_word(database: str) -> None:
    group = await a_group()
    guide, member = await a_place(group, role=Role.GUIDE), await a_place(group)
    actor, until = Actor.member(guide.id), NOON + timedelta(hours=8)

    muted = await mute(group.id, member.id, until=until, reason="深夜刷屏", actor=actor, at=NOON)
    freed = await unmute(group.id, member.id, reason="已沟通", actor=actor, at=NOON + timedelta(hours=1))
    with pytest.raises(NotMuted):
        await unmute(group.id, member.id, actor=actor, at=NOON + timedelta(hours=1))

    assert (muted.muted_until, freed.muted_until) == (until, None)
    kinds = await MembershipChange.filter(member_id=member.id).order_by("happened_at", "id")
    assert [(one.kind, one.muted_until) for one in kinds][1:] == [("muted", until), ("unmuted", None)]


@pytest.mark.parametrize("after", [timedelta(0), timedelta(seconds=-1), timedelta(days=366)])
async def test_a_mute_lies_within_the_next_year(database: str, after: timedelta) -> None:
    group = await a_group()
    member = await a_place(group)

    with pytest.raises(Invalid):
        await mute(group.id, member.id, until=NOON + after, reason="刷屏", actor=STAFF, at=NOON)

    assert (await Membership.of(member.id, group.id)).muted_until is None


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_kick_and_join_at_one_instant_leave_the_member_outside(database: str, repeat: int) -> None:
    group = await a_group()
    member = await a_place(group)

    await asyncio.gather(
        *(kick(group.id, member.id, reason="发布广告", actor=STAFF, at=NOON) for _ in range(3)),
        *(Membership.join(member.id, group.id, at=NOON) for _ in range(3)),
        Membership.leave(member.id, group.id, at=NOON),
        *(Membership.join(member.id, group.id, at=NOON) for _ in range(3)),
        return_exceptions=True,
    )

    places = await fetch_value("SELECT count(*) FROM membership")
    blocks = await fetch_value("SELECT count(*) FROM group_block")
    assert places + blocks <= 1
    assert await fetch_value("SELECT member_count FROM chat_group") == places
    assert await fetch_value("SELECT count(*) FROM membership_change WHERE kind = 'kicked'") == blocks


@pytest.mark.parametrize("repeat", range(FEWER))
async def test_two_admins_who_kick_crosswise_wait_for_nobody(database: str, repeat: int) -> None:
    group, other = await a_group(), await a_group(name="自驾群")
    first, second = await a_place(group, role=Role.OWNER), await a_place(group)
    await a_place(other, member=second, role=Role.OWNER), await a_place(other, member=first)

    outcomes = await asyncio.gather(
        kick(group.id, second.id, reason="互相举报", actor=Actor.member(first.id), at=NOON),
        kick(other.id, first.id, reason="互相举报", actor=Actor.member(second.id), at=NOON),
    )

    assert [one.kind for one in outcomes] == [ChangeKind.KICKED, ChangeKind.KICKED]
    assert await fetch_value("SELECT sum(member_count) FROM chat_group") == 2
