"""A pool whose connections go from one statement to the next without asyncpg's ceremony.

asyncpg's own pool makes a task each time a connection is given back, for what may have to be undone on it. A statement
that has ended well outside a transaction leaves nothing to undo: its connection goes straight to whoever waits longest,
or lies ready. Everything else, a connection's making and its end among it, goes the way through asyncpg's pool.
"""

import asyncio
from collections import deque
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types

MAX_QUERIES = 50_000
IDLE_SECONDS_MAX = 300.0
_TRY_AGAIN = None


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
        self._waiters: deque[asyncio.Future[Any]] = deque()
        self._out = 0

    async def take(self, *, seconds: float) -> Any:
        """A connection; raises `TimeoutError` where none came free in time."""
        while True:
            while self._ready:
                connection = self._ready.pop()
                if not connection.is_closed():
                    return connection
                await self._end(connection)
            if self._out < self.get_max_size():
                self._out += 1
                try:
                    return await self.acquire(timeout=seconds)
                except BaseException:
                    self._leave_room()
                    raise
            if connection := await self._handed(seconds):
                return connection

    async def give(self, connection: Any, *, ended_well: bool = True) -> None:
        """Take a connection back."""
        if not ended_well or self._closing or connection.is_closed() or connection.is_in_transaction():
            await self._end(connection)
        elif not self._hand(connection):
            self._ready.append(connection)

    async def close(self) -> None:
        while self._ready:
            await self._end(self._ready.pop())
        await super().close()

    async def _handed(self, seconds: float) -> Any:
        """What somebody else gives back; `_TRY_AGAIN` where there is room for a new one instead."""
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        self._waiters.append(waiter)
        late = loop.call_later(seconds, _too_late, waiter)
        try:
            return await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None and waiter.result():
                await self.give(waiter.result())  # it was handed over in the moment in which the waiting ended
            raise
        finally:
            late.cancel()

    def _hand(self, connection: Any) -> bool:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    async def _end(self, connection: Any) -> None:
        try:
            await self.release(connection)
        finally:
            self._leave_room()

    def _leave_room(self) -> None:
        self._out -= 1
        self._hand(_TRY_AGAIN)


def _too_late(waiter: "asyncio.Future[Any]") -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError("no connection came free"))
