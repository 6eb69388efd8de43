"""The waiting list: who asked first gets the next free seat, and nobody gets past."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models.errors import DomainError
from models.groups.group import Group
from models.groups.membership import Membership
from models.groups.membership_change import MembershipChange, Scene
from models.groups.moderation import kick
from models.groups.seat import GroupFull
from models.groups.settings import GroupSettings, JoinMode
from models.groups.waitlist import WaitlistEntry
from models.members.member import Member, MemberStatus
from store.database import fetch_value
from tests.build import a_member
from tests.conftest import NOON
from tests.groups.build import STAFF, a_group, a_place

REPEATS = 5


async def a_full_group(**settings: Any) -> tuple[Group, Member, Member]:
    group = await a_group(member_cap=2, **settings)
    return group, await a_place(group), await a_place(group)


async def test_a_freed_seat_goes_to_who_waited_longest(database: str) -> None:
    group, leaving, _ = await a_full_group()
    first, second = await a_member(), await a_member()
    await WaitlistEntry.enter(first.id, group.id, at=NOON)
    entry = await WaitlistEntry.enter(second.id, group.id, at=NOON + timedelta(seconds=1))
    assert await WaitlistEntry.positions([entry.id]) == {entry.id: 2}

    await Membership.leave(leaving.id, group.id, at=NOON + timedelta(hours=1))

    place = await Membership.of(first.id, group.id)
    assert place.joined_at == NOON + timedelta(hours=1)
    assert await MembershipChange.exists(member_id=first.id, scene=Scene.WAITING_LIST, by_kind="system")
    now = await Group.get(id=group.id)
    assert (now.member_count, now.waiting_count) == (2, 1)
    assert await WaitlistEntry.positions([entry.id]) == {entry.id: 1}


async def test_a_higher_cap_lets_those_who_wait_in(database: str) -> None:
    group, *_ = await a_full_group()
    waiting = [await a_member() for _ in range(3)]
    for second, member in enumerate(waiting):
        await WaitlistEntry.enter(member.id, group.id, at=NOON + timedelta(seconds=second))

    await Group.change(group.id, GroupSettings(member_cap=4), actor=STAFF, at=NOON)

    now = await Group.get(id=group.id)
    assert (now.member_count, now.waiting_count) == (4, 1)
    assert await WaitlistEntry.all().values_list("member_id", flat=True) == [waiting[2].id]


async def test_a_walk_in_gets_past_nobody_who_waits(database: str) -> None:
    group, *_ = await a_full_group()
    await WaitlistEntry.enter((await a_member()).id, group.id, at=NOON)
    await Group.filter(id=group.id).update(member_count=1)  # a seat that is about to be filled

    with pytest.raises(GroupFull):
        await Membership.join((await a_member()).id, group.id, at=NOON)


async def test_who_may_not_join_any_more_is_passed_over(database: str) -> None:
    group, leaving, _ = await a_full_group()
    frozen, next_one = await a_member(), await a_member()
    await WaitlistEntry.enter(frozen.id, group.id, at=NOON)
    await WaitlistEntry.enter(next_one.id, group.id, at=NOON + timedelta(seconds=1))
    await Member.filter(id=frozen.id).update(status=MemberStatus.FROZEN)

    await Membership.leave(leaving.id, group.id, at=NOON + timedelta(hours=1))

    assert await Membership.exists(member_id=next_one.id, group_id=group.id)
    assert not await Membership.exists(member_id=frozen.id)
    assert (await Group.get(id=group.id)).waiting_count == 0


async def test_a_group_that_closed_lets_nobody_in_from_the_list(database: str) -> None:
    group, leaving, _ = await a_full_group()
    await WaitlistEntry.enter((await a_member()).id, group.id, at=NOON)
    await Group.change(group.id, GroupSettings(join_mode=JoinMode.CLOSED), actor=STAFF, at=NOON)

    await Membership.leave(leaving.id, group.id, at=NOON)

    now = await Group.get(id=group.id)
    assert (now.member_count, now.waiting_count) == (1, 1)


async def test_waiting_no_longer(database: str) -> None:
    group, *_ = await a_full_group()
    member = await a_member()
    await WaitlistEntry.enter(member.id, group.id, at=NOON)

    await WaitlistEntry.withdraw(member.id, group.id, at=NOON)

    assert (await Group.get(id=group.id)).waiting_count == 0
    with pytest.raises(DomainError) as refused:
        await WaitlistEntry.withdraw(member.id, group.id, at=NOON)
    assert refused.value.code == "NOT_FOUND"


async def test_waiting_is_refused_where_it_makes_no_sense(database: str) -> None:
    roomy, by_approval = await a_group(), await a_group(name="书画群", join_mode=JoinMode.APPROVAL)
    full, inside, _ = await a_full_group(name="羽毛球群")
    series = await a_group(name="自驾群", member_cap=2, opens_next=True)
    barred, waiting = await a_place(roomy), await a_member()
    await kick(roomy.id, barred.id, reason="发布广告", actor=STAFF, at=NOON)
    await WaitlistEntry.enter(waiting.id, full.id, at=NOON)

    async def code(member: Member, group: Group) -> str:
        with pytest.raises(DomainError) as refused:
            await WaitlistEntry.enter(member.id, group.id, at=NOON)
        return refused.value.code

    assert await code(await a_member(), roomy) == "GROUP_HAS_ROOM"
    assert await code(await a_member(), series) == "GROUP_HAS_ROOM"
    assert await code(await a_member(), by_approval) == "JOIN_NEEDS_APPROVAL"
    assert await code(inside, full) == "ALREADY_MEMBER"
    assert await code(waiting, full) == "ALREADY_WAITING"
    assert await code(barred, roomy) == "BLOCKED_FROM_GROUP"
    assert await WaitlistEntry.all().count() == 1


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_leaves_joins_and_waits_at_one_instant_leave_no_seat_empty(database: str, repeat: int) -> None:
    group = await a_group(member_cap=4)
    inside = [await a_place(group) for _ in range(4)]
    waiting, walking = [await a_member() for _ in range(4)], [await a_member() for _ in range(4)]
    for member in waiting[:2]:
        await WaitlistEntry.enter(member.id, group.id, at=NOON)

    await asyncio.gather(
        *(Membership.leave(member.id, group.id, at=NOON) for member in inside),
        *(WaitlistEntry.enter(member.id, group.id, at=NOON + timedelta(seconds=1)) for member in waiting[2:]),
        *(Membership.join(member.id, group.id, at=NOON) for member in walking),
        return_exceptions=True,
    )

    places = await fetch_value("SELECT count(*) FROM membership")
    entries = await fetch_value("SELECT count(*) FROM waitlist_entry")
    now = await Group.get(id=group.id)
    assert (now.member_count, now.waiting_count) == (places, entries)
    assert entries == 0 or places == 4
    assert await Membership.filter(member_id__in=[member.id for member in waiting[:2]]).count() == 2
