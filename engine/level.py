"""Levels: all parents of one plan at one depth, and where each stands in the answer.

A level is the unit of work: its rows are completed by one function, and each field that leads on is resolved for all
of them at once. What fails is noted as a `Fault` and told to the answer only at the end (`outcome`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLField, GraphQLList, GraphQLNonNull, GraphQLObjectType
from graphql.pyutils import Path

if TYPE_CHECKING:
    from engine.plan import ObjectPlan

Place = tuple[int, ...]
"""Where in the lists of a field's value something stands; empty where the field is no list."""

HERE: Place = ()


class Asked:
    """One field of a selection: under which key it is answered, at which position, and from what."""

    __slots__ = ("definition", "key", "name", "nodes", "nullable", "parent", "position")

    def __init__(
        self, key: str, position: int, definition: GraphQLField, nodes: list[FieldNode], parent: GraphQLObjectType
    ) -> None:
        self.key = key
        self.position = position
        self.definition = definition
        self.nodes = nodes
        self.parent = parent
        self.name = nodes[0].name.value
        self.nullable = _nullable(definition.type)

    @property
    def list_depth(self) -> int:
        return len(self.nullable) - 1

    def must_not_be_null(self) -> TypeError:
        return TypeError(f"Cannot return null for non-nullable field {self.parent}.{self.name}.")


def _nullable(type_: Any) -> tuple[bool, ...]:
    """Whether the value of the field, its items, the items of those… may be null."""
    found = []
    while True:
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        found.append(inner is type_)
        if not isinstance(inner, GraphQLList):
            return tuple(found)
        type_ = inner.of_type


class Level:
    """Rows that one plan completes. `owners` are positions in the parent level.

    Where the answers go is the owners' own field, unless `slots` (holder and key of each) or `spans` (an owner's list,
    from row to row) say otherwise.
    """

    __slots__ = ("asked", "out", "owners", "parent", "places", "plan", "rows", "slots", "spans")

    def __init__(
        self,
        plan: "ObjectPlan",
        rows: Sequence[Any],
        parent: "Level | None" = None,
        asked: Asked | None = None,
        owners: Sequence[int] = (),
        places: Sequence[Place] | None = None,
        slots: Sequence[tuple[Any, Any]] | None = None,
    ) -> None:
        self.plan = plan
        self.rows = rows
        self.parent = parent
        self.asked = asked
        self.owners = owners
        self.places = places
        self.slots = slots
        self.spans: Sequence[tuple[int, int, int]] | None = None
        self.out: list[dict[str, Any]] = []

    def link(self) -> None:
        """Put the completed objects where their parents hold them."""
        parent, asked = self.parent, self.asked
        if parent is None or asked is None:
            return
        if self.spans is not None:
            key, holders, out = asked.key, parent.out, self.out
            for owner, begin, end in self.spans:
                holders[owner][key] = out[begin:end]
        elif self.slots is not None:
            for (holder, key), one in zip(self.slots, self.out, strict=True):
                holder[key] = one
        elif len(self.owners) == len(parent.out):
            key = asked.key
            for holder, one in zip(parent.out, self.out, strict=True):
                holder[key] = one
        else:
            key, holders = asked.key, parent.out
            for owner, one in zip(self.owners, self.out, strict=True):
                holders[owner][key] = one

    def path(self, row: int, asked: Asked) -> Path:
        """The path of a field of a row."""
        return Path(self._path_of(row), asked.key, asked.parent.name)

    def _path_of(self, row: int) -> Path | None:
        if self.parent is None or self.asked is None:
            return None
        path = self.parent.path(self.owners[row], self.asked)
        for index in self.places[row] if self.places else HERE:
            path = path.add_key(index, None)
        return path


@dataclass(slots=True, eq=False)
class Fault:
    """An error of a field of one row, or of an item at `place` in its value."""

    level: Level
    row: int
    asked: Asked
    place: Place
    error: Exception
