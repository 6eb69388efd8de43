"""Applies the versions a database lacks. Any number of processes may start it at once: each version is applied once.

Each version is one transaction together with the row that says it was applied, so a failure in the middle leaves the
version before it. A database that is newer than the code, or that has another text under a version, is refused: either
means that the code and the data were not made for each other.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from store.database import dialect, fetch
from store.migrations.connection import Connection, connection
from store.migrations.script import VERSIONS, MigrationError, Version, versions
from store.settings import settings

_TABLE = {
    "postgres": (
        "CREATE TABLE IF NOT EXISTS schema_migration (version INT PRIMARY KEY, name TEXT NOT NULL,"
        " checksum TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now());"
    ),
    "sqlite": (
        "CREATE TABLE IF NOT EXISTS schema_migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL,"
        " checksum TEXT NOT NULL, applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')));"
    ),
}


async def migrate(url: str, *, folder: Path = VERSIONS, up_to: int | None = None) -> list[str]:
    """Apply what is missing (up to a version, for tests of an upgrade); returns the labels of what was applied."""
    applied = []
    async with connection(url) as database:
        known = versions(database.dialect, folder)
        while (version := await _step(database, known, up_to=up_to)) is not None:
            applied.append(version.label)
    return applied


async def pending(*, folder: Path = VERSIONS) -> list[str]:
    """The labels of the versions that the open database still lacks; empty means ready."""
    known = versions(dialect(), folder)
    applied = {row["version"] for row in await fetch("SELECT version FROM schema_migration")} if await _exists() else ()
    return [version.label for version in known if version.number not in applied]


async def _step(database: Connection, known: Sequence[Version], *, up_to: int | None) -> Version | None:
    await database.begin()
    try:
        await database.run(_TABLE[database.dialect])
        version = await _next(database, known)
        if version is None or (up_to is not None and version.number > up_to):
            await database.rollback()
            return None
        await database.run(version.sql)
        await database.rows(
            "INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)",
            version.number,
            version.name,
            version.checksum,
        )
        await database.commit()
    except BaseException:
        await database.rollback()
        raise
    return version


async def _next(database: Connection, known: Sequence[Version]) -> Version | None:
    """The first version the database lacks, once what it has is found to be what the code knows."""
    applied = await database.rows("SELECT version, name, checksum FROM schema_migration ORDER BY version")
    if len(applied) > len(known):
        raise MigrationError(
            f"The database is at version {applied[-1]['version']}, but the code knows only {len(known)}: it is older."
        )
    for row, version in zip(applied, known, strict=False):
        if row["version"] != version.number:
            raise MigrationError(f"The database has version {row['version']} but lacks {version.label}.")
        if row["checksum"] != version.checksum:
            raise MigrationError(f"{version.label} was changed after it was applied; write a new version instead.")
    return known[len(applied)] if len(applied) < len(known) else None


async def _exists() -> bool:
    sql = {
        "postgres": "SELECT 1 AS found WHERE to_regclass('schema_migration') IS NOT NULL",
        "sqlite": "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'schema_migration'",
    }
    return bool(await fetch(sql[dialect()]))


if __name__ == "__main__":
    try:
        labels = asyncio.run(migrate(sys.argv[1] if len(sys.argv) > 1 else settings().database))
    except MigrationError as error:
        sys.exit(str(error))
    print("\n".join(f"applied {label}" for label in labels) or "Nothing to apply.")
