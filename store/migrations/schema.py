"""The schema a live database really has."""

from store.migrations.connection import Connection
from store.migrations.postgres_schema import read_postgres
from store.migrations.sqlite_schema import read_sqlite
from store.migrations.tables import Schema

IGNORED = frozenset({"schema_migration"})


async def read_schema(database: Connection) -> Schema:
    """Every table of the database but the runner's own."""
    schema = await (read_postgres(database) if database.dialect == "postgres" else read_sqlite(database))
    return {name: table for name, table in sorted(schema.items()) if name not in IGNORED}
