"""Steps that read the database: relations of all rows of a level, in one statement each.

Several answers may show one relation read with the same arguments (aliases): they are views of the same rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.columns import Columns, Convert
from engine.cursor import decode_id
from engine.level import Asked, Level
from engine.plan import Arguments, Explained, ObjectPlan
from engine.read import PageArguments, PageRows, Reader, Walk, record_of, whole
from engine.relation import Many, One, OneBy, Record, Rooted
from engine.statement import Shape

if TYPE_CHECKING:
    from engine.run import Run

Levels = list[Level]
Key = Callable[[Any], Any]


@dataclass(eq=False)
class Source:
    """What is read of a record's rows: the columns that are asked for, or the record where Python needs it whole."""

    record: Record
    is_postgres: bool
    columns: Columns | None
    _shape: Shape | None = field(default=None, init=False)

    @property
    def shape(self) -> Shape:
        if self._shape is None:
            columns = self.columns
            self._shape = (
                Shape(self.record, tuple(columns.expressions), self.is_postgres)
                if columns
                else whole(self.record, is_postgres=self.is_postgres)
            )
        return self._shape

    def rows(self, found: Sequence[Any]) -> Sequence[Any]:
        return found if self.columns else [record_of(self.record, row) for row in found]


@dataclass(eq=False)
class View:
    """One answer that shows what was read."""

    asked: Asked
    plan: ObjectPlan


class _Reading:
    """What all steps have in common that read."""

    def __init__(self, views: Sequence[View], source: Source) -> None:
        self.views = views
        self.source = source

    async def start(self, run: "Run", level: Level) -> Levels:
        try:
            return await self.read(run, level)
        except Exception as error:
            for view in self.views:
                run.fault_all(level, view.asked, error)
            return []

    async def read(self, run: "Run", level: Level) -> Levels:
        raise NotImplementedError

    def explain(self) -> Explained:
        names = ", ".join(view.asked.key for view in self.views)
        return Explained(f"{names}: {self.what()}", below=[view.plan for view in self.views])

    def what(self) -> str:
        raise NotImplementedError

    def singles(self, run: "Run", level: Level, found: Sequence[Any]) -> Levels:
        """The level below, of one row or none for each parent."""
        levels = []
        owners = [position for position, row in enumerate(found) if row is not None]
        rows = self.source.rows([found[position] for position in owners])
        for view in self.views:
            if len(owners) < len(found) and not view.asked.nullable[0]:
                for position, row in enumerate(found):
                    if row is None:
                        run.fault(level, position, view.asked, view.asked.must_not_be_null())
            if rows:
                levels.append(Level(view.plan, rows, level, view.asked, owners))
        return levels


class OneStep(_Reading):
    """Records by ids that stand in the parents, or by the parents' ids that stand in them."""

    def __init__(self, views: Sequence[View], source: Source, relation: One | OneBy, key: Key) -> None:
        super().__init__(views, source)
        self._key = key
        self._column = relation.column if isinstance(relation, OneBy) else "id"
        self._where = relation.where if isinstance(relation, OneBy) else None

    async def read(self, run: "Run", level: Level) -> Levels:
        reader: Reader = run.context.loads.reader
        keys = _keys([self._key(row) for row in level.rows], reader)
        wanted = [key for key in keys if key is not None]
        found = await reader.by_key(self.source.shape, self._column, wanted, self._where) if wanted else {}
        return self.singles(run, level, [found.get(key) for key in keys])

    def what(self) -> str:
        return f"{self.source.record.__name__} by {self._column}"


class RootedStep(_Reading):
    """The record whose id the context knows."""

    def __init__(self, views: Sequence[View], source: Source, relation: Rooted) -> None:
        super().__init__(views, source)
        self._relation = relation

    async def read(self, run: "Run", level: Level) -> Levels:
        reader: Reader = run.context.loads.reader
        keys = _keys([self._relation.key(run.context)] * len(level.rows), reader)
        found = await reader.by_key(self.source.shape, "id", keys)
        return self.singles(run, level, [found.get(key) for key in keys])

    def what(self) -> str:
        return f"{self.source.record.__name__} of the context"


class ManyStep(_Reading):
    """The bounded children of each parent."""

    def __init__(self, views: Sequence[View], source: Source, relation: Many, key: Key) -> None:
        super().__init__(views, source)
        self._relation = relation
        self._key = key

    async def read(self, run: "Run", level: Level) -> Levels:
        reader: Reader = run.context.loads.reader
        keys, relation = _keys([self._key(row) for row in level.rows], reader), self._relation
        walk = Walk(relation.bound, relation.order)
        lists = await reader.children(self.source.shape, relation, keys, walk, relation.bound)
        return [spread(view, level, self.source, lists) for view in self.views]

    def what(self) -> str:
        return f"{self._relation.record.__name__} by {self._relation.column}, at most {self._relation.bound} each"


class PageStep(_Reading):
    """A keyset page of the children of each parent; without a key, of all rows there are."""

    def __init__(
        self,
        views: Sequence[View],
        source: Source,
        relation: Many,
        key: Key | None,
        arguments: Arguments,
        asks: "PageAsks",
    ) -> None:
        super().__init__(views, source)
        self._relation = relation
        self._key = key
        self._arguments = arguments
        self._asks = asks

    async def read(self, run: "Run", level: Level) -> Levels:
        reader: Reader = run.context.loads.reader
        walk = Walk.of(self._relation, PageArguments(**self._arguments(run)))
        pages = await self._pages(reader, walk, level)
        return [Level(view.plan, pages, level, view.asked, range(len(pages))) for view in self.views]

    async def _pages(self, reader: Reader, walk: Walk, level: Level) -> list[PageRows]:
        shape, relation, source = self.source.shape, self._relation, self.source
        limit = walk.size + (1 if self._asks.more else 0)
        keys = _keys([self._key(row) for row in level.rows], reader) if self._key else []
        if not self._asks.rows:
            lists: list[list[Any]] = [[] for _ in level.rows]
        elif self._key:
            lists = await reader.children(shape, relation, keys, walk, limit)
        else:
            lists = [await reader.listing(shape, relation, walk, limit)] * len(level.rows)
        pages = [PageRows.of(list(source.rows(rows)), walk) for rows in lists]
        if self._asks.total:
            counts = await reader.counts(relation, keys) if self._key else [await reader.count(relation)] * len(pages)
            for page, count in zip(pages, counts, strict=True):
                page.total = count
        return pages

    def what(self) -> str:
        return f"{self._relation.record.__name__} in pages"


@dataclass
class PageAsks:
    """What a page has to know beside its rows; each costs something."""

    rows: bool = False
    more: bool = False
    total: bool = False


class EdgesStep:
    """The rows of pages that have been read, as edges."""

    def __init__(self, view: View) -> None:
        self._view = view

    def start(self, run: "Run", level: Level) -> Levels:
        return [spread(self._view, level, None, [page.rows for page in level.rows])]

    def explain(self) -> Explained:
        return Explained(f"{self._view.asked.key}: the rows of the page", below=[self._view.plan])


class NodeStep:
    """Whatever record a public id is of."""

    def __init__(
        self, asked: Asked, source_of: Callable[[str], tuple[ObjectPlan, Source] | None], arguments: Arguments
    ):
        self.asked = asked
        self._source_of = source_of
        self._arguments = arguments

    async def start(self, run: "Run", level: Level) -> Levels:
        try:
            decoded = decode_id(self._arguments(run)["id"])
            found = self._source_of(decoded[0]) if decoded else None
            if decoded is None or found is None:
                return []
            plan, source = found
            reader: Reader = run.context.loads.reader
            [key] = _keys([decoded[1]], reader)
            row = (await reader.by_key(source.shape, "id", [key])).get(key)
            return _Reading([View(self.asked, plan)], source).singles(run, level, [row] * len(level.rows))
        except Exception as error:
            run.fault_all(level, self.asked, error)
            return []

    def explain(self) -> Explained:
        return Explained(f"{self.asked.key}: a record by its public id")


def spread(view: View, level: Level, source: Source | None, lists: Sequence[Sequence[Any]]) -> Level:
    """The level below a list of each parent."""
    rows: list[Any] = []
    owners: list[int] = []
    places: list[tuple[int, ...]] = []
    spans = []
    for position, some in enumerate(lists):
        begin = len(rows)
        rows += some
        owners += [position] * len(some)
        places += _PLACES[: len(some)] if len(some) <= len(_PLACES) else [(n,) for n in range(len(some))]
        spans.append((position, begin, len(rows)))
    below = Level(view.plan, source.rows(rows) if source else rows, level, view.asked, owners, places)
    below.spans = spans
    return below


_PLACES = [(n,) for n in range(101)]


def _keys(values: list[Any], reader: Reader) -> list[Any]:
    """Keys as the driver gives them back: on SQLite an id is text."""
    if reader.is_postgres:
        return values
    return [None if value is None else str(value) for value in values]


def read_column(position: int, convert: Convert | None) -> Key:
    if convert is None:
        return lambda row: row[position]
    return lambda row: convert(row[position])
