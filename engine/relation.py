"""Relations as data: what a field of a GraphQL type reads from the database, without saying how.

A relation names the record it leads to, the column that ties it, an order and a condition. Nothing here runs: `load`
turns relations into batched SQL, and a compiler can turn whole trees of them into one statement.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tortoise import Model

Record = type[Model]


@dataclass(frozen=True)
class Condition:
    """A condition on a row: SQL with `{row}` for the row's alias and `?` for each value, in order."""

    sql: str
    values: tuple[object, ...] = ()

    def numbered(self, row: str, first: int) -> str:
        """The SQL on the row of an alias, whose values are passed as `$first` and those that follow."""
        return numbered(self.sql.replace("{row}", row), first)


def numbered(text: str, first: int) -> str:
    """SQL with the marks of its values numbered from `$first`."""
    pieces = text.split("?")
    numbers = (f"${position}{piece}" for position, piece in enumerate(pieces[1:], start=first))
    return pieces[0] + "".join(numbers)


def all_of(conditions: Iterable[Condition]) -> Condition:
    """What holds where each of the conditions does; where there is none, every row."""
    parts = list(conditions)
    sql = " AND ".join(f"({part.sql})" for part in parts)
    return Condition(sql, tuple(value for part in parts for value in part.values)) if parts else EVERY_ROW


EVERY_ROW = Condition("1 = 1")
NO_ROW = Condition("1 = 0")

Visible = Callable[[Any], Condition]
"""Which rows of a type the caller of a context may see."""


def everyone(context: object) -> Condition:
    return EVERY_ROW


@dataclass(frozen=True)
class Order:
    """A total order: columns, all ascending or all descending, the last one unique."""

    columns: tuple[str, ...]
    is_descending: bool

    @classmethod
    def by(cls, *terms: str) -> "Order":
        """`Order.by("-created_at", "-id")`; the terms share one direction."""
        descending = [term.startswith("-") for term in terms]
        if len(set(descending)) != 1:
            raise ValueError(f"one direction for all of {terms}")
        return cls(tuple(term.lstrip("-") for term in terms), descending[0])


@dataclass(frozen=True)
class One:
    """The record whose id stands in `column` of the parent; absent where the column is empty or the row is hidden."""

    record: Record
    column: str


@dataclass(frozen=True)
class Many:
    """The records whose `column` holds the parent's `parent_column`.

    `bound` is the most that are read where the field takes no page arguments.
    """

    record: Record
    column: str
    order: Order
    where: Condition = EVERY_ROW
    parent_column: str = "id"
    bound: int = 100


@dataclass(frozen=True)
class OneBy:
    """The one record whose `column` holds the parent's `parent_column` and for which `where` holds; or none."""

    record: Record
    column: str
    where: Condition = EVERY_ROW
    parent_column: str = "id"


@dataclass(frozen=True)
class Derived:
    """A value that the database works out of a row: SQL over `{row}`, understood by both databases."""

    sql: str


@dataclass(frozen=True)
class Itself:
    """The parent's own row, as another type shows it."""


@dataclass(frozen=True)
class Identity:
    """The public id of the row, as the type it stands in."""


@dataclass(frozen=True)
class Batch:
    """A function that answers for all parents at once, `load(parents, context)`, from their attributes `needs`.

    Without `needs` the parents are whole records. `reads` are further attributes, each worked out by the database from
    SQL over `{row}`; parents that were not read as rows lack them.
    """

    load: Callable[[list[Any], Any], Awaitable[Sequence[Any]]]
    needs: tuple[str, ...] | None = None
    reads: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Listing:
    """All rows of a record that the caller may see and that its condition holds for; the root of a list."""

    many: Many


@dataclass(frozen=True)
class Rooted:
    """The record whose id the context knows, such as the caller's own."""

    record: Record
    key: Callable[[Any], Any]


@dataclass(frozen=True)
class ByPublicId:
    """Whatever record the public id in the argument `id` is of."""


class Caller(Protocol):
    """What the engine needs of a request's context: how it reads. Visibility rules read the rest of it themselves."""

    @property
    def loads(self) -> Any: ...


@dataclass(frozen=True)
class Declared:
    """A GraphQL type and the record it mirrors."""

    name: str
    record: Record
    visible: Visible


declared_by_record: dict[Record, Declared] = {}
declared_by_name: dict[str, Declared] = {}


def visible_rows(record: Record, context: object) -> Condition:
    """Which rows of a record the caller may see, by the type that mirrors it."""
    found = declared_by_record.get(record)
    return found.visible(context) if found else EVERY_ROW
