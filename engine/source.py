"""Sources: what is read of a record's rows for one place of a plan, and the levels that the rows become."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.columns import Columns
from engine.level import Asked, Level
from engine.plan import ObjectPlan
from engine.read import record_of, whole
from engine.relation import Record
from engine.statement import Shape
from engine.writing import POISON, NotLowered

if TYPE_CHECKING:
    from engine.run import Run

Levels = list[Level]


class Poisoned(Exception):
    """A statement that tells more than rows met null where none may be."""


@dataclass(eq=False)
class Source:
    """What is read of a record's rows: the columns that are asked for, or the record where Python needs it whole."""

    record: Record
    is_postgres: bool
    columns: Columns | None
    _shape: Shape | None = field(default=None, init=False)

    def shape(self, run: "Run") -> Shape:
        """What one run reads; raises `NotLowered` where its expressions cannot be filled in."""
        columns = self.columns
        if self._shape is None:
            if columns is None:
                self._shape = whole(self.record, is_postgres=self.is_postgres)
            else:
                self._shape = Shape(self.record, tuple(columns.expressions), self.is_postgres)
        if columns is None or not columns.templates:
            return self._shape
        read, values = list(self._shape.read), []
        try:
            for place, template in columns.templates.items():
                read[place - 1], own = template(run)
                values += own
        except Exception as error:
            raise NotLowered from error
        return Shape(self.record, tuple(read), self.is_postgres, tuple(values))

    def rows(self, found: Sequence[Any]) -> Sequence[Any]:
        """Raises `Poisoned`."""
        if self.columns is None:
            return [record_of(self.record, row) for row in found]
        for place in self.columns.templates:
            for row in found:
                if POISON in row[place]:
                    raise Poisoned
        return found

    @property
    def is_lowered(self) -> bool:
        return self.columns is not None and bool(self.columns.templates)


@dataclass(eq=False)
class View:
    """One answer that shows what was read."""

    asked: Asked
    plan: ObjectPlan


@dataclass(eq=False)
class Shown:
    """What is read and the views of it; `plainly` is the same with nothing lowered."""

    source: Source
    views: Sequence[View]
    plainly: "Callable[[], Shown]"

    @cached_property
    def plain(self) -> "Shown":
        return self.plainly()


def singles(run: "Run", level: Level, shown: Shown, found: Sequence[Any]) -> Levels:
    """The levels below, of one row or none for each parent."""
    levels = []
    owners = [position for position, row in enumerate(found) if row is not None]
    rows = shown.source.rows([found[position] for position in owners])
    for view in shown.views:
        if len(owners) < len(found) and not view.asked.nullable[0]:
            for position, row in enumerate(found):
                if row is None:
                    run.fault(level, position, view.asked, view.asked.must_not_be_null())
        if rows:
            levels.append(Level(view.plan, rows, level, view.asked, owners))
    return levels


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
