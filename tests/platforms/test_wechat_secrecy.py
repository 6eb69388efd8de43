"""What must stay on the server is in no log line, no printed object and no error, whatever fails."""

import logging
import traceback
from collections.abc import Awaitable

import pytest
import structlog

from platforms.errors import PlatformError
from platforms.platform import Scene
from platforms.wechat.client import Call
from platforms.wechat.fake import FakeWeChat
from tests.platforms.conftest import OpenWeChat

LOGIN = "/sns/jscode2session"
PHONE = "/wxa/business/getuserphonenumber"
CHECK = "/wxa/msg_sec_check"


async def test_secrets_are_not_printed(fake: FakeWeChat, open_wechat: OpenWeChat) -> None:
    wechat = open_wechat()
    session = await wechat.login(fake.login_code("oLinXiaoyu"))
    phone = await wechat.phone(fake.phone_code("oLinXiaoyu"), "oLinXiaoyu")
    call = Call(LOGIN, {"secret": fake.secret}, {"code": "0abc"})
    assert session.session_key not in f"{session!r} {session}"
    assert "13800138001" not in f"{phone!r} {phone}"
    assert fake.secret not in repr(call)
    assert "0abc" not in repr(call)


async def test_logs_and_errors_hold_no_secret(
    fake: FakeWeChat,
    open_wechat: OpenWeChat,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    wechat = open_wechat(timeout=0.3)
    login_codes = [fake.login_code("oLinXiaoyu") for _ in range(6)]
    phone_code = fake.phone_code("oLinXiaoyu")
    with structlog.testing.capture_logs() as lines:
        await wechat.login(login_codes[0])
        await wechat.phone(phone_code, "oLinXiaoyu")
        echo = f'{{"errcode": 40029, "errmsg": "invalid {login_codes[1]} {fake.secret} rid: 65a-1"}}'.encode()
        for fault in ({"garbage": echo}, {"garbage": True}, {"status": 500}, {"hang": 30.0}, {"errcode": 40163}):
            fake.fail(LOGIN, **fault)
        errors = [await _error_of(wechat.login(code)) for code in login_codes[1:]]
        fake.fail(PHONE, errcode=40001, times=2)
        errors.append(await _error_of(wechat.phone(phone_code, "oLinXiaoyu")))
        fake.fail(CHECK, hang=30, times=2)
        errors.append(await _error_of(wechat.check_text("oLinXiaoyu", Scene.COMMENT, "悄悄话不进日志")))
    told = [repr(lines), caplog.text, *capsys.readouterr()]
    told += [f"{error!r} {error} {error.__dict__}" for error in errors]
    told += ["".join(traceback.format_exception(error)) for error in errors]
    for hidden in [fake.secret, phone_code, "13800138001", "悄悄话", *login_codes, *_given_out(fake)]:
        assert not [text for text in told if hidden in text]
    assert "jscode2session" in caplog.text
    assert {line["event"] for line in lines} >= {"platform_call_failed"}


async def test_an_error_drags_no_request_along(fake: FakeWeChat, open_wechat: OpenWeChat) -> None:
    """The HTTP library's errors hold the address, which holds the secret."""
    fake.fail(LOGIN, hang=30)
    error = await _error_of(open_wechat(timeout=0.2).login(fake.login_code("oLinXiaoyu")))
    assert (error.__cause__, error.__context__) == (None, None)


def _given_out(fake: FakeWeChat) -> list[str]:
    return [*fake.session_keys, *fake.access_tokens]


async def _error_of(call: Awaitable[object]) -> PlatformError:
    with pytest.raises(PlatformError) as refusal:
        await call
    return refusal.value
