"""The rules of a group: who makes them, and who accepted which."""

import asyncio

import pytest

from models.actor import Actor
from models.errors import DomainError
from models.groups.membership import Membership
from models.groups.role import Role
from models.groups.rules import CommitteeDecides, GroupRules
from models.groups.rules_acceptance import GroupHasNoRules, RulesAcceptance, RulesNotAccepted
from tests.build import a_member
from tests.conftest import NOON
from tests.groups.build import STAFF, a_group, a_place

REPEATS = 5


async def test_versions_count_up_and_the_last_one_is_in_force(database: str) -> None:
    group = await a_group()
    owner = await a_place(group, role=Role.OWNER)

    made = [
        await GroupRules.publish(group.id, body, actor=Actor.member(owner.id), at=NOON)
        for body in ("文明发言。", "文明发言，禁止广告。")
    ]

    assert [rules.version for rules in made] == [1, 2]
    current = await GroupRules.current(group.id)
    assert current is not None
    assert (current.body, current.by_id) == ("文明发言，禁止广告。", owner.id)


async def test_while_there_is_a_committee_it_makes_the_rules(database: str) -> None:
    group = await a_group()
    owner, elder = await a_place(group, role=Role.OWNER), await a_place(group, role=Role.COMMITTEE)

    with pytest.raises(CommitteeDecides):
        await GroupRules.publish(group.id, "我说了算。", actor=Actor.member(owner.id), at=NOON)
    rules = await GroupRules.publish(group.id, "大事由管委会商定。", actor=Actor.member(elder.id), at=NOON)

    assert rules.version == 1
    assert await GroupRules.all().count() == 1


@pytest.mark.parametrize(("role", "code"), [(Role.ADMIN, "NOT_ALLOWED"), (None, "NOT_FOUND")])
async def test_others_make_no_rules(database: str, role: Role | None, code: str) -> None:
    group = await a_group()
    other = await a_place(group, role=role) if role else await a_member()

    with pytest.raises(DomainError) as refused:
        await GroupRules.publish(group.id, "加我微信。", actor=Actor.member(other.id), at=NOON)

    assert refused.value.code == code
    assert await GroupRules.all().count() == 0


async def test_a_member_accepts_a_later_version_once(database: str) -> None:
    group = await a_group()
    member = await a_place(group)
    await GroupRules.publish(group.id, "文明发言。", actor=STAFF, at=NOON)

    first = await RulesAcceptance.record(member.id, group.id, 1, at=NOON)
    again = await RulesAcceptance.record(member.id, group.id, 1, at=NOON)
    await GroupRules.publish(group.id, "文明发言，禁止广告。", actor=STAFF, at=NOON)
    with pytest.raises(RulesNotAccepted):
        await RulesAcceptance.record(member.id, group.id, 1, at=NOON)

    assert first.id == again.id
    assert await Membership.exists(member_id=member.id)


async def test_there_is_nothing_to_accept_without_rules(database: str) -> None:
    group = await a_group()

    with pytest.raises(GroupHasNoRules):
        await RulesAcceptance.record((await a_place(group)).id, group.id, 1, at=NOON)


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_versions_published_at_one_instant_count_up(database: str, repeat: int) -> None:
    group = await a_group()

    await asyncio.gather(*(GroupRules.publish(group.id, "文明发言。", actor=STAFF, at=NOON) for _ in range(5)))

    assert [rules.version for rules in await GroupRules.all().order_by("version")] == [1, 2, 3, 4, 5]
