"""A member's status: changed by staff for a reason, in scope, and never out of erasure."""

from datetime import timedelta

import pytest

from models.actor import ActorKind
from models.members.identity import Identity
from models.members.member import Member, MemberStatus
from models.members.session import Session
from models.members.status_change import MemberStatusChange, lift_ended_mutes
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.clock import FixedClock
from tests.build import a_member, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON

CHANGE = "file { status mutedUntil member { nickname } } change { statusBefore status reason byKind }"


async def test_a_change_is_a_row_with_who_and_why_and_an_audit_row(callers: Callers) -> None:
    member, colleague = await a_member(nickname="王小明"), await a_staff("members.write", "members.read")
    staff = await callers.staff(colleague)

    payload = await staff.do(
        "changeMemberStatus",
        {"memberId": public_id(member), "status": "MUTED", "reason": "群里刷广告", "until": "2026-11-24T04:00:00Z"},
        CHANGE,
    )

    assert payload == {
        "file": {"status": "MUTED", "mutedUntil": "2026-11-24T04:00:00Z", "member": {"nickname": "王小明"}},
        "change": {"statusBefore": "NORMAL", "status": "MUTED", "reason": "群里刷广告", "byKind": "STAFF"},
        "userErrors": [],
    }
    row = await AuditRow.get()
    assert (row.action, row.actor_id, row.reason) == ("change_member_status", colleague.id, "群里刷广告")
    assert (row.before, row.after) == (
        {"status": "normal"},
        {"status": "muted", "until": "2026-11-24T04:00:00+00:00"},
    )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"status": "FROZEN", "reason": " "}, "INVALID_INPUT"),
        ({"status": "FROZEN", "reason": "长" * 201}, "INVALID_INPUT"),
        ({"status": "NORMAL", "reason": "误操作"}, "STATUS_UNCHANGED"),
        ({"status": "ERASED", "reason": "本人要求"}, "INVALID_INPUT"),
        ({"status": "MUTED", "reason": "刷屏", "until": "2026-11-23T04:00:00Z"}, "INVALID_INPUT"),
        ({"status": "FROZEN", "reason": "刷单", "until": "2026-11-24T04:00:00Z"}, "INVALID_INPUT"),
    ],
)
async def test_what_is_refused_writes_nothing(callers: Callers, given: dict[str, object], code: str) -> None:
    member = await a_member()
    staff = await callers.staff(await a_staff())

    assert await staff.refusal("changeMemberStatus", {"memberId": public_id(member), **given}) == code
    assert (await Member.get(id=member.id)).status is MemberStatus.NORMAL
    assert await MemberStatusChange.all().count() == await AuditRow.all().count() == 0


async def test_who_left_is_logged_out_and_may_come_back_by_staff(callers: Callers) -> None:
    member = await a_member()
    caller, staff = await callers.member(member), await callers.staff(await a_staff())
    await staff.do("changeMemberStatus", {"memberId": public_id(member), "status": "LEFT", "reason": "本人退出"})

    assert await caller.error("{ viewer { status } }") == "UNAUTHENTICATED"
    assert await Session.filter(subject_id=member.id, ended_at__isnull=True).count() == 0
    back = {"memberId": public_id(member), "status": "NORMAL", "reason": "申请恢复"}
    assert (await staff.do("changeMemberStatus", back))["userErrors"] == []


async def test_an_erased_member_stays_erased(callers: Callers) -> None:
    member = await a_member(status=MemberStatus.ERASED)
    staff = await callers.staff(await a_staff())

    given = {"memberId": public_id(member), "status": "NORMAL", "reason": "想恢复"}

    assert await staff.refusal("changeMemberStatus", given) == "MEMBER_ERASED"


@pytest.mark.parametrize("asker", ["nobody", "member", "reader", "elsewhere"])
async def test_only_a_colleague_with_the_right_and_in_scope_changes_a_status(callers: Callers, asker: str) -> None:
    member = await a_member()
    callers_by_name = {
        "nobody": callers.nobody(),
        "member": await callers.member(member),
        "reader": await callers.staff(await a_staff("members.read")),
        "elsewhere": await callers.staff(await a_staff(scope=DataScope.REGION, region="华东")),
    }
    query = (
        'mutation($id: ID!) { changeMemberStatus(input: {memberId: $id, status: FROZEN, reason: "试试"}) '
        "{ userErrors { code } } }"
    )

    answer = await callers_by_name[asker].ask(query, id=public_id(member))

    found = str(answer)
    expected = {"nobody": "UNAUTHENTICATED", "elsewhere": "NOT_FOUND"}.get(asker, "FORBIDDEN")
    assert expected in found
    assert (await Member.get(id=member.id)).status is MemberStatus.NORMAL


async def test_an_ended_mute_is_lifted_and_the_system_says_so(callers: Callers, clock: FixedClock) -> None:
    ending, lasting, open_end = await a_member(), await a_member(), await a_member()
    staff = await a_staff()
    for member, until in ((ending, NOON + timedelta(hours=1)), (lasting, NOON + timedelta(days=1)), (open_end, None)):
        await MemberStatusChange.by_staff(
            member.id, MemberStatus.MUTED, staff_id=staff.id, reason="刷屏", at=NOON, until=until
        )

    lifted = await lift_ended_mutes(at=NOON + timedelta(hours=1))

    assert lifted == 1
    statuses = {member.id: member.status for member in await Member.all()}
    assert statuses == {
        ending.id: MemberStatus.NORMAL,
        lasting.id: MemberStatus.MUTED,
        open_end.id: MemberStatus.MUTED,
    }
    last = await MemberStatusChange.filter(member_id=ending.id).order_by("-changed_at").first()
    assert last is not None
    assert last.by_kind is ActorKind.SYSTEM


async def test_staff_find_members_by_name_introduction_phone_and_status(callers: Callers) -> None:
    found = await a_member(nickname="郑雅婷", real_name="郑小花")
    other = await a_member(nickname="孙_浩", status=MemberStatus.MUTED)
    await (await callers.member(found)).do("publishIntroduction", {"goodAt": "Latte 拉花"})
    await Identity.bind_phone(found.id, "86", "13812345678", at=NOON)
    staff = await callers.staff(await a_staff("members.read"))
    query = (
        "query($search: String, $status: MemberStatus) "
        "{ members(search: $search, status: $status, first: 10) { edges { node { member { nickname } } } } }"
    )

    async def names(**arguments: str) -> list[str]:
        edges = (await staff.data(query, **arguments))["members"]["edges"]
        return [edge["node"]["member"]["nickname"] for edge in edges]

    assert await names(search="雅婷") == ["郑雅婷"]
    assert await names(search="小花") == ["郑雅婷"]
    assert await names(search="latte") == ["郑雅婷"]
    assert await names(search="_") == [other.nickname]
    assert await names(search="%") == []
    assert await names(search="13900139000") == []
    for written in ("13812345678", "138 1234-5678", "+8613812345678", "0086 13812345678", "8613812345678"):
        assert await names(search=written) == ["郑雅婷"]
    assert await names(status="MUTED") == [other.nickname]
    assert len(await names()) == 2


async def test_a_colleague_of_a_region_sees_no_member_elsewhere(callers: Callers) -> None:
    member = await a_member()
    staff = await callers.staff(await a_staff(scope=DataScope.REGION, region="华东"))

    assert (await staff.data("{ members(first: 5) { edges { cursor } } }"))["members"]["edges"] == []
    query = "query($id: ID!) { member(id: $id) { status } }"
    assert await staff.error(query, id=public_id(member)) == "NOT_FOUND"


async def test_a_file_tells_what_became_of_a_status(callers: Callers) -> None:
    member, colleague = await a_member(), await a_staff()
    await MemberStatusChange.by_staff(member.id, MemberStatus.FROZEN, staff_id=colleague.id, reason="异常登录", at=NOON)
    query = (
        "query($id: ID!) { member(id: $id) { phoneMasked lastActiveAt isReturning "
        "statusChanges(first: 5) { edges { node { status reason } } } } }"
    )

    file = (await (await callers.staff(colleague)).data(query, id=public_id(member)))["member"]

    assert file["statusChanges"]["edges"] == [{"node": {"status": "FROZEN", "reason": "异常登录"}}]
    assert (file["phoneMasked"], file["isReturning"]) == (None, False)


async def test_members_are_no_members_business(callers: Callers) -> None:
    caller = await callers.member(await a_member())

    assert await caller.error("{ members(first: 5) { edges { cursor } } }") == "FORBIDDEN"
    assert await callers.nobody().error("{ members(first: 5) { edges { cursor } } }") == "UNAUTHENTICATED"
