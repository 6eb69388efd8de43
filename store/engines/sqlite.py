"""SQLite as an engine of Tortoise: one connection of this process, written durably, with immediate transactions.

A transaction takes the write lock when it begins (BEGIN IMMEDIATE): a deferred one that reads first and writes later
fails with "database is locked" whenever another process wrote in between.

Statements run in a thread of the connection's own, so that the disk keeps no other request waiting. Where there are no
others, `in_this_thread` saves the two changes of thread, which cost more than most statements.
"""

import asyncio
import base64
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import aiosqlite
from tortoise.backends.base.client import ConnectionWrapper, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper, translate_exceptions
from tortoise.backends.sqlite.schema_generator import SqliteSchemaGenerator

from store.engines.guards import Dialect
from store.engines.schema import ConstraintSchema
from store.engines.transaction import OuterTransaction, Savepoint, Unit, UnitState, finished

PRAGMAS: dict[str, int | str] = {
    "busy_timeout": 10_000,  # milliseconds; first, because the others may already have to wait
    "journal_mode": "WAL",
    "journal_size_limit": 16 * 1024 * 1024,  # bytes
    "foreign_keys": "ON",
    "synchronous": "FULL",  # a commit that was answered survives the loss of power
    "recursive_triggers": "ON",  # or INSERT OR REPLACE would delete rows past the guards
}


_stays_in_thread: ContextVar[bool] = ContextVar("stays_in_thread", default=False)


@contextmanager
def in_this_thread() -> Iterator[None]:
    """Run the statements of this block in the thread that asks for them: for work that has the process to itself."""
    token = _stays_in_thread.set(True)
    try:
        yield
    finally:
        _stays_in_thread.reset(token)


class SqliteSchema(ConstraintSchema, SqliteSchemaGenerator):
    dialect: Dialect = "sqlite"


class _Lease(ConnectionWrapper[aiosqlite.Connection]):
    """Tortoise's lease of the connection, which would stay locked if connecting failed or was cancelled."""

    async def __aenter__(self) -> aiosqlite.Connection:
        await self._lock.acquire()
        try:
            await self.ensure_connection()
        except BaseException:
            self._lock.release()
            raise
        return self.connection


class _Queries(SqliteClient):
    """Queries as both the plain client and the one of a transaction ask them."""

    schema_generator = SqliteSchema

    def acquire_connection(self) -> ConnectionWrapper[aiosqlite.Connection]:
        return _Lease(self._lock, self)

    async def execute_query(self, query: str, values: Any = None) -> tuple[int, Sequence[Any]]:
        return await self._counted(query, values or ())

    async def rows(self, sql: str, values: Sequence[object]) -> list[sqlite3.Row]:
        return (await self._counted(sql, _Named(values)))[1]

    read = rows

    async def affected(self, sql: str, values: Sequence[object]) -> int:
        return (await self._counted(sql, _Named(values)))[0]

    async def copied(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        named, places = ", ".join(f'"{column}"' for column in columns), ", ".join("?" for _ in columns)
        sql = f'INSERT INTO "{table}" ({named}) VALUES ({places})'  # noqa: S608 - identifiers of the program
        await self.execute_many(sql, [[stored(value) for value in row] for row in rows])

    @translate_exceptions
    async def execute_insert(self, query: str, values: list[Any]) -> int:
        rowid: int = await self._ran(_run_insert, query, values)
        return rowid

    @translate_exceptions
    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        await self._ran(_run_many, query, values)

    async def _counted(self, query: str, values: Any) -> tuple[int, list[sqlite3.Row]]:
        counted: tuple[int, list[sqlite3.Row]] = await self._translated(query, values)
        return counted

    @translate_exceptions
    async def _translated(self, query: str, values: Any) -> Any:
        return await self._ran(_run, query, values)

    async def _ran(self, run: Callable[[sqlite3.Connection, str, Any], Any], query: str, values: Any) -> Any:
        async with self.acquire_connection() as connection:
            if _stays_in_thread.get():
                return run(connection._conn, query, values)
            # One trip to the connection's thread; the public methods need three for both rows and their count.
            in_thread: Any = connection._execute
            return await in_thread(run, connection._conn, query, values)


class Client(_Queries):
    def __init__(self, file_path: str, **options: Any) -> None:
        super().__init__(file_path, **options)
        self.pragmas = PRAGMAS | {name: value for name, value in options.items() if name in PRAGMAS}

    async def create_connection(self, with_db: bool) -> None:
        await finished(self._connect())

    async def _connect(self) -> None:
        """Nobody may see the connection before its pragmas hold, or a write could pass without foreign keys."""
        if self._connection is not None:
            return
        connection = await aiosqlite.connect(self.filename, isolation_level=None, check_same_thread=False)
        try:
            connection.row_factory = sqlite3.Row
            await connection.create_function("base64url", 1, _base64url, deterministic=True)
            for name, value in self.pragmas.items():
                await connection.execute_fetchall(f"PRAGMA {name}={value}")
        except BaseException:
            await connection.close()
            raise
        self._connection = connection
        await self._post_connect()

    async def execute_many(self, query: str, values: list[list[object]]) -> None:
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(Wrapper(self), self._lock)


class Wrapper(UnitState, _Queries, SqliteTransactionWrapper):
    """The client of a transaction. A task that outlives it falls back to the connection of everybody."""

    _parent: "Client | Wrapper"

    def __init__(self, parent: "Client | Wrapper") -> None:
        SqliteTransactionWrapper.__init__(self, parent)
        self.outer: Wrapper = parent.outer if isinstance(parent, Wrapper) else self
        self.start()

    def acquire_connection(self) -> ConnectionWrapper[aiosqlite.Connection]:
        return self._parent.acquire_connection() if self._finalized else super().acquire_connection()

    def _in_transaction(self) -> TransactionContext:
        if self._finalized:
            return self._parent._in_transaction()
        inner = Wrapper(self)
        return Savepoint(inner, inner, self.outer)

    async def begin(self) -> None:
        await self._connection.execute("BEGIN IMMEDIATE")


class _Transaction(OuterTransaction):
    def __init__(self, client: Wrapper, lock: asyncio.Lock) -> None:
        self.client = client
        self.unit: Unit = client
        self.lock = lock
        self.wrapper = client

    async def acquire(self) -> None:
        await self.lock.acquire()
        try:
            parent = self.wrapper._parent
            if parent._connection is None:
                await parent.create_connection(with_db=True)
            assert parent._connection is not None
            self.wrapper._connection = parent._connection
        except BaseException:
            self.lock.release()
            raise

    async def release(self) -> None:
        self.lock.release()


class _Named(dict[str, object]):
    """The values of `$1, $2, …`, which SQLite takes for names.

    PostgreSQL often needs a cast beside its placeholder (`$1::bigint`); SQLite reads it as part of the name.
    """

    def __init__(self, values: Sequence[object]) -> None:
        super().__init__({str(position): stored(value) for position, value in enumerate(values, start=1)})

    def __missing__(self, name: str) -> object:
        return self[name.partition("::")[0]] if "::" in name else super().__getitem__(name)


def _base64url(text: str) -> str:
    """What PostgreSQL can do by itself."""
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def stored(value: object) -> object:
    """The value as Tortoise stores it, so that a raw comparison compares like with like; a list becomes JSON."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return json.dumps([stored(one) for one in value], ensure_ascii=False)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def _instant(value: datetime) -> str:
    """Instants are text and compare as text, so all of them are written in one zone."""
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no zone, so it is no instant")
    return value.astimezone(UTC).isoformat(" ")


def _run(connection: sqlite3.Connection, query: str, values: Any) -> tuple[int, list[sqlite3.Row]]:
    """The rows and how many the statement itself wrote; rows of cascades and triggers are not counted."""
    changes_before = connection.total_changes
    cursor = connection.execute(query, values)
    rows = cursor.fetchall()
    if cursor.rowcount >= 0:
        return cursor.rowcount, rows
    if connection.total_changes != changes_before:
        return int(connection.execute("SELECT changes()").fetchone()[0]), rows
    return len(rows), rows


def _run_insert(connection: sqlite3.Connection, query: str, values: Any) -> int | None:
    return connection.execute(query, values).lastrowid


def _run_many(connection: sqlite3.Connection, query: str, values: Any) -> None:
    connection.executemany(query, values)


# Tortoise's own adapter keeps the zone a value came with, and "08:00+08:00" sorts after "07:00+00:00".
sqlite3.register_adapter(datetime, _instant)

client_class = Client
