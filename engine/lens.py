"""Lenses: how the fields of an object are read, where the compiler finds them.

`ObjectLens` sees what Python holds, by attributes. `RowLens` sees a row of which columns are read. `EdgeLens` and
`PageLens` see such rows as the edges of a list, and those that were read together as a page.
"""

from collections.abc import Callable, Sequence
from dataclasses import make_dataclass
from inspect import iscoroutinefunction
from operator import attrgetter
from typing import Any, Protocol

import orjson
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
    get_named_type,
    is_leaf_type,
)
from tortoise import fields
from tortoise.fields.base import Field
from tortoise.fields.data import CharEnumFieldInstance

from engine.collect import Details, NotCovered
from engine.columns import Columns, field_of
from engine.cursor import encode_cursor, encode_hex_id, encode_id, pack_cursor
from engine.fields import NEEDS, function_of, metadata, plain_name, relation_of
from engine.leaf import Leaf, attribute, writer
from engine.level import Asked
from engine.lower import Lowering, NotLowered, Template
from engine.relation import Derived, Identity, Order
from engine.relations import read_column

Read = Callable[[Any], Any]
Parents = Callable[[Sequence[Any]], list[Any]]
Reads = tuple[tuple[str, str], ...]
"""Attributes of parents that the database works out, by name, each with its SQL over `{row}`."""


class NeedsRecord(Exception):
    """A field of a row that only Python can answer: the record has to be read whole."""


class Lens(Protocol):
    """`is_object` says whether Python holds the object, so that resolvers can be asked."""

    @property
    def is_object(self) -> bool: ...

    def leaf(self, asked: Asked) -> Leaf | None:
        """A scalar or enum that the object holds; None for whatever a step has to find."""

    def lowered(self, asked: Asked, details: Details) -> Leaf | None:
        """A relation that is read together with the row, as finished JSON."""

    def attribute(self, asked: Asked) -> Read | None:
        """An object or a list that the object holds."""

    def is_same_row(self, asked: Asked) -> bool:
        """Whether the field is another view of the object itself, `as_node`."""

    def is_edges(self, asked: Asked) -> bool:
        """Whether the field is the rows of a page, each seen `as_edge`."""

    def as_node(self) -> "Lens": ...
    def as_edge(self) -> "Lens": ...

    def key(self, column: str) -> Read:
        """How the value that ties another row to this one is read."""

    def parents(self, needs: tuple[str, ...] | None, reads: Reads = ()) -> Parents:
        """What a function for all parents is given; raises `NeedsRecord` where that is the whole record."""


class ObjectLens:
    """An object that Python holds."""

    is_object = True

    def leaf(self, asked: Asked) -> Leaf | None:
        if not is_leaf_type(get_named_type(asked.definition.type)):
            return None
        if asked.list_depth:
            return None
        if isinstance(relation_of(asked.definition), Identity):
            return Leaf(asked, f"encode_id({asked.parent.name!r}, r.id)", {"encode_id": encode_id})
        if name := plain_name(asked.definition):
            return Leaf(asked, attribute(name), {})
        return _computed(asked, self.attribute(asked))

    def lowered(self, asked: Asked, details: Details) -> Leaf | None:
        return None

    def attribute(self, asked: Asked) -> Read | None:
        name = plain_name(asked.definition)
        return attrgetter(name) if name else function_of(asked.definition)

    def is_same_row(self, asked: Asked) -> bool:
        return False

    def is_edges(self, asked: Asked) -> bool:
        return False

    def as_node(self) -> "Lens":
        return self

    def as_edge(self) -> "Lens":
        raise NotCovered("edges outside a page")

    def key(self, column: str) -> Read:
        return attrgetter(column)

    def parents(self, needs: tuple[str, ...] | None, reads: Reads = ()) -> Parents:
        return list

    def cursor(self, order: Order) -> tuple[str, dict[str, Any]]:
        return "cursor(order, r)", {"cursor": encode_cursor, "order": order}


class RowLens:
    """A row of which the columns are read that are asked for."""

    is_object = False

    def __init__(self, columns: Columns, lowering: Lowering | None) -> None:
        self.columns = columns
        self._lowering = lowering

    def leaf(self, asked: Asked) -> Leaf | None:
        if not is_leaf_type(get_named_type(asked.definition.type)):
            return None
        relation, name = relation_of(asked.definition), plain_name(asked.definition)
        if isinstance(relation, Identity):
            return self._identity(asked)
        if isinstance(relation, Derived):
            return Leaf(asked, f"r[{self.columns.position(relation.sql.replace('{row}', 'row_'))}]", {})
        if name is None:
            return _computed(asked, self.attribute(asked))
        try:
            return self._column(asked, name)
        except KeyError:
            raise NeedsRecord from None

    def lowered(self, asked: Asked, details: Details) -> Leaf | None:
        if self._lowering is None:
            return None
        try:
            position = self.columns.template(Template(self._lowering.relation(asked, details, "row_")))
        except NotLowered:
            return None
        raw = f"fragment(r[{position}])"
        return Leaf(asked, raw, {"fragment": orjson.Fragment}, raw)

    def attribute(self, asked: Asked) -> Read | None:
        function, needs = function_of(asked.definition), metadata(asked.definition).get(NEEDS)
        if function is None or needs is None:
            return None
        parents = self.parents(needs)
        return lambda row: function(parents([row])[0])

    def is_same_row(self, asked: Asked) -> bool:
        return False

    def is_edges(self, asked: Asked) -> bool:
        return False

    def as_node(self) -> "Lens":
        return self

    def as_edge(self) -> "Lens":
        raise NotCovered("edges outside a page")

    def key(self, column: str) -> Read:
        return read_column(self.columns.of(column)[0], None)

    def parents(self, needs: tuple[str, ...] | None, reads: Reads = ()) -> Parents:
        if needs is None:
            raise NeedsRecord
        make: Any = make_dataclass("Parent", (*needs, *(name for name, _ in reads)), slots=True)
        values = [read_column(*self.columns.of(name)) for name in needs]
        values += [read_column(self.columns.position(sql.replace("{row}", "row_")), None) for _, sql in reads]
        return lambda rows: [make(*(read(row) for read in values)) for row in rows]

    def cursor(self, order: Order) -> tuple[str, dict[str, Any]]:
        scope: dict[str, Any] = {"pack_cursor": pack_cursor}
        values = [self._value(name, scope) for name in order.columns]
        return f"pack_cursor([{', '.join(values)}])", scope

    def _identity(self, asked: Asked) -> Leaf:
        position = self.columns.of("id")[0]
        digits = f"r[{position}].hex" if self.columns.is_postgres else f"r[{position}].replace('-', '')"
        ready = f"encode_hex_id({asked.parent.name!r}, {digits})"
        return Leaf(asked, ready, {"encode_hex_id": encode_hex_id}, ready)

    def _column(self, asked: Asked, name: str) -> Leaf:
        field = field_of(self.columns.record, name)
        scope: dict[str, Any] = {}
        raw = self._value(name, scope)
        type_ = asked.definition.type
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if field.null and inner is not type_:
            return Leaf(asked, raw, scope)
        return Leaf(asked, raw, scope, self._ready(inner, field, raw, scope, name))

    def _ready(self, type_: Any, field: "Field[Any]", raw: str, scope: dict[str, Any], name: str) -> str | None:
        """An expression that cannot be wrong, because the column's own type sees to it."""
        position = self.columns.of(name)[0]
        if isinstance(type_, GraphQLEnumType) and isinstance(field, CharEnumFieldInstance):
            write = writer(type_)
            scope[f"names{position}"] = {one.value: write(one) for one in field.enum_type} | {None: None}
            return f"names{position}[r[{position}]]"
        if isinstance(type_, GraphQLList | GraphQLEnumType) or isinstance(field, fields.JSONField):
            return None
        if not isinstance(field, CharEnumFieldInstance) and any(
            isinstance(field, kind) and type_ is own for kind, own in _OWN
        ):
            return raw
        if isinstance(type_, GraphQLScalarType) and type_ not in (GraphQLString, GraphQLInt, GraphQLBoolean):
            scope[f"write{position}"] = type_.coerce_output_value
            if not field.null:
                return f"write{position}({raw})"
        return None

    def _value(self, name: str, scope: dict[str, Any]) -> str:
        position, convert = self.columns.of(name)
        if convert is None:
            return f"r[{position}]"
        scope[f"of{position}"] = convert
        return f"of{position}(r[{position}])"


_OWN = (
    (fields.CharField, GraphQLString),
    (fields.TextField, GraphQLString),
    (fields.BooleanField, GraphQLBoolean),
    (fields.IntField, GraphQLInt),
    (fields.SmallIntField, GraphQLInt),
)
"""Columns that hold nothing but values of a scalar."""


def _computed(asked: Asked, read: Read | None) -> Leaf | None:
    """A leaf that a function of the row alone gives at once."""
    function = function_of(asked.definition)
    if read is None or function is None or iscoroutinefunction(function):
        return None
    return Leaf(asked, f"{asked.name}_of(r)", {f"{asked.name}_of": read})
