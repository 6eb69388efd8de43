"""The database and Redis of a command: opened before its verb, closed after it."""

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import TypeVar

from store.database import close_database, open_database
from store.embedded_redis import redis_for
from store.redis import close_redis, open_redis
from store.settings import Settings

T = TypeVar("T")


async def with_stores(config: Settings, verb: Callable[[], Awaitable[T]], *, needs_redis: bool = True) -> T:
    """What the verb returns. Beside a running server its Redis is used; alone, one is started for the verb's time."""
    with redis_for(config.redis_url, config.data_dir) if needs_redis else nullcontext(None) as redis_url:
        try:
            await open_database(config.database, pool_size=config.database_pool_size)
            if redis_url:
                open_redis(redis_url)
            return await verb()
        finally:
            await close_database()
            await close_redis()
