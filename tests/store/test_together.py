"""Statements that are written together: all or none, each with its own values."""

from collections.abc import AsyncIterator

import pytest
from tortoise.exceptions import IntegrityError

from store.database import close_database, dialect, fetch, open_database, transaction
from store.ids import new_id
from store.outbox import Outbox
from store.together import Guard, Overtaken, Write, insertion, may_write_as_one, write, write_as_one
from tests.conftest import NOON

COLUMNS = ("id", "topic", "payload", "attempts", "created_at", "due_at")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[str]:
    await open_database(database_url)
    yield database_url
    await close_database()


def an_effect(*topics: str) -> Write:
    values = tuple(value for topic in topics for value in (new_id(), topic, "{}", 0, NOON, NOON))
    return Write(insertion("outbox", COLUMNS, len(topics)), values)


async def test_each_is_written_with_its_own_values_and_the_last_gives_its_rows(database: str) -> None:
    await write(an_effect("old"))
    change = Write("UPDATE outbox SET attempts = $1 WHERE topic = $2 AND attempts < $1 RETURNING topic", (7, "old"))

    rows = await write(an_effect("a", "b"), an_effect("c"), change)

    assert [dict(row) for row in rows] == [{"topic": "old"}]
    found = await fetch("SELECT topic, attempts FROM outbox ORDER BY topic")
    assert [(row["topic"], row["attempts"]) for row in found] == [("a", 0), ("b", 0), ("c", 0), ("old", 7)]


async def test_nothing_is_written_where_one_is_refused(database: str) -> None:
    twice = an_effect("a")

    async def write_both() -> None:
        async with transaction():
            await write(an_effect("b"), twice, Write(twice.sql, twice.values))

    with pytest.raises(IntegrityError):
        await write_both()

    assert await Outbox.all().count() == 0


async def test_nothing_to_write_is_nothing(database: str) -> None:
    assert await write() == []


CHANGE = "UPDATE outbox SET attempts = attempts + 1 WHERE topic = $1 AND attempts = $2 RETURNING id"


def as_seen(topic: str, attempts: int, rows: int = 1) -> Guard:
    return Guard(Write(CHANGE, (topic, attempts)), rows)


async def test_an_act_may_be_one_statement_on_postgres_alone_and_within_nothing(database: str) -> None:
    assert may_write_as_one() == (dialect() == "postgres")
    async with transaction():
        assert not may_write_as_one()


@pytest.mark.parametrize("guards", [[as_seen("old", 1)], [as_seen("old", 0), as_seen("none", 0)]])
async def test_nothing_is_written_where_a_guard_does_not_hold(database: str, guards: list[Guard]) -> None:
    if dialect() == "sqlite":
        pytest.skip("SQLite has no such statements")
    await write(an_effect("old"))

    with pytest.raises(Overtaken):
        await write_as_one(guards, [an_effect("new")])

    assert [dict(row) for row in await fetch("SELECT topic, attempts FROM outbox")] == [{"topic": "old", "attempts": 0}]


async def test_all_is_written_where_the_guards_hold(database: str) -> None:
    if dialect() == "sqlite":
        pytest.skip("SQLite has no such statements")
    await write(an_effect("old", "older"))

    await write_as_one([as_seen("old", 0), as_seen("older", 0)], [an_effect("a"), an_effect("b")])

    found = await fetch("SELECT topic, attempts FROM outbox ORDER BY topic")
    assert [(row["topic"], row["attempts"]) for row in found] == [("a", 0), ("b", 0), ("old", 1), ("older", 1)]
