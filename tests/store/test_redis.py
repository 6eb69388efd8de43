"""A Redis that is lost, slow, full or forgetful costs a request no time and no truth."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ResponseError

import store.redis
from store.embedded_redis import EmbeddedRedis, start
from store.redis import REST, RedisStore, RedisUnavailable, close_redis, open_redis, redis, script
from store.redis_process import send

ADD = script("add", "return redis.call('INCRBY', KEYS[1], ARGV[1])")


class Hours:
    """The breaker's clock, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    running = start(tmp_path_factory.mktemp("redis"))
    yield running
    running.stop()


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Hours:
    clock = Hours()
    monkeypatch.setattr(store.redis, "monotonic", clock)
    return clock


@pytest.fixture
async def client(server: EmbeddedRedis) -> AsyncIterator[RedisStore]:
    send(server.url, "FLUSHALL")
    opened = store_at(server.url)
    yield opened
    await opened.close()


def store_at(url: str, *, connections: int = 2, timeout: float = 2.0) -> RedisStore:
    return RedisStore(url, connections=connections, connect_timeout=timeout, command_timeout=timeout)


@asynccontextmanager
async def silent_server() -> AsyncIterator[tuple[str, list[None]]]:
    """A server that takes connections and never answers, and one entry for each connection it took."""
    taken: list[None] = []
    over = asyncio.Event()

    async def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(None)
        await over.wait()
        writer.close()

    listener = await asyncio.start_server(take, "127.0.0.1", 0)
    yield f"redis://127.0.0.1:{listener.sockets[0].getsockname()[1]}", taken
    over.set()
    listener.close()
    await listener.wait_closed()


async def ping(client: RedisStore) -> bool:
    return await client.call(lambda r: r.ping())


async def test_a_batch_answers_in_order(client: RedisStore) -> None:
    replies = await client.batch(
        lambda p: (p.zadd("{w}points", {"林小满": 30, "周子衿": 20}), p.zrevrange("{w}points", 0, 0), p.get("{w}none"))
    )
    assert replies == [2, ["林小满"], None]


async def test_a_forgotten_script_is_loaded_and_nothing_else_repeated(client: RedisStore) -> None:
    assert await client.run(ADD, keys=["{m}points"], args=[10]) == 10
    await client.call(lambda r: r.script_flush())
    replies = await client.batch(
        lambda p: (p.incr("{m}days"), ADD.queue(p, keys=["{m}points"], args=[5]), p.incr("{m}days"))
    )
    assert replies == [1, 15, 2]
    assert await client.batch(lambda p: p.mget("{m}days", "{m}points"), atomic=True) == [["2", "15"]]


async def test_a_refused_command_is_raised_and_does_not_open_the_breaker(client: RedisStore) -> None:
    await client.call(lambda r: r.set("{m}name", "林小满"))
    with pytest.raises(ResponseError, match="not an integer"):
        await client.batch(lambda p: p.incr("{m}name"))
    assert await ping(client)


async def test_more_callers_than_connections_wait_for_their_turn(client: RedisStore) -> None:
    replies = await asyncio.gather(*(client.call(lambda r: r.incr("{m}days")) for _ in range(200)))
    assert sorted(replies) == list(range(1, 201))


async def test_a_lost_server_is_asked_once_a_second(hours: Hours, tmp_path: Path) -> None:
    client = store_at(f"unix://{tmp_path}/none.sock")
    with pytest.raises(RedisUnavailable, match="does not answer"):
        await ping(client)
    with pytest.raises(RedisUnavailable, match="a moment ago"):
        await ping(client)
    hours.now += REST
    with pytest.raises(RedisUnavailable, match="does not answer"):
        await ping(client)
    await client.close()


async def test_a_slow_server_costs_one_deadline_and_then_one_probe(hours: Hours) -> None:
    async with silent_server() as (url, taken):
        client = store_at(url, timeout=0.05)
        for probe in (1, 2):
            refusals = await asyncio.gather(
                *(ping(client) for _ in range(1 if probe == 1 else 20)), return_exceptions=True
            )
            assert {type(refusal) for refusal in refusals} == {RedisUnavailable}
            assert sum("does not answer" in str(refusal) for refusal in refusals) == 1
            assert len(taken) == probe
            hours.now += REST
        await client.close()


async def test_a_probe_that_is_answered_opens_the_way_again(
    client: RedisStore, server: EmbeddedRedis, hours: Hours
) -> None:
    async def fail(_: Any) -> None:
        raise ConnectionResetError

    with pytest.raises(RedisUnavailable):
        await client.call(fail)
    hours.now += REST
    assert await ping(client)
    assert await asyncio.gather(*(ping(client) for _ in range(5))) == [True] * 5


async def test_a_cancelled_probe_lets_the_next_one_through(client: RedisStore, hours: Hours) -> None:
    async def fail(_: Any) -> None:
        raise ConnectionResetError

    with pytest.raises(RedisUnavailable):
        await client.call(fail)
    hours.now += REST
    probe = asyncio.ensure_future(ping(client))
    await asyncio.sleep(0)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    assert await ping(client)


async def test_a_timed_out_increment_is_applied_once(server: EmbeddedRedis, client: RedisStore) -> None:
    hasty = store_at(server.url, timeout=0.1)
    await ping(hasty)
    send(server.url, "CLIENT", "PAUSE", "60000", "WRITE")
    with pytest.raises(RedisUnavailable):
        await hasty.call(lambda r: r.incr("{m}points"))
    send(server.url, "CLIENT", "UNPAUSE")
    assert await client.call(lambda r: r.get("{m}points")) in ("1", None)
    await hasty.close()


async def test_cancelled_callers_lose_no_connection(client: RedisStore) -> None:
    for step in range(60):
        caller = asyncio.ensure_future(client.run(ADD, keys=["{m}points"], args=[1]))
        for _ in range(step % 20):
            await asyncio.sleep(0)
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
    assert all(await asyncio.gather(ping(client), ping(client)))
    assert len(await client.call(lambda r: r.client_list(_type="normal"))) <= 2


async def test_a_restarted_server_is_met_without_a_failure(tmp_path: Path) -> None:
    before = start(tmp_path)
    client = store_at(before.url)
    assert all(await asyncio.gather(ping(client), ping(client)))
    before.stop()
    after = start(tmp_path)
    former = _also_at(before, after)
    assert all(await asyncio.gather(ping(client), ping(client)))
    await client.close()
    after.stop()
    shutil.rmtree(former)


def _also_at(before: EmbeddedRedis, after: EmbeddedRedis) -> Path:
    """Lets the second server answer at the first one's address; the folder to remove afterwards."""
    address = Path(before.url.removeprefix("unix://"))
    address.parent.mkdir()
    address.symlink_to(after.url.removeprefix("unix://"))
    return address.parent


async def test_a_subscriber_waits_longer_than_a_command_may(server: EmbeddedRedis) -> None:
    client = store_at(server.url, timeout=0.05)
    async with client.pubsub() as subscriber:
        await subscriber.subscribe("{w}changed")
        heard = asyncio.ensure_future(anext(m async for m in subscriber.listen() if m["type"] == "message"))
        await asyncio.sleep(0.2)
        assert not heard.done()
        await client.call(lambda r: r.publish("{w}changed", "林小满"))
        assert (await asyncio.wait_for(heard, 5))["data"] == "林小满"
    await client.close()


async def test_the_client_of_the_process_is_opened_and_closed(server: EmbeddedRedis) -> None:
    opened = open_redis(server.url)
    assert redis() is opened
    assert await opened.is_alive()
    await close_redis()
    await close_redis()
    with pytest.raises(RuntimeError, match="open_redis"):
        redis()


async def test_a_reply_that_came_while_the_loop_was_busy_is_in_time(redis_url: str) -> None:
    impatient = open_redis(redis_url, command_timeout=0.05, connect_timeout=0.05)
    asyncio.get_running_loop().call_later(0.01, time.sleep, 0.2)

    reply = await impatient.call(lambda client: asyncio.to_thread(_reply_after, 0.1))

    assert reply == "arrived"
    await close_redis()


def _reply_after(seconds: float) -> str:
    time.sleep(seconds)
    return "arrived"
