"""Reading the rows of relations: all parents of a level in one statement, only the columns that are asked for.

Rows are the driver's own, read by position; where Python needs the whole record, `row_.*` is read and made into one.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine import statement
from engine.cursor import bad_input, decode_cursor
from engine.relation import Condition, Many, Order, Record, visible_rows
from engine.statement import Shape, beyond, texts_of, values_of

PAGE_MOST = 100
_PARENTS_AT_ONCE = 100

Row = Any
FetchRows = Callable[..., Awaitable[Sequence[Row]]]


@dataclass(frozen=True)
class PageArguments:
    """`first` after a cursor, or `last` before one; exactly one of the two, 1 to 100."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def size(self) -> int:
        given = [size for size in (self.first, self.last) if size is not None]
        if len(given) != 1 or not 1 <= given[0] <= PAGE_MOST:
            raise bad_input(f"Give either first or last, from 1 to {PAGE_MOST}.")
        return given[0]


@dataclass(frozen=True)
class Walk:
    """How a page is read: so many rows in an order, beginning behind `start`; backwards ones are turned round."""

    size: int
    order: Order
    start: tuple[object, ...] | None = None
    is_backward: bool = False

    @classmethod
    def of(cls, relation: Many, arguments: PageArguments) -> "Walk":
        """Raises a coded error for a bad size and for a cursor that is not of this list."""
        size, is_backward = arguments.size, arguments.last is not None
        cursor = arguments.before if is_backward else arguments.after
        start = decode_cursor(cursor, relation.order, relation.record) if cursor else None
        order = Order(relation.order.columns, relation.order.is_descending != is_backward)
        return cls(size, order, start, is_backward)


@dataclass(slots=True)
class PageRows:
    """The rows of one page in the order of the list, whether there is more on either side, and how many in all."""

    rows: list[Row]
    has_next: bool
    has_previous: bool
    total: int = 0

    @classmethod
    def of(cls, found: list[Row], walk: Walk) -> "PageRows":
        """From what was read with one row more than the page holds."""
        more, rows, started = len(found) > walk.size, found[: walk.size], walk.start is not None
        return cls(rows[::-1], started, more) if walk.is_backward else cls(rows, more, started)


class Reader:
    """Reads for one caller. `fetch(sql, *values)` runs `$n` SQL and gives rows that are read by position.

    `fetch_short` does the same for reads that are over at once, which may then go together with those of others;
    `is_brief` says whether the operation asks for so little that its reads are.
    """

    def __init__(self, fetch: FetchRows, fetch_short: FetchRows, *, is_postgres: bool, context: object) -> None:
        self._fetch = fetch
        self._fetch_short = fetch_short
        self._context = context
        self.is_postgres = is_postgres
        self.is_brief = False

    async def by_key(
        self, shape: Shape, key: str, keys: Sequence[object], where: Condition | None = None
    ) -> list[Row | None]:
        """The row of each key, by a column in which it stands once at most; None for a key that is None too."""
        found: list[Row | None] = [None] * len(keys)
        if all(one is None for one in keys):
            return found
        conditions = self.conditions(shape.record, where)
        sql = statement.by_key(shape, key, texts_of(conditions))
        fetch = self._fetch_short if self.is_brief else self._fetch
        for row in await fetch(sql, list(keys), *shape.values, *values_of(conditions)):
            found[row[0]] = row
        return found

    async def children(
        self, shape: Shape, relation: Many, keys: Sequence[Any], walk: Walk, limit: int
    ) -> list[list[Row]]:
        """The rows of each parent in the order of the walk, at most `limit` of each."""
        conditions = [*self.conditions(relation.record, relation.where), *beyond(walk.order, walk.start)]
        texts, values = texts_of(conditions), [*shape.values, *values_of(conditions)]
        found: list[list[Row]] = [[] for _ in keys]
        at_once = len(keys) if self.is_postgres else _PARENTS_AT_ONCE
        for begin in range(0, len(keys), at_once or 1):
            some = keys[begin : begin + at_once]
            sql = statement.children(shape, relation, walk.order, texts, limit, 0 if self.is_postgres else len(some))
            for row in await self._fetch(sql, *([list(some)] if self.is_postgres else some), *values):
                found[begin + row[0]].append(row)
        return found

    async def counts(self, relation: Many, keys: Sequence[Any]) -> list[int]:
        """How many rows each parent has."""
        conditions = self.conditions(relation.record, relation.where)
        sql = statement.counts(relation, texts_of(conditions), self.is_postgres)
        rows = await self._fetch(sql, list(dict.fromkeys(keys)), *values_of(conditions))
        found = {str(row[0]): int(row[1]) for row in rows}
        return [found.get(str(key), 0) for key in keys]

    async def listing(self, shape: Shape, relation: Many, walk: Walk, limit: int) -> list[Row]:
        """Rows of a record that the relation's condition holds for; its `column` plays no part."""
        conditions = [*self.conditions(relation.record, relation.where), *beyond(walk.order, walk.start)]
        sql = statement.listing(shape, walk.order, texts_of(conditions), limit)
        return list(await self._fetch(sql, *shape.values, *values_of(conditions)))

    async def count(self, relation: Many) -> int:
        conditions = self.conditions(relation.record, relation.where)
        rows = await self._fetch(statement.count(relation.record, texts_of(conditions)), *values_of(conditions))
        return int(rows[0][0])

    def conditions(self, record: Record, where: Condition | None = None) -> list[Condition]:
        """What a row must fulfil to be read: the relation's own condition, and what the caller may see."""
        visible = visible_rows(record, self._context)
        return [visible] if where is None else [where, visible]


def whole(record: Record, *, is_postgres: bool) -> Shape:
    """Every column, for `record_of`."""
    return Shape(record, ("row_.*",), is_postgres)


def record_of(record: Record, row: Row) -> Any:
    """The record of a row that was read whole."""
    columns = dict(row)
    columns.pop("place_", None)
    return record._init_from_db(**columns)
