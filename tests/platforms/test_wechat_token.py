"""One access token for the app: fetched once, shared, renewed in time, replaced once when it is rejected."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import fakeredis
import pytest
from redis.asyncio import Redis

from platforms.errors import Misconfigured, PlatformError, Unavailable
from platforms.platform import Scene
from platforms.wechat.fake import FakeWeChat
from platforms.wechat.token import Token
from platforms.wechat.token_store import MemoryTokenStore, RedisTokenStore
from platforms.wechat.wechat import WeChat
from store.clock import FixedClock
from store.redis import RedisStore, RedisUnavailable
from store.vault import Vault
from tests.platforms.conftest import OpenWeChat

TOKEN = "/cgi-bin/stable_token"
CHECK = "/wxa/msg_sec_check"
T = TypeVar("T")
KEY = "wechat:{wx0123456789abcdef}:token"


async def check(wechat: WeChat) -> None:
    await wechat.check_text("oLinXiaoyu", Scene.COMMENT, "周三的茶会我来带点心")


async def test_a_hundred_calls_at_once_fetch_one_token(fake: FakeWeChat, wechat: WeChat) -> None:
    await asyncio.gather(*(check(wechat) for _ in range(100)))
    assert (fake.count(TOKEN), fake.count(CHECK)) == (1, 100)


async def test_a_hundred_calls_at_once_renew_once(fake: FakeWeChat, wechat: WeChat, clock: FixedClock) -> None:
    await check(wechat)
    clock.advance(seconds=7200 - 299)
    await asyncio.gather(*(check(wechat) for _ in range(100)))
    assert (fake.count(TOKEN), len(fake.access_tokens)) == (2, 2)


async def test_a_token_is_kept_until_its_last_five_minutes(fake: FakeWeChat, wechat: WeChat, clock: FixedClock) -> None:
    await check(wechat)
    clock.advance(seconds=7200 - 301)
    await check(wechat)
    assert fake.count(TOKEN) == 1
    clock.advance(seconds=2)
    await check(wechat)
    assert fake.count(TOKEN) == 2


async def test_a_failed_renewal_leaves_the_old_token_in_use(
    fake: FakeWeChat, wechat: WeChat, clock: FixedClock
) -> None:
    await check(wechat)
    clock.advance(seconds=7200 - 200)
    fake.fail(TOKEN, status=500, times=99)
    for _ in range(5):
        await check(wechat)
    assert fake.count(TOKEN) == 2
    clock.advance(seconds=11)
    await check(wechat)
    assert fake.count(TOKEN) == 3


async def test_without_a_token_a_failed_fetch_is_the_answer(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.fail(TOKEN, status=500)
    with pytest.raises(Unavailable):
        await check(wechat)
    assert fake.count(CHECK) == 0


class SlowFirstRead(MemoryTokenStore):
    """The first reader hears that there is no token only when `told` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.told, self._is_first = asyncio.Event(), True

    async def get(self) -> Token | None:
        held, is_first, self._is_first = self._token, self._is_first, False
        if is_first:
            await self.told.wait()
        return held


async def test_a_caller_that_read_before_the_fetch_uses_what_it_brought(
    fake: FakeWeChat, open_wechat: OpenWeChat
) -> None:
    store = SlowFirstRead()
    wechat = open_wechat(tokens=store)
    late = asyncio.create_task(check(wechat))
    await asyncio.sleep(0)
    await check(wechat)
    store.told.set()
    await late
    assert (fake.count(TOKEN), fake.count(CHECK)) == (1, 2)


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_a_rejected_token_is_replaced_once(fake: FakeWeChat, wechat: WeChat, errcode: int) -> None:
    await check(wechat)
    fake.fail(CHECK, errcode=errcode)
    await check(wechat)
    assert (fake.count(TOKEN), fake.count(CHECK)) == (2, 3)


async def test_a_token_rejected_again_and_again_is_not_fetched_for_ever(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.fail(CHECK, errcode=40001, times=99)
    with pytest.raises(Misconfigured) as refusal:
        await check(wechat)
    assert refusal.value.errcode == 40001
    assert (fake.count(TOKEN), fake.count(CHECK)) == (2, 2)


async def test_a_storm_of_rejections_fetches_one_token(fake: FakeWeChat, open_wechat: OpenWeChat) -> None:
    wechat = open_wechat(timeout=30.0)
    await check(wechat)
    fake.revoke_tokens()
    await asyncio.gather(*(check(wechat) for _ in range(100)))
    assert (fake.count(TOKEN), len(fake.access_tokens)) == (2, 2)


async def test_a_wrong_secret_is_asked_for_once(fake: FakeWeChat, open_wechat: OpenWeChat) -> None:
    with pytest.raises(Misconfigured) as refusal:
        await check(open_wechat(secret="wrong"))
    assert refusal.value.errcode == 40125
    assert (fake.count(TOKEN), fake.count(CHECK)) == (1, 0)


@pytest.mark.parametrize("answer", [b"{}", b'{"access_token": "t", "expires_in": 0}', b'{"access_token": ""}'])
async def test_a_token_of_the_wrong_shape_is_not_kept(fake: FakeWeChat, wechat: WeChat, answer: bytes) -> None:
    fake.fail(TOKEN, garbage=answer)
    with pytest.raises(Unavailable):
        await check(wechat)
    await check(wechat)
    assert fake.count(TOKEN) == 2


async def test_a_caller_that_leaves_does_not_end_the_fetch(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.fail(TOKEN, hang=0.3)
    impatient = asyncio.create_task(check(wechat))
    patient = asyncio.create_task(check(wechat))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(impatient, 0.1)
    await patient
    assert fake.count(TOKEN) == 1


class Outage(RedisStore):
    """Redis behind our client, which can go away; only `call` is used."""

    def __init__(self, client: Redis) -> None:
        self._client, self.is_down = client, False

    async def call(self, command: Callable[[Redis], Awaitable[T]]) -> T:
        if self.is_down:
            raise RedisUnavailable
        return await command(self._client)


@pytest.fixture
async def redis() -> AsyncIterator[Outage]:
    client = fakeredis.FakeAsyncRedis(decode_responses=True)
    yield Outage(client)
    await client.aclose()


def shared(redis: RedisStore, secret: str = "一把足够长的测试用密钥，三十二字节以上") -> RedisTokenStore:
    return RedisTokenStore(redis, Vault(secret), app_id="wx0123456789abcdef")


async def test_workers_share_one_token(fake: FakeWeChat, open_wechat: OpenWeChat, redis: Outage) -> None:
    for _ in range(3):
        await check(open_wechat(tokens=shared(redis)))
    assert fake.count(TOKEN) == 1


async def test_of_two_workers_one_renews(
    fake: FakeWeChat, open_wechat: OpenWeChat, redis: Outage, clock: FixedClock
) -> None:
    first, second = open_wechat(tokens=shared(redis)), open_wechat(tokens=shared(redis))
    await check(first)
    clock.advance(seconds=7200 - 200)
    await asyncio.gather(check(first), check(second))
    assert (fake.count(TOKEN), fake.count(CHECK)) == (2, 3)


async def test_a_replaced_token_is_replaced_for_all_workers(
    fake: FakeWeChat, open_wechat: OpenWeChat, redis: Outage
) -> None:
    first, second = open_wechat(tokens=shared(redis)), open_wechat(tokens=shared(redis))
    await check(first)
    await check(second)
    fake.revoke_tokens()
    await check(first)
    await check(second)
    assert fake.count(TOKEN) == 2


async def test_without_redis_each_worker_keeps_its_own(
    fake: FakeWeChat, open_wechat: OpenWeChat, redis: Outage
) -> None:
    wechat = open_wechat(tokens=shared(redis))
    redis.is_down = True
    await check(wechat)
    await check(wechat)
    assert fake.count(TOKEN) == 1
    fake.revoke_tokens()
    await check(wechat)
    assert fake.count(TOKEN) == 2


async def test_the_token_in_redis_is_not_readable(fake: FakeWeChat, open_wechat: OpenWeChat, redis: Outage) -> None:
    await check(open_wechat(tokens=shared(redis)))
    kept = await redis.call(lambda r: r.get(KEY))
    assert isinstance(kept, str)
    assert fake.access_tokens[-1] not in kept
    assert 0 < await redis.call(lambda r: r.ttl(KEY)) <= 7200


async def test_a_token_under_a_lost_key_is_fetched_anew(
    fake: FakeWeChat, open_wechat: OpenWeChat, redis: Outage
) -> None:
    await check(open_wechat(tokens=shared(redis)))
    await check(open_wechat(tokens=shared(redis, secret="另一把同样足够长的测试用密钥，轮换之后使用")))
    assert fake.count(TOKEN) == 2


async def test_rubbish_in_redis_is_no_token(fake: FakeWeChat, open_wechat: OpenWeChat, redis: Outage) -> None:
    await redis.call(lambda r: r.set(KEY, "not.sealed"))
    await check(open_wechat(tokens=shared(redis)))
    assert fake.count(TOKEN) == 1


@pytest.mark.parametrize("kind", ["memory", "redis"])
async def test_only_the_named_token_is_dropped(redis: Outage, clock: FixedClock, kind: str) -> None:
    store = MemoryTokenStore() if kind == "memory" else shared(redis)
    token = Token("新的", clock.now() + timedelta(hours=1))
    await store.set(token)
    await store.drop("旧的")
    assert await store.get() == token
    await store.drop("新的")
    assert await store.get() is None


async def test_a_fetch_nobody_waits_for_ends_with_the_platform(fake: FakeWeChat, open_wechat: OpenWeChat) -> None:
    wechat = open_wechat(timeout=0.2)
    fake.fail(TOKEN, hang=30, times=9)
    with pytest.raises(PlatformError):
        await check(wechat)
    await wechat.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "wechat-access-token"]
