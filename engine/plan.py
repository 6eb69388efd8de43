"""Plans: what compiling an operation gives, and what running it needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from engine.leaf import Fill, Leaf
from engine.level import Asked

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from engine.level import Level
    from engine.run import Run


class Step(Protocol):
    """A field that leads on: resolved for all rows of a level at once."""

    @property
    def asked(self) -> Asked: ...

    def start(self, run: "Run", level: "Level") -> "list[Level] | Coroutine[Any, Any, list[Level]]":
        """The levels below it, at once or once they are read."""

    def explain(self, run: "Run") -> "Explained":
        """What it does in one run, for people."""


@dataclass(frozen=True)
class Explained:
    """One line about a step, the statement it sends, and the plans below it."""

    line: str
    statement: str | None = None
    below: "Sequence[ObjectPlan]" = ()


@dataclass(eq=False)
class ObjectPlan:
    """How the objects of one type are answered at one place of an operation."""

    type_name: str
    keys: Sequence[str]
    constants: Mapping[str, str]
    leaves: Sequence[Leaf]
    fill: Fill
    source: str
    steps: list[Step] = field(default_factory=list)


Arguments = Callable[["Run"], dict[str, Any]]
"""A field's arguments for one request, coerced; raises the error that every row of the field has then."""
