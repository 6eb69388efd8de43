"""Lenses on rows that were read as a list: the page, its edges, and what is said about it."""

from engine.collect import Details, NotCovered
from engine.fields import plain_name
from engine.leaf import Leaf
from engine.lens import Lens, ObjectLens, Parents, Read, Reads, RowLens
from engine.level import Asked
from engine.relation import Order
from engine.relations import PageAsks


class EdgeLens:
    """A row as an edge: its own facts, its cursor, and itself as the node."""

    def __init__(self, row: ObjectLens | RowLens, order: Order) -> None:
        self._row = row
        self._order = order
        self.is_object = row.is_object

    def leaf(self, asked: Asked) -> Leaf | None:
        if asked.name == "cursor" and plain_name(asked.definition):
            raw, scope = self._row.cursor(self._order)
            return Leaf(asked, raw, scope, raw)
        return self._row.leaf(asked)

    def lowered(self, asked: Asked, details: Details) -> Leaf | None:
        return None if self.is_same_row(asked) else self._row.lowered(asked, details)

    def attribute(self, asked: Asked) -> Read | None:
        return self._row.attribute(asked)

    def is_same_row(self, asked: Asked) -> bool:
        return asked.name == "node" and plain_name(asked.definition) is not None

    def is_edges(self, asked: Asked) -> bool:
        return False

    def as_node(self) -> Lens:
        return self._row

    def as_edge(self) -> Lens:
        return self._row.as_edge()

    def key(self, column: str) -> Read:
        return self._row.key(column)

    def parents(self, needs: tuple[str, ...] | None, reads: Reads = ()) -> Parents:
        return self._row.parents(needs, reads)


class PageLens:
    """Rows that were read together. What is asked of them beside themselves is noted, for it costs something."""

    is_object = False

    def __init__(self, row: ObjectLens | RowLens, order: Order, asks: PageAsks) -> None:
        self._row = row
        self._order = order
        self._asks = asks

    def leaf(self, asked: Asked) -> Leaf | None:
        if asked.name != "totalCount":
            return None
        self._asks.total = True
        return Leaf(asked, "r.total", {})

    def lowered(self, asked: Asked, details: Details) -> Leaf | None:
        return None

    def attribute(self, asked: Asked) -> Read | None:
        raise NotCovered(f"{asked.parent}.{asked.name}")

    def is_same_row(self, asked: Asked) -> bool:
        return asked.name == "pageInfo"

    def is_edges(self, asked: Asked) -> bool:
        self._asks.rows = True
        return asked.name == "edges"

    def as_node(self) -> "Lens":
        return _PageInfoLens(self._row, self._order, self._asks)

    def as_edge(self) -> Lens:
        return EdgeLens(self._row, self._order)

    def key(self, column: str) -> Read:
        raise NotCovered(f"a relation of a page by {column}")

    def parents(self, needs: tuple[str, ...] | None, reads: Reads = ()) -> Parents:
        raise NotCovered("a function of pages")


class _PageInfoLens(PageLens):
    def leaf(self, asked: Asked) -> Leaf | None:
        self._asks.rows = True
        if asked.name in ("hasNextPage", "hasPreviousPage"):
            self._asks.more = True
            raw = "r.has_next" if asked.name == "hasNextPage" else "r.has_previous"
            return Leaf(asked, raw, {}, raw)
        if asked.name not in ("startCursor", "endCursor"):
            raise NotCovered(f"{asked.parent}.{asked.name}")
        cursor, scope = self._row.cursor(self._order)
        scope[f"{asked.name}_of"] = eval(f"lambda r: {cursor}", dict(scope))  # noqa: S307 - text of this module
        end = f"r.rows[{0 if asked.name == 'startCursor' else -1}]"
        raw = f"{asked.name}_of({end}) if r.rows else None"
        return Leaf(asked, raw, scope, raw)
