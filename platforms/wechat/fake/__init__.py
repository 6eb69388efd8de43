"""A WeChat server on this machine, for the demo and the tests: `await start_fake(FakeWeChat(demo=True))`."""

from platforms.wechat.fake.server import RunningFake, start_fake
from platforms.wechat.fake.wechat import FakeCall, FakeUser, FakeWeChat

__all__ = ["FakeCall", "FakeUser", "FakeWeChat", "RunningFake", "start_fake"]
