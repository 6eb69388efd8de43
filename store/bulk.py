"""Loading millions of rows at once, past the records, for rows that are right by construction.

PostgreSQL takes them by COPY, which is several times faster into tables without indexes: those are taken off first and
made again at the end, and so are, where the user may, the checks of foreign keys. All of it lies in one transaction,
so a load that is broken off leaves the tables and their indexes as they were.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice

from store.database import copy, dialect, execute, fetch, fetch_value, transaction

ROWS_AT_ONCE = 50_000
MAINTENANCE_MEMORY = "256MB"

Row = Sequence[object]

_INDEXES = (
    "SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS home, c.conname AS constraint_name, "
    "pg_get_indexdef(i.indexrelid) AS index, pg_get_constraintdef(c.oid) AS rule FROM pg_index i "
    "LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'u' "
    "WHERE i.indrelid::regclass::text = ANY($1::text[]) AND NOT i.indisprimary ORDER BY 1"
)


@asynccontextmanager
async def loading(*tables: str) -> AsyncIterator[None]:
    """A transaction for `load` into these tables, whose indexes are out of the way; ends with fresh statistics."""
    async with transaction():
        if dialect() == "sqlite":
            yield
            await execute("ANALYZE")
            return
        await execute("SET LOCAL statement_timeout = 0")
        await execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        await execute(f"SET LOCAL maintenance_work_mem = '{MAINTENANCE_MEMORY}'")
        is_superuser = await fetch_value("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if is_superuser:
            await execute("SET LOCAL session_replication_role = replica")
        indexes = await _taken_off(tables)
        yield
        for statement in indexes:
            await execute(statement)
        for table in tables:
            await execute(f'ANALYZE "{table}"')
        if is_superuser:
            await execute("SET LOCAL session_replication_role = DEFAULT")


async def load(table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Write rows in the order of `columns`; returns how many."""
    count = 0
    for some in _runs(rows):
        await copy(table, columns, some)
        count += len(some)
    return count


async def _taken_off(tables: Sequence[str]) -> list[str]:
    """Drop all indexes but those of primary keys; returns what makes them again."""
    statements = []
    for row in await fetch(_INDEXES, list(tables)):
        if row["rule"]:
            await execute(f'ALTER TABLE {row["home"]} DROP CONSTRAINT "{row["constraint_name"]}"')
            statements.append(f'ALTER TABLE {row["home"]} ADD CONSTRAINT "{row["constraint_name"]}" {row["rule"]}')
        else:
            await execute(f"DROP INDEX {row['name']}")
            statements.append(str(row["index"]))
    return statements


def _runs(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while some := list(islice(remaining, ROWS_AT_ONCE)):
        yield some
