"""Leaves: scalars and enums, and the generated function that turns the rows of a level into dictionaries.

The generated function takes the straight way: it reads, checks and writes all leaves of a row in one expression. A row
for which that raises is completed leaf by leaf (`exactly`), which finds out what failed and where.
"""

import keyword
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import isfinite
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
    Undefined,
)
from graphql.pyutils import inspect, is_iterable

from engine.level import HERE, Asked, Place

Convert = Callable[[Any], Any]
Note = Callable[[Place, Exception], None]
Slow = Callable[[Any, int], dict[str, Any]]
Fill = Callable[[Sequence[Any], list[dict[str, Any]], Slow], None]

_TYPES = 500
FAILED: Any = object()
"""Stands for a value whose error is noted already."""

_CHECKS = {
    GraphQLString: "{0}.__class__ is str",
    GraphQLID: "{0}.__class__ is str",
    GraphQLInt: "{0}.__class__ is int and -2147483648 <= {0} <= 2147483647",
    GraphQLBoolean: "{0}.__class__ is bool",
    GraphQLFloat: "{0}.__class__ is float and isfinite({0})",
}


@dataclass(frozen=True, eq=False)
class Leaf:
    """A leaf of a row: `raw` is an expression over the row `r` and the names of `scope`.

    `ready` is an expression that already is the answer and cannot be wrong; where it is absent, `raw` is checked.
    """

    asked: Asked
    raw: str
    scope: dict[str, Any]
    ready: str | None = None

    @cached_property
    def read(self) -> Convert:
        """The value of a row, before it is checked."""
        found: Convert = eval(f"lambda r: {self.raw}", dict(self.scope))  # noqa: S307 - as in `fill_of`
        return found


def attribute(name: str) -> str:
    """The expression of an attribute of a row."""
    return f"r.{name}" if name.isidentifier() and not keyword.iskeyword(name) else f"getattr(r, {name!r})"


def fill_of(keys: Sequence[str], leaves: Sequence[Leaf], constants: dict[str, str]) -> tuple[Fill, str]:
    """The function that completes rows, with its source: a dictionary of `keys`, null where a step fills it in."""
    scope: dict[str, Any] = {"isfinite": isfinite}
    by_key = {leaf.asked.key: leaf for leaf in leaves}
    parts = []
    for position, key in enumerate(keys):
        if key in by_key:
            expression = _straight(by_key[key], position, scope)
        else:
            expression = repr(constants[key]) if key in constants else "None"
        parts.append(f"{key!r}: {expression}")
    source = (
        "def fill(rows, out, slow):\n    add = out.append\n    for r in rows:\n        try:\n"
        f"            add({{{', '.join(parts)}}})\n        except Exception:\n            add(slow(r, len(out)))\n"
    )
    if not leaves:
        source = f"def fill(rows, out, slow):\n    out += [{{{', '.join(parts)}}} for _ in rows]\n"
    exec(compile(source, "<plan>", "exec"), scope)  # noqa: S102 - text of this module alone: names are quoted or checked
    fill: Fill = scope["fill"]
    return fill, source


def _straight(leaf: Leaf, position: int, scope: dict[str, Any]) -> str:
    scope.update(leaf.scope)
    if leaf.ready is not None:
        return leaf.ready
    value, finish = f"v{position}", f"finish{position}"
    type_ = leaf.asked.definition.type
    scope[finish] = finisher(leaf.asked, type_)
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    check = _CHECKS.get(inner)  # type: ignore[arg-type]  # most types are none of its keys
    if check is None:
        return f"{finish}({leaf.raw})"
    return f"({value} if {_checked(check, value, leaf.raw)} else {finish}({value}))"


def _checked(check: str, value: str, raw: str) -> str:
    """The check with the value bound where it is first named."""
    first, _, rest = check.partition("{0}")
    return f"({value} := {raw}){first}{rest.replace('{0}', value)}"


def finisher(asked: Asked, type_: Any) -> Convert:
    """A function from a resolved value to the answer's; raises whatever is wrong with it, wherever that is."""

    def finish(value: Any) -> Any:
        def raise_it(place: Place, error: Exception) -> None:
            raise error

        return exactly(asked, type_, value, raise_it)

    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(inner, GraphQLList):
        return finish
    write, required = writer(inner), inner is not type_

    def finish_one(value: Any) -> Any:
        if value is None or value is Undefined:
            if required:
                raise asked.must_not_be_null()
            return None
        if isinstance(value, Exception):
            raise value
        return write(value)

    return finish_one


def exactly(asked: Asked, type_: Any, value: Any, note: Note, place: Place = HERE) -> Any:
    """The answer's value; what is wrong is noted at its place, and `FAILED` or null stands there."""
    if isinstance(value, Exception):
        note(place, value)
        return FAILED
    if isinstance(type_, GraphQLNonNull):
        found = exactly(asked, type_.of_type, value, note, place)
        if found is None:
            note(place, asked.must_not_be_null())
            return FAILED
        return found
    if value is None or value is Undefined:
        return None
    if isinstance(type_, GraphQLList):
        try:
            items = listed(asked, value)
        except Exception as error:
            note(place, error)
            return FAILED
        done = (exactly(asked, type_.of_type, item, note, (*place, n)) for n, item in enumerate(items))
        return [None if one is FAILED else one for one in done]
    try:
        return writer(type_)(value)
    except Exception as error:
        note(place, error)
        return FAILED


def listed(asked: Asked, value: Any) -> list[Any]:
    """The items of a list's value; raises for what is none."""
    if not is_iterable(value):
        raise GraphQLError(f"Expected Iterable, but did not find one for field '{asked.parent}.{asked.name}'.")
    items: Iterable[Any] = value
    return list(items)


@lru_cache(_TYPES)
def writer(type_: Any) -> Convert:
    """A leaf type's own function from a value to the answer's; raises where it is not one of the type's."""
    coerce = type_.coerce_output_value

    def write(value: Any) -> Any:
        written = coerce(value)
        if written is None or written is Undefined:
            expected = f"Expected `{inspect(type_)}.coerce_output_value({inspect(value)})` to return non-nullable value"
            raise TypeError(f"{expected}, returned: {inspect(written)}")
        return written

    return _Remembered(write) if isinstance(type_, GraphQLEnumType) else write


class _Remembered(dict[Any, Any]):
    """The few values of an enum with their names, as they turn up."""

    def __init__(self, write: Convert) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, value: Any) -> Any:
        written = self[value] = self._write(value)
        return written

    def __call__(self, value: Any) -> Any:
        try:
            return self[value]
        except TypeError:  # a value that cannot be looked up
            return self._write(value)
