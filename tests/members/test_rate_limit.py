"""Rate limits: shared through Redis, counted alone without it, and never an error."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import pytest

from auth.rate_limit import Rate, RateLimited, limit
from store.redis import close_redis, open_redis, redis
from tests.conftest import NOON

THREE = Rate("test", 3)


async def passed(rate: Rate, who: str, tries: int) -> int:
    outcomes = await asyncio.gather(*(limit(rate, who, at=NOON) for _ in range(tries)), return_exceptions=True)
    assert {type(one) for one in outcomes} <= {type(None), RateLimited}
    return sum(one is None for one in outcomes)


async def test_of_twenty_tries_at_one_instant_three_pass(empty_redis: str) -> None:
    assert await passed(THREE, "1.2.3.4", 20) == 3


async def test_one_address_does_not_use_up_another_ones_tries(empty_redis: str) -> None:
    await passed(THREE, "1.2.3.4", 5)

    assert await passed(THREE, "5.6.7.8", 3) == 3
    assert await passed(Rate("another", 3), "1.2.3.4", 3) == 3


async def test_a_refusal_says_when_to_come_back(empty_redis: str) -> None:
    await passed(THREE, "1.2.3.4", 3)

    with pytest.raises(RateLimited) as refused:
        await limit(THREE, "1.2.3.4", at=NOON)

    assert refused.value.retry_at is not None
    assert 0 < (refused.value.retry_at - NOON).total_seconds() <= 60


async def test_redis_is_not_told_who_was_counted(empty_redis: str) -> None:
    await limit(THREE, "openid:oLinXiaoyu", at=NOON)

    keys = await redis().call(lambda client: client.keys("*"))

    assert [key for key in keys if "oLinXiaoyu" in key] == []
    assert len(keys) == 1


async def test_without_redis_this_process_counts_alone_and_at_once(unused_redis: None) -> None:
    rate, started = Rate("without-redis", 3), monotonic()

    assert await passed(rate, "1.2.3.4", 20) == 3
    assert monotonic() - started < 1


@pytest.fixture
async def unused_redis() -> AsyncIterator[None]:
    """A client of a port where nobody listens."""
    open_redis("redis://127.0.0.1:1")
    yield
    await close_redis()
