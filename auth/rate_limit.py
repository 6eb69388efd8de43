"""Rate limits: how often one address or one account may try a thing.

A verb asks for itself, so each field of a document counts, however many aliases it has. The counts live in Redis, for
all workers together; while it does not answer, each process counts alone, which is looser by the number of workers and
never an error. Who is counted is named in Redis by a hash, so no openid or phone is written there.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis

from models.errors import DomainError
from store.clock import SystemClock
from store.redis import RedisUnavailable, redis
from store.vault import token_hash

_clock = SystemClock()


class RateLimited(DomainError):
    code = "RATE_LIMITED"
    zh = "操作太频繁，请稍后再试"
    en = "Too many requests. Try again later."


@dataclass(frozen=True)
class Rate:
    """At most `most` tries of one thing by one somebody in `seconds`, as a sliding window."""

    name: str
    most: int
    seconds: int = 60


async def limit(rate: Rate, who: str, *, at: datetime) -> None:
    """Count a try of `who` (an address, an openid, `member:<id>`), or raise `RateLimited` with the time to wait."""
    try:
        wait = await redis().call(lambda client: _wait(_limiters.shared(client), rate, who))
    except RedisUnavailable:
        wait = await _wait(_limiters.alone(), rate, who)
    if wait is not None:
        raise RateLimited(retry_at=at + wait)


async def _wait(limiter: SlidingWindowCounterRateLimiter, rate: Rate, who: str) -> timedelta | None:
    """How long to wait; None where the try is within the rate. Windows move by the machine's clock, as Redis's do."""
    item, name = RateLimitItemPerSecond(rate.most, rate.seconds, namespace="rate"), token_hash(who)[:32]
    if await limiter.hit(item, rate.name, name):
        return None
    window = await limiter.get_window_stats(item, rate.name, name)
    return max(timedelta(seconds=window.reset_time - _clock.now().timestamp()), timedelta(seconds=1))


class _Limiters:
    """The limiter over the process's own Redis client, whose deadline and breaker hold here as well; and the other."""

    def __init__(self) -> None:
        self._client: Redis | None = None
        self._shared: SlidingWindowCounterRateLimiter | None = None
        self._alone: SlidingWindowCounterRateLimiter | None = None

    def shared(self, client: Redis) -> SlidingWindowCounterRateLimiter:
        if self._shared is None or self._client is not client:
            pool: Any = client.connection_pool
            storage = RedisStorage("redis://", implementation="redispy", connection_pool=pool, key_prefix="limit")
            self._client, self._shared = client, SlidingWindowCounterRateLimiter(storage)
        return self._shared

    def alone(self) -> SlidingWindowCounterRateLimiter:
        if self._alone is None:
            self._alone = SlidingWindowCounterRateLimiter(MemoryStorage())
        return self._alone


_limiters = _Limiters()
