"""A page within a statement of JSON: what each request says of it."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.collect import arguments_of, has_variables
from engine.level import Asked
from engine.read import PageArguments, Walk
from engine.relation import Many, Order
from engine.statement import order_by
from engine.writing import NotLowered

if TYPE_CHECKING:
    from engine.run import Run

_BOUNDS = 1_000


class LoweredPage:
    """What a request says of one page; a bad size or cursor, or reading backwards, is left to the first gear."""

    def __init__(self, relation: Many, asked: Asked, row: str) -> None:
        self._relation = relation
        self._arguments = arguments_of(asked)
        self._is_fixed = not has_variables(asked)
        self._fixed: Walk | None = None
        self.row = row

    def bound(self, run: "Run") -> tuple[str, Sequence[object]]:
        return self._bounded(run, 0)

    def bound_and_one(self, run: "Run") -> tuple[str, Sequence[object]]:
        return self._bounded(run, 1)

    def within(self, run: "Run") -> tuple[str, Sequence[object]]:
        return f" FILTER (WHERE {self.row}.place_ <= {self._walk(run).size})", ()

    def size(self, run: "Run") -> tuple[str, Sequence[object]]:
        return str(self._walk(run).size), ()

    def started(self, run: "Run") -> tuple[str, Sequence[object]]:
        return ("'true'" if self._walk(run).start is not None else "'false'"), ()

    def checked(self, run: "Run") -> tuple[str, Sequence[object]]:
        self._walk(run)
        return "", ()

    def _bounded(self, run: "Run", more: int) -> tuple[str, Sequence[object]]:
        walk = self._walk(run)
        return _bound(walk.order, walk.start is not None, walk.size + more, self.row), walk.start or ()

    def _walk(self, run: "Run") -> Walk:
        walk: Walk | None = self._fixed or run.memory.get(self)
        if walk is None:
            walk = run.memory[self] = Walk.of(self._relation, PageArguments(**self._arguments(run)))
            if walk.is_backward:
                raise NotLowered
            if self._is_fixed:
                self._fixed = walk
        return walk


@lru_cache(_BOUNDS)
def _bound(order: Order, is_behind: bool, limit: int, row: str) -> str:
    """Where a page begins, in which order it goes on, and how far; values are those of the cursor."""
    columns = ", ".join(f"{row}.{column}" for column in order.columns)
    marks, sign = ", ".join("?" for _ in order.columns), "<" if order.is_descending else ">"
    return f"{f' AND ({columns}) {sign} ({marks})' if is_behind else ''} {order_by(order, row=row)} LIMIT {limit}"
