"""The fake is as strict as the server it stands for; asked here without our client."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from platforms.wechat.fake import FakeWeChat
from store.clock import FixedClock

TOKEN = "/cgi-bin/stable_token"
CHECK = "/wxa/msg_sec_check"
LOGIN = "/sns/jscode2session"


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as client:
        yield client


async def ask_token(http: httpx2.AsyncClient, fake: FakeWeChat, *, force: bool = False) -> dict[str, object]:
    body = {"grant_type": "client_credential", "appid": fake.app_id, "secret": fake.secret, "force_refresh": force}
    answer = await http.post(TOKEN, json=body)
    assert answer.status_code == 200
    return dict(answer.json())


async def errcode_with(http: httpx2.AsyncClient, token: object) -> int:
    body = {"version": 2, "openid": "oLinXiaoyu", "scene": 2, "content": "早安"}
    answer = await http.post(CHECK, params={"access_token": str(token)}, json=body)
    return int(answer.json()["errcode"])


async def test_the_same_token_is_given_until_its_last_five_minutes(
    http: httpx2.AsyncClient, fake: FakeWeChat, clock: FixedClock
) -> None:
    first = await ask_token(http, fake)
    clock.advance(seconds=6899)
    second = await ask_token(http, fake)
    assert (first["expires_in"], second["expires_in"]) == (7200, 301)
    assert first["access_token"] == second["access_token"]
    clock.advance(seconds=1)
    third = await ask_token(http, fake)
    assert third["access_token"] != first["access_token"]
    assert [await errcode_with(http, token["access_token"]) for token in (first, third)] == [0, 0]
    clock.advance(seconds=300)
    assert [await errcode_with(http, token["access_token"]) for token in (first, third)] == [42001, 0]


async def test_a_forced_token_ends_the_old_one(http: httpx2.AsyncClient, fake: FakeWeChat, clock: FixedClock) -> None:
    old = await ask_token(http, fake)
    new = await ask_token(http, fake, force=True)
    assert [await errcode_with(http, token["access_token"]) for token in (old, new)] == [40001, 0]
    assert (await ask_token(http, fake, force=True))["errcode"] == 45009
    clock.advance(seconds=30)
    assert "access_token" in await ask_token(http, fake, force=True)


async def test_tokens_are_forced_twenty_times_a_day(
    http: httpx2.AsyncClient, fake: FakeWeChat, clock: FixedClock
) -> None:
    for _ in range(20):
        assert "access_token" in await ask_token(http, fake, force=True)
        clock.advance(minutes=1)
    assert (await ask_token(http, fake, force=True))["errcode"] == 45009


async def test_a_call_without_token_is_refused(http: httpx2.AsyncClient) -> None:
    assert await errcode_with(http, "") == 41001


@pytest.mark.parametrize(
    ("query", "errcode"),
    [
        ({}, 41002),
        ({"appid": "wx0123456789abcdef"}, 41004),
        ({"appid": "wxother", "secret": "fake-app-secret"}, 40013),
        ({"appid": "wx0123456789abcdef", "secret": "wrong"}, 40125),
        ({"appid": "wx0123456789abcdef", "secret": "fake-app-secret"}, 41008),
        ({"appid": "wx0123456789abcdef", "secret": "fake-app-secret", "js_code": "0abc"}, 40029),
    ],
)
async def test_a_login_is_refused_in_the_order_of_its_parts(
    http: httpx2.AsyncClient, query: dict[str, str], errcode: int
) -> None:
    answer = await http.get(LOGIN, params=query)
    assert answer.status_code == 200
    assert answer.json()["errcode"] == errcode
    assert "rid: " in answer.json()["errmsg"]


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{"])
async def test_a_body_that_is_no_object_is_refused_and_not_a_crash(http: httpx2.AsyncClient, body: bytes) -> None:
    answer = await http.post(TOKEN, content=body)
    assert (answer.status_code, answer.json()["errcode"]) == (200, 41002)


async def test_a_check_needs_version_scene_and_at_most_2500_characters(
    http: httpx2.AsyncClient, fake: FakeWeChat
) -> None:
    token = str((await ask_token(http, fake))["access_token"])
    good: dict[str, object] = {"version": 2, "openid": "oLinXiaoyu", "scene": 2, "content": "早安"}
    wrongs: list[dict[str, object]] = [{"version": 1}, {"scene": 5}, {"content": "好" * 2501}, {"openid": "oNobody"}]
    codes = []
    for wrong in [{}, *wrongs]:
        answer = await http.post(CHECK, params={"access_token": token}, json={**good, **wrong})
        codes.append(answer.json()["errcode"])
    assert codes == [0, 47001, 40129, 47001, 40003]
