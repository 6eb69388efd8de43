"""A plain connection of its own, outside Tortoise and its pool: for migrations and for reading a schema.

Migrations must neither be cut off by the time limit of requests nor see foreign keys act while a table is rebuilt.
"""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import aiosqlite
import asyncpg  # type: ignore[import-untyped]  # it ships no types

from store.engines.config import sqlite_path
from store.engines.guards import Dialect
from store.migrations.script import MigrationError, sqlite_statements

WAIT_SECONDS_MAX = 120  # for another process that is migrating
# Any number will do, as long as every process of every release takes the same one.
POSTGRES_LOCK = 7_305_114_223


class Connection(Protocol):
    dialect: Dialect

    async def begin(self) -> None:
        """Begin a transaction that shuts out every other process that migrates."""

    async def commit(self) -> None:
        """Commit; raises `MigrationError` when a foreign key points nowhere or the transaction is gone."""

    async def rollback(self) -> None: ...

    async def run(self, script: str) -> None: ...

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]: ...

    async def close(self) -> None: ...


class Sqlite:
    dialect: Dialect = "sqlite"

    def __init__(self, raw: aiosqlite.Connection) -> None:
        self._raw = raw

    @classmethod
    async def open(cls, path: str) -> "Sqlite":
        raw = await aiosqlite.connect(path, isolation_level=None, timeout=WAIT_SECONDS_MAX)
        raw.row_factory = aiosqlite.Row
        return cls(raw)

    async def begin(self) -> None:
        # Dropping a table to rebuild it would delete its children; inside a transaction the switch does nothing.
        await self._raw.execute("PRAGMA foreign_keys=OFF")
        await self._raw.execute("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        if not self._raw.in_transaction:
            raise MigrationError("The script ended the transaction it runs in.")
        if orphans := await self.rows("PRAGMA foreign_key_check"):
            raise MigrationError(f"{len(orphans)} rows refer to rows that do not exist, first {orphans[0]}")
        await self._raw.commit()

    async def rollback(self) -> None:
        await self._raw.rollback()

    async def run(self, script: str) -> None:
        for statement in sqlite_statements(script):
            await self._raw.execute_fetchall(statement)

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        named = {str(position): value for position, value in enumerate(values, start=1)}
        return [dict(row) for row in await self._raw.execute_fetchall(sql, named)]

    async def close(self) -> None:
        await self._raw.close()


class Postgres:
    dialect: Dialect = "postgres"

    def __init__(self, raw: asyncpg.Connection) -> None:
        self._raw = raw

    @classmethod
    async def open(cls, url: str) -> "Postgres":
        return cls(await asyncpg.connect(url, server_settings={"timezone": "UTC", "statement_timeout": "0"}))

    async def begin(self) -> None:
        await self._raw.execute("BEGIN")
        # Held to the end of the transaction, so it also holds behind a pooler that lends connections by transaction.
        await self._raw.execute("SELECT pg_advisory_xact_lock($1)", POSTGRES_LOCK)
        # Waiting longer behind somebody's transaction would make every request on the table queue behind us.
        await self._raw.execute("SET LOCAL lock_timeout = '30s'")

    async def commit(self) -> None:
        if not self._raw.is_in_transaction():
            raise MigrationError("The script ended the transaction it runs in.")
        await self._raw.execute("COMMIT")

    async def rollback(self) -> None:
        # On a connection that is gone the server has rolled back itself, and what went wrong is raised already.
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError):
            await self._raw.execute("ROLLBACK")

    async def run(self, script: str) -> None:
        await self._raw.execute(script)

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._raw.fetch(sql, *values)]

    async def close(self) -> None:
        await self._raw.close()


@asynccontextmanager
async def connection(url: str) -> AsyncIterator[Connection]:
    """A connection to the database of `url`, closed at the end of the block."""
    is_sqlite = urlsplit(url).scheme == "sqlite"
    opened: Connection = await Sqlite.open(sqlite_path(url)) if is_sqlite else await Postgres.open(url)
    try:
        yield opened
    finally:
        await opened.close()


@asynccontextmanager
async def scratch_database(server_url: str | None) -> AsyncIterator[str]:
    """The URL of an empty database that is gone after the block: on that PostgreSQL server, or a SQLite file."""
    if server_url is None or urlsplit(server_url).scheme == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite://{Path(folder) / 'scratch.db'}"
        return
    name = f"scratch_{uuid4().hex}"
    await _on_server(server_url, [f'CREATE DATABASE "{name}"'])
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        await _on_server(server_url, [f'DROP DATABASE "{name}" WITH (FORCE)'])


async def _on_server(url: str, statements: Sequence[str]) -> None:
    async with connection(url) as server:
        for statement in statements:
            await server.run(statement)
