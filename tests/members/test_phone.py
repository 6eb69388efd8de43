"""Phones: bound on a platform's word, one to a member, masked for everybody but a colleague with a reason."""

import pytest

from models.members.identity import Identity
from models.members.identity_kind import IdentityKind
from models.members.member import Member
from models.staff.audit import AuditRow
from platforms.wechat.fake import FakeWeChat
from tests.build import a_member, a_staff, public_id
from tests.callers import Caller, Callers

PHONE_PATH = "/wxa/business/getuserphonenumber"
MASKED = "viewer { phoneMasked identityKinds }"


async def a_user(callers: Callers, wechat: FakeWeChat, openid: str = "oLinXiaoyu") -> Caller:
    payload = await callers.nobody().do("miniProgramLogin", {"code": wechat.login_code(openid)}, "accessToken")
    return callers.with_token(payload["accessToken"])


async def test_a_bound_phone_is_shown_masked_and_kept_sealed(callers: Callers, wechat: FakeWeChat) -> None:
    caller = await a_user(callers, wechat)

    payload = await caller.do("bindPhone", {"code": wechat.phone_code("oLinXiaoyu")}, MASKED)

    assert payload == {
        "viewer": {"phoneMasked": "138****8001", "identityKinds": ["OPENID", "UNIONID", "PHONE"]},
        "userErrors": [],
    }
    identity = await Identity.get(kind=IdentityKind.PHONE)
    assert identity.phone == "+8613800138001"
    assert (identity.value, "13800138001" in str(vars(identity))) == (None, False)


async def test_a_phone_belongs_to_one_member(callers: Callers, wechat: FakeWeChat) -> None:
    wechat.add_user("oOther", phone="13800138001")
    first, second = await a_user(callers, wechat), await a_user(callers, wechat, "oOther")
    await first.do("bindPhone", {"code": wechat.phone_code("oLinXiaoyu")})

    assert await second.refusal("bindPhone", {"code": wechat.phone_code("oOther")}) == "PHONE_TAKEN"
    assert await Identity.filter(kind=IdentityKind.PHONE).count() == 1


async def test_a_new_phone_takes_the_place_of_the_old_one(callers: Callers, wechat: FakeWeChat) -> None:
    caller = await a_user(callers, wechat)
    await caller.do("bindPhone", {"code": wechat.phone_code("oLinXiaoyu")})
    wechat.users["oLinXiaoyu"].phone = "13700137000"

    payload = await caller.do("bindPhone", {"code": wechat.phone_code("oLinXiaoyu")}, "viewer { phoneMasked }")

    assert payload["viewer"] == {"phoneMasked": "137****7000"}
    assert await Identity.filter(kind=IdentityKind.PHONE).count() == 1


async def test_the_same_phone_may_be_bound_again(callers: Callers, wechat: FakeWeChat) -> None:
    caller = await a_user(callers, wechat)
    payloads = [await caller.do("bindPhone", {"code": wechat.phone_code("oLinXiaoyu")}) for _ in range(2)]

    assert payloads == [{"userErrors": []}] * 2


async def test_a_taken_phone_leaves_the_old_one_bound(callers: Callers, wechat: FakeWeChat) -> None:
    wechat.add_user("oOther", phone="13700137000")
    first, second = await a_user(callers, wechat), await a_user(callers, wechat, "oOther")
    await first.do("bindPhone", {"code": wechat.phone_code("oLinXiaoyu")})
    await second.do("bindPhone", {"code": wechat.phone_code("oOther")})
    wechat.users["oOther"].phone = "13800138001"

    refused = await second.refusal("bindPhone", {"code": wechat.phone_code("oOther")})

    viewer = (await second.data("{ viewer { phoneMasked } }"))["viewer"]
    assert (refused, viewer["phoneMasked"]) == ("PHONE_TAKEN", "137****7000")


@pytest.mark.parametrize(
    ("fault", "code"), [({"errcode": 40029}, "LOGIN_CODE_INVALID"), ({"status": 502}, "PLATFORM_UNAVAILABLE")]
)
async def test_what_the_platform_refuses_binds_nothing(
    callers: Callers, wechat: FakeWeChat, fault: dict[str, int], code: str
) -> None:
    caller = await a_user(callers, wechat)
    wechat.fail(PHONE_PATH, **fault)  # type: ignore[arg-type]  # faults of two kinds

    assert await caller.refusal("bindPhone", {"code": wechat.phone_code("oLinXiaoyu")}) == code
    assert await Identity.filter(kind=IdentityKind.PHONE).count() == 0


async def test_a_phone_code_of_somebody_else_is_refused(callers: Callers, wechat: FakeWeChat) -> None:
    caller = await a_user(callers, wechat)

    refused = await caller.refusal("bindPhone", {"code": wechat.phone_code("oWangJianguo")})

    assert refused == "LOGIN_CODE_INVALID"


async def test_a_member_from_elsewhere_logs_in_from_the_platform_first(callers: Callers, wechat: FakeWeChat) -> None:
    caller = await callers.member(await a_member())

    assert await caller.refusal("bindPhone", {"code": wechat.phone_code("oLinXiaoyu")}) == "NOT_FROM_THIS_PLATFORM"
    assert wechat.count(PHONE_PATH) == 0


async def test_nobody_binds_a_phone(callers: Callers, wechat: FakeWeChat) -> None:
    query = 'mutation { bindPhone(input: {code: "x"}) { userErrors { code } } }'

    assert await callers.nobody().error(query) == "UNAUTHENTICATED"


async def test_a_member_has_five_phone_codes_a_minute(callers: Callers, wechat: FakeWeChat) -> None:
    caller = await a_user(callers, wechat)

    refusals = [await caller.refusal("bindPhone", {"code": "wrong"}) for _ in range(6)]

    assert refusals == ["LOGIN_CODE_INVALID"] * 5 + ["RATE_LIMITED"]


async def test_a_colleague_with_the_right_and_a_reason_sees_the_phone_and_the_audit_says_so(
    callers: Callers, wechat: FakeWeChat
) -> None:
    caller = await a_user(callers, wechat)
    await caller.do("bindPhone", {"code": wechat.phone_code("oLinXiaoyu")})
    member, colleague = await Member.get(), await a_staff("members.read", "members.reveal")
    staff = await callers.staff(colleague)

    payload = await staff.do("revealPhone", {"memberId": public_id(member), "reason": "奖品寄送核对"}, "phone")

    assert payload["phone"] == "+8613800138001"
    row = await AuditRow.get()
    assert (row.action, row.actor_id, row.subject_id, row.reason) == (
        "reveal_phone",
        colleague.id,
        member.id,
        "奖品寄送核对",
    )
    assert "13800138001" not in str(vars(row))


@pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
async def test_without_a_reason_no_phone_is_revealed(callers: Callers, wechat: FakeWeChat, reason: str) -> None:
    caller = await a_user(callers, wechat)
    await caller.do("bindPhone", {"code": wechat.phone_code("oLinXiaoyu")})
    staff = await callers.staff(await a_staff("members.reveal"))

    assert await staff.refusal("revealPhone", {"memberId": public_id(await Member.get()), "reason": reason}) == (
        "INVALID_INPUT"
    )
    assert await AuditRow.all().count() == 0


async def test_reading_members_does_not_reveal_a_phone(callers: Callers) -> None:
    member = await a_member()
    query = f'mutation {{ revealPhone(input: {{memberId: "{public_id(member)}", reason: "好奇"}}) {{ phone }} }}'

    assert await (await callers.staff(await a_staff("members.read"))).error(query) == "FORBIDDEN"
    assert await (await callers.member(member)).error(query) == "FORBIDDEN"
