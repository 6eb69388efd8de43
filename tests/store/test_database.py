"""Transactions, what follows them, and raw SQL that says the same on both databases."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from structlog.testing import capture_logs
from tortoise.exceptions import TransactionManagementError

from store.database import (
    after_commit,
    among,
    close_database,
    execute,
    fetch,
    fetch_value,
    open_database,
    savepoint,
    transaction,
)
from tests.store.records import Entry, Note, Reader

pytestmark = pytest.mark.usefixtures("database")

SHANGHAI = timezone(timedelta(hours=8))


def noting(notes: list[str], word: str) -> Callable[[], Awaitable[None]]:
    async def note() -> None:
        notes.append(f"{word} {await fetch_value('SELECT count(*) FROM reader')}")

    return note


async def test_callbacks_run_in_order_after_the_outermost_commit() -> None:
    notes: list[str] = []
    async with transaction():
        after_commit(noting(notes, "first"))
        async with transaction():
            after_commit(noting(notes, "second"))
            await Reader.create(name="李雷")
        assert notes == []
        await Reader.create(name="韩梅梅")
    assert notes == ["first 2", "second 2"]


async def test_a_rollback_forgets_its_callbacks() -> None:
    notes: list[str] = []
    with pytest.raises(LookupError):  # noqa: PT012 - the block as a whole is what fails
        async with transaction():
            after_commit(noting(notes, "lost"))
            raise LookupError
    async with transaction():
        after_commit(noting(notes, "kept"))
    assert notes == ["kept 0"]


async def test_a_failing_callback_is_logged_and_the_next_one_runs() -> None:
    notes: list[str] = []

    async def fail() -> None:
        raise LookupError("网络断开")

    with capture_logs() as logs:
        async with transaction():
            after_commit(fail)
            after_commit(noting(notes, "next"))
    assert notes == ["next 0"]
    assert [entry["event"] for entry in logs] == ["after_commit.failed"]


async def test_outside_a_transaction_a_callback_runs_at_once() -> None:
    done = asyncio.Event()

    async def finish() -> None:
        done.set()

    after_commit(finish)
    await asyncio.wait_for(done.wait(), 5)


async def test_closing_waits_for_callbacks_that_run_on_their_own(database: str) -> None:
    notes: list[str] = []
    after_commit(noting(notes, "done"))
    await close_database()
    assert notes == ["done 0"]
    await open_database(database, modules=["tests.store.records"])


async def test_a_savepoint_loses_its_own_writes_and_callbacks_only() -> None:
    notes: list[str] = []
    async with transaction():
        await Reader.create(name="李雷")
        with pytest.raises(LookupError):  # noqa: PT012 - the block as a whole is what fails
            async with savepoint():
                await Reader.create(name="韩梅梅")
                after_commit(noting(notes, "lost"))
                raise LookupError
        after_commit(noting(notes, "kept"))
    assert notes == ["kept 1"]
    assert [reader.name for reader in await Reader.all()] == ["李雷"]


async def test_a_failure_that_leaves_a_joined_block_dooms_the_whole() -> None:
    with pytest.raises(TransactionManagementError):  # noqa: PT012 - the block as a whole is what fails
        async with transaction():
            await Reader.create(name="李雷")
            with pytest.raises(LookupError):
                async with transaction():
                    raise LookupError
    assert await Reader.all().count() == 0


async def test_a_savepoint_contains_the_failure_of_a_block_that_joined_it() -> None:
    async with transaction():
        await Reader.create(name="李雷")
        with pytest.raises(LookupError):  # noqa: PT012 - the block as a whole is what fails
            async with savepoint(), transaction():
                await Reader.create(name="韩梅梅")
                raise LookupError
    assert await Reader.all().count() == 1


async def test_a_task_that_outlives_its_transaction_writes_on_its_own() -> None:
    may_go = asyncio.Event()

    async def later() -> None:
        await may_go.wait()
        async with transaction():
            await Reader.create(name="韩梅梅")

    async with transaction():
        task = asyncio.create_task(later())
    may_go.set()
    await asyncio.wait_for(task, 5)
    assert await Reader.all().count() == 1


async def test_execute_counts_the_rows_it_wrote_and_not_those_of_cascades() -> None:
    lei, mei = await Reader.create(name="李雷"), await Reader.create(name="韩梅梅")
    await Note.bulk_create([Note(author=lei, text="早起打卡"), Note(author=lei, text="晚安")])
    assert await execute("UPDATE reader SET points = points + $1::bigint", 5) == 2
    assert await execute("DELETE FROM reader WHERE id = $1", lei.id) == 1
    assert await Note.all().count() == 0
    assert await Reader.filter(id=mei.id).update(points=9) == 1
    changed = "WITH wanted AS (SELECT $1::text AS name) UPDATE reader SET name = (SELECT name FROM wanted)"
    assert await execute(changed, "梅梅") == 1


async def test_fetch_gives_the_rows_of_an_update() -> None:
    lei = await Reader.create(name="李雷")
    rows = await fetch("UPDATE reader SET points = points + $2 WHERE id = $1 RETURNING id, points", str(lei.id), 3)
    assert [(UUID(str(row["id"])), row["points"]) for row in rows] == [(lei.id, 3)]
    assert await fetch("UPDATE reader SET points = 0 WHERE name = $1 RETURNING id", "无名") == []


async def test_instants_compare_whatever_their_zone() -> None:
    eight = datetime(2026, 11, 22, 8, tzinfo=SHANGHAI)
    await Reader.create(name="李雷", seen_at=eight)
    sql = "SELECT count(*) FROM reader WHERE seen_at <= $1"
    assert await fetch_value(sql, eight) == 1
    assert await fetch_value(sql, datetime(2026, 11, 22, 0, 30, tzinfo=UTC)) == 1
    assert await fetch_value(sql, datetime(2026, 11, 22, 7, 59, tzinfo=SHANGHAI)) == 0
    assert await Reader.filter(seen_at__lte=datetime(2026, 11, 22, 8, 30, tzinfo=SHANGHAI)).count() == 1
    assert await Reader.filter(seen_at__lt=eight).count() == 0


async def test_instants_come_back_in_utc() -> None:
    lei = await Reader.create(name="李雷", seen_at=datetime(2026, 11, 22, 8, tzinfo=SHANGHAI))
    read = await Reader.get(id=lei.id)
    assert str(read.seen_at) == "2026-11-22 00:00:00+00:00"
    assert read.created_at == lei.created_at
    assert read.created_at.utcoffset() == timedelta(0)


async def test_a_list_is_one_value() -> None:
    lei, mei = await Reader.create(name="李雷"), await Reader.create(name="韩梅梅")
    await Reader.create(name="露西")
    sql = "SELECT name FROM reader WHERE {} ORDER BY created_at, id"
    assert [row["name"] for row in await fetch(sql.format(among("id", 1, "uuid")), [lei.id, mei.id])] == [
        "李雷",
        "韩梅梅",
    ]
    assert [row["name"] for row in await fetch(sql.format(among("name", 1, "text")), ["露西"])] == ["露西"]
    assert await fetch(sql.format(among("points", 1, "bigint")), []) == []


async def test_a_second_database_is_refused(database: str) -> None:
    with pytest.raises(RuntimeError, match="open already"):
        await open_database(database)


async def test_entries_are_counted_once_in_parallel() -> None:
    lei = await Reader.create(name="李雷")

    async def earn(day: int) -> None:
        async with transaction():
            await Entry.create(member=lei, reason=f"签到第{day}天", points=10)
            await execute("UPDATE reader SET points = points + 10 WHERE id = $1", lei.id)

    await asyncio.gather(*(earn(day) for day in range(12)))
    assert await fetch_value("SELECT points FROM reader") == 120
