"""What the schema refuses, and that its refusal is recognized on both databases."""

import sqlite3
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError, OperationalError

from store.database import dialect, execute, fetch_value, is_transient, is_unavailable, violates
from tests.store.records import Entry, Reader


async def refusal(work: Any) -> IntegrityError:
    with pytest.raises(IntegrityError) as caught:
        await work
    return caught.value


@pytest.mark.usefixtures("database")
class TestConstraints:
    async def test_a_unique_constraint_is_recognized_by_its_name(self) -> None:
        await Reader.create(name="李雷")
        error = await refusal(Reader.create(name="李雷"))
        assert violates(error, Reader, "reader_name_is_taken")
        assert not violates(error, Reader, "reader_owes_nothing")

    async def test_a_unique_constraint_holds_only_where_its_condition_does(self) -> None:
        lei = await Reader.create(name="李雷")
        await Entry.create(member=lei, reason="签到", points=5, is_final=False)
        await Entry.create(member=lei, reason="签到", points=5)
        error = await refusal(Entry.create(member=lei, reason="签到", points=5))
        assert violates(error, Entry, "entry_once")

    async def test_a_check_is_recognized_by_its_name(self) -> None:
        error = await refusal(Reader.create(name="李雷", points=-1))
        assert violates(error, Reader, "reader_owes_nothing")
        assert not violates(error, Reader, "reader_name_is_taken")

    async def test_a_name_that_was_never_declared_is_a_mistake(self) -> None:
        with pytest.raises(LookupError):
            violates(IntegrityError(), Reader, "reader_is_nice")

    async def test_a_foreign_key_holds(self) -> None:
        sql = "INSERT INTO entry (id, member_id, reason, points, is_final) VALUES ($1, $1, '签到', 5, TRUE)"
        error = await refusal(execute(sql, "0193a0c8-0000-7000-8000-000000000001"))
        assert not violates(error, Entry, "entry_once")

    async def test_the_schema_may_be_generated_again(self) -> None:
        await Tortoise.generate_schemas()
        assert await Reader.all().count() == 0


@pytest.mark.usefixtures("database")
class TestAppendOnly:
    @pytest.fixture
    async def entry(self) -> Entry:
        return await Entry.create(member=await Reader.create(name="李雷"), reason="签到", points=5)

    async def test_a_row_is_never_updated(self, entry: Entry) -> None:
        error = await refusal(Entry.filter(id=entry.id).update(points=500))
        assert "entry is append-only" in str(error)
        assert await fetch_value("SELECT points FROM entry") == 5

    async def test_a_row_is_never_deleted(self, entry: Entry) -> None:
        error = await refusal(execute("DELETE FROM entry"))
        assert "entry is append-only" in str(error)
        assert await fetch_value("SELECT count(*) FROM entry") == 1

    async def test_a_row_is_never_replaced_or_truncated(self, entry: Entry) -> None:
        sql = "TRUNCATE entry"
        if dialect() == "sqlite":
            sql = "INSERT OR REPLACE INTO entry SELECT * FROM entry"
        assert "entry is append-only" in str(await refusal(execute(sql)))
        assert await fetch_value("SELECT count(*) FROM entry") == 1


def sqlite_error(code: int) -> OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = code
    return OperationalError(error)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.DeadlockDetectedError("deadlock detected"),
        asyncpg.SerializationError("could not serialize access"),
        asyncpg.LockNotAvailableError("could not obtain lock"),
        sqlite_error(sqlite3.SQLITE_BUSY),
        sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT),
    ],
)
def test_bad_luck_is_worth_another_try(error: Exception) -> None:
    assert is_transient(error)
    assert not is_unavailable(error)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.TooManyConnectionsError("sorry, too many clients already"),
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
        asyncpg.InterfaceError("connection is closed"),
        sqlite_error(sqlite3.SQLITE_FULL),
    ],
)
def test_a_database_that_is_not_there_is_told_apart(error: Exception) -> None:
    assert is_unavailable(error)
    assert not is_transient(error)


@pytest.mark.parametrize(
    "error", [ValueError(), asyncpg.InterfaceError("the server expects 1 argument"), IntegrityError()]
)
def test_a_mistake_is_neither(error: Exception) -> None:
    assert not is_transient(error)
    assert not is_unavailable(error)
