"""The database as the rest of the project sees it: open, close, transactions, raw SQL, and what an error means.

Raw SQL is written once for both databases, with `$1, $2, …` and, where PostgreSQL wants one, a cast beside the
placeholder. Rows come back as the driver has them: on SQLite an id or an instant is text.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeGuard, cast

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connections
from tortoise.context import TortoiseContext

from store.engines import postgres, sqlite
from store.engines.config import engine_config, model_modules
from store.engines.errors import is_transient, is_unavailable, violates
from store.engines.guards import Dialect
from store.engines.sqlite import in_this_thread
from store.engines.transaction import Callback, Joined, run_logged

__all__ = [
    "after_commit",
    "among",
    "close_database",
    "copy",
    "dialect",
    "execute",
    "fetch",
    "fetch_rows",
    "fetch_short",
    "fetch_value",
    "in_this_thread",
    "is_in_transaction",
    "is_transient",
    "is_unavailable",
    "open_database",
    "opened",
    "run_logged",
    "savepoint",
    "transaction",
    "violates",
]

_opened: TortoiseContext | None = None
_dialect: Dialect = "sqlite"
_following: set[asyncio.Task[None]] = set()


async def open_database(url: str, *, modules: list[str] | None = None, pool_size: int = 10) -> None:
    """Connect this process to the database of `url` and make the records of `modules` (by default all) use it."""
    global _opened, _dialect
    if _opened is not None:
        raise RuntimeError("A database is open already.")
    context = TortoiseContext()
    records = model_modules() if modules is None else modules
    config = {
        "connections": {"default": engine_config(url, pool_size=pool_size)},
        "apps": {"models": {"models": records, "default_connection": "default"}},
    }
    # Tortoise remembers each record's statements by table name, also those of a database that was open before.
    EXECUTOR_CACHE.clear()
    try:
        # Tortoise needs the context in this task while it starts, and afterwards every task finds it by the fallback:
        # a server starts in one task and answers in others.
        with context:
            await context.init(config=config, use_tz=True, timezone="UTC", _enable_global_fallback=True)
            await context.connections.get("default").create_connection(with_db=True)
    except BaseException:
        await context.close_connections()
        raise
    _opened, _dialect = context, cast(Dialect, _client().capabilities.dialect)


async def close_database() -> None:
    """Wait for what follows commits, then close every connection. Closing what is not open does nothing."""
    global _opened
    if _following:
        await asyncio.gather(*_following)
    if _opened is not None:
        context, _opened = _opened, None
        await context.close_connections()


def opened() -> object:
    """The database that is open now: what is remembered of one does not hold for the next."""
    return _opened


def dialect() -> Dialect:
    return _dialect


def transaction() -> AbstractAsyncContextManager[object]:
    """Everything in the block is committed together or not at all; inside another transaction it joins that one.

    A failure that leaves a joined block dooms the outer transaction, even when somebody catches it in between.
    """
    client = _client()
    return Joined(client.outer) if _is_transaction(client) else client._in_transaction()


def savepoint() -> AbstractAsyncContextManager[object]:
    """Like `transaction`, but inside another one its failure undoes this block alone."""
    return _client()._in_transaction()


def is_in_transaction() -> bool:
    return _is_transaction(_client())


def after_commit(callback: Callback) -> None:
    """Run `callback` once the outermost transaction has committed; without one, at once, in a task of its own.

    Callbacks run in order. A failure is logged, a rollback forgets them, and so does the death of the process: what
    must happen belongs into the outbox.
    """
    client = _client()
    if _is_transaction(client):
        client.outer.callbacks.append(callback)
        return
    task = asyncio.ensure_future(run_logged(callback))
    _following.add(task)
    task.add_done_callback(_following.discard)


async def fetch(sql: str, *values: object) -> list[Mapping[str, Any]]:
    """The rows of a query, or of a statement with RETURNING."""
    return [dict(row) for row in await _client().rows(sql, values)]


async def fetch_rows(sql: str, *values: object) -> Sequence[Any]:
    """The rows of a query as the driver has them, to be read by position or by name."""
    return await _client().rows(sql, values)


async def fetch_short(sql: str, *values: object) -> Sequence[Any]:
    """As `fetch_rows`, for a read of few rows: those of many requests may go to the database as one statement.

    Rows that went with others bear a column more, the last, that says nothing.
    """
    return await _client().read(sql, values)


async def fetch_value(sql: str, *values: object) -> Any:
    """The first column of the first row, or None. Its type is the database's business."""
    rows = await fetch(sql, *values)
    return next(iter(rows[0].values())) if rows else None


async def execute(sql: str, *values: object) -> int:
    """Run a statement; returns how many rows it wrote."""
    return await _client().affected(sql, values)


async def copy(table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write many rows in one go; identifiers are the program's own."""
    await _client().copied(table, columns, rows)


def among(expression: str, position: int, type: str) -> str:
    """The condition that `expression` is in the list passed as `$position`, whose items have the SQL type `type`."""
    if dialect() == "postgres":
        return f"{expression} = ANY(${position}::{type}[])"
    return f"{expression} IN (SELECT value FROM json_each(${position}))"  # noqa: S608 - SQL of the program; values are bound


_Client = sqlite.Client | sqlite.Wrapper | postgres.Client | postgres.Wrapper


def _client() -> _Client:
    """The client of the transaction that this task is in, or else that of everybody."""
    connections = _opened.connections if _opened else get_connections()
    client: BaseDBAsyncClient = connections.get("default")
    return cast(_Client, client)


def _is_transaction(client: _Client) -> TypeGuard[sqlite.Wrapper | postgres.Wrapper]:
    return isinstance(client, (sqlite.Wrapper, postgres.Wrapper)) and not client._finalized
