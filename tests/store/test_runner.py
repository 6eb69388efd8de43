"""Versions are applied once, whole or not at all, and only to a database they were written for."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from store.database import close_database, open_database
from store.migrations.connection import connection
from store.migrations.runner import migrate, pending
from store.migrations.schema import read_schema
from store.migrations.script import MigrationError, sqlite_statements, versions
from tests.store.conftest import RECORDS

FIRST = """
CREATE TABLE "reader" ("id" CHAR(36) NOT NULL PRIMARY KEY, "name" VARCHAR(20) NOT NULL);
INSERT INTO reader VALUES ('1', '李雷; 韩梅梅');
"""
SECOND = 'CREATE TABLE "note" ("id" CHAR(36) NOT NULL PRIMARY KEY, "reader_id" CHAR(36) REFERENCES "reader" ("id"));'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "0001_initial", FIRST)
    write(tmp_path, "0002_notes", SECOND)
    return tmp_path


def write(folder: Path, label: str, sql: str, *, for_sqlite: str | None = None) -> None:
    (folder / f"{label}.postgres.sql").write_text(sql, encoding="utf-8")
    (folder / f"{label}.sqlite.sql").write_text(for_sqlite or sql, encoding="utf-8")


def end_lines_as_windows(folder: Path) -> None:
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def remove(folder: Path, number: str) -> None:
    for path in folder.glob(f"{number}*"):
        path.unlink()


async def rows(url: str, sql: str) -> list[dict[str, Any]]:
    async with connection(url) as database:
        return await database.rows(sql)


async def test_versions_are_applied_in_order_and_once(empty_database: str, folder: Path) -> None:
    assert await migrate(empty_database, folder=folder) == ["0001_initial", "0002_notes"]
    assert await migrate(empty_database, folder=folder) == []
    assert await rows(empty_database, "SELECT name FROM reader") == [{"name": "李雷; 韩梅梅"}]
    applied = await rows(empty_database, "SELECT version, name FROM schema_migration ORDER BY version")
    assert applied == [{"version": 1, "name": "initial"}, {"version": 2, "name": "notes"}]


async def test_pending_names_what_the_open_database_lacks(empty_database: str, folder: Path) -> None:
    await open_database(empty_database, modules=[RECORDS])
    try:
        assert await pending(folder=folder) == ["0001_initial", "0002_notes"]
        await migrate(empty_database, folder=folder, up_to=1)
        assert await pending(folder=folder) == ["0002_notes"]
        await migrate(empty_database, folder=folder)
        assert await pending(folder=folder) == []
    finally:
        await close_database()


async def test_two_processes_at_once_apply_each_version_once(empty_database: str, folder: Path) -> None:
    program = (
        "import asyncio, pathlib, sys; from store.migrations.runner import migrate;"
        "print(*asyncio.run(migrate(sys.argv[1], folder=pathlib.Path(sys.argv[2]))))"
    )
    command = [sys.executable, "-c", program, empty_database, str(folder)]
    pipe = asyncio.subprocess.PIPE
    both = [await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe) for _ in range(2)]
    said = [await one.communicate() for one in both]
    assert [error.decode() for _, error in said] == ["", ""]
    assert sorted(b" ".join(out for out, _ in said).decode().split()) == ["0001_initial", "0002_notes"]


async def test_starts_at_the_same_time_apply_each_version_once(empty_database: str, folder: Path) -> None:
    applied = await asyncio.gather(*(migrate(empty_database, folder=folder) for _ in range(4)))
    assert sorted(label for labels in applied for label in labels) == ["0001_initial", "0002_notes"]


async def test_a_changed_version_is_refused(empty_database: str, folder: Path) -> None:
    await migrate(empty_database, folder=folder, up_to=1)
    write(folder, "0001_initial", FIRST.replace("20", "40"))
    with pytest.raises(MigrationError, match="0001_initial was changed"):
        await migrate(empty_database, folder=folder)
    assert set(await schema(empty_database)) == {"reader"}


async def test_other_line_ends_are_no_change(empty_database: str, folder: Path) -> None:
    await migrate(empty_database, folder=folder)
    end_lines_as_windows(folder)
    assert await migrate(empty_database, folder=folder) == []


async def test_a_database_newer_than_the_code_is_refused(empty_database: str, folder: Path) -> None:
    await migrate(empty_database, folder=folder)
    remove(folder, "0002")
    with pytest.raises(MigrationError, match="at version 2"):
        await migrate(empty_database, folder=folder)


async def test_a_failure_in_the_middle_leaves_the_version_before(empty_database: str, folder: Path) -> None:
    write(
        folder,
        "0003_broken",
        'CREATE TABLE "half" ("id" INT);\nUPDATE reader SET name = \'半\';\nSELECT * FROM nowhere;',
    )
    with pytest.raises(Exception, match="nowhere"):
        await migrate(empty_database, folder=folder)
    assert set(await schema(empty_database)) == {"reader", "note"}
    assert await rows(empty_database, "SELECT name FROM reader") == [{"name": "李雷; 韩梅梅"}]
    assert len(await rows(empty_database, "SELECT version FROM schema_migration")) == 2


async def test_a_version_that_orphans_rows_is_refused(empty_database: str, folder: Path) -> None:
    orphan = "INSERT INTO note (id, reader_id) VALUES ('1', '404');"
    write(folder, "0003_orphans", orphan)
    with pytest.raises(Exception, match=r"refer to rows that do not exist|violates foreign key"):
        await migrate(empty_database, folder=folder)
    assert await rows(empty_database, "SELECT id FROM note") == []


async def test_a_version_may_not_end_its_transaction(empty_database: str, folder: Path) -> None:
    write(folder, "0003_commits", "COMMIT;")
    with pytest.raises(MigrationError, match="ended the transaction"):
        await migrate(empty_database, folder=folder)


async def schema(url: str) -> dict[str, Any]:
    async with connection(url) as database:
        return dict(await read_schema(database))


def test_a_missing_number_is_refused(folder: Path) -> None:
    write(folder, "0004_late", "SELECT 1;")
    with pytest.raises(MigrationError, match=r"\[1, 2, 4\]"):
        versions("sqlite", folder)


def test_a_script_is_cut_where_statements_end() -> None:
    trigger = "CREATE TRIGGER t BEFORE DELETE ON a\nBEGIN\n  SELECT RAISE(ABORT, 'no; never');\n  SELECT 1;\nEND;"
    insert = 'INSERT INTO a VALUES (\'x;y\', "z""; "); -- 句号; 不是结尾\n'
    comment = "/* a; b */ SELECT 2;"
    assert sqlite_statements(f"{trigger}\n{insert}{comment}\n-- the end;\n") == [
        trigger,
        insert.partition(" --")[0],
        f"-- 句号; 不是结尾\n{comment}",
    ]


def test_a_script_that_ends_inside_a_statement_is_refused() -> None:
    with pytest.raises(MigrationError, match="CREATE TABLE b"):
        sqlite_statements("CREATE TABLE a (id INT); CREATE TABLE b (id INT)")
