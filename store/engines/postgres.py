"""PostgreSQL as an engine of Tortoise, through asyncpg's pool."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.asyncpg.schema_generator import AsyncpgSchemaGenerator
from tortoise.backends.base.client import ConnectionWrapper, PoolConnectionWrapper, TransactionContext
from tortoise.backends.base_postgres.client import translate_exceptions

from store.engines.gathering import Gathering, Rows
from store.engines.guards import Dialect
from store.engines.pool import Pool
from store.engines.schema import ConstraintSchema
from store.engines.transaction import OuterTransaction, Savepoint, Unit, UnitState

ACQUIRE_SECONDS_MAX = 10.0  # with every connection busy for so long, refusing is kinder than queueing


class PostgresSchema(ConstraintSchema, AsyncpgSchemaGenerator):
    dialect: Dialect = "postgres"


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # it ships no types
    """A pooled connection that is given back without a word to the server.

    asyncpg would ask it to forget the session's state each time, a round trip after every single statement. Nobody here
    leaves any: no listening, no session locks, no settings but those of `SET LOCAL`. A transaction that was left open
    is still rolled back.
    """

    def get_reset_query(self) -> str:
        return ""


class _Lease(PoolConnectionWrapper[asyncpg.Connection]):
    async def __aenter__(self) -> asyncpg.Connection:
        await self.ensure_connection()
        self.connection = await self.client._pool.take(seconds=ACQUIRE_SECONDS_MAX)
        return self.connection

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        pool: Pool = self.client._pool
        await pool.give(self.connection, ended_well=kind is None)


class _Queries(AsyncpgDBClient):
    """Queries as both the plain client and the one of a transaction ask them."""

    schema_generator = PostgresSchema
    connection_class = _Connection

    @translate_exceptions
    async def rows(self, sql: str, values: Sequence[object]) -> list[asyncpg.Record]:
        async with self.acquire_connection() as connection:
            found: list[asyncpg.Record] = await connection.fetch(sql, *map(_sent, values))
            return found

    @translate_exceptions
    async def affected(self, sql: str, values: Sequence[object]) -> int:
        async with self.acquire_connection() as connection:
            status: str = await connection.execute(sql, *map(_sent, values))
            return _count(status)

    @translate_exceptions
    async def copied(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        async with self.acquire_connection() as connection:
            await connection.copy_records_to_table(table, records=rows, columns=columns)


class Client(_Queries):
    @cached_property
    def gathering(self) -> Gathering:
        return Gathering(lambda sql, values: self.rows(sql, values), self._types_of)

    async def read(self, sql: str, values: Sequence[object]) -> Rows:
        """The rows of a short read, which may go together with others."""
        return await self.gathering.rows(sql, tuple(values))

    @translate_exceptions
    async def _types_of(self, sql: str) -> tuple[str, ...]:
        async with self.acquire_connection() as connection:
            statement = await connection.prepare(sql)
            return tuple(kind.name for kind in statement.get_parameters())

    async def create_pool(self, **options: Any) -> Pool:
        found: Pool = await Pool(**options)
        return found

    def acquire_connection(self) -> PoolConnectionWrapper[asyncpg.Connection]:
        return _Lease(self, self._pool_init_lock)

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(Wrapper(self))


class Wrapper(UnitState, _Queries, TransactionWrapper):
    """The client of a transaction. A task that outlives it falls back to the pool."""

    def __init__(self, parent: "Client | Wrapper") -> None:
        TransactionWrapper.__init__(self, parent)
        self.outer: Wrapper = parent.outer if isinstance(parent, Wrapper) else self
        self.start()

    async def read(self, sql: str, values: Sequence[object]) -> Rows:
        found: Rows = await self.rows(sql, values)  # a transaction has a connection of its own
        return found

    def acquire_connection(self) -> ConnectionWrapper[asyncpg.Connection]:
        if self._finalized:
            return self._parent.acquire_connection()  # type: ignore[return-value]  # the pool's lease is entered alike
        return TransactionWrapper.acquire_connection(self)

    def _in_transaction(self) -> TransactionContext:
        if self._finalized:
            return self._parent._in_transaction()
        inner = Wrapper(self)
        return Savepoint(inner, inner, self.outer)


class _Transaction(OuterTransaction):
    def __init__(self, client: Wrapper) -> None:
        self.client = client
        self.unit: Unit = client
        self.wrapper = client

    async def acquire(self) -> None:
        parent = self.wrapper._parent
        lease = parent.acquire_connection()
        self.wrapper._connection = await lease.__aenter__()
        self.pool = parent._pool

    async def release(self) -> None:
        if self.pool is not None:
            await self.pool.give(self.wrapper._connection)


_AS_IT_IS = frozenset({str, int, bool, type(None), UUID, datetime, date})
"""Types of most values, which asyncpg takes as they are."""


def _sent(value: object) -> object:
    if value.__class__ in _AS_IT_IS:
        return value
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def _count(status: str) -> int:
    """The last word of a command's status: `UPDATE 3`, `INSERT 0 3`; `CREATE TABLE` wrote no row."""
    last = status.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0


client_class = Client
