"""Logging in from the mini-program: once a member, always the same member, whatever WeChat is up to."""

import asyncio
from datetime import timedelta

import pytest
import structlog

from auth import platforms
from auth.login import LOGINS_PER_ADDRESS
from models.members.former_identity import FormerIdentity
from models.members.identity import SESSION_KEY_PURPOSE, Identity, PlatformName
from models.members.identity_kind import IdentityKind
from models.members.member import Member, MemberStatus
from models.members.registration import recognise
from models.members.session import Session
from models.spread.referral import Referral
from models.spread.scene_code import SceneCode
from models.spread.visit import Visit
from platforms.platform import PlatformSession
from platforms.wechat.fake import FakeWeChat
from store.database import fetch, fetch_value
from store.vault import vault
from tests.build import a_member, public_id
from tests.callers import Answer, Callers
from tests.conftest import NOON
from tests.members.conftest import Login

REPEATS = 20
JSCODE2SESSION = "/sns/jscode2session"
TABLES = ("identity", "member", "session", "refresh_token", "outbox", "idempotency_key")
LOGIN = "accessToken refreshToken expiresAt isNewMember member { id nickname } inviter { id }"


async def log_in(callers: Callers, wechat: FakeWeChat, openid: str = "oLinXiaoyu", **input: object) -> Answer:
    return await callers.nobody().do("miniProgramLogin", {"code": wechat.login_code(openid), **input}, LOGIN)


async def test_a_first_login_makes_a_member_who_can_ask_at_once(callers: Callers, wechat: FakeWeChat) -> None:
    payload = await log_in(callers, wechat)

    assert payload["userErrors"] == []
    assert payload["isNewMember"] is True
    assert payload["member"]["nickname"].startswith("微信用户")
    assert payload["expiresAt"] == "2026-11-23T06:00:00Z"
    viewer = await callers.with_token(payload["accessToken"]).data("{ viewer { member { id } identityKinds } }")
    assert viewer == {"viewer": {"member": {"id": payload["member"]["id"]}, "identityKinds": ["OPENID", "UNIONID"]}}


async def test_a_second_login_is_the_same_member(callers: Callers, wechat: FakeWeChat) -> None:
    first, second = await log_in(callers, wechat), await log_in(callers, wechat)

    assert second["isNewMember"] is False
    assert second["member"] == first["member"]
    assert await Member.all().count() == 1


async def test_a_unionid_joins_two_apps_of_one_person(database: str, login: Login) -> None:
    shop = await recognise(login("oShop", "uLin", "wx-shop"), at=NOON)
    school = await recognise(login("oClass", "uLin", "wx-class"), at=NOON)
    again = await recognise(login("oClass", None, "wx-class"), at=NOON)

    assert (school.member.id, again.member.id) == (shop.member.id, shop.member.id)
    assert await Member.all().count() == 1


async def test_an_openid_of_another_app_is_another_person(database: str, login: Login) -> None:
    first = await recognise(login("oSame", None, "wx-shop"), at=NOON)
    second = await recognise(login("oSame", None, "wx-class"), at=NOON)

    assert first.member.id != second.member.id


async def test_a_unionid_that_comes_later_is_kept(database: str, login: Login) -> None:
    first = await recognise(login("oLin", None), at=NOON)
    await recognise(login("oLin", "uLin"), at=NOON)

    other_app = await recognise(login("oElsewhere", "uLin", "wx-class"), at=NOON)

    assert other_app.member.id == first.member.id


async def test_twenty_first_logins_at_one_instant_make_one_member(database: str, login: Login) -> None:
    for repeat in range(1, REPEATS + 1):
        known = login(f"oLin{repeat}", f"uLin{repeat}")

        outcomes = await asyncio.gather(*(recognise(known, at=NOON) for _ in range(20)))

        assert sum(one.is_new for one in outcomes) == 1
        assert len({one.member.id for one in outcomes}) == 1
        assert await fetch_value("SELECT count(*) FROM member") == repeat
        assert await fetch_value("SELECT count(*) FROM account WHERE holder = 'member'") == 2 * repeat


async def test_first_logins_from_two_apps_at_one_instant_make_one_member(database: str, login: Login) -> None:
    for repeat in range(1, REPEATS + 1):
        shop, school = (login(f"o{app}{repeat}", f"uLin{repeat}", f"wx-{app}") for app in ("shop", "school"))

        outcomes = await asyncio.gather(*(recognise(one, at=NOON) for one in [shop, school] * 5))

        assert len({one.member.id for one in outcomes}) == 1
        assert await fetch_value("SELECT count(*) FROM member") == repeat


async def test_a_code_works_once(callers: Callers, wechat: FakeWeChat) -> None:
    code = wechat.login_code("oLinXiaoyu")
    await callers.nobody().do("miniProgramLogin", {"code": code})

    [error] = (await callers.nobody().do("miniProgramLogin", {"code": code}))["userErrors"]

    assert (error["code"], error["field"]) == ("LOGIN_CODE_INVALID", "code")
    assert await Session.all().count() == 1


@pytest.mark.parametrize(
    ("fault", "code", "wait"),
    [
        ({"errcode": -1, "times": 9}, "PLATFORM_BUSY", 2),
        ({"errcode": 45011}, "PLATFORM_BUSY", 60),
        ({"errcode": 40226}, "ACCOUNT_BLOCKED", None),
        ({"errcode": 40029}, "LOGIN_CODE_INVALID", None),
        ({"errcode": 40125}, "PLATFORM_UNAVAILABLE", 2),
        ({"status": 500}, "PLATFORM_UNAVAILABLE", 2),
        ({"garbage": True}, "PLATFORM_UNAVAILABLE", 2),
        ({"hang": 30.0}, "PLATFORM_UNAVAILABLE", 2),
    ],
)
async def test_what_wechat_refuses_is_said_in_our_words_and_makes_nobody(
    callers: Callers, wechat: FakeWeChat, fault: dict[str, object], code: str, wait: int | None
) -> None:
    wechat.fail(JSCODE2SESSION, **fault)  # type: ignore[arg-type]  # faults of several kinds

    [error] = (await log_in(callers, wechat))["userErrors"]

    retry_at = (NOON + timedelta(seconds=wait)).isoformat().replace("+00:00", "Z") if wait else None
    assert (error["code"], error["retryAt"]) == (code, retry_at)
    assert await Member.all().count() == 0


class SlowWeChat:
    """Answers a login when it is told to."""

    name, app_id = "wechat", "wx-slow"

    def __init__(self) -> None:
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def login(self, code: str) -> PlatformSession:
        self.asked.set()
        await self.go_on.wait()
        return PlatformSession("oSlow", None, "key")

    async def close(self) -> None:
        self.go_on.set()


async def test_no_transaction_is_open_while_wechat_is_asked(callers: Callers, wechat: FakeWeChat) -> None:
    slow = SlowWeChat()
    platforms.use_platform(PlatformName.WECHAT, slow)  # type: ignore[arg-type]  # only what a login asks for
    waiting = asyncio.create_task(log_in(callers, wechat))
    await slow.asked.wait()

    async with asyncio.timeout(0.5):
        await a_member()

    slow.go_on.set()
    assert (await waiting)["isNewMember"] is True


async def test_the_session_key_is_sealed_for_its_purpose_and_replaced_by_each_login(
    callers: Callers, wechat: FakeWeChat
) -> None:
    await log_in(callers, wechat)
    await log_in(callers, wechat)

    identity = await Identity.get(kind=IdentityKind.OPENID)
    sealed = identity.sealed_session_key or ""
    assert vault().decrypt(sealed, purpose=SESSION_KEY_PURPOSE) == wechat.session_keys[-1]
    assert not [key for key in wechat.session_keys if key in sealed]


async def test_no_session_key_code_or_secret_is_in_an_answer_a_log_or_the_database(
    callers: Callers, wechat: FakeWeChat
) -> None:
    code, phone_code = wechat.login_code("oLinXiaoyu"), wechat.phone_code("oLinXiaoyu")
    with structlog.testing.capture_logs() as lines:
        login = await callers.nobody().do("miniProgramLogin", {"code": code}, LOGIN)
        caller = callers.with_token(login["accessToken"])
        bound = await caller.do("bindPhone", {"code": phone_code}, "viewer { phoneMasked }")
        wechat.fail(JSCODE2SESSION, status=500)
        failed = await log_in(callers, wechat)
    rows = [str([dict(one) for one in await fetch(f"SELECT * FROM {table}")]) for table in TABLES]

    everything = repr([login, bound, failed, lines, rows])

    assert "platform_call_failed" in repr(lines)
    secrets = [*wechat.session_keys, *wechat.access_tokens, wechat.secret, code, phone_code, "13800138001"]
    assert [one for one in secrets if one in everything] == []
    assert login["accessToken"] not in repr([lines, rows])


@pytest.mark.parametrize("status", [MemberStatus.MUTED, MemberStatus.FROZEN])
async def test_muted_and_frozen_members_log_in_and_read(
    callers: Callers, wechat: FakeWeChat, status: MemberStatus
) -> None:
    await log_in(callers, wechat)
    await Member.all().update(status=status)

    payload = await log_in(callers, wechat)

    caller = callers.with_token(payload["accessToken"])
    assert (await caller.data("{ viewer { status } }"))["viewer"]["status"] == status.name


async def test_a_frozen_member_changes_nothing(callers: Callers, wechat: FakeWeChat) -> None:
    token = (await log_in(callers, wechat))["accessToken"]
    await Member.all().update(status=MemberStatus.FROZEN)

    refused = await callers.with_token(token).refusal("updateProfile", {"nickname": "小雨"})

    assert refused == "MEMBER_NOT_ACTIVE"


async def test_a_member_who_left_may_not_log_in(callers: Callers, wechat: FakeWeChat) -> None:
    await log_in(callers, wechat)
    await Member.all().update(status=MemberStatus.LEFT)

    [error] = (await log_in(callers, wechat))["userErrors"]

    assert error["code"] == "MEMBER_HAS_LEFT"
    assert await Session.all().count() == 1


async def test_the_tokens_of_a_member_who_left_are_worthless(callers: Callers, wechat: FakeWeChat) -> None:
    token = (await log_in(callers, wechat))["accessToken"]
    await Member.all().update(status=MemberStatus.LEFT)

    assert await callers.with_token(token).error("{ viewer { status } }") == "UNAUTHENTICATED"


async def test_an_invite_code_says_who_brought_the_newcomer(callers: Callers, wechat: FakeWeChat) -> None:
    inviter = await a_member(nickname="陈阿姨")

    payload = await log_in(callers, wechat, inviteCode=inviter.invite_code)

    assert payload["inviter"] == {"id": public_id(inviter)}
    referral = await Referral.get()
    assert referral.inviter_id == inviter.id


async def test_an_invite_code_of_a_second_login_changes_nothing(callers: Callers, wechat: FakeWeChat) -> None:
    inviter = await a_member()
    await log_in(callers, wechat)

    payload = await log_in(callers, wechat, inviteCode=inviter.invite_code)

    assert payload["inviter"] is None
    assert await Referral.all().count() == 0


@pytest.mark.parametrize("code", ["", "nobody00", "邀请码", "x" * 5000])
async def test_a_bad_invite_code_does_not_stop_a_login(callers: Callers, wechat: FakeWeChat, code: str) -> None:
    payload = await log_in(callers, wechat, inviteCode=code)

    assert (payload["isNewMember"], payload["inviter"]) == (True, None)


@pytest.mark.parametrize("status", [MemberStatus.FROZEN, MemberStatus.LEFT, MemberStatus.ERASED])
async def test_an_inviter_who_is_gone_brings_nobody(callers: Callers, wechat: FakeWeChat, status: MemberStatus) -> None:
    inviter = await a_member(status=status)

    payload = await log_in(callers, wechat, inviteCode=inviter.invite_code)

    assert (payload["isNewMember"], payload["inviter"]) == (True, None)


async def test_whoever_comes_back_is_no_newcomer_and_rewards_no_inviter(
    database: str, empty_redis: str, login: Login
) -> None:
    inviter, known = await a_member(), login("oLin")
    member = (await recognise(known, at=NOON)).member
    identity = await Identity.get(member_id=member.id)
    await FormerIdentity.remember([(identity.kind, identity.issuer, identity.value_hash)], at=NOON)
    await identity.delete()

    back = await recognise(known, at=NOON, invite_code=inviter.invite_code)

    assert (back.is_new, back.member.is_returning, back.inviter_id) == (True, True, None)
    assert await Referral.all().count() == 0


async def test_an_address_has_thirty_logins_a_minute_and_each_field_counts(
    callers: Callers, wechat: FakeWeChat
) -> None:
    field = 'l{n}: miniProgramLogin(input: {{code: "wrong-{n}"}}) {{ userErrors {{ code retryAt }} }}'
    codes: list[str] = []
    for start in range(0, LOGINS_PER_ADDRESS.most + 5, 5):
        document = "mutation { " + " ".join(field.format(n=n) for n in range(start, start + 5)) + " }"
        answer = await callers.nobody().data(document)
        codes += [payload["userErrors"][0]["code"] for payload in answer.values()]

    assert codes == ["LOGIN_CODE_INVALID"] * 30 + ["RATE_LIMITED"] * 5
    assert wechat.count(JSCODE2SESSION) == 30
    [error] = (await log_in(callers, wechat))["userErrors"]
    assert "2026-11-23T04:00:00Z" < error["retryAt"] <= "2026-11-23T04:01:00Z"


async def test_a_newcomer_logs_in_with_a_scene_and_is_bound(callers: Callers, wechat: FakeWeChat) -> None:
    inviter = await a_member()
    code = await SceneCode.of(inviter_id=inviter.id, at=NOON)

    payload = await log_in(callers, wechat, scene=code.scene, device="phone-1")

    assert payload["inviter"] == {"id": public_id(inviter)}
    assert await Referral.all().count() == 1
    [visit] = await Visit.all()
    assert (visit.code_id, visit.counts, public_id(await Member.get(id=visit.member_id))) == (
        code.id,
        True,
        payload["member"]["id"],
    )
