"""Short reads go to the database together, and each has what it would have had alone."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from store.database import close_database, dialect, execute, fetch_rows, fetch_short, open_database, transaction
from store.engines.gathering import as_one
from store.ids import new_id
from tests.statements import statements

TEXTS = {
    "by id": "SELECT id, topic FROM outbox WHERE id = $1",
    "in order": "SELECT topic, attempts FROM outbox WHERE attempts >= $1 ORDER BY attempts DESC, id LIMIT $2::bigint",
    "a number of each": "SELECT (SELECT count(*) FROM outbox o WHERE o.attempts < $1) AS below, $2::bigint AS given",
    "nothing given": "SELECT count(*) AS all_of_them FROM outbox",
}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[str]:
    await open_database(database_url)
    for n in range(20):
        await execute(
            "INSERT INTO outbox (id, topic, payload, attempts, created_at, due_at) VALUES ($1, $2, $3, $4, $5, $5)",
            new_id(),
            f"topic-{n % 7}",
            "{}",
            n,
            datetime(2026, 11, 23, tzinfo=UTC),
        )
    yield database_url
    await close_database()


def plain(rows: Sequence[Any], columns: int) -> list[tuple[Any, ...]]:
    """Rows as tuples of their own columns."""
    return [tuple(row)[:columns] for row in rows]


async def test_each_read_has_the_rows_that_it_would_have_alone(database: str) -> None:
    chance = random.Random(7)
    ids = [row["id"] for row in await fetch_rows("SELECT id FROM outbox ORDER BY id")]
    reads: list[tuple[str, tuple[object, ...]]] = []
    for _ in range(300):
        name = chance.choice(list(TEXTS))
        given: dict[str, tuple[object, ...]] = {
            "by id": (chance.choice([*ids, str(new_id())]),),
            "in order": (chance.randrange(25), chance.randrange(4)),
            "a number of each": (chance.choice([None, 3, 11]), chance.randrange(3)),
            "nothing given": (),
        }
        reads.append((TEXTS[name], given[name]))

    together = await asyncio.gather(*(fetch_short(sql, *values) for sql, values in reads))

    for (sql, values), found in zip(reads, together, strict=True):
        alone = await fetch_rows(sql, *values)
        assert plain(found, len(alone[0]) if alone else 0) == plain(alone, len(alone[0]) if alone else 0), (sql, values)


async def test_lists_among_the_values_go_along(database: str) -> None:
    if dialect() == "sqlite":
        pytest.skip("SQLite has no lists, and every statement of its goes alone")
    ids = [row["id"] for row in await fetch_rows("SELECT id FROM outbox ORDER BY id")]
    sql = "SELECT id FROM outbox WHERE id = ANY($1::uuid[]) AND attempts > $2 ORDER BY id"
    asked: list[tuple[object, int]] = [*((ids[n : n + 3], n) for n in range(10)), ([], 0), (None, 0)]

    found = await asyncio.gather(*(fetch_short(sql, *values) for values in asked))

    assert [plain(rows, 1) for rows in found] == [plain(await fetch_rows(sql, *values), 1) for values in asked]


async def test_what_cannot_be_said_beside_others_is_said_alone(database: str) -> None:
    if dialect() == "sqlite":
        pytest.skip("SQLite has no lists, and every statement of its goes alone")
    sql = "SELECT topic FROM outbox WHERE topic = ANY($1::text[]) ORDER BY id LIMIT 1"
    asked = [["topic-1"], ['to{pic,"1'], ["topic-2"]]

    found = await asyncio.gather(*(fetch_short(sql, one) for one in asked))

    assert [plain(rows, 1) for rows in found] == [[("topic-1",)], [], [("topic-2",)]]


async def test_many_reads_are_few_statements(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [row["id"] for row in await fetch_rows("SELECT id FROM outbox ORDER BY id LIMIT 16")]

    with statements(monkeypatch) as seen:
        await asyncio.gather(*(fetch_short(TEXTS["by id"], one) for one in ids))

    assert len(seen) == {"postgres": 1, "sqlite": 16}[dialect()]


async def test_equal_questions_are_one(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with statements(monkeypatch) as seen:
        found = await asyncio.gather(*(fetch_short(TEXTS["nothing given"]) for _ in range(10)))

    assert [rows[0]["all_of_them"] for rows in found] == [20] * 10
    assert len(seen) == {"postgres": 1, "sqlite": 10}[dialect()]


async def test_only_the_wrong_one_is_told_of_its_error(database: str) -> None:
    sql = "SELECT 10 / $1::bigint AS tenth"
    if dialect() == "sqlite":
        pytest.skip("SQLite divides by zero")

    found = await asyncio.gather(*(fetch_short(sql, n) for n in (1, 0, 5)), return_exceptions=True)

    assert [str(one) if isinstance(one, BaseException) else one[0]["tenth"] for one in found] == [
        10,
        "division by zero",
        2,
    ]


async def test_a_text_that_is_none_within_another_goes_alone(database: str) -> None:
    sql = "UPDATE outbox SET due_at = due_at WHERE attempts = $1 RETURNING attempts"

    for _ in range(2):
        found = await asyncio.gather(*(fetch_short(sql, n) for n in range(3)))
        assert [plain(rows, 1) for rows in found] == [[(0,)], [(1,)], [(2,)]]


async def test_a_read_within_a_transaction_sees_what_that_has_written(database: str) -> None:
    async with transaction():
        await execute("DELETE FROM outbox")
        [row] = await fetch_short(TEXTS["nothing given"])

    assert row["all_of_them"] == 0


def test_the_text_of_several() -> None:
    found = as_one("SELECT a FROM b WHERE c = $2 AND d = ANY($1::uuid[]) AND e < $2", ("uuid[]", "int4"))

    assert found == (
        "SELECT own.*, given.n FROM unnest($1::text[], $2::int4[]) WITH ORDINALITY AS given(p1, p2, n) CROSS JOIN "
        "LATERAL (SELECT a FROM b WHERE c = given.p2 AND d = ANY(given.p1::uuid[]::uuid[]) AND e < given.p2) own"
    )
