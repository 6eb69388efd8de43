"""Short reads of many requests, which go to PostgreSQL together.

A statement costs both sides more for the way there and back than for the few rows that a screen reads. So reads of one
text that are in company (`store.company`) go as a single statement, which runs the text once for each row of their
values. Equal values are one question with one answer.

It is for reads outside transactions that are over at once: those that go together are answered together, so a long one
would hold up the others. Where that fails they are asked again one by one, so that each has its own error.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from store.company import Company

UNDER_WAY_MOST = 1
SIZE_MOST = 16
TEXTS_MOST = 1_000

Rows = Sequence[Any]
Read = tuple[str, tuple[object, ...]]
"""A text and its values."""
Run = Callable[[str, Sequence[object]], Awaitable[Rows]]
TypesOf = Callable[[str], Awaitable[tuple[str, ...]]]

_PLACE = re.compile(r"\$(\d+)")
_PLAIN = re.compile(r"[\w.:+-]+", re.ASCII)


class NotTogether(Exception):
    """A value that no row of others can hold."""


class Gathering:
    """`run` runs a statement; `types_of` gives the names of the types of its values."""

    def __init__(self, run: Run, types_of: TypesOf) -> None:
        self._run = run
        self._types_of = types_of
        self._types: dict[str, tuple[str, ...]] = {}
        self._alone: set[str] = set()
        self._company = Company[Read, Rows](self._several, under_way=UNDER_WAY_MOST, size=SIZE_MOST)

    async def rows(self, sql: str, values: tuple[object, ...]) -> Rows:
        """The rows of a read. Where it went with others, they bear one column more, the last."""
        if sql in self._alone:
            return await self._run(sql, values)
        return await self._company.ask(sql, (sql, values))

    async def _several(self, reads: Sequence[Read]) -> Sequence[Rows | BaseException]:
        if len(reads) == 1:
            return [await self._run(*reads[0])]
        sql = reads[0][0]
        keys = [_key(values) for _, values in reads]
        distinct = {key: values for key, (_, values) in zip(keys, reads, strict=True)}
        found = dict(zip(distinct, await self._answers(sql, list(distinct.values())), strict=True))
        return [found[key] for key in keys]

    async def _answers(self, sql: str, asked: Sequence[tuple[object, ...]]) -> Sequence[Rows | BaseException]:
        if len(asked) > 1 and sql not in self._alone:
            try:
                return await self._as_one(sql, asked)
            except Exception as error:
                # Whatever it is about one of them, only that one is told of it, below.
                if error.args and isinstance(error.args[0], asyncpg.SyntaxOrAccessError):
                    self._alone.add(sql)
        return await asyncio.gather(*(self._run(sql, values) for values in asked), return_exceptions=True)

    async def _as_one(self, sql: str, asked: Sequence[tuple[object, ...]]) -> Sequence[Rows]:
        types = self._types.get(sql)
        if types is None:
            types = await self._types_of(sql)
            if len(self._types) < TEXTS_MOST:
                self._types[sql] = types
        columns = [
            [_listed(value) for value in column] if kind.endswith("[]") else list(column)
            for kind, column in zip(types, zip(*asked, strict=True), strict=True)
        ]
        found: list[list[Any]] = [[] for _ in asked]
        for row in await self._run(as_one(sql, types), columns):
            found[row[-1] - 1].append(row)
        return found


@lru_cache(maxsize=TEXTS_MOST)
def as_one(sql: str, types: tuple[str, ...]) -> str:
    """The text that runs `sql` for each row of values, given as a list for each of its places."""
    given = ", ".join(
        f"${place}::text[]" if kind.endswith("[]") else f"${place}::{kind}[]"
        for place, kind in enumerate(types, start=1)
    )
    names = ", ".join(f"p{place}" for place in range(1, len(types) + 1))
    own = _PLACE.sub(lambda found: _given(int(found[1]), types), sql)
    return (
        f"SELECT own.*, given.n FROM unnest({given}) WITH ORDINALITY AS given({names}, n) "  # noqa: S608 - SQL of the program; values are bound
        f"CROSS JOIN LATERAL ({own}) own"
    )


def _given(place: int, types: tuple[str, ...]) -> str:
    kind = types[place - 1]
    return f"given.p{place}::{kind}" if kind.endswith("[]") else f"given.p{place}"


def _listed(value: Any) -> str | None:
    """A list as one value of a column, in the notation of PostgreSQL."""
    if value is None:
        return None
    items = [str(item) for item in value]
    if not all(map(_PLAIN.fullmatch, items)):
        raise NotTogether
    return f"{{{','.join(items)}}}"


def _key(values: tuple[object, ...]) -> object:
    """What equal values have in common, lists among them."""
    return tuple([tuple(value) if isinstance(value, list) else value for value in values])
