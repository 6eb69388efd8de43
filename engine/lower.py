"""The second gear: a subtree that is data alone, lowered to one SQL expression whose value is finished JSON.

The expression stands among the columns that are read of a row, so that it costs no statement of its own, and its text
is put into the answer as it is. What Python has to compute or to decide ends it: then nothing is lowered there, and the
steps of the first gear read as before. Null where none may be turns into `POISON`, a character that JSON never holds
bare; whoever reads it reads again in the first gear, which knows how to tell of it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from engine.collect import Collector, Details
from engine.fields import GUARD, metadata, plain_name, relation_of
from engine.level import Asked
from engine.lowered_page import LoweredPage
from engine.relation import Condition, Many, One, OneBy, Order, Record, visible_rows
from engine.statement import order_by, table
from engine.writing import POISON, NotLowered, SqlForm, Writing

if TYPE_CHECKING:
    from engine.run import Run

__all__ = ["POISON", "Lowering", "NotLowered", "Template"]

Slot = Callable[["Run"], tuple[str, Sequence[object]]]
"""What one request puts into a text: SQL with `?` for each of the values."""
Part = str | Slot
_TEXTS, _CONDITIONS = 100, 2_000
Parts = list[Part]


class Template:
    """An SQL expression of which a request fills in conditions and pages.

    What requests fill in are few texts and many values, so that each text is made once.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts: Parts = []
        for is_text, some in groupby(parts, key=lambda part: isinstance(part, str)):
            together = list(some)
            self._parts += [_merged("".join(map(str, together)))] if is_text else together
        self._slots = [part for part in self._parts if not isinstance(part, str)]
        self._texts: dict[tuple[str, ...], str] = {}

    def __call__(self, run: "Run") -> tuple[str, list[object]]:
        filled = [slot(run) for slot in self._slots]
        values = [value for _, own in filled for value in own]
        key = tuple([text for text, _ in filled])
        text = self._texts.get(key)
        return text if text is not None else self._composed(key), values

    def _composed(self, filled: tuple[str, ...]) -> str:
        following = iter(filled)
        text = "".join(part if isinstance(part, str) else next(following) for part in self._parts)
        if len(self._texts) < _TEXTS:
            self._texts[filled] = text
        return text


def _merged(text: str) -> str:
    """The text with what is written side by side in quotes as one; what this module quotes has no quotes in it."""
    return text.replace("' || '", "")


class Lowering:
    """Writes the relations of an operation as SQL. `forms` are the scalars beside GraphQL's own, by name."""

    def __init__(self, collector: Collector, forms: Mapping[str, SqlForm], *, is_postgres: bool) -> None:
        self._collector = collector
        self._write = Writing(forms, is_postgres=is_postgres)
        self._rows = 0

    def relation(self, asked: Asked, details: Details, row: str) -> Parts:
        """The JSON of a relation of the row that is called `row`; raises `NotLowered`."""
        relation = relation_of(asked.definition)
        type_ = get_named_type(asked.definition.type)
        if GUARD in metadata(asked.definition) or not isinstance(type_, GraphQLObjectType):
            raise NotLowered
        if isinstance(relation, One | OneBy):
            return self._one(asked, relation, type_, details, row)
        if isinstance(relation, Many) and "first" in asked.definition.args:
            return self._page(asked, relation, type_, details, row)
        if isinstance(relation, Many):
            return self._many(relation, type_, details, row)
        raise NotLowered

    def _one(self, asked: Asked, relation: One | OneBy, type_: GraphQLObjectType, details: Details, row: str) -> Parts:
        own = self._row()
        if isinstance(relation, One):
            where: Parts = [f"{own}.id = {row}.{relation.column}"]
            bound = ""
        else:
            tie = f"{own}.{relation.column} = {row}.{relation.parent_column} AND "
            where = [tie, _condition(relation.where, own)]
            bound = " LIMIT 1"
        found = self._object(type_, details, own, relation.record)
        otherwise = "'null'" if asked.nullable[0] else self._write.poison
        return [
            "COALESCE((SELECT ",
            *found,
            f" FROM {table(relation.record)} {own} WHERE ",
            *where,
            " AND ",
            _visible(relation.record, own),
            f"{bound}), {otherwise})",
        ]

    def _many(self, relation: Many, type_: GraphQLObjectType, details: Details, row: str) -> Parts:
        own = self._row()
        items = self._write.all_of(self._object(type_, details, own, relation.record), [])
        bound = f" {order_by(relation.order, row=own)} LIMIT {relation.bound}) {own})"
        return ["(SELECT '[' || ", *items, " || ']' FROM (SELECT * ", *_rows_of(relation, own, row), bound]

    def _page(self, asked: Asked, relation: Many, type_: GraphQLObjectType, details: Details, row: str) -> Parts:
        page = LoweredPage(relation, asked, self._row())
        own = page.row
        fields = self._collector.below(type_, details)
        names = {one.name for _, one, _ in fields if one}
        is_placed = "pageInfo" in names
        members: list[tuple[str, Parts]] = []
        for key, one, below in fields:
            if one is None:
                members.append((key, [_literal(type_.name)]))
            elif one.name == "totalCount":
                counted = self._row()
                members.append(
                    (key, [f"(SELECT {self._write.number('count(*)')} ", *_rows_of(relation, counted, row), ")"])
                )
            elif one.name == "edges":
                edge = self._object(_object_type(one), below, own, relation.record, relation.order)
                items = self._write.all_of(edge, [page.within] if is_placed else [])
                members.append((key, ["'[' || ", *items, " || ']'"]))
            elif one.name == "pageInfo":
                members.append((key, self._page_info(_object_type(one), below, relation, page)))
            else:
                raise NotLowered
        found: Parts = ["(SELECT ", *_json(members)]
        if is_placed:
            order = order_by(relation.order, row="s")
            places = (
                f" FROM (SELECT s.*, row_number() OVER ({order}) AS place_, count(*) OVER () AS rows_ FROM (SELECT * "
            )
            return [*found, places, *_rows_of(relation, own, row), page.bound_and_one, f") s) {own})"]
        if "edges" in names:
            return [*found, " FROM (SELECT * ", *_rows_of(relation, own, row), page.bound, f") {own})"]
        return [*found, page.checked, ")"]

    def _page_info(self, type_: GraphQLObjectType, details: Details, relation: Many, page: LoweredPage) -> Parts:
        members: list[tuple[str, Parts]] = []
        for key, one, _ in self._collector.below(type_, details):
            if one is None:
                members.append((key, [_literal(type_.name)]))
            elif one.name == "hasNextPage":
                members.append((key, ["CASE WHEN count(*) > ", page.size, " THEN 'true' ELSE 'false' END"]))
            elif one.name == "hasPreviousPage":
                members.append((key, [page.started]))
            elif one.name in ("startCursor", "endCursor"):
                cursor = self._write.cursor(relation.order, page.row, relation.record)
                last: Parts = [f"{self._write.least}({page.row}.rows_, ", page.size, ")"]
                end = ["1"] if one.name == "startCursor" else last
                picked: Parts = [f"max({cursor}) FILTER (WHERE {page.row}.place_ = ", *end, ")"]
                members.append((key, ["COALESCE('\"' || ", *picked, " || '\"', 'null')"]))
            else:
                raise NotLowered
        return _json(members)

    def _object(
        self, type_: GraphQLObjectType, details: Details, row: str, record: Record, edge: Order | None = None
    ) -> Parts:
        """The JSON of a row; of `edge`, an order, where the row is the edge of a list."""
        members: list[tuple[str, Parts]] = []
        for key, one, below in self._collector.below(type_, details):
            if one is None:
                value: Parts = [_literal(type_.name)]
            elif edge and one.name == "cursor" and plain_name(one.definition):
                value = [f"'\"' || {self._write.cursor(edge, row, record)} || '\"'"]
            elif edge and one.name == "node" and plain_name(one.definition):
                value = self._object(_object_type(one), below, row, record)
            elif is_leaf_type(get_named_type(one.definition.type)):
                value = [self._write.leaf(one, row, record)]
            else:
                value = self.relation(one, below, row)
            members.append((key, value))
        return _json(members)

    def _row(self) -> str:
        """A name for one more row."""
        self._rows += 1
        return f"t{self._rows}"


def _rows_of(relation: Many, own: str, row: str) -> Parts:
    """The rows of a parent, from the table on."""
    tie = f"FROM {table(relation.record)} {own} WHERE {own}.{relation.column} = {row}.{relation.parent_column} AND "
    return [tie, _condition(relation.where, own), " AND ", _visible(relation.record, own)]


def _condition(condition: Condition, row: str) -> Part:
    filled = _over(condition.sql, row), condition.values
    return (lambda run: filled) if condition.values else filled[0]


def _visible(record: Record, row: str) -> Slot:
    def fill(run: "Run") -> tuple[str, Sequence[object]]:
        condition = visible_rows(record, run.context)
        return _over(condition.sql, row), condition.values

    return fill


@lru_cache(_CONDITIONS)
def _over(sql: str, row: str) -> str:
    return f"({sql.replace('{row}', row)})"


def _json(members: Sequence[tuple[str, Parts]]) -> Parts:
    """An object of these members, whose values are expressions of JSON text."""
    parts: Parts = []
    for position, (key, value) in enumerate(members):
        parts += [f"'{',' if position else '{'}\"{key}\":' || ", *value, " || "]
    return [*parts, "'}'"]


def _literal(text: str) -> str:
    return f"'\"{text}\"'"


def _object_type(asked: Asked) -> GraphQLObjectType:
    found = get_named_type(asked.definition.type)
    if not isinstance(found, GraphQLObjectType):
        raise NotLowered
    return found
