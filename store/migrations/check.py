"""`python -m store.migrations.check [POSTGRES_URL]`: all versions together make what the records declare.

SQLite is always compared; PostgreSQL where a server is given, in a scratch database of its own. Exits with 1 and the
difference when the two have drifted apart.
"""

import asyncio
import os
import sys
from pathlib import Path

from store.migrations.connection import connection, scratch_database
from store.migrations.records import declared_schema
from store.migrations.runner import migrate
from store.migrations.schema import read_schema
from store.migrations.script import VERSIONS
from store.migrations.tables import Schema, difference


async def drift(server_url: str | None, *, folder: Path = VERSIONS, modules: list[str] | None = None) -> str:
    """How the records differ from what the versions make; empty when they agree."""
    migrated = await migrated_schema(server_url, folder=folder)
    wanted = await declared_schema(server_url, modules)
    return difference(migrated, wanted, old_name="versions", new_name="records")


async def migrated_schema(server_url: str | None, *, folder: Path = VERSIONS) -> Schema:
    """The schema of an empty database to which every version was applied."""
    async with scratch_database(server_url) as url:
        await migrate(url, folder=folder)
        async with connection(url) as database:
            return await read_schema(database)


async def _main(server_url: str | None) -> int:
    failures = 0
    for name, server in [("sqlite", None), *([("postgres", server_url)] if server_url else [])]:
        if found := await drift(server):
            failures += 1
            print(f"{name}: the records are not what the versions make\n{found}")
        else:
            print(f"{name}: versions and records agree")
    return min(failures, 1)


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("TEST_DATABASE_URL")
    sys.exit(asyncio.run(_main(given)))
