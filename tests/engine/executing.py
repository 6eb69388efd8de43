"""Small schemas, and how a test asks them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
)

from tests.engine.differential.compare import errors

Ask = Callable[..., Awaitable[ExecutionResult]]
"""`await ask(schema, text, variables, operation_name, context)`, by the engine or by graphql-core."""
Resolve = Callable[..., Any]
INT, REQUIRED = GraphQLInt, GraphQLNonNull(GraphQLInt)


async def later(value: Any, turns: int = 1) -> Any:
    for _ in range(turns):
        await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


def answering(value: Any, *, waits: bool = False) -> Resolve:
    """A resolver that answers with the value, or raises it."""

    def resolve(*seen: Any, **arguments: Any) -> Any:
        if isinstance(value, Exception):
            raise value
        return value

    return (lambda *seen, **arguments: later(value)) if waits else resolve


def field(type_: Any, resolve: Resolve | None = None, **arguments: Any) -> GraphQLField:
    return GraphQLField(type_, {name: GraphQLArgument(one) for name, one in arguments.items()}, resolve)


def root(fields: Mapping[str, GraphQLField], **more: Any) -> GraphQLSchema:
    return GraphQLSchema(GraphQLObjectType("Query", dict(fields)), **more)


def told(result: ExecutionResult) -> list[tuple[str, list[str | int] | None]]:
    return [(one[0], one[1]) for one in errors(result)]
