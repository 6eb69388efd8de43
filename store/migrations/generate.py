"""`python -m store.migrations.generate NAME [POSTGRES_URL]`: write the next version from what the records say now.

The first version is the whole schema. Each later one is the difference between what the versions make and what the
records declare, worked out in scratch databases; what only a human can decide stands in it as `-- BY HAND:`, and the
command ends with 1 until somebody has written it. Later versions need a PostgreSQL server to compare on.
"""

import asyncio
import os
import re
import sys
from pathlib import Path

from store.engines.guards import Dialect
from store.migrations.changes import Changes, changes
from store.migrations.check import migrated_schema
from store.migrations.records import declared, declared_schema
from store.migrations.script import VERSIONS, MigrationError, versions


async def generate(
    name: str, server_url: str | None, *, folder: Path = VERSIONS, modules: list[str] | None = None
) -> list[str]:
    """Write the next version for both databases; returns what must be done by hand in them."""
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise MigrationError("A version's name is made of small letters, digits and underscores.")
    number = len(versions("sqlite", folder)) + 1
    if number > 1 and server_url is None:
        raise MigrationError("Only a PostgreSQL server can say how its schema differs; pass its URL.")
    written: dict[Dialect, Changes] = {
        "sqlite": await next_version("sqlite", None, number, folder=folder, modules=modules),
        "postgres": await next_version("postgres", server_url, number, folder=folder, modules=modules),
    }
    if not any(change.statements or change.by_hand for change in written.values()):
        raise MigrationError("The versions already make what the records say.")
    for dialect, change in written.items():
        (folder / f"{number:04}_{name}.{dialect}.sql").write_text(change.text(), encoding="utf-8")
    return [f"{dialect}: {line}" for dialect, change in written.items() for line in change.by_hand]


async def next_version(
    dialect: Dialect,
    server_url: str | None,
    number: int,
    *,
    folder: Path = VERSIONS,
    modules: list[str] | None = None,
) -> Changes:
    """What the version of a number would say for one database."""
    wanted = await declared(dialect, modules)
    if number == 1:
        return Changes([wanted.sql])
    old, new = await migrated_schema(server_url, folder=folder), await declared_schema(server_url, modules)
    return changes(old, new, wanted, dialect)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    server = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("TEST_DATABASE_URL")
    by_hand = asyncio.run(generate(sys.argv[1], server))
    print("\n".join(by_hand) or "Written; read it before you commit it.")
    sys.exit(1 if by_hand else 0)
