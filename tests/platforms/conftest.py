"""A fake WeChat on a real socket, and our client of it with short patience."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Protocol

import pytest

from platforms.wechat.client import WeChatClient
from platforms.wechat.fake import FakeWeChat, RunningFake, start_fake
from platforms.wechat.token import TokenStore
from platforms.wechat.token_store import MemoryTokenStore
from platforms.wechat.wechat import WeChat
from store.clock import FixedClock


class OpenWeChat(Protocol):
    def __call__(
        self,
        *,
        timeout: float = 3.0,
        breaker_failures: int = 50,
        breaker_rest: float = 5.0,
        tokens: TokenStore | None = None,
        app_id: str | None = None,
        secret: str | None = None,
    ) -> WeChat: ...


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 23, 1, 30, tzinfo=UTC))


@pytest.fixture
def fake(clock: FixedClock) -> FakeWeChat:
    fake = FakeWeChat(clock=clock)
    fake.add_user("oLinXiaoyu", phone="13800138001", unionid="uLinXiaoyu")
    fake.add_user("oWangJianguo", phone="13911112222")
    return fake


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[RunningFake]:
    running = await start_fake()
    yield running
    await running.stop()


@pytest.fixture
def url(server: RunningFake, fake: FakeWeChat) -> str:
    server.replace(fake)
    return server.url


@pytest.fixture
async def open_wechat(fake: FakeWeChat, url: str, clock: FixedClock) -> AsyncIterator[OpenWeChat]:
    opened: list[WeChat] = []

    def build(
        *,
        timeout: float = 3.0,
        breaker_failures: int = 50,
        breaker_rest: float = 5.0,
        tokens: TokenStore | None = None,
        app_id: str | None = None,
        secret: str | None = None,
    ) -> WeChat:
        client = WeChatClient(url, timeout=timeout, breaker_failures=breaker_failures, breaker_rest=breaker_rest)
        wechat = WeChat(
            app_id=app_id or fake.app_id,
            secret=secret or fake.secret,
            client=client,
            tokens=tokens or MemoryTokenStore(),
            clock=clock,
        )
        opened.append(wechat)
        return wechat

    yield build
    for wechat in opened:
        await wechat.close()


@pytest.fixture
def wechat(open_wechat: OpenWeChat) -> WeChat:
    return open_wechat()
