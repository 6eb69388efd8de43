"""Records for resolvers: those asked for at the same moment are read in one statement."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader
from tortoise import Model

from engine.cursor import encode_cursor
from engine.read import FetchRows, PageArguments, PageRows, Reader, Walk, record_of, whole
from engine.relation import Derived, Many, One, OneBy, Order, Record
from engine.statement import Shape

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


@dataclass(frozen=True)
class Page:
    """The records of one page, in the order of the list."""

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
    """The batches of one request. `fetch` runs `$n` SQL and gives rows; `dialect` is `postgres` or `sqlite`.

    `fetch_short`, where there is one, runs reads that are over at once, and may run those of many requests together.
    """

    def __init__(self, fetch: FetchRows, dialect: str, context: object, fetch_short: FetchRows | None = None) -> None:
        self.reader = Reader(fetch, fetch_short or fetch, is_postgres=dialect == "postgres", context=context)
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    async def batch(self, name: Hashable, load: Callable[[list[K]], Awaitable[Sequence[R]]], key: K) -> R:
        """`load` run once for all keys that are asked under `name` at the same moment; results in the keys' order."""
        found: R = await self._loader(name, load).load(key)
        return found

    def know(self, row: Model) -> None:
        """Have a record found by its id that was read in another way; the caller must be one that may see it."""
        record = type(row)
        self._loader(("one", record), lambda ids: self._read_by_id(record, ids)).prime(row.pk, row)

    def know_derived(self, relation: Derived, row: Model, value: object) -> None:
        """Have a value found that the database would work out of a row, because it is known already."""
        self._derived(relation, type(row)).prime(row.pk, value)

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

    async def one_by(self, relation: OneBy, parent: object) -> Any:
        """The record that refers to a parent, if there is one that the caller may see."""

        async def read(keys: list[Any]) -> list[Any]:
            shape = whole(relation.record, is_postgres=self.reader.is_postgres)
            rows = await self.reader.by_key(shape, relation.column, keys, relation.where)
            return [row and record_of(relation.record, row) for row in rows]

        return await self.batch(("one by", relation), read, getattr(parent, relation.parent_column))

    async def derived(self, relation: Derived, parent: Model) -> Any:
        """What the database works out of a row that has been read already."""
        return await self._derived(relation, type(parent)).load(parent.pk)

    def _derived(self, relation: Derived, record: Record) -> DataLoader[Any, Any]:
        async def read(ids: list[Any]) -> list[Any]:
            shape = Shape(record, (relation.sql.replace("{row}", "row_"),), self.reader.is_postgres)
            return [row and row[1] for row in await self.reader.by_key(shape, "id", ids)]

        return self._loader(("derived", relation, record), read)

    async def many(self, relation: Many, parent: object) -> list[Any]:
        """The bounded children of a parent."""
        walk = Walk(relation.bound, relation.order)
        rows: list[Any] = await self.batch(
            ("many", relation),
            lambda keys: self._read_children(relation, keys, walk, relation.bound),
            getattr(parent, relation.parent_column),
        )
        return rows

    async def page(self, relation: Many, parent: object, arguments: PageArguments) -> Page:
        """A keyset page of the children of a parent."""
        key, walk = getattr(parent, relation.parent_column), Walk.of(relation, arguments)

        async def count() -> int:
            total: int = await self.batch(("count", relation), lambda keys: self.reader.counts(relation, keys), key)
            return total

        found = await self.batch(
            ("page", relation, arguments), lambda keys: self._read_children(relation, keys, walk, walk.size + 1), key
        )
        return _page(found, walk, relation, count)

    async def list_page(self, relation: Many, arguments: PageArguments) -> Page:
        """A keyset page of all rows of a record that the relation's condition holds for; its `column` plays no part."""
        walk, record = Walk.of(relation, arguments), relation.record
        shape = whole(record, is_postgres=self.reader.is_postgres)
        rows = await self.reader.listing(shape, relation, walk, walk.size + 1)
        return _page([record_of(record, row) for row in rows], walk, relation, lambda: self.reader.count(relation))

    async def _read_by_id(self, record: Record, ids: list[Any]) -> list[Any]:
        rows = await self.reader.by_key(whole(record, is_postgres=self.reader.is_postgres), "id", ids)
        return [row and record_of(record, row) for row in rows]

    async def _read_children(self, relation: Many, keys: list[Any], walk: Walk, limit: int) -> list[list[Any]]:
        shape = whole(relation.record, is_postgres=self.reader.is_postgres)
        found = await self.reader.children(shape, relation, keys, walk, limit)
        return [[record_of(relation.record, row) for row in rows] for rows in found]


def _page(found: list[Any], walk: Walk, relation: Many, count: Callable[[], Awaitable[int]]) -> Page:
    page = PageRows.of(found, walk)
    return Page(page.rows, relation.order, has_next=page.has_next, has_previous=page.has_previous, count=count)
