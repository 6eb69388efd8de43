"""Whether one may join, with every reason and the next time."""

from datetime import timedelta

import pytest

from models.groups.eligibility import join_eligibilities
from models.groups.join_request import JoinRequest
from models.groups.moderation import kick
from models.groups.settings import JoinMode
from tests.build import a_member
from tests.conftest import NOON
from tests.groups.build import STAFF, a_group, a_place


async def test_every_door_says_what_stands_against_joining(database: str) -> None:
    member = await a_member()
    groups = [
        await a_group(name="车友会"),
        await a_group(name="书画群", join_mode=JoinMode.APPROVAL),
        await a_group(name="品酒会", join_mode=JoinMode.INVITATION),
        await a_group(name="内部群", join_mode=JoinMode.CLOSED),
        await a_group(name="羽毛球群", member_cap=2),
        await a_group(name="自驾群", member_cap=2, opens_next=True),
        await a_group(name="理财群"),
        await a_group(name="旅行群"),
    ]
    for group in (*groups[4:6], *groups[4:6]):
        await a_place(group)
    await a_place(groups[6], member=member)
    await a_place(groups[7], member=member)
    await kick(groups[7].id, member.id, reason="发布广告", actor=STAFF, at=NOON)
    for group in groups:
        await group.refresh_from_db()

    found = await join_eligibilities(member.id, groups, at=NOON)

    assert [[refusal.code for refusal in one.refusals] for one in found] == [
        [],
        [],
        ["JOIN_NEEDS_INVITATION"],
        ["GROUP_CLOSED"],
        ["GROUP_FULL"],
        [],
        ["ALREADY_MEMBER"],
        ["BLOCKED_FROM_GROUP"],
    ]


async def test_an_applicant_is_told_when_next(database: str) -> None:
    member, group = await a_member(), await a_group(join_mode=JoinMode.APPROVAL, reapply_after_hours=24)
    request = await JoinRequest.apply(member.id, group.id, at=NOON)

    [waiting] = await join_eligibilities(member.id, [group], at=NOON)
    await JoinRequest.decline(request.id, reason="资料不全", actor=STAFF, at=NOON)
    [declined] = await join_eligibilities(member.id, [group], at=NOON)
    [later] = await join_eligibilities(member.id, [group], at=NOON + timedelta(hours=24))

    assert (waiting.refusals[0].code, waiting.next_at) == ("ALREADY_APPLIED", NOON + timedelta(days=7))
    assert (declined.refusals[0].code, declined.next_at) == ("APPLIED_TOO_SOON", NOON + timedelta(days=1))
    assert later.is_allowed


@pytest.mark.parametrize("status", ["frozen", "left", "erased"])
async def test_who_takes_no_part_may_join_nothing(database: str, status: str) -> None:
    member, group = await a_member(status=status), await a_group()

    [found] = await join_eligibilities(member.id, [group], at=NOON)

    assert [refusal.code for refusal in found.refusals] == ["MEMBER_NOT_ACTIVE"]
