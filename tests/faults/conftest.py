"""A server of the test's own, on the database and Redis that the suite runs on."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from store.redis import close_redis, open_redis, redis
from tests.faults.server import Server, a_server

ServerFor = Callable[..., Server]


@pytest.fixture
def server_for(tmp_path: Path, database_url: str) -> Iterator[ServerFor]:
    """A server on the test's database, with settings by name; it is not started yet."""
    with ExitStack() as running:

        def make(**environment: str) -> Server:
            return running.enter_context(a_server(tmp_path, **{"DATABASE_URL": database_url, **environment}))

        yield make


@pytest.fixture
async def given_redis(redis_url: str) -> AsyncIterator[str]:
    """A Redis beside the server, empty, and open in the test's process."""
    open_redis(redis_url)
    await redis().call(lambda client: client.flushdb())
    yield redis_url
    await close_redis()


@pytest.fixture
def redis_settings(redis_url: str) -> dict[str, str]:
    """What names the Redis to a server: the given one, or nothing where it starts one of its own."""
    return {"REDIS_URL": redis_url} if os.environ.get("TEST_REDIS_URL") else {}
