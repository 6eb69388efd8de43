"""Who logged in and with which phone, asked over a real socket."""

import pytest

from platforms.errors import BadCode, Blocked, Cause, Misconfigured, PlatformError, Refused, Unavailable
from platforms.platform import PhoneNumber, Platform
from platforms.wechat.fake import FakeWeChat, start_fake
from platforms.wechat.wechat import WeChat
from platforms.wechat.wechat import open_wechat as open_wechat_at
from store.clock import FixedClock
from tests.platforms.conftest import OpenWeChat

LOGIN = "/sns/jscode2session"


async def test_a_login_code_names_its_user(fake: FakeWeChat, wechat: WeChat) -> None:
    platform: Platform = wechat
    session = await platform.login(fake.login_code("oLinXiaoyu"))
    assert (session.openid, session.unionid) == ("oLinXiaoyu", "uLinXiaoyu")
    assert session.session_key == fake.session_keys[-1]


async def test_a_user_without_open_platform_account_has_no_unionid(fake: FakeWeChat, wechat: WeChat) -> None:
    assert (await wechat.login(fake.login_code("oWangJianguo"))).unionid is None


async def test_a_used_code_is_refused(fake: FakeWeChat, wechat: WeChat) -> None:
    code = fake.login_code("oLinXiaoyu")
    await wechat.login(code)
    with pytest.raises(BadCode) as refusal:
        await wechat.login(code)
    assert refusal.value.errcode == 40163
    assert len(fake.session_keys) == 1


async def test_a_code_lives_for_less_than_five_minutes(fake: FakeWeChat, wechat: WeChat, clock: FixedClock) -> None:
    early, late = fake.login_code("oLinXiaoyu"), fake.login_code("oLinXiaoyu")
    clock.advance(minutes=4, seconds=59)
    await wechat.login(early)
    clock.advance(seconds=1)
    with pytest.raises(BadCode) as refusal:
        await wechat.login(late)
    assert refusal.value.errcode == 40029


async def test_a_phone_code_is_no_login_code(fake: FakeWeChat, wechat: WeChat) -> None:
    with pytest.raises(BadCode):
        await wechat.login(fake.phone_code("oLinXiaoyu"))


@pytest.mark.parametrize("code", ["", "码" * 8, "0\n1", "0" * 513, "\x00", "\ud800"])
async def test_what_cannot_be_a_code_is_not_sent(fake: FakeWeChat, wechat: WeChat, code: str) -> None:
    with pytest.raises(BadCode):
        await wechat.login(code)
    with pytest.raises(BadCode):
        await wechat.phone(code, "oLinXiaoyu")
    assert not fake.calls


async def test_a_user_held_for_risk_is_blocked(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.add_user("oZhaoBlocked", is_blocked=True)
    with pytest.raises(Blocked):
        await wechat.login(fake.login_code("oZhaoBlocked"))
    assert not fake.session_keys


@pytest.mark.parametrize(("app_id", "secret", "errcode"), [("wxother", None, 40013), (None, "wrong", 40125)])
async def test_wrong_app_id_or_secret_is_told_as_misconfigured(
    fake: FakeWeChat, open_wechat: OpenWeChat, app_id: str | None, secret: str | None, errcode: int
) -> None:
    with pytest.raises(Misconfigured) as refusal:
        await open_wechat(app_id=app_id, secret=secret).login(fake.login_code("oLinXiaoyu"))
    assert refusal.value.errcode == errcode


@pytest.mark.parametrize(
    "answer",
    [
        b"{}",
        b'{"openid": "", "session_key": "k"}',
        b'{"openid": "o1", "session_key": null}',
        b'{"openid": 7, "session_key": "k"}',
        b'{"openid": "' + b"o" * 129 + b'", "session_key": "k"}',
        b'{"openid": "o1", "session_key": "k"}' + b" " * 2 * 1024 * 1024,
    ],
    ids=["empty", "blank", "null", "number", "long", "huge"],
)
async def test_a_session_of_the_wrong_shape_is_not_believed(fake: FakeWeChat, wechat: WeChat, answer: bytes) -> None:
    fake.fail(LOGIN, garbage=answer)
    with pytest.raises(Unavailable) as refusal:
        await wechat.login(fake.login_code("oLinXiaoyu"))
    assert refusal.value.cause is Cause.GARBAGE


async def test_a_phone_code_gives_the_phone_once(fake: FakeWeChat, wechat: WeChat) -> None:
    code = fake.phone_code("oLinXiaoyu")
    assert await wechat.phone(code, "oLinXiaoyu") == PhoneNumber("13800138001", "86")
    with pytest.raises(BadCode):
        await wechat.phone(code, "oLinXiaoyu")


async def test_a_phone_code_of_somebody_else_is_refused(fake: FakeWeChat, wechat: WeChat) -> None:
    with pytest.raises(Refused) as refusal:
        await wechat.phone(fake.phone_code("oLinXiaoyu"), "oWangJianguo")
    assert refusal.value.errcode == 40003


async def test_a_phone_watermarked_for_another_app_is_not_believed(fake: FakeWeChat, wechat: WeChat) -> None:
    phone = b'{"purePhoneNumber": "13800138001", "countryCode": "86", "watermark": {"appid": "wxother"}}'
    fake.fail("/wxa/business/getuserphonenumber", garbage=b'{"errcode": 0, "phone_info": ' + phone + b"}")
    with pytest.raises(Unavailable):
        await wechat.phone(fake.phone_code("oLinXiaoyu"), "oLinXiaoyu")


async def test_demo_codes_log_in_again_and_again_and_only_in_a_demo(clock: FixedClock) -> None:
    running = await start_fake(FakeWeChat(demo=True, clock=clock))
    wechat = open_wechat_at(app_id=running.fake.app_id, secret=running.fake.secret, api_base=running.url)
    try:
        openids = [(await wechat.login("demo:member-001")).openid for _ in range(2)]
        phones = {await wechat.phone("demo:member-001", "member-001") for _ in range(2)}
        running.fake.demo = False
        with pytest.raises(PlatformError) as refusal:
            await wechat.login("demo:member-001")
    finally:
        await wechat.close()
        await running.stop()
    assert openids == ["member-001", "member-001"]
    assert len(phones) == 1
    assert isinstance(refusal.value, BadCode)
