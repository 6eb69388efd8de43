"""Declaring GraphQL types over records: a type says which record it mirrors, and each relation is one line.

    @record_type(records.Group, description="A chat group.")
    class Group(Node):
        name: str = strawberry.field(description="Its name.")
        circle: Circle = one(records.Circle, "circle_id", description="The circle it belongs to.")
        check_ins: Connection[CheckIn] = connection(
            records.CheckIn, "group_id", order=("-created_at", "-id"), description="What was shared, newest first."
        )

A resolver of such a type gives back the record itself: plain fields are its attributes. Every relation is data for the
compiler (`engine.relation`), and has a resolver that reads the same through `context.loads` where nothing is compiled.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import signature
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from strawberry import Info

from engine.cursor import decode_id, encode_id
from engine.fields import FUNCTION, NEEDS, RELATION
from engine.load import Page
from engine.read import PageArguments
from engine.relation import (
    EVERY_ROW,
    Batch,
    Condition,
    Declared,
    Derived,
    Identity,
    Itself,
    Many,
    One,
    OneBy,
    Order,
    Record,
    Visible,
    declared_by_name,
    declared_by_record,
    everyone,
)

T = TypeVar("T")
First = Annotated[int | None, strawberry.argument(description="How many to read from the front, 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="Read on behind this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="How many to read from the back, 1 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="Read back from before this cursor.")]
PublicId = Annotated[strawberry.ID, strawberry.argument(description="An id that an earlier answer gave.")]


def record_type(record: Record, *, description: str, visible: Visible = everyone) -> Callable[[type[T]], type[T]]:
    """Make the class a GraphQL type that mirrors `record`; `visible` says which rows a caller may see, anywhere."""

    def declare(cls: type[T]) -> type[T]:
        cls.is_type_of = staticmethod(lambda value, info: isinstance(value, record))  # type: ignore[attr-defined]  # read by Strawberry
        declared = Declared(cls.__name__, record, visible)
        declared_by_record[record] = declared_by_name[cls.__name__] = declared
        return strawberry.type(cls, description=description)

    return declare


def computed(
    *, description: str, bound: int | None = None, needs: tuple[str, ...] | None = None
) -> Callable[[Callable[..., Any]], Any]:
    """A field with a function of its own, whose `self` is the record; `bound` is the most items that a list has.

    Where `needs` names the attributes of `self` that it reads, the record's others need not be read for it. It must
    have no effects: it may be called again for a row in which something is wrong.
    """
    said = {name: value for name, value in (("bound", bound), (NEEDS, needs)) if value is not None}

    def declare(resolver: Callable[..., Any]) -> Any:
        alone = {FUNCTION: resolver} if list(signature(resolver).parameters) == ["self"] else {}
        return strawberry.field(resolver=resolver, description=description, metadata={**said, **alone})

    return declare


def mirrored(record: object) -> Any:
    """A record where its GraphQL type is expected: the record itself answers the type's fields."""
    return record


def _field(resolve: Callable[..., Any], relation: object, description: str, **metadata: object) -> Any:
    return strawberry.field(resolver=resolve, description=description, metadata={RELATION: relation, **metadata})


def itself(*, description: str) -> Any:
    """The same record as another type shows it."""

    def resolve(root: strawberry.Parent[Any]) -> Any:
        return root

    return _field(resolve, Itself(), description)


def identity(*, description: str) -> Any:
    """An `id` for clients' caches, of a type that is a view of a record and not fetched by `node`."""

    def resolve(root: strawberry.Parent[Any], info: Info) -> strawberry.ID:
        return strawberry.ID(encode_id(info._raw_info.parent_type.name, root.id))

    return _field(resolve, Identity(), description)


@strawberry.interface(description="Anything that has an id and can be fetched again by it.")
class Node:
    id: strawberry.ID = identity(description="The opaque id, unique over all types.")


def one(record: Record, column: str, *, description: str) -> Any:
    """A to-one relation by the id in `column` of this type's record."""
    relation = One(record, column)

    async def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        return await info.context.loads.one(relation, root)

    return _field(resolve, relation, description)


def one_by(record: Record, column: str, *, description: str, where: Condition = EVERY_ROW) -> Any:
    """A to-one relation by a column of the other record, in which this type's id stands once at most under `where`."""
    relation = OneBy(record, column, where)

    async def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        return await info.context.loads.one_by(relation, root)

    return _field(resolve, relation, description)


def derived(sql: str, *, description: str) -> Any:
    """A value that the database works out of a row: an SQL expression over `{row}`."""
    relation = Derived(sql)

    async def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        return await info.context.loads.derived(relation, root)

    return _field(resolve, relation, description)


def many(
    record: Record,
    column: str,
    *,
    order: Sequence[str],
    bound: int,
    description: str,
    where: Condition = EVERY_ROW,
    parent_column: str = "id",
) -> Any:
    """A to-many relation that is short by nature: at most `bound` rows."""
    relation = Many(record, column, Order.by(*order), where, parent_column, bound)

    async def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        return await info.context.loads.many(relation, root)

    return _field(resolve, relation, description, bound=bound)


def connection(
    record: Record,
    column: str,
    *,
    order: Sequence[str],
    description: str,
    where: Condition = EVERY_ROW,
    parent_column: str = "id",
) -> Any:
    """A to-many relation read in keyset pages."""
    relation = Many(record, column, Order.by(*order), where, parent_column)

    async def resolve(
        root: strawberry.Parent[Any],
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Any:
        return await info.context.loads.page(relation, root, PageArguments(first, after, last, before))

    return _field(resolve, relation, description)


def batch(
    load: Callable[[list[Any], Any], Awaitable[Sequence[Any]]],
    *,
    description: str,
    needs: tuple[str, ...] | None = None,
    reads: Mapping[str, str] | None = None,
) -> Any:
    """A field computed for all parents of a level at once: `load(parents, context)` gives the values in their order.

    Where `needs` names the attributes of the parents that `load` reads, the others need not be read for it. Beside
    these, `reads` names values that the database works out, by SQL over `{row}`, and that come with the parents where
    they are read as rows; elsewhere the parents lack these attributes, and `load` has to do without.
    """

    async def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        context = info.context
        return await context.loads.batch(load, lambda parents: load(parents, context), root)

    return _field(resolve, Batch(load, needs, tuple((reads or {}).items())), description)


def listing(record: Record, *, order: Sequence[str], where: Condition = EVERY_ROW) -> Many:
    """All visible rows of a record, for a root field that reads it with `loads.list_page`."""
    return Many(record, "id", Order.by(*order), where)


async def find_node(info: Info, id: str) -> Any:
    """The record of a public id, or nothing where it is absent, hidden from the caller, or not an id of ours."""
    decoded = decode_id(id)
    declared = declared_by_name.get(decoded[0]) if decoded else None
    return await info.context.loads.by_id(declared.record, decoded[1]) if declared and decoded else None


@strawberry.type(description="Where a page begins and ends, and whether there is more.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follows this page.")
    has_previous_page: bool = strawberry.field(description="Whether something comes before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge.")


@strawberry.type
class PageFields:
    """What every connection answers; `self` is the `Page` that was read."""

    @computed(description="About this page.")
    def page_info(self: Any) -> PageInfo:
        page: Page = self
        edges = page.edges
        return PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )

    @computed(description="How many there are in all; counted only where it is asked for.")
    async def total_count(self: Any) -> int:
        page: Page = self
        return await page.count()


@strawberry.type(description="One item of a page, and where it stands in the list.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="Where this item stands in the list.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="A page of a list.")
class Connection(PageFields, Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The items of this page.")
