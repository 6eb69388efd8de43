"""Statements that are written together: in one round trip where that saves one.

PostgreSQL takes them as the parts of a single statement (`WITH a AS (INSERT …) UPDATE …`). All of its parts see what
was there before, none what another one writes, and they run in no order that anybody may rely on; so what is written
together must not depend on each other. SQLite has no such statements and no round trips: it runs one after the other.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from tortoise.exceptions import OperationalError

from store.database import dialect, fetch, is_in_transaction

_PLACE = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Write:
    """A statement that writes, for both databases, with the values of its `$1, $2, …`."""

    sql: str
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    """A statement that changes so many rows, returning them, if they are as they were seen; or else fewer."""

    write: Write
    rows: int


class Overtaken(Exception):
    """Something has changed since it was seen, and nothing was written."""


async def write(*writes: Write) -> list[Mapping[str, Any]]:
    """Run statements that know nothing of each other; returns the rows of the last, where it is RETURNING some."""
    if len(writes) > 1 and dialect() == "postgres":
        sql = _joined(tuple(one.sql for one in writes), tuple(len(one.values) for one in writes))
        return await fetch(sql, *(value for one in writes for value in one.values))
    rows: list[Mapping[str, Any]] = []
    for one in writes:
        rows = await fetch(one.sql, *one.values)
    return rows


def may_write_as_one() -> bool:
    """Whether an act may be one statement here: on PostgreSQL, and not within something larger."""
    return dialect() == "postgres" and not is_in_transaction()


async def write_as_one(guards: Sequence[Guard], writes: Sequence[Write]) -> None:
    """Run statements as one that is committed by itself; raises `Overtaken` where a guard does not hold.

    Guards are run in their order, and take their locks in it.
    """
    parts = [*(guard.write for guard in guards), *writes]
    wanted = tuple(guard.rows for guard in guards)
    text = _guarded(tuple(one.sql for one in parts), tuple(len(one.values) for one in parts), wanted)
    try:
        await fetch(text, *(value for one in parts for value in one.values))
    except OperationalError as error:
        if isinstance(error.__cause__, asyncpg.DivisionByZeroError):
            raise Overtaken from None
        raise


@lru_cache(maxsize=1_000)
def _guarded(texts: tuple[str, ...], counts: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """The parts, and behind them a division by zero, which undoes them all, unless each guard changed its rows."""
    checks = " AND ".join(
        f"(SELECT count(*) FROM part_{number}) = {rows}"  # noqa: S608 - numbers of the program
        for number, rows in enumerate(wanted)
    )
    return _joined((*texts, f"SELECT 1 / CASE WHEN {checks} THEN 1 ELSE 0 END AS done"), (*counts, 0))


@lru_cache(maxsize=1_000)
def insertion(table: str, columns: tuple[str, ...], rows: int = 1) -> str:
    """The text that inserts so many rows; identifiers are the program's own."""
    places = [
        ", ".join(f"${row * len(columns) + position}" for position in range(1, len(columns) + 1)) for row in range(rows)
    ]
    values = ", ".join(f"({one})" for one in places)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values}"  # noqa: S608 - identifiers of the program


@lru_cache(maxsize=1_000)
def _joined(texts: tuple[str, ...], counts: tuple[int, ...]) -> str:
    """The parts as one text, in which the places of each are counted on from those before it."""
    moved, before = [], 0
    for text, count in zip(texts, counts, strict=True):
        moved.append(_counted_on(text, before))
        before += count
    parts = ", ".join(f"part_{number} AS ({text})" for number, text in enumerate(moved[:-1]))
    last = moved[-1]
    return f"WITH {parts}, {last.removeprefix('WITH ')}" if last.startswith("WITH ") else f"WITH {parts} {last}"


def _counted_on(text: str, before: int) -> str:
    return _PLACE.sub(lambda found: f"${int(found[1]) + before}", text)
