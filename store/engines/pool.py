"""A pool whose connections stay at hand between two statements.

asyncpg's own pool makes a task each time a connection is given back, for what may have to be undone on it. A statement
that has ended well on a connection outside a transaction leaves nothing to undo, so its connection is kept ready here
and taken again without a word; everything else goes the way through the pool.
"""

from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types

MAX_QUERIES = 50_000
IDLE_SECONDS_MAX = 300.0


class Pool(asyncpg.Pool):  # type: ignore[misc]  # it ships no types
    def __init__(self, **options: Any) -> None:
        settled = {
            "max_queries": MAX_QUERIES,
            "max_inactive_connection_lifetime": IDLE_SECONDS_MAX,
            "setup": None,
            "init": None,
            "record_class": asyncpg.Record,
        }
        super().__init__(**(settled | options))
        self._ready: list[Any] = []
        self._waiting = 0

    async def take(self, *, seconds: float) -> Any:
        """A connection; raises `TimeoutError` where none came free in time."""
        while self._ready:
            connection = self._ready.pop()
            if not connection.is_closed():
                return connection
            await self.release(connection)
        self._waiting += 1
        try:
            return await self.acquire(timeout=seconds)
        finally:
            self._waiting -= 1

    async def give(self, connection: Any) -> None:
        """Take back a connection on which everything has ended well."""
        if self._waiting or self._closing or connection.is_closed() or connection.is_in_transaction():
            await self.release(connection)
        else:
            self._ready.append(connection)

    async def close(self) -> None:
        while self._ready:
            await self.release(self._ready.pop())
        await super().close()
