"""Columns: what a statement reads of each row, and how a driver's value becomes the program's."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.fields.base import Field
from tortoise.fields.data import CharEnumFieldInstance

from engine.relation import Record

Convert = Callable[[Any], Any]
Template = Callable[[Any], tuple[str, list[object]]]
"""From a run to an SQL expression over `t` with its values."""


class Columns:
    """The columns read of one record, in the order in which they are first needed. The first is the statement's own.

    `templates` are the expressions among them that a request fills in, by their places.
    """

    def __init__(self, record: Record, *, is_postgres: bool) -> None:
        self.record = record
        self.is_postgres = is_postgres
        self.expressions: list[str] = []
        self.templates: dict[int, Template] = {}
        self._position: dict[str, int] = {}

    def position(self, expression: str) -> int:
        """Where in a row the value of an SQL expression over `t` stands."""
        if expression not in self._position:
            self.expressions.append(expression)
            self._position[expression] = len(self.expressions)
        return self._position[expression]

    def template(self, template: Template) -> int:
        """Where in a row the value of an expression stands that each request fills in."""
        self.expressions.append("")
        self.templates[len(self.expressions)] = template
        return len(self.expressions)

    def of(self, name: str) -> tuple[int, Convert | None]:
        """Where a column stands, and what makes the program's value of it; nothing where it is that already."""
        return self.position(f'row_."{name}"'), self.conversion(name)

    def conversion(self, name: str) -> Convert | None:
        return _conversion(field_of(self.record, name), is_postgres=self.is_postgres)


def field_of(record: Record, name: str) -> "Field[Any]":
    """The field of a column; `KeyError` where the record has none of that name."""
    meta = record._meta
    if name not in meta.fields_db_projection:
        raise KeyError(name)
    return meta.fields_map[name]


def _conversion(field: "Field[Any]", *, is_postgres: bool) -> Convert | None:
    if isinstance(field, fields.JSONField):
        return _or_none(lambda value: json.loads(value) if isinstance(value, str) else value)
    if isinstance(field, CharEnumFieldInstance):
        return _or_none(field.enum_type)
    if is_postgres:
        return None
    if isinstance(field, fields.UUIDField):
        return _or_none(UUID)
    if isinstance(field, fields.BooleanField):
        return _or_none(bool)
    if isinstance(field, fields.DatetimeField | fields.DateField | fields.DecimalField):
        return field.to_python_value
    return None


def _or_none(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)
