"""Requests to join by approval: decided once, by those who may."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models.actor import Actor
from models.errors import DomainError
from models.groups.group import Group
from models.groups.join_request import (
    OPEN_FOR,
    AlreadyApplied,
    AppliedTooSoon,
    JoinRequest,
    RequestNotPending,
    RequestStatus,
)
from models.groups.membership import Membership
from models.groups.membership_change import MembershipChange, Scene
from models.groups.role import Role
from models.groups.seat import GroupFull
from models.groups.settings import JoinMode
from models.members.member import Member
from models.staff.audit import AuditRow
from store.database import fetch_value
from tests.build import a_member
from tests.conftest import NOON
from tests.groups.build import STAFF, a_group, a_place

REPEATS = 5


async def a_guarded_group(**settings: Any) -> Group:
    return await a_group(name="品酒会", join_mode=JoinMode.APPROVAL, **settings)


async def test_a_request_takes_no_seat_until_it_is_approved(database: str) -> None:
    group, applicant = await a_guarded_group(), await a_member()
    admin = await a_place(group, role=Role.ADMIN)

    request = await JoinRequest.apply(applicant.id, group.id, message="喜欢红酒，想交流", at=NOON)
    before = await Group.get(id=group.id)
    decided = await JoinRequest.approve(request.id, actor=Actor.member(admin.id), at=NOON + timedelta(hours=2))

    assert before.member_count == 1
    assert (decided.status, decided.by_id, decided.decided_at) == (
        RequestStatus.APPROVED,
        admin.id,
        NOON + timedelta(hours=2),
    )
    assert (await Membership.of(applicant.id, group.id)).joined_at == NOON + timedelta(hours=2)
    joined = await MembershipChange.get(member_id=applicant.id)
    assert (joined.scene, joined.by_id) == (Scene.APPROVAL, admin.id)


async def test_a_declined_applicant_is_told_when_to_try_again(database: str) -> None:
    group, applicant = await a_guarded_group(reapply_after_hours=48), await a_member()
    owner = await a_place(group, role=Role.OWNER)
    request = await JoinRequest.apply(applicant.id, group.id, at=NOON)

    decided = await JoinRequest.decline(request.id, reason="请先完善资料", actor=Actor.member(owner.id), at=NOON)
    with pytest.raises(AppliedTooSoon) as refused:
        await JoinRequest.apply(applicant.id, group.id, at=NOON + timedelta(hours=47))
    again = await JoinRequest.apply(applicant.id, group.id, at=NOON + timedelta(hours=48))

    assert (decided.status, decided.reason) == (RequestStatus.DECLINED, "请先完善资料")
    assert refused.value.retry_at == NOON + timedelta(hours=48)
    assert again.status is RequestStatus.PENDING


async def test_one_request_at_a_time(database: str) -> None:
    group, applicant = await a_guarded_group(), await a_member()
    await JoinRequest.apply(applicant.id, group.id, at=NOON)

    with pytest.raises(AlreadyApplied) as refused:
        await JoinRequest.apply(applicant.id, group.id, at=NOON + timedelta(days=1))

    assert refused.value.retry_at == NOON + OPEN_FOR
    assert await JoinRequest.all().count() == 1


async def test_an_unanswered_request_expires_and_may_be_sent_again(database: str) -> None:
    group, applicant, other = await a_guarded_group(), await a_member(), await a_member()
    stale = await JoinRequest.apply(applicant.id, group.id, at=NOON)
    await JoinRequest.apply(other.id, group.id, at=NOON)
    late = NOON + OPEN_FOR

    with pytest.raises(RequestNotPending):
        await JoinRequest.approve(stale.id, actor=STAFF, at=late)
    fresh = await JoinRequest.apply(applicant.id, group.id, at=late)
    closed = await JoinRequest.expire(at=late)

    assert closed == 1
    assert await JoinRequest.filter(status=RequestStatus.EXPIRED).count() == 2
    assert (await JoinRequest.get(status=RequestStatus.PENDING)).id == fresh.id


async def test_a_withdrawn_request_cannot_be_approved(database: str) -> None:
    group, applicant, other = await a_guarded_group(), await a_member(), await a_member()
    request = await JoinRequest.apply(applicant.id, group.id, at=NOON)

    with pytest.raises(DomainError) as refused:
        await JoinRequest.withdraw(request.id, other.id, at=NOON)
    await JoinRequest.withdraw(request.id, applicant.id, at=NOON)
    with pytest.raises(RequestNotPending):
        await JoinRequest.approve(request.id, actor=STAFF, at=NOON)

    assert refused.value.code == "NOT_FOUND"
    assert await Membership.all().count() == 0


async def test_approval_into_a_full_group_leaves_the_request_as_it_was(database: str) -> None:
    group, applicant = await a_guarded_group(member_cap=2), await a_member()
    await a_place(group), await a_place(group)
    request = await JoinRequest.apply(applicant.id, group.id, at=NOON)

    with pytest.raises(GroupFull):
        await JoinRequest.approve(request.id, actor=STAFF, at=NOON)

    assert (await JoinRequest.get(id=request.id)).status is RequestStatus.PENDING


async def test_approval_of_a_frozen_applicant_is_refused(database: str) -> None:
    group, applicant = await a_guarded_group(), await a_member()
    request = await JoinRequest.apply(applicant.id, group.id, at=NOON)
    await Member.filter(id=applicant.id).update(status="frozen")

    with pytest.raises(DomainError) as refused:
        await JoinRequest.approve(request.id, actor=STAFF, at=NOON)

    assert refused.value.code == "MEMBER_NOT_ACTIVE"
    assert await Membership.all().count() == 0


@pytest.mark.parametrize(
    ("role", "code"),
    [(Role.GUIDE, "NOT_ALLOWED"), (Role.MEMBER, "NOT_ALLOWED"), (None, "NOT_FOUND")],
)
async def test_who_has_no_right_decides_nothing(database: str, role: Role | None, code: str) -> None:
    group, applicant = await a_guarded_group(), await a_member()
    other = await a_place(group, role=role) if role else await a_member()
    request = await JoinRequest.apply(applicant.id, group.id, at=NOON)

    for decide in (JoinRequest.approve, JoinRequest.decline):
        with pytest.raises(DomainError) as refused:
            await decide(request.id, reason="不认识", actor=Actor.member(other.id), at=NOON)
        assert refused.value.code == code

    assert (await JoinRequest.get(id=request.id)).status is RequestStatus.PENDING


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        (JoinMode.FREE, "JOIN_NEEDS_NO_APPROVAL"),
        (JoinMode.INVITATION, "JOIN_NEEDS_INVITATION"),
        (JoinMode.CLOSED, "GROUP_CLOSED"),
    ],
)
async def test_one_applies_only_where_approval_is_asked_for(database: str, mode: JoinMode, code: str) -> None:
    group, applicant = await a_group(join_mode=mode), await a_member()

    with pytest.raises(DomainError) as refused:
        await JoinRequest.apply(applicant.id, group.id, at=NOON)

    assert refused.value.code == code
    assert await JoinRequest.all().count() == 0


async def test_a_decision_of_staff_is_in_the_audit(database: str) -> None:
    group, applicant = await a_guarded_group(), await a_member()
    request = await JoinRequest.apply(applicant.id, group.id, at=NOON)

    await JoinRequest.decline(request.id, reason="名额留给老会员", actor=STAFF, at=NOON)

    row = await AuditRow.get(action="decline_join_request")
    assert (row.actor_id, row.subject_id, row.reason) == (STAFF.id, request.id, "名额留给老会员")


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_approvals_and_refusals_at_one_instant_decide_once(database: str, repeat: int) -> None:
    group, applicant = await a_guarded_group(), await a_member()
    request = await JoinRequest.apply(applicant.id, group.id, at=NOON)

    outcomes = await asyncio.gather(
        *(JoinRequest.approve(request.id, actor=STAFF, at=NOON) for _ in range(5)),
        *(JoinRequest.decline(request.id, reason="人数已够", actor=STAFF, at=NOON) for _ in range(5)),
        return_exceptions=True,
    )

    assert sum(isinstance(one, JoinRequest) for one in outcomes) == 1
    approved = await fetch_value("SELECT count(*) FROM join_request WHERE status = 'approved'")
    assert await fetch_value("SELECT count(*) FROM membership") == approved
    assert await fetch_value("SELECT member_count FROM chat_group") == approved
