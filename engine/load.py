"""Reading relations in batches: one statement for all parents of a relation that ask at the same moment."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader
from tortoise import Model

from engine.cursor import bad_input, decode_cursor, encode_cursor
from engine.relation import Condition, Many, One, Order, Record, visible_rows

PAGE_MOST = 100
_PARENTS_AT_ONCE = 100

Fetch = Callable[..., Awaitable[list[Mapping[str, Any]]]]
K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


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
class Page:
    """The rows of one page, in the order of the list."""

    rows: Sequence[Any]
    order: Order
    has_next: bool
    has_previous: bool
    count: Callable[[], Awaitable[int]]

    @property
    def edges(self) -> "list[EdgeRow]":
        return [EdgeRow(row, self.order) for row in self.rows]


class EdgeRow:
    """A row as an edge: its own facts, its cursor, and itself as the node."""

    __slots__ = ("_order", "node")

    def __init__(self, row: object, order: Order) -> None:
        self.node = row
        self._order = order

    @property
    def cursor(self) -> str:
        return encode_cursor(self._order, self.node)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # a Tortoise row says it can be awaited; an edge cannot
            raise AttributeError(name)
        return getattr(self.node, name)


class Loads:
    """The batches of one request. `fetch` runs `$n` SQL; `dialect` is `postgres` or `sqlite`."""

    def __init__(self, fetch: Fetch, dialect: str, context: object) -> None:
        self._fetch = fetch
        self._is_postgres = dialect == "postgres"
        self._context = context
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    async def batch(self, name: Hashable, load: Callable[[list[K]], Awaitable[Sequence[R]]], key: K) -> R:
        """`load` run once for all keys that are asked under `name` at the same moment; results in the keys' order."""
        found: R = await self._loader(name, load).load(key)
        return found

    def know(self, row: Model) -> None:
        """Have a record found by its id that was read in another way; the caller must be one that may see it."""
        record = type(row)
        self._loader(("one", record), lambda ids: self._read_by_id(record, ids)).prime(row.pk, row)

    def forget(self) -> None:
        """Read everything anew from here on, because something is about to change it."""
        self._loaders.clear()

    def _loader(self, name: Hashable, load: Callable[[list[K]], Awaitable[Sequence[R]]]) -> DataLoader[K, R]:
        loader = self._loaders.get(name)
        if loader is None:
            loader = self._loaders[name] = DataLoader(load_fn=load)
        return loader

    async def one(self, relation: One, parent: object) -> Any:
        """The record a parent refers to, if the caller may see it."""
        key = getattr(parent, relation.column)
        return None if key is None else await self.by_id(relation.record, key)

    async def by_id(self, record: Record, id: object) -> Any:
        return await self.batch(("one", record), lambda ids: self._read_by_id(record, ids), id)

    async def many(self, relation: Many, parent: object) -> list[Any]:
        """The bounded children of a parent."""
        key = getattr(parent, relation.parent_column)
        rows: list[Any] = await self.batch(
            ("many", relation),
            lambda keys: self._read_children(relation, keys, relation.order, None, relation.bound),
            key,
        )
        return rows

    async def page(self, relation: Many, parent: object, arguments: PageArguments) -> Page:
        """A keyset page of the children of a parent."""
        key = getattr(parent, relation.parent_column)

        async def count() -> int:
            total: int = await self.batch(("count", relation), lambda keys: self._count_children(relation, keys), key)
            return total

        size, is_backward, order, start = self._walk(relation, arguments)
        found = await self.batch(
            ("page", relation, arguments),
            lambda keys: self._read_children(relation, keys, order, start, size + 1),
            key,
        )
        return _page(found, size, is_backward=is_backward, started=start is not None, order=relation.order, count=count)

    async def list_page(self, relation: Many, arguments: PageArguments) -> Page:
        """A keyset page of all rows of a record that the relation's condition holds for; its `column` plays no part."""

        async def count() -> int:
            where, values = self._numbered([relation.where, self._visible(relation.record)], 1)
            rows = await self._fetch(f"SELECT count(*) AS n FROM {_table(relation.record)} t WHERE {where}", *values)
            return int(rows[0]["n"])

        size, is_backward, order, start = self._walk(relation, arguments)
        conditions = [relation.where, self._visible(relation.record), *_beyond(order, start)]
        where, values = self._numbered(conditions, 1)
        rows = await self._fetch(
            f"SELECT t.* FROM {_table(relation.record)} t WHERE {where} {_order_by(order)} LIMIT {size + 1}", *values
        )
        found = [_record(relation.record, row) for row in rows]
        return _page(found, size, is_backward=is_backward, started=start is not None, order=relation.order, count=count)

    async def _read_by_id(self, record: Record, ids: list[Any]) -> list[Any]:
        visible, values = self._numbered([self._visible(record)], 2)
        rows = await self._fetch(
            f"SELECT t.* FROM {_table(record)} t WHERE {self._among('t.id')} AND {visible}", ids, *values
        )
        found = {row.pk: row for row in (_record(record, row) for row in rows)}
        return [found.get(key) for key in ids]

    async def _read_children(
        self, relation: Many, keys: list[Any], order: Order, start: tuple[object, ...] | None, limit: int
    ) -> list[list[Any]]:
        children: dict[Any, list[Any]] = defaultdict(list)
        conditions = [relation.where, self._visible(relation.record), *_beyond(order, start)]
        read = self._read_lateral if self._is_postgres else self._read_union
        for row in await read(relation, keys, conditions, f"{_order_by(order)} LIMIT {limit}"):
            child = _record(relation.record, row)
            children[getattr(child, relation.column)].append(child)
        return [_ordered(children[key], order) for key in keys]

    async def _read_lateral(
        self, relation: Many, keys: list[Any], conditions: Sequence[Condition], bound: str
    ) -> list[Mapping[str, Any]]:
        """One text for any number of parents, so that the database plans it once."""
        where, values = self._numbered(conditions, 2)
        return await self._fetch(
            f"SELECT c.* FROM unnest($1::{_sql_type(relation)}[]) AS p(key) CROSS JOIN LATERAL "
            f"(SELECT t.* FROM {_table(relation.record)} t WHERE t.{relation.column} = p.key AND {where} {bound}) c",
            keys,
            *values,
        )

    async def _read_union(
        self, relation: Many, keys: list[Any], conditions: Sequence[Condition], bound: str
    ) -> list[Mapping[str, Any]]:
        """SQLite knows no LATERAL, so each parent has a query of its own in one statement."""
        rows: list[Mapping[str, Any]] = []
        for place in range(0, len(keys), _PARENTS_AT_ONCE):
            some = keys[place : place + _PARENTS_AT_ONCE]
            where, values = self._numbered(conditions, len(some) + 1)
            each = (
                f"SELECT * FROM (SELECT t.* FROM {_table(relation.record)} t "
                f"WHERE t.{relation.column} = ${{n}} AND {where} {bound}) AS c{{n}}"
            )
            sql = " UNION ALL ".join(each.format(n=n) for n in range(1, len(some) + 1))
            rows += await self._fetch(sql, *some, *values)
        return rows

    async def _count_children(self, relation: Many, keys: list[Any]) -> list[int]:
        where, values = self._numbered([relation.where, self._visible(relation.record)], 2)
        rows = await self._fetch(
            f"SELECT t.{relation.column} AS key, count(*) AS n FROM {_table(relation.record)} t "
            f"WHERE {self._among(f't.{relation.column}')} AND {where} GROUP BY t.{relation.column}",
            keys,
            *values,
        )
        counts = {str(row["key"]): int(row["n"]) for row in rows}
        return [counts.get(str(key), 0) for key in keys]

    def _among(self, column: str) -> str:
        """The condition that a column is in the list passed as `$1`."""
        return f"{column} = ANY($1)" if self._is_postgres else f"{column} IN (SELECT value FROM json_each($1))"

    def _walk(self, relation: Many, arguments: PageArguments) -> tuple[int, bool, Order, tuple[object, ...] | None]:
        size, is_backward = arguments.size, arguments.last is not None
        cursor = arguments.before if is_backward else arguments.after
        start = decode_cursor(cursor, relation.order, relation.record) if cursor else None
        order = Order(relation.order.columns, relation.order.is_descending != is_backward)
        return size, is_backward, order, start

    def _visible(self, record: Record) -> Condition:
        return visible_rows(record, self._context)

    def _numbered(self, conditions: Sequence[Condition], first: int) -> tuple[str, list[object]]:
        """The conditions joined by AND, their values numbered from `$first`."""
        parts: list[str] = []
        values: list[object] = []
        for condition in conditions:
            sql = condition.sql.replace("{row}", "t")
            for value in condition.values:
                sql = sql.replace("?", f"${first + len(values)}", 1)
                values.append(value)
            parts.append(f"({sql})")
        return " AND ".join(parts), values


def _page(
    found: list[Any],
    size: int,
    *,
    is_backward: bool,
    started: bool,
    order: Order,
    count: Callable[[], Awaitable[int]],
) -> Page:
    more, rows = len(found) > size, found[:size]
    if is_backward:
        return Page(rows[::-1], order, has_next=started, has_previous=more, count=count)
    return Page(rows, order, has_next=more, has_previous=started, count=count)


def _beyond(order: Order, start: tuple[object, ...] | None) -> list[Condition]:
    if start is None:
        return []
    columns = ", ".join(f"{{row}}.{column}" for column in order.columns)
    marks = ", ".join("?" for _ in start)
    return [Condition(f"({columns}) {'<' if order.is_descending else '>'} ({marks})", start)]


def _order_by(order: Order) -> str:
    direction = " DESC" if order.is_descending else ""
    return "ORDER BY " + ", ".join(f"t.{column}{direction}" for column in order.columns)


def _ordered(rows: list[Any], order: Order) -> list[Any]:
    """UNION ALL promises no order, so each parent's rows are put in order here."""
    return sorted(
        rows, key=lambda row: tuple(getattr(row, column) for column in order.columns), reverse=order.is_descending
    )


def _table(record: Record) -> str:
    return f'"{record._meta.db_table}"'


def _sql_type(relation: Many) -> str:
    """The type of the column that ties children to their parents, as PostgreSQL names it."""
    found: str = relation.record._meta.fields_map[relation.column].get_for_dialect("postgres", "SQL_TYPE")
    return found


def _record(record: Record, row: Mapping[str, Any]) -> Model:
    return record._init_from_db(**row)
