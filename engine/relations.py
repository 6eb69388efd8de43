"""Steps that read the database: relations of all rows of a level, in one statement each.

Several answers may show one relation read with the same arguments (aliases): they are views of the same rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine import statement
from engine.columns import Convert
from engine.cursor import decode_id
from engine.level import Asked, Level
from engine.plan import Arguments, Explained
from engine.read import PageArguments, PageRows, Reader, Walk
from engine.relation import Many, One, OneBy, Rooted
from engine.source import Poisoned, Shown, Source, View, singles, spread
from engine.statement import Shape, beyond, texts_of
from engine.writing import NotLowered

if TYPE_CHECKING:
    from engine.run import Run

Levels = list[Level]
Key = Callable[[Any], Any]


class _Reading:
    """What all steps have in common that read."""

    def __init__(self, shown: Shown) -> None:
        self.shown = shown

    @property
    def asked(self) -> Asked:
        return self.shown.views[0].asked

    async def start(self, run: "Run", level: Level) -> Levels:
        try:
            if not self.shown.source.is_lowered:
                return await self.read(run, level, self.shown)
            try:
                return await self.read(run, level, self.shown)
            except (Poisoned, NotLowered):
                # The first gear tells what is wrong, or that nothing is.
                return await self.read(run, level, self.shown.plain)
        except Exception as error:
            for view in self.shown.views:
                run.fault_all(level, view.asked, error)
            return []

    async def read(self, run: "Run", level: Level, shown: Shown) -> Levels:
        raise NotImplementedError

    def explain(self, run: "Run") -> Explained:
        shown = self.shown
        names = ", ".join(view.asked.key for view in shown.views)
        lowered = ", with finished JSON below it" if shown.source.is_lowered else ""
        below = [view.plan for view in shown.views]
        return Explained(f"{names}: {self.what()}{lowered}", self.statement(run, shown.source.shape(run)), below)

    def what(self) -> str:
        raise NotImplementedError

    def statement(self, run: "Run", shape: Shape) -> str:
        """The statement it sends, for one parent."""
        raise NotImplementedError


class OneStep(_Reading):
    """Records by ids that stand in the parents, or by the parents' ids that stand in them."""

    def __init__(self, shown: Shown, relation: One | OneBy, key: Key) -> None:
        super().__init__(shown)
        self._key = key
        self._column = relation.column if isinstance(relation, OneBy) else "id"
        self._where = relation.where if isinstance(relation, OneBy) else None

    async def read(self, run: "Run", level: Level, shown: Shown) -> Levels:
        reader = _reader(run)
        keys = [self._key(row) for row in level.rows]
        found = await reader.by_key(shown.source.shape(run), self._column, keys, self._where)
        return singles(run, level, shown, found)

    def what(self) -> str:
        return f"{self.shown.source.record.__name__} by {self._column}"

    def statement(self, run: "Run", shape: Shape) -> str:
        return statement.by_key(shape, self._column, texts_of(_reader(run).conditions(shape.record, self._where)))


class RootedStep(_Reading):
    """The record whose id the context knows."""

    def __init__(self, shown: Shown, relation: Rooted) -> None:
        super().__init__(shown)
        self._relation = relation

    async def read(self, run: "Run", level: Level, shown: Shown) -> Levels:
        reader = _reader(run)
        [row] = await reader.by_key(shown.source.shape(run), "id", [self._relation.key(run.context)])
        return singles(run, level, shown, [row] * len(level.rows))

    def what(self) -> str:
        return f"{self.shown.source.record.__name__} by its id"

    def statement(self, run: "Run", shape: Shape) -> str:
        return statement.by_key(shape, "id", texts_of(_reader(run).conditions(shape.record)))


class ManyStep(_Reading):
    """The bounded children of each parent."""

    def __init__(self, shown: Shown, relation: Many, key: Key) -> None:
        super().__init__(shown)
        self._relation = relation
        self._key = key

    async def read(self, run: "Run", level: Level, shown: Shown) -> Levels:
        reader = _reader(run)
        keys, relation = [self._key(row) for row in level.rows], self._relation
        walk = Walk(relation.bound, relation.order)
        lists = await reader.children(shown.source.shape(run), relation, keys, walk, relation.bound)
        return [spread(view, level, shown.source, lists) for view in shown.views]

    def what(self) -> str:
        return f"{self._relation.record.__name__} by {self._relation.column}, at most {self._relation.bound} each"

    def statement(self, run: "Run", shape: Shape) -> str:
        conditions = _reader(run).conditions(shape.record, self._relation.where)
        return statement.children(
            shape, self._relation, self._relation.order, texts_of(conditions), self._relation.bound, 1
        )


class PageStep(_Reading):
    """A keyset page of the children of each parent; without a key, of all rows there are."""

    def __init__(self, shown: Shown, relation: Many, key: Key | None, arguments: Arguments, asks: "PageAsks") -> None:
        super().__init__(shown)
        self._relation = relation
        self._key = key
        self._arguments = arguments
        self._asks = asks

    async def read(self, run: "Run", level: Level, shown: Shown) -> Levels:
        reader = _reader(run)
        walk = Walk.of(self._relation, PageArguments(**self._arguments(run)))
        pages = await self._pages(run, reader, walk, level, shown.source)
        return [Level(view.plan, pages, level, view.asked, range(len(pages))) for view in shown.views]

    async def _pages(self, run: "Run", reader: Reader, walk: Walk, level: Level, source: Source) -> list[PageRows]:
        shape, relation = source.shape(run), self._relation
        limit = walk.size + (1 if self._asks.more else 0)
        keys = [self._key(row) for row in level.rows] if self._key else []
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

    def statement(self, run: "Run", shape: Shape) -> str:
        walk = Walk.of(self._relation, PageArguments(**self._arguments(run)))
        conditions = [*_reader(run).conditions(shape.record, self._relation.where), *beyond(walk.order, walk.start)]
        limit = walk.size + (1 if self._asks.more else 0)
        if self._key is None:
            return statement.listing(shape, walk.order, texts_of(conditions), limit)
        return statement.children(shape, self._relation, walk.order, texts_of(conditions), limit, 1)


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
        self.asked = view.asked

    def start(self, run: "Run", level: Level) -> Levels:
        return [spread(self._view, level, None, [page.rows for page in level.rows])]

    def explain(self, run: "Run") -> Explained:
        return Explained(f"{self._view.asked.key}: the rows of the page", below=[self._view.plan])


class NodeStep:
    """Whatever record a public id is of."""

    def __init__(self, asked: Asked, shown_of: Callable[[str], Shown | None], arguments: Arguments) -> None:
        self.asked = asked
        self._shown_of = shown_of
        self._arguments = arguments

    async def start(self, run: "Run", level: Level) -> Levels:
        try:
            decoded = decode_id(self._arguments(run)["id"])
            shown = self._shown_of(decoded[0]) if decoded else None
        except Exception as error:
            run.fault_all(level, self.asked, error)
            return []
        if decoded is None or shown is None:
            return []
        return await RootedStep(shown, Rooted(shown.source.record, lambda context: decoded[1])).start(run, level)

    def explain(self, run: "Run") -> Explained:
        decoded = decode_id(str(self._arguments(run)["id"]))
        shown = self._shown_of(decoded[0]) if decoded else None
        if shown is None:
            return Explained(f"{self.asked.key}: a record by its public id")
        return RootedStep(shown, Rooted(shown.source.record, lambda context: None)).explain(run)


def _reader(run: "Run") -> Reader:
    found: Reader = run.context.loads.reader
    return found


def read_column(position: int, convert: Convert | None) -> Key:
    if convert is None:
        return lambda row: row[position]
    return lambda row: convert(row[position])
