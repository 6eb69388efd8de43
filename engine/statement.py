"""The SQL of relations, for PostgreSQL and SQLite: texts alone, each composed once for its shape.

`row_` is the row that is read; names that end so are the engine's, so that no column and no subquery of a condition
takes them for its own. The first column of every text is the statement's own: the position of the key or
of the parent that a row belongs to. What ties rows to parents comes first among the values; behind it come the values
of what is read, then those of the conditions, each marked `?` in its text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from engine.relation import Condition, Many, Order, Record, numbered

_TEXTS = 2_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What is read of a record: SQL expressions over `row_` with their `values`, on which database."""

    record: Record
    read: tuple[str, ...]
    is_postgres: bool
    values: tuple[object, ...] = field(default=(), compare=False)


def values_of(conditions: Sequence[Condition]) -> list[object]:
    """The values of conditions, in the order of their marks."""
    return [value for condition in conditions for value in condition.values]


def texts_of(conditions: Sequence[Condition]) -> tuple[str, ...]:
    return tuple(condition.sql for condition in conditions)


def joined(conditions: Sequence[str], row: str = "row_") -> str:
    """The conditions on a row, joined by AND."""
    return " AND ".join(f"({condition.replace('{row}', row)})" for condition in conditions)


@lru_cache(_TEXTS)
def by_key(shape: Shape, key: str, conditions: tuple[str, ...]) -> str:
    """The row of each key of the list `$1`, by the value of the column `key`; keys without one are left out."""
    if shape.is_postgres:
        place, keys, value = "(p.n - 1)::int AS place_", _keys(shape.record, key), "p.key"
    else:
        place, keys, value = "p.key AS place_", "json_each($1) p", "p.value"
    read = ", ".join([place, *shape.read])
    found = f"FROM {keys} JOIN {table(shape.record)} row_ ON row_.{key} = {value} WHERE {joined(conditions)}"
    return numbered(f"SELECT {read} {found}", 2)


@lru_cache(_TEXTS)
def children(shape: Shape, relation: Many, order: Order, conditions: tuple[str, ...], limit: int, parents: int) -> str:
    """The rows of each parent. On PostgreSQL `$1` is the list of keys; on SQLite `$1`… are the keys of the parents."""
    from_parent = f'FROM {table(shape.record)} row_ WHERE row_."{relation.column}" = '
    bound = f"{order_by(order)} LIMIT {limit}"
    if shape.is_postgres:
        text = (
            f"SELECT {', '.join(['(p.n - 1)::int AS place_', *shape.read])} "
            f"FROM {_keys(relation.record, relation.column)} CROSS JOIN LATERAL "
            f"(SELECT * {from_parent}p.key AND {joined(conditions)} {bound}) row_ {order_by(order, 'p.n')}"
        )
        return numbered(text, 2)
    # SQLite knows no LATERAL, so each parent has a query of its own in one statement, and they come one after another.
    read = numbered(", ".join(["place_", *shape.read]), parents + 1)
    where = numbered(joined(conditions), parents + 1 + sum(one.count("?") for one in shape.read))
    each = f"SELECT * FROM (SELECT {{place}} AS place_, row_.* {from_parent}${{n}} AND {where} {bound})"
    rows = " UNION ALL ".join(each.format(n=n, place=n - 1) for n in range(1, parents + 1))
    return f"SELECT {read} FROM ({rows}) row_"


@lru_cache(_TEXTS)
def counts(relation: Many, conditions: tuple[str, ...], is_postgres: bool) -> str:
    """How many rows each parent has; parents without any are left out."""
    column = f"row_.{relation.column}"
    where = f"{among(column, is_postgres)} AND {joined(conditions)}"
    return numbered(f"SELECT {column}, count(*) FROM {table(relation.record)} row_ WHERE {where} GROUP BY {column}", 2)


@lru_cache(_TEXTS)
def listing(shape: Shape, order: Order, conditions: tuple[str, ...], limit: int) -> str:
    """All rows that the conditions hold for, from the front."""
    read, where = ", ".join(["0 AS place_", *shape.read]), f"{joined(conditions)} {order_by(order)} LIMIT {limit}"
    return numbered(f"SELECT {read} FROM {table(shape.record)} row_ WHERE {where}", 1)


@lru_cache(_TEXTS)
def count(record: Record, conditions: tuple[str, ...]) -> str:
    """How many rows the conditions hold for."""
    return numbered(f"SELECT count(*) FROM {table(record)} row_ WHERE {joined(conditions)}", 1)


def beyond(order: Order, start: tuple[object, ...] | None) -> list[Condition]:
    """The condition that a row comes behind a place in the order."""
    if start is None:
        return []
    columns = ", ".join(f"{{row}}.{column}" for column in order.columns)
    marks = ", ".join("?" for _ in start)
    return [Condition(f"({columns}) {'<' if order.is_descending else '>'} ({marks})", start)]


def order_by(order: Order, *first: str, row: str = "row_") -> str:
    direction = " DESC" if order.is_descending else ""
    return "ORDER BY " + ", ".join([*first, *(f"{row}.{column}{direction}" for column in order.columns)])


def among(column: str, is_postgres: bool) -> str:
    """The condition that a column is in the list passed as `$1`."""
    return f"{column} = ANY($1)" if is_postgres else f"{column} IN (SELECT value FROM json_each($1))"


def table(record: Record) -> str:
    return f'"{record._meta.db_table}"'


def _keys(record: Record, column: str) -> str:
    """The list `$1` of values of a column as rows `p` on PostgreSQL, each with its position from 1."""
    sql_type = record._meta.fields_map[column].get_for_dialect("postgres", "SQL_TYPE")
    return f"unnest($1::{sql_type}[]) WITH ORDINALITY AS p(key, n)"
