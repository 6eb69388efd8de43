"""Root fields: what guards them, and how a refusal becomes part of a mutation's payload.

Every root field is made by `query`, `mutation` or `subscription`, which demand a permission. A mutation's resolver
calls one verb and wraps what came of it; a `DomainError` that the verb raises comes back as `userErrors` from here, and
a transaction that lost against another one (a deadlock, a locked file) is tried again from here, since a verb is one
transaction and has left nothing behind.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import strawberry
from strawberry import Info
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from auth.permissions import Permission
from engine.declare import After, Before, First, Last, PublicId, find_node, listing
from engine.fields import GUARD, RELATION
from engine.read import PageArguments
from engine.relation import EVERY_ROW, ByPublicId, Condition, Listing, Record, Rooted
from models.errors import DomainError
from schema.errors import UserError
from store.database import is_transient

ALLOW = "allow"
TRIES = 3


@strawberry.type
class Payload:
    """What every mutation answers."""

    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why the act was refused; empty where it was done."
    )


def changed(description: str) -> Any:
    """A payload's field: what the act changed; absent where it was refused."""
    return strawberry.field(default=None, description=description)


def query(*, allow: Permission, description: str, relation: object = None) -> Callable[[Callable[..., Any]], Any]:
    """A field of the query root; one that only reads a `relation` says so, and is then read by it."""
    metadata = {ALLOW: allow, GUARD: allow.demand, RELATION: relation}
    return lambda resolver: strawberry.field(
        resolver=resolver, description=description, metadata=metadata, extensions=[Guard(allow)]
    )


def listed(
    record: Record, *, order: Sequence[str], allow: Permission, description: str, where: Condition = EVERY_ROW
) -> Any:
    """A field of the query root that reads all rows of a record the caller may see, in keyset pages."""
    relation = Listing(listing(record, order=order, where=where))

    async def resolve(
        self: Any, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Any:
        return await info.context.loads.list_page(relation.many, PageArguments(first, after, last, before))

    return query(allow=allow, description=description, relation=relation)(resolve)


def rooted(record: Record, key: Callable[[Any], Any], *, allow: Permission, description: str) -> Any:
    """A field of the query root: the record whose id the context knows."""
    relation = Rooted(record, key)

    async def resolve(self: Any, info: Info) -> Any:
        return await info.context.loads.by_id(record, key(info.context))

    return query(allow=allow, description=description, relation=relation)(resolve)


def by_public_id(*, allow: Permission, description: str) -> Any:
    """A field of the query root: any record by its public id."""

    async def resolve(self: Any, info: Info, id: PublicId) -> Any:
        return await find_node(info, id)

    return query(allow=allow, description=description, relation=ByPublicId())(resolve)


def mutation(*, allow: Permission, description: str, single: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """A field of the mutation root; it returns a `Payload`. A `single` one is the only mutation of its request."""
    metadata = {ALLOW: allow, "single": single}
    told = f"{description} It must be the only mutation of its request." if single else description
    return lambda resolver: strawberry.mutation(
        resolver=resolver, description=told, metadata=metadata, extensions=[Guard(allow), Refusals()]
    )


def subscription(*, allow: Permission, description: str) -> Callable[[Callable[..., Any]], Any]:
    """A field of the subscription root."""

    def declare(resolver: Callable[..., Any]) -> Any:
        return strawberry.subscription(
            resolver=resolver, description=description, metadata={ALLOW: allow}, extensions=[Guard(allow)]
        )

    return declare


class Guard(FieldExtension):
    """Ask the permission before anything is resolved."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **arguments: Any) -> Any:
        self.permission.demand(info.context)
        return next_(source, info, **arguments)

    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Info, **arguments: Any) -> Any:
        self.permission.demand(info.context)
        result = next_(source, info, **arguments)
        return await result if inspect.isawaitable(result) else result


class Refusals(FieldExtension):
    """Turn a refusal into the payload's `userErrors`."""

    def apply(self, field: StrawberryField) -> None:
        self.payload = field.type
        for argument in field.arguments:
            argument.description = argument.description or "What to do, and with what."

    async def resolve_async(self, next_: Callable[..., Any], source: Any, info: Info, **arguments: Any) -> Any:
        for remaining in reversed(range(TRIES)):
            # What an earlier mutation of the same request read may not be shown as what this one left behind.
            info.context.loads.forget()
            try:
                return await next_(source, info, **arguments)
            except DomainError as refusal:
                payload: Any = self.payload
                return payload(user_errors=[UserError.of(refusal, info.context.locale)])
            except Exception as error:
                if not remaining or not is_transient(error):
                    raise
        raise AssertionError("unreachable")
