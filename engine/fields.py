"""What a field of a schema says of itself, where it was declared with Strawberry."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLField

RELATION = "relation"
NEEDS = "needs"
FUNCTION = "function"
"""Metadata of a computed field: the function itself, where it takes the parent and nothing else."""
GUARD = "guard"
"""Metadata of a field with extensions of its own: `guard(context)` is all that they ask before it is resolved."""


def metadata(definition: GraphQLField) -> Mapping[str, Any]:
    found: Mapping[str, Any] = getattr(_strawberry(definition), "metadata", None) or {}
    return found


def relation_of(definition: GraphQLField) -> object:
    """The relation a field declares; one with extensions of its own says by `guard` what they ask, or is not used."""
    said = metadata(definition)
    if getattr(_strawberry(definition), "extensions", None) and GUARD not in said:
        return None
    return said.get(RELATION)


def plain_name(definition: GraphQLField) -> str | None:
    """The attribute of a field that has neither a resolver nor anything else of its own."""
    found = _strawberry(definition)
    return found.python_name if found is not None and found.is_basic_field else None


def function_of(definition: GraphQLField) -> Callable[[Any], Any] | None:
    """What computes a field from its parent alone."""
    found: Callable[[Any], Any] | None = metadata(definition).get(FUNCTION)
    return found


def _strawberry(definition: GraphQLField) -> Any:
    return (definition.extensions or {}).get("strawberry-definition")
