"""Joining and leaving: a seat each, never more than the cap, and a way back."""

import asyncio
from contextvars import copy_context
from datetime import timedelta
from typing import Any

import pytest

from models.errors import DomainError, Invalid
from models.groups import seat
from models.groups.group import Group
from models.groups.membership import GroupPlace, Membership, NicknameTaken, OwnerMustHandOver
from models.groups.membership_change import ChangeKind, MembershipChange, Scene
from models.groups.moderation import mute
from models.groups.role import Role
from models.groups.rules import GroupRules
from models.groups.rules_acceptance import RulesAcceptance, RulesNotAccepted
from models.groups.seat import GroupFull
from models.groups.settings import JoinMode
from models.groups.waitlist import AlreadyMember, WaitlistEntry
from store.database import fetch_value, transaction
from tests.build import a_member
from tests.conftest import NOON
from tests.groups.build import STAFF, a_group, a_place

REPEATS, FEWER = 20, 5


async def test_joining_takes_a_seat_and_is_put_on_record(database: str) -> None:
    member, group = await a_member(), await a_group()

    place = await Membership.join(member.id, group.id, at=NOON)

    assert (place.role, place.joined_at, place.nickname) == (Role.MEMBER, NOON, None)
    assert (await Group.get(id=group.id)).member_count == 1
    [change] = await MembershipChange.all()
    assert (change.kind, change.scene, change.by_id) == (ChangeKind.JOINED, Scene.FREE, member.id)
    assert await Membership.active_groups(member.id) == [GroupPlace(group.id, group.circle_id)]


async def test_joining_twice_is_refused_and_takes_no_second_seat(database: str) -> None:
    member, group = await a_member(), await a_group()
    await Membership.join(member.id, group.id, at=NOON)

    with pytest.raises(AlreadyMember):
        await Membership.join(member.id, group.id, at=NOON)

    assert (await Group.get(id=group.id)).member_count == 1
    assert await MembershipChange.all().count() == 1


async def test_leaving_gives_the_seat_back_and_one_may_come_again(database: str) -> None:
    member, group = await a_member(), await a_group()
    await Membership.join(member.id, group.id, at=NOON)

    left = await Membership.leave(member.id, group.id, reason="搬到外地了", at=NOON + timedelta(hours=1))
    again = await Membership.join(member.id, group.id, at=NOON + timedelta(hours=2))

    assert (left.kind, left.scene, left.reason) == (ChangeKind.LEFT, Scene.SELF, "搬到外地了")
    assert again.joined_at == NOON + timedelta(hours=2)
    assert (await Group.get(id=group.id)).member_count == 1
    assert [change.kind for change in await MembershipChange.all().order_by("happened_at")] == [
        "joined",
        "left",
        "joined",
    ]


async def test_the_log_is_never_altered(database: str) -> None:
    group = await a_group()
    await a_place(group)

    with pytest.raises(Exception, match="append-only"):
        await MembershipChange.all().delete()

    assert await MembershipChange.all().count() == 1


async def test_an_owner_cannot_leave(database: str) -> None:
    group = await a_group()
    owner = await a_place(group, role=Role.OWNER)

    with pytest.raises(OwnerMustHandOver):
        await Membership.leave(owner.id, group.id, at=NOON)

    assert (await Group.get(id=group.id)).member_count == 1


async def test_a_closed_account_leaves_every_group_even_as_owner(database: str) -> None:
    first, second = await a_group(), await a_group(name="自驾群")
    full = await a_group(name="品酒会", member_cap=2)
    owner = await a_place(first, role=Role.OWNER)
    await a_place(second, member=owner)
    await a_place(full), await a_place(full)
    await WaitlistEntry.enter(owner.id, full.id, at=NOON)

    async with transaction():
        await Membership.end_all(owner.id, at=NOON)

    assert await Membership.active_groups(owner.id) == []
    counts = {group.name: (group.member_count, group.waiting_count) for group in await Group.all()}
    assert counts == {"车友会": (0, 0), "自驾群": (0, 0), "品酒会": (2, 0)}


async def test_who_is_no_member_cannot_leave(database: str) -> None:
    member, group = await a_member(), await a_group()

    with pytest.raises(DomainError) as refused:
        await Membership.leave(member.id, group.id, at=NOON)

    assert (refused.value.code, refused.value.field) == ("NOT_FOUND", "groupId")
    assert (await Group.get(id=group.id)).member_count == 0


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        (JoinMode.APPROVAL, "JOIN_NEEDS_APPROVAL"),
        (JoinMode.INVITATION, "JOIN_NEEDS_INVITATION"),
        (JoinMode.CLOSED, "GROUP_CLOSED"),
    ],
)
async def test_a_walk_in_is_told_what_the_door_asks_for(database: str, mode: JoinMode, code: str) -> None:
    member, group = await a_member(), await a_group(join_mode=mode)

    with pytest.raises(DomainError) as refused:
        await Membership.join(member.id, group.id, at=NOON)

    assert refused.value.code == code
    assert await Membership.all().count() == 0


async def test_an_archived_group_takes_nobody_and_counts_for_nobody(database: str) -> None:
    group = await a_group()
    member = await a_place(group)
    await Group.archive(group.id, reason="合并到二群", actor=STAFF, at=NOON)

    with pytest.raises(DomainError) as refused:
        await Membership.join((await a_member()).id, group.id, at=NOON)

    assert refused.value.code == "GROUP_ARCHIVED"
    assert await Membership.active_groups(member.id) == []


async def test_a_frozen_member_joins_nothing(database: str) -> None:
    member, group = await a_member(status="frozen"), await a_group()

    with pytest.raises(DomainError) as refused:
        await Membership.join(member.id, group.id, at=NOON)

    assert refused.value.code == "MEMBER_NOT_ACTIVE"
    assert (await Group.get(id=group.id)).member_count == 0


async def test_the_rules_in_force_are_accepted_on_joining(database: str) -> None:
    group, first, second = await a_group(), await a_member(), await a_member()
    await GroupRules.publish(group.id, "文明发言，不发广告。", actor=STAFF, at=NOON)
    await GroupRules.publish(group.id, "文明发言，不发广告，不私加好友。", actor=STAFF, at=NOON)

    with pytest.raises(RulesNotAccepted) as refused:
        await Membership.join(first.id, group.id, accepted_rules_version=1, at=NOON)
    await Membership.join(second.id, group.id, accepted_rules_version=2, at=NOON)

    assert refused.value.sentence("zh-CN") == "请先阅读并接受群规（第 2 版）"
    assert await RulesAcceptance.all().values_list("member_id", flat=True) == [second.id]
    assert (await Group.get(id=group.id)).member_count == 1


async def test_rules_once_accepted_need_no_second_yes(database: str) -> None:
    group, member = await a_group(), await a_member()
    await GroupRules.publish(group.id, "文明发言。", actor=STAFF, at=NOON)
    await Membership.join(member.id, group.id, accepted_rules_version=1, at=NOON)
    await Membership.leave(member.id, group.id, at=NOON)

    await Membership.join(member.id, group.id, at=NOON)

    assert await RulesAcceptance.all().count() == 1


async def test_a_full_group_sends_on_to_the_next_with_its_settings_and_rules(database: str) -> None:
    group = await a_group(member_cap=2, opens_next=True, region="华东", pins_most=7)
    await GroupRules.publish(group.id, "文明发言。", actor=STAFF, at=NOON)
    await a_place(group), await a_place(group)
    member = await a_member()

    place = await Membership.join(member.id, group.id, accepted_rules_version=1, at=NOON)

    following = await Group.get(id=place.group_id)
    assert (following.name, following.number, following.member_cap) == ("车友会", 2, 2)
    assert (following.region, following.pins_most, following.opens_next) == ("华东", 7, True)
    rules = await GroupRules.current(following.id)
    assert rules is not None
    assert rules.body == "文明发言。"
    assert await RulesAcceptance.exists(member_id=member.id, rules_id=rules.id)


async def test_a_member_of_a_full_series_is_not_sent_on_to_a_second_place(database: str) -> None:
    group = await a_group(member_cap=2, opens_next=True)
    await a_place(group), await a_place(group)
    member = await a_member()
    await Membership.join(member.id, group.id, at=NOON)

    with pytest.raises(AlreadyMember):
        await Membership.join(member.id, group.id, at=NOON)

    assert [one.member_count for one in await Group.all().order_by("number")] == [2, 1]


async def test_a_full_group_that_opens_no_next_refuses(database: str) -> None:
    group = await a_group(member_cap=2)
    await a_place(group), await a_place(group)

    with pytest.raises(GroupFull):
        await Membership.join((await a_member()).id, group.id, at=NOON)

    assert await Group.all().count() == 1


async def test_a_mute_outlives_leaving_and_coming_back(database: str) -> None:
    group = await a_group()
    member = await a_place(group)
    until = NOON + timedelta(days=2)
    await mute(group.id, member.id, until=until, reason="刷屏", actor=STAFF, at=NOON)
    await Membership.leave(member.id, group.id, at=NOON)

    soon = await Membership.join(member.id, group.id, at=NOON + timedelta(days=1))
    await Membership.leave(member.id, group.id, at=NOON + timedelta(days=1))
    late = await Membership.join(member.id, group.id, at=until)

    assert (soon.muted_until, late.muted_until) == (until, None)


async def test_a_nickname_is_taken_and_dropped(database: str) -> None:
    group = await a_group()
    member = await a_place(group)

    taken = await Membership.set_nickname(member.id, group.id, "  老司机 ", at=NOON)
    dropped = await Membership.set_nickname(member.id, group.id, None, at=NOON)

    assert (taken.nickname, dropped.nickname) == ("老司机", None)


@pytest.mark.parametrize("nickname", ["一" * 21, "老\n司机", "老\u200b司机"])
async def test_a_nickname_outside_its_format_is_refused(database: str, nickname: str) -> None:
    group = await a_group()
    member = await a_place(group)

    with pytest.raises(Invalid):
        await Membership.set_nickname(member.id, group.id, nickname, at=NOON)


async def test_look_alike_nicknames_are_refused_where_they_must_be_unique(database: str) -> None:
    group, other = await a_group(nicknames_unique=True), await a_group(name="自驾群", nicknames_unique=True)
    first, second = await a_place(group), await a_place(group)
    await a_place(other, member=second)
    await Membership.set_nickname(first.id, group.id, "Tiger老李", at=NOON)

    with pytest.raises(NicknameTaken):
        await Membership.set_nickname(second.id, group.id, "ＴＩＧＥＲ老李", at=NOON)

    assert (await Membership.of(second.id, group.id)).nickname is None
    assert (await Membership.set_nickname(second.id, other.id, "Tiger老李", at=NOON)).nickname == "Tiger老李"


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_a_hundred_joins_at_one_instant_fill_ten_seats(database: str, repeat: int) -> None:
    group, members = await a_group(member_cap=10), [await a_member() for _ in range(100)]

    outcomes = await asyncio.gather(
        *(Membership.join(member.id, group.id, at=NOON) for member in members), return_exceptions=True
    )

    assert sum(isinstance(one, Membership) for one in outcomes) == 10
    assert sum(isinstance(one, GroupFull) for one in outcomes) == 90
    assert await fetch_value("SELECT count(*) FROM membership") == 10
    assert await fetch_value("SELECT member_count FROM chat_group") == 10
    assert await fetch_value("SELECT count(*) FROM membership_change") == 10
    assert await fetch_value("SELECT count(*) FROM outbox WHERE topic = 'standing'") == 10


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_joins_of_a_series_at_one_instant_open_each_next_group_once(database: str, repeat: int) -> None:
    group, members = await a_group(member_cap=4, opens_next=True), [await a_member() for _ in range(20)]

    await asyncio.gather(*(Membership.join(member.id, group.id, at=NOON) for member in members))

    assert await fetch_value("SELECT count(*) FROM membership") == 20
    assert await Group.all().order_by("number").values_list("number", "member_count") == [(n, 4) for n in range(1, 6)]
    assert (
        await fetch_value(
            "SELECT count(*) FROM chat_group g WHERE g.member_count <> "
            "(SELECT count(*) FROM membership s WHERE s.group_id = g.id)"
        )
        == 0
    )


async def test_a_next_group_that_opens_during_the_search_for_room_is_not_passed_over(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database.startswith("postgresql"):
        pytest.skip("SQLite lets one write at a time, so nothing opens during another's search.")
    group, first, second = await a_group(member_cap=2, opens_next=True), await a_member(), await a_member()
    for _ in range(2):
        await a_place(group)
    search, no_transaction = seat._following, copy_context()

    async def overtaken(*of: Any, **door: Any) -> Any:
        found = await search(*of, **door)
        monkeypatch.setattr(seat, "_following", search)
        await asyncio.create_task(Membership.join(second.id, group.id, at=NOON), context=no_transaction)
        return found

    monkeypatch.setattr(seat, "_following", overtaken)
    await Membership.join(first.id, group.id, at=NOON)

    assert await Group.all().order_by("number").values_list("number", "member_count") == [(1, 2), (2, 2)]


@pytest.mark.parametrize("repeat", range(FEWER))
async def test_one_member_joining_many_times_at_once_has_one_place(database: str, repeat: int) -> None:
    group, member = await a_group(opens_next=True), await a_member()

    outcomes = await asyncio.gather(
        *(Membership.join(member.id, group.id, at=NOON) for _ in range(20)), return_exceptions=True
    )

    assert sum(isinstance(one, AlreadyMember) for one in outcomes) == 19
    assert await fetch_value("SELECT count(*) FROM membership") == 1
    assert await fetch_value("SELECT member_count FROM chat_group") == 1


@pytest.mark.parametrize("repeat", range(FEWER))
async def test_joins_and_leaves_at_one_instant_keep_the_count(database: str, repeat: int) -> None:
    group = await a_group(member_cap=8)
    old = [await a_place(group) for _ in range(6)]
    new = [await a_member() for _ in range(12)]

    await asyncio.gather(
        *(Membership.leave(member.id, group.id, at=NOON) for member in old),
        *(Membership.join(member.id, group.id, at=NOON) for member in new),
        return_exceptions=True,
    )

    places = await fetch_value("SELECT count(*) FROM membership")
    assert 2 <= places <= 8
    assert await fetch_value("SELECT member_count FROM chat_group") == places
    assert await fetch_value("SELECT count(*) FROM membership_change WHERE kind = 'left'") == 6
