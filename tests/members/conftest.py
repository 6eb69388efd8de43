"""A fake WeChat on a real socket, behind the platforms of the process."""

from collections.abc import AsyncIterator, Callable

import pytest

from auth import platforms
from models.members.identity import PlatformName
from models.members.registration import PlatformLogin
from platforms.wechat.client import WeChatClient
from platforms.wechat.fake import FakeWeChat, RunningFake, start_fake
from platforms.wechat.token_store import MemoryTokenStore
from platforms.wechat.wechat import WeChat
from store.clock import FixedClock

Login = Callable[..., PlatformLogin]


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[RunningFake]:
    running = await start_fake()
    yield running
    await running.stop()


@pytest.fixture
async def wechat(server: RunningFake, clock: FixedClock) -> AsyncIterator[FakeWeChat]:
    """The fake with two users: `oLinXiaoyu` has a unionid, `oWangJianguo` has none."""
    fake = FakeWeChat(clock=clock)
    fake.add_user("oLinXiaoyu", phone="13800138001", unionid="uLinXiaoyu")
    fake.add_user("oWangJianguo", phone="13911112222")
    server.replace(fake)
    client = WeChatClient(server.url, timeout=1.0)
    opened = WeChat(app_id=fake.app_id, secret=fake.secret, client=client, tokens=MemoryTokenStore(), clock=clock)
    platforms.use_platform(PlatformName.WECHAT, opened)
    yield fake
    platforms.use_platform(PlatformName.WECHAT, opened)
    await platforms.close_platforms()


@pytest.fixture
def login() -> Login:
    """What the platform says of a user, without asking it."""

    def of(openid: str = "oLinXiaoyu", unionid: str | None = None, app_id: str = "wx-shop") -> PlatformLogin:
        return PlatformLogin(PlatformName.WECHAT, app_id, openid, unionid, f"session-key-of-{openid}")

    return of
