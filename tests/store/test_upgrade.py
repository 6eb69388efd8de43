"""An upgrade keeps every row, and ends with the schema that the records declare."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from models.points.lot import NEVER
from store.engines.config import model_modules
from store.ids import new_id
from store.migrations.check import drift
from store.migrations.connection import Connection, connection
from store.migrations.generate import generate, next_version
from store.migrations.records import declared, declared_schema
from store.migrations.runner import migrate
from store.migrations.schema import read_schema
from store.migrations.script import VERSIONS, versions
from store.migrations.tables import Schema, difference
from tests.store.conftest import RECORDS
from tests.store.populate import populate

Content = dict[str, list[dict[str, Any]]]


async def upgraded(url: str, folder: Path, modules: list[str], server_url: str | None) -> None:
    """Fill a database of the last version but one, migrate it, and compare what it holds and what it is."""
    last = len(versions("sqlite", folder))
    await migrate(url, folder=folder, up_to=last - 1)
    async with connection(url) as database:
        await populate(database)
        old_schema = await read_schema(database)
        if "referral" in old_schema:
            # Guesses may go round in a ring, which no verb lets through.
            await database.run("DELETE FROM referral WHERE inviter_id > invitee_id;")
        before = await content(database, old_schema)
    await migrate(url, folder=folder)
    async with connection(url) as database:
        new_schema = await read_schema(database)
        after = await content(database, new_schema)
    wanted = await declared_schema(server_url, modules)
    assert difference(new_schema, wanted, old_name="migrated", new_name="records") == ""
    assert kept(after, before) == kept(before, after)


async def content(database: Connection, schema: Schema) -> Content:
    return {name: await database.rows(f'SELECT * FROM "{name}" ORDER BY 1') for name in schema}


def kept(these: Content, others: Content) -> Content:
    """The rows of the tables and columns that both have."""
    return {
        name: [{column: value for column, value in row.items() if column in others[name][0]} for row in rows]
        for name, rows in these.items()
        if others.get(name)
    }


async def test_the_last_version_keeps_every_row(empty_database: str, server_url: str | None) -> None:
    await upgraded(empty_database, VERSIONS, model_modules(), server_url)


async def test_balances_from_before_lots_become_lots_that_never_lapse(empty_database: str) -> None:
    rich, spent, fund = (str(new_id()) for _ in range(3))
    line = str(new_id())
    await migrate(empty_database, up_to=1)
    async with connection(empty_database) as database:
        for account_id, holder, balance in ((rich, "member", 30), (spent, "member", 0), (fund, "group", 9)):
            await database.run(
                "INSERT INTO account (id, holder, holder_id, currency, bucket, balance, earned_total) "
                f"VALUES ('{account_id}', '{holder}', '{account_id}', 'points', 'available', {balance}, 0);"
            )
        for entry_id, amount in ((new_id(), 12), (line, -12)):
            await database.run(
                "INSERT INTO point_entry (id, transfer_id, account_id, member_id, currency, bucket, amount, reason, "
                f"source, posted_at) VALUES ('{entry_id}', '{entry_id}', '{spent}', '{spent}', 'points', 'available', "
                f"{amount}, 'test', '{entry_id}', '2026-11-01 00:00:00+00:00');"
            )
    await migrate(empty_database, up_to=2)
    async with connection(empty_database) as database:
        lots = await database.rows("SELECT * FROM point_lot ORDER BY remaining")
        [use] = await database.rows("SELECT * FROM point_lot_use")
    assert [(str(lot["member_id"]), lot["remaining"]) for lot in lots] == [(spent, 0), (rich, 30)]
    assert {str(lot["expires_at"]) for lot in lots} == {str(NEVER)}
    assert (use["lot_id"], str(use["entry_id"]), use["amount"]) == (lots[0]["id"], line, 12)
    assert all(UUID(str(row["id"])).version == 4 for row in (*lots, use))


async def test_the_versions_make_what_the_records_declare(server_url: str | None) -> None:
    assert await drift(server_url) == ""


async def test_the_schema_accepts_rows_in_every_table(empty_database: str) -> None:
    async with connection(empty_database) as database:
        schema = await declared(database.dialect)
        await database.run(schema.sql)
        await populate(database, rows_each=2)
        counts = {name: len(rows) for name, rows in (await content(database, await read_schema(database))).items()}
    assert counts == dict.fromkeys(schema.tables, 2)


def test_every_version_is_written_for_both_databases() -> None:
    assert [one.label for one in versions("sqlite")] == [one.label for one in versions("postgres")]
    by_hand = [path.name for path in VERSIONS.glob("*.sql") if "BY HAND" in path.read_text(encoding="utf-8")]
    assert by_hand == []


def make_older(folder: Path) -> None:
    for path in folder.iterdir():
        older = path.read_text(encoding="utf-8")
        for pattern, replacement in (
            (r'"name" VARCHAR\(40\)', '"name" VARCHAR(20)'),
            (r',\s*CONSTRAINT "reader_owes_nothing" CHECK \(.*?\)(?=\n)', ""),
            (r'\n *"seen_at" TIMESTAMP(TZ)?,', ""),
            (r'CREATE [A-Z ]+"entry_refuses_(delete".*?END|truncate".*?);', ""),
            (r'CREATE INDEX "note_by_author".*?;', 'CREATE INDEX "note_by_text" ON "note" ("text");'),
        ):
            older, count = re.subn(pattern, replacement, older, flags=re.DOTALL)
            assert count == 1, (path.name, pattern)
        path.write_text(older, encoding="utf-8")


class TestASampleUpgrade:
    """The same guard on versions of its own: shorter names, no check, one column, index and trigger fewer."""

    @pytest.fixture
    async def folder(self, tmp_path: Path) -> Path:
        await generate("initial", None, folder=tmp_path, modules=[RECORDS])
        make_older(tmp_path)
        return tmp_path

    async def test_a_generated_version_keeps_every_row(
        self, empty_database: str, server_url: str | None, folder: Path
    ) -> None:
        if server_url is None:
            await self.write_for_sqlite(folder)
        else:
            assert await generate("longer_names", server_url, folder=folder, modules=[RECORDS]) == []
        await upgraded(empty_database, folder, [RECORDS], server_url)

    async def test_drift_is_told(self, server_url: str | None, folder: Path) -> None:
        told = await drift(server_url, folder=folder, modules=[RECORDS])
        for part in (
            "reader column name",
            "reader column seen_at",
            "reader_owes_nothing",
            "index note_by_text",
            "entry_refuses_",
        ):
            assert part in told

    async def write_for_sqlite(self, folder: Path) -> None:
        changes = await next_version("sqlite", None, 2, folder=folder, modules=[RECORDS])
        assert changes.by_hand == []
        assert any("RENAME TO" in statement for statement in changes.statements)
        (folder / "0002_longer_names.sqlite.sql").write_text(changes.text(), encoding="utf-8")
