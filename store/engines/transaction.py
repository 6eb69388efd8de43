"""How a transaction of either database begins and ends when its task may be cancelled at any await.

Tortoise acquires a connection and begins afterwards, with nothing that undoes the one when the other is cancelled: on
SQLite the only connection stayed locked and every later query waited for ever, on PostgreSQL a pooled connection was
lost with each such cancellation. It also leaves a transaction open whose COMMIT failed. Here COMMIT and ROLLBACK run
to their end before a cancellation goes on, and the connection is given back on every path.

What must follow the commit is kept beside the transaction itself, so that a rollback forgets it in the same breath.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

import structlog
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.connection import ConnectionToken, get_connections
from tortoise.exceptions import TransactionManagementError

Callback = Callable[[], Awaitable[None]]

_log = structlog.get_logger("database")


class Unit(Protocol):
    """The client of one transaction, as both engines make it: what follows its commit, and whether it may commit."""

    callbacks: list[Callback]
    is_doomed: bool
    _finalized: bool

    async def begin(self) -> None: ...
    async def commit(self) -> None: ...
    async def rollback(self) -> None: ...
    async def savepoint(self) -> None: ...
    async def savepoint_rollback(self) -> None: ...
    async def release_savepoint(self) -> None: ...


class UnitState:
    """Mixed into the transaction client of each engine."""

    callbacks: list[Callback]
    is_doomed: bool

    def start(self) -> None:
        self.callbacks = []
        self.is_doomed = False


class OuterTransaction(TransactionContext):
    """A whole transaction. The engines say how a connection is taken and given back."""

    client: TransactionalDBClient
    unit: Unit
    token: ConnectionToken | None = None

    async def acquire(self) -> None:
        raise NotImplementedError

    async def release(self) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> TransactionalDBClient:
        await self.acquire()
        try:
            await self.unit.begin()
        except BaseException:
            # A cancelled BEGIN may still take effect: both drivers run the rollback after it.
            await finished(self._end())
            raise
        self.token = get_connections().set(self.client.connection_name, self.client)
        return self.client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        unit = self.unit
        try:
            get_connections().reset(self.token)
            if kind is None and not unit.is_doomed and not unit._finalized:
                await finished(unit.commit())
        finally:
            # Giving back alone needs no protection: the lock is released at once, and the pool shields itself.
            await (self.release() if unit._finalized else finished(self._end()))
        if kind is not None:
            return
        if unit.is_doomed:
            raise TransactionManagementError("A block that joined this transaction failed, so nothing was committed.")
        await _follow(unit.callbacks)

    async def _end(self) -> None:
        try:
            if not self.unit._finalized:
                # A rollback fails only on a connection that is gone, and the server has rolled that one back itself.
                with suppress(Exception):
                    await self.unit.rollback()
                self.unit._finalized = True
        finally:
            await self.release()


class Savepoint(TransactionContext):
    """A part that may fail alone: what it wrote, and what was to follow the commit because of it, is undone."""

    def __init__(self, client: TransactionalDBClient, unit: Unit, outer: Unit) -> None:
        self.client = client
        self.unit = unit
        self.outer = outer

    async def __aenter__(self) -> TransactionalDBClient:
        self.callbacks_before = len(self.outer.callbacks)
        self.was_doomed = self.outer.is_doomed
        await finished(self.unit.savepoint())
        return self.client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.unit._finalized:
            return
        failed_inside = self.outer.is_doomed and not self.was_doomed
        if kind is None and not failed_inside:
            await finished(self.unit.release_savepoint())
            return
        await finished(self.unit.savepoint_rollback())
        del self.outer.callbacks[self.callbacks_before :]
        self.outer.is_doomed = self.was_doomed
        if kind is None:
            raise TransactionManagementError("A block that joined this savepoint failed, so it was rolled back.")


class Joined:
    """A block inside a transaction that is already there. Its failure dooms the whole, as PostgreSQL would have it."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.unit.is_doomed = True


async def finished(step: Coroutine[object, object, None]) -> None:
    """Await a step that must not be left half done: a cancellation waits for its end and is raised then."""
    task = asyncio.ensure_future(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()
        raise


async def _follow(callbacks: Sequence[Callback]) -> None:
    for callback in callbacks:
        await run_logged(callback)


async def run_logged(callback: Callback) -> None:
    """Run what follows a commit. The commit stands, so a failure is told to the log and to nobody else."""
    try:
        await callback()
    except Exception as error:
        _log.exception("after_commit.failed", callback=getattr(callback, "__qualname__", repr(callback)), error=error)
