"""Writing values as JSON in SQL, for PostgreSQL and for SQLite (which is given the function `base64url`)."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
)
from tortoise import fields
from tortoise.fields.data import CharEnumFieldInstance

from engine.columns import field_of
from engine.fields import plain_name, relation_of
from engine.leaf import writer
from engine.level import Asked
from engine.relation import Derived, Identity, Order, Record

if TYPE_CHECKING:
    from engine.lower import Parts

POISON = "\x01"
_LINE_BYTES = 57
"""How much text PostgreSQL encodes on a line of base64."""
SqlForm = Callable[[str, bool], str]
"""How a scalar is written: from an SQL expression, and whether this is PostgreSQL, to JSON text; null gives null."""

_HOLDS = {
    GraphQLString: (fields.CharField, fields.TextField),
    GraphQLID: (fields.CharField,),
    GraphQLInt: (fields.IntField, fields.SmallIntField),
    GraphQLBoolean: (fields.BooleanField,),
}


class NotLowered(Exception):
    """Something that a statement cannot tell: the first gear has to."""


class Writing:
    """The JSON of leaves. `forms` are the scalars beside GraphQL's own, by name."""

    def __init__(self, forms: Mapping[str, SqlForm], *, is_postgres: bool) -> None:
        self._forms = forms
        self._is_postgres = is_postgres
        self.poison = "chr(1)" if is_postgres else "char(1)"
        self.least = "LEAST" if is_postgres else "min"

    def leaf(self, asked: Asked, row: str, record: Record) -> str:
        """A scalar or enum of a row; raises `NotLowered`."""
        relation, name = relation_of(asked.definition), plain_name(asked.definition)
        type_ = asked.definition.type
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(relation, Identity):
            return self._identity(asked.parent.name, f"{row}.id")
        if isinstance(relation, Derived):
            value = f"({relation.sql.replace('{row}', row)})"
            return self._or_null(asked, value, self._scalar(inner, value, None))
        try:
            field = field_of(record, name or "")
        except KeyError:
            raise NotLowered from None
        value = f'{row}."{name}"'
        if isinstance(inner, GraphQLEnumType) and isinstance(field, CharEnumFieldInstance):
            return self._or_null(asked, value, self._enum(inner, field, value))
        written = self._scalar(inner, value, field)
        return self._or_null(asked, value, written) if field.null else written

    def number(self, value: str) -> str:
        return f"({value})::text" if self._is_postgres else f"CAST({value} AS TEXT)"

    def all_of(self, item: "Parts", only: "Parts") -> "Parts":
        """The items of the rows of a query, in their order, with commas between them."""
        joined = "string_agg(" if self._is_postgres else "group_concat("
        return [f"COALESCE({joined}", *item, ", ',')", *only, ", '')"]

    def cursor(self, order: Order, row: str, record: Record) -> str:
        """The cursor of a row as bare text, as `engine.cursor` makes it."""
        values = [self._in_cursor(f'{row}."{name}"', field_of(record, name)) for name in order.columns]
        is_plain = not any(isinstance(field_of(record, name), fields.CharField) for name in order.columns)
        return self._base64url(f"""'[' || {" || ',' || ".join(values)} || ']'""", is_plain=is_plain)

    def _in_cursor(self, value: str, field: Any) -> str:
        if isinstance(field, fields.UUIDField):
            return f"""'"' || {value}{"::text" if self._is_postgres else ""} || '"'"""
        if isinstance(field, fields.DatetimeField):
            return instant_as_json(value, self._is_postgres, "+00:00")
        if isinstance(field, fields.IntField | fields.SmallIntField | fields.BigIntField):
            return self.number(value)
        if isinstance(field, fields.CharField):
            return self._text(value)
        raise NotLowered

    def _scalar(self, type_: Any, value: str, field: Any) -> str:
        """A value that is not null; `field` is the column's, None for what is worked out."""
        if not isinstance(type_, GraphQLScalarType):
            raise NotLowered
        if type_ in _HOLDS:
            if field is not None and not isinstance(field, _HOLDS[type_]):
                raise NotLowered
            if type_ is GraphQLBoolean:
                return f"CASE WHEN {value} THEN 'true' ELSE 'false' END"
            return self.number(value) if type_ is GraphQLInt else self._text(value)
        form = self._forms.get(type_.name)
        if form is None or isinstance(field, fields.JSONField):
            raise NotLowered
        return form(value, self._is_postgres)

    def _enum(self, type_: GraphQLEnumType, field: CharEnumFieldInstance, value: str) -> str:
        write = writer(type_)
        cases = " ".join(f"WHEN '{one.value}' THEN '\"{write(one)}\"'" for one in field.enum_type)
        return f"CASE {value} {cases} ELSE {self.poison} END"

    def _or_null(self, asked: Asked, value: str, written: str) -> str:
        otherwise = "'null'" if asked.nullable[0] else self.poison
        if self._is_postgres and not written.startswith("CASE"):
            return f"COALESCE({written}, {otherwise})"
        return f"CASE WHEN {value} IS NULL THEN {otherwise} ELSE {written} END"

    def _identity(self, type_name: str, id: str) -> str:
        digits = f"replace({id}{'::text' if self._is_postgres else ''}, '-', '')"
        encoded = self._base64url(f"'{type_name}:' || {digits}", length=len(type_name) + 33)
        return f"""'"' || {encoded} || '"'"""

    def _text(self, value: str) -> str:
        return f"to_json({value})::text" if self._is_postgres else f"json_quote({value})"

    def _base64url(self, text: str, *, is_plain: bool = True, length: int | None = None) -> str:
        """Plain text (letters, digits, `[]":,.+-`) makes neither of the characters that an address cannot bear.

        Where its `length` is known, so is whether lines are broken and what is filled up at the end.
        """
        if not self._is_postgres:
            return f"base64url({text})"
        encoded = f"encode(convert_to({text}, 'UTF8'), 'base64')"
        if not is_plain:
            return f"translate({encoded}, E'+/=\\n', '-_')"
        if length is None or length > _LINE_BYTES:
            encoded = f"replace({encoded}, E'\\n', '')"
        return encoded if length is not None and length % 3 == 0 else f"rtrim({encoded}, '=')"


def instant_as_json(value: str, is_postgres: bool, zone: str = "Z") -> str:
    """An instant in UTC as a JSON string with `zone` behind it, fractions of a second without zeros at their end."""
    if is_postgres:
        return f"""rtrim(to_json({value} AT TIME ZONE 'UTC')::text, '"') || '{zone}"'"""
    text = f"substr(replace({value}, ' ', 'T'), 1, length({value}) - 6)"
    return f"""'"' || CASE WHEN instr({value}, '.') THEN rtrim({text}, '0') ELSE {text} END || '{zone}"'"""
