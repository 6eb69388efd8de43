"""Small plantings. Tests that only look share one; tests that write plant for themselves."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from tortoise import Tortoise

from seeds.demo import plant_demo
from seeds.large import plant_large
from store.database import close_database, open_database
from store.migrations.connection import scratch_database
from store.redis import close_redis, open_redis
from tests.conftest import NOON

SIZE = 36
DAYS = 21
SCALE = 200


async def plant_small() -> None:
    """A small demo community, whose history ends at noon of a Monday."""
    await plant_demo(now=NOON, size=SIZE, days=DAYS)


async def plant_small_large() -> None:
    await plant_large(SCALE, now=NOON)


@asynccontextmanager
async def _planted(plant: Callable[[], Awaitable[None]], redis_url: str) -> AsyncIterator[str]:
    async with scratch_database(os.environ.get("TEST_DATABASE_URL")) as url:
        await open_database(url)
        await Tortoise.generate_schemas()
        open_redis(redis_url)
        await plant()
        await close_redis()
        await close_database()
        yield url


@pytest.fixture(scope="session")
async def demo_url(redis_url: str) -> AsyncIterator[str]:
    async with _planted(plant_small, redis_url) as url:
        yield url


@pytest.fixture(scope="session")
async def large_url(redis_url: str) -> AsyncIterator[str]:
    async with _planted(plant_small_large, redis_url) as url:
        yield url


@pytest.fixture
async def demo(demo_url: str) -> AsyncIterator[None]:
    """A demo community to look at."""
    await open_database(demo_url)
    yield
    await close_database()


@pytest.fixture
async def large(large_url: str) -> AsyncIterator[None]:
    """A large set to look at."""
    await open_database(large_url)
    yield
    await close_database()


@pytest.fixture
async def own_demo(database: str, empty_redis: str) -> None:
    """A demo community to write into, with its boards."""
    await plant_small()


@pytest.fixture
async def own_large(database: str, empty_redis: str) -> None:
    """A large set to write into, with its boards."""
    await plant_small_large()
