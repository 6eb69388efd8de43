"""Every way WeChat can fail has one kind, comes in time, and is repeated only where that is harmless."""

import asyncio
from time import monotonic

import pytest

from platforms.errors import Cause, Kind, PlatformError, Unavailable
from platforms.platform import Scene
from platforms.wechat.fake import FakeWeChat
from platforms.wechat.wechat import WeChat
from platforms.wechat.wechat import open_wechat as open_wechat_at
from tests.platforms.conftest import OpenWeChat

LOGIN = "/sns/jscode2session"
CHECK = "/wxa/msg_sec_check"


@pytest.mark.parametrize(
    ("errcode", "kind"),
    [
        (-1, Kind.BUSY),
        (40029, Kind.BAD_CODE),
        (40163, Kind.BAD_CODE),
        (41008, Kind.BAD_CODE),
        (45011, Kind.RATE_LIMITED),
        (45009, Kind.RATE_LIMITED),
        (40226, Kind.BLOCKED),
        (43101, Kind.NOT_GRANTED),
        (40013, Kind.MISCONFIGURED),
        (40125, Kind.MISCONFIGURED),
        (41002, Kind.MISCONFIGURED),
        (41004, Kind.MISCONFIGURED),
        (40164, Kind.MISCONFIGURED),
        (40001, Kind.MISCONFIGURED),
        (61010, Kind.REFUSED),
        (99999, Kind.REFUSED),
    ],
)
async def test_an_errcode_has_its_kind(fake: FakeWeChat, wechat: WeChat, errcode: int, kind: Kind) -> None:
    fake.fail(LOGIN, errcode=errcode)
    with pytest.raises(PlatformError) as refusal:
        await wechat.login(fake.login_code("oLinXiaoyu"))
    assert (refusal.value.kind, refusal.value.errcode) == (kind, errcode)
    assert refusal.value.rid
    assert refusal.value.rid in str(refusal.value)
    assert fake.count(LOGIN) == 1


@pytest.mark.parametrize("status", [301, 400, 404, 500, 502, 503])
async def test_any_status_but_200_is_unavailable(fake: FakeWeChat, wechat: WeChat, status: int) -> None:
    fake.fail(LOGIN, status=status)
    with pytest.raises(Unavailable) as refusal:
        await wechat.login(fake.login_code("oLinXiaoyu"))
    assert refusal.value.cause is Cause.STATUS


@pytest.mark.parametrize(
    "body",
    [
        b"<html>502 Bad Gateway</html>",
        b"",
        b"null",
        b"[]",
        b"7",
        b"\xff\xfe\x00",
        b'{"errcode": "40029"}',
        b'{"errcode": true}',
        b'{"errcode": 1e400}',
        b'{"errmsg": {}}',
        b"[" * 100_000,
        b" " * (2 * 1024 * 1024 + 1) + b"{}",
    ],
    ids=lambda body: repr(body[:16]),
)
async def test_garbage_is_unavailable(fake: FakeWeChat, wechat: WeChat, body: bytes) -> None:
    fake.fail(LOGIN, garbage=body or b" ")
    with pytest.raises(Unavailable) as refusal:
        await wechat.login(fake.login_code("oLinXiaoyu"))
    assert refusal.value.cause is Cause.GARBAGE


async def test_a_refused_connection_is_unavailable() -> None:
    wechat = open_wechat_at(app_id="wx1", secret="s", api_base="http://127.0.0.1:1", timeout=0.5)
    with pytest.raises(Unavailable) as refusal:
        await wechat.login("0abc")
    await wechat.close()
    assert refusal.value.cause is Cause.NETWORK


async def test_a_proxy_of_the_environment_is_not_asked_for_the_fake(
    fake: FakeWeChat, open_wechat: OpenWeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert (await open_wechat().login(fake.login_code("oLinXiaoyu"))).openid == "oLinXiaoyu"


async def test_a_hanging_server_costs_three_seconds_by_default(fake: FakeWeChat, url: str) -> None:
    wechat = open_wechat_at(app_id=fake.app_id, secret=fake.secret, api_base=url)
    fake.fail(LOGIN, hang=30)
    begun = monotonic()
    with pytest.raises(Unavailable) as refusal:
        await wechat.login(fake.login_code("oLinXiaoyu"))
    await wechat.close()
    assert refusal.value.cause is Cause.TIMEOUT
    assert 2.9 < monotonic() - begun < 3.5


async def test_token_and_call_share_one_deadline(fake: FakeWeChat, open_wechat: OpenWeChat) -> None:
    wechat = open_wechat(timeout=0.6)
    fake.fail("/cgi-bin/stable_token", hang=0.25)
    fake.fail("/wxa/business/getuserphonenumber", hang=30)
    begun = monotonic()
    with pytest.raises(Unavailable):
        await wechat.phone(fake.phone_code("oLinXiaoyu"), "oLinXiaoyu")
    assert monotonic() - begun < 0.8


async def test_a_login_or_phone_code_is_never_sent_twice(fake: FakeWeChat, open_wechat: OpenWeChat) -> None:
    wechat = open_wechat(timeout=0.3)
    phone = "/wxa/business/getuserphonenumber"
    for path in (LOGIN, phone):
        fake.fail(path, hang=30)
        fake.fail(path, errcode=-1)
    for _ in range(2):
        with pytest.raises(PlatformError):
            await wechat.login(fake.login_code("oLinXiaoyu"))
        with pytest.raises(PlatformError):
            await wechat.phone(fake.phone_code("oLinXiaoyu"), "oLinXiaoyu")
    assert (fake.count(LOGIN), fake.count(phone)) == (2, 2)


async def test_a_code_survives_a_busy_answer(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.fail(LOGIN, errcode=-1)
    code = fake.login_code("oLinXiaoyu")
    with pytest.raises(PlatformError):
        await wechat.login(code)
    assert (await wechat.login(code)).openid == "oLinXiaoyu"


@pytest.mark.parametrize("fault", ["busy", "hang"])
async def test_a_check_is_tried_once_more(fake: FakeWeChat, open_wechat: OpenWeChat, fault: str) -> None:
    wechat = open_wechat(timeout=1.0)
    fake.fail(CHECK, errcode=-1) if fault == "busy" else fake.fail(CHECK, hang=30)
    verdict = await wechat.check_text("oLinXiaoyu", Scene.COMMENT, "今天读完了第三章")
    assert verdict.trace_id
    assert fake.count(CHECK) == 2


async def test_a_check_is_not_tried_a_third_time(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.fail(CHECK, errcode=-1, times=9)
    with pytest.raises(PlatformError) as refusal:
        await wechat.check_text("oLinXiaoyu", Scene.COMMENT, "今天读完了第三章")
    assert refusal.value.kind is Kind.BUSY
    assert fake.count(CHECK) == 2


async def test_after_failures_in_a_row_calls_fail_at_once(fake: FakeWeChat, open_wechat: OpenWeChat) -> None:
    wechat = open_wechat(timeout=0.2, breaker_failures=3)
    fake.fail(LOGIN, hang=30, times=3)
    causes = []
    for _ in range(3):
        with pytest.raises(Unavailable) as refusal:
            await wechat.login(fake.login_code("oLinXiaoyu"))
        causes.append(refusal.value.cause)
    begun = monotonic()
    with pytest.raises(Unavailable) as refusal:
        await wechat.login(fake.login_code("oLinXiaoyu"))
    assert monotonic() - begun < 0.1
    assert (causes, refusal.value.cause) == ([Cause.TIMEOUT] * 3, Cause.BREAKER_OPEN)
    assert fake.count(LOGIN) == 3


async def test_an_open_breaker_leaves_other_paths_alone(fake: FakeWeChat, open_wechat: OpenWeChat) -> None:
    wechat = open_wechat(breaker_failures=1)
    fake.fail("/wxa/getwxacodeunlimit", status=500)
    with pytest.raises(Unavailable):
        await wechat.mini_program_code("i=7kQ2")
    assert (await wechat.login(fake.login_code("oLinXiaoyu"))).openid == "oLinXiaoyu"


async def test_after_its_rest_one_probe_closes_the_breaker(fake: FakeWeChat, open_wechat: OpenWeChat) -> None:
    wechat = open_wechat(breaker_failures=1, breaker_rest=0.0)
    fake.fail(LOGIN, status=503)
    with pytest.raises(Unavailable):
        await wechat.login(fake.login_code("oLinXiaoyu"))
    fake.fail(LOGIN, hang=0.2)
    logins = [wechat.login(fake.login_code("oLinXiaoyu")) for _ in range(10)]
    ended = await asyncio.gather(*logins, return_exceptions=True)
    assert sum(isinstance(end, Unavailable) and end.cause is Cause.BREAKER_OPEN for end in ended) == 9
    assert fake.count(LOGIN) == 2
    assert (await wechat.login(fake.login_code("oLinXiaoyu"))).openid == "oLinXiaoyu"


async def test_a_caller_that_leaves_does_not_keep_the_probe(fake: FakeWeChat, open_wechat: OpenWeChat) -> None:
    wechat = open_wechat(breaker_failures=1, breaker_rest=0.0)
    fake.fail(LOGIN, status=503)
    fake.fail(LOGIN, hang=30)
    with pytest.raises(Unavailable):
        await wechat.login(fake.login_code("oLinXiaoyu"))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(wechat.login(fake.login_code("oLinXiaoyu")), 0.2)
    assert (await wechat.login(fake.login_code("oLinXiaoyu"))).openid == "oLinXiaoyu"


async def test_a_refusal_does_not_count_as_a_failure(fake: FakeWeChat, open_wechat: OpenWeChat) -> None:
    wechat = open_wechat(breaker_failures=2)
    for _ in range(3):
        with pytest.raises(PlatformError) as refusal:
            await wechat.login("0wrong")
        assert refusal.value.kind is Kind.BAD_CODE
