"""Leaf types of random schemas: GraphQL's own, scalars that refuse some values, and enums with values of their own.

`good` and `bad` are values as a resolver has them; whether a bad one is refused is up to the type.
"""

from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLNamedType,
    GraphQLScalarType,
    GraphQLString,
    ValueNode,
    value_from_ast_untyped,
)
from graphql.language import IntValueNode

from tests.engine.differential.choices import Choices

INTERNAL: tuple[Any, ...] = (0, 1, "one", ("t", 2), ["unhashable"], 2.5, None, True)
"""What enum values stand for; None stands for the name itself."""


def _odd(value: Any) -> int:
    if not isinstance(value, int) or value % 2 == 0:
        raise ValueError(f"{value!r} is not odd")
    return value


def _odd_written(value: Any) -> Any:
    if value == 13:
        return None
    return {"odd": _odd(value)}


def _odd_literal(node: ValueNode, variables: Any = None) -> int:
    if not isinstance(node, IntValueNode):
        raise TypeError("a literal that is no number")
    return _odd(int(node.value))


def _stamp(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith("at"):
        raise TypeError("not a stamp")
    return f"<{value}>"


def _stamp_written(value: Any) -> str:
    return _stamp(value).upper()


def _anything(node: ValueNode, variables: Any = None) -> Any:
    return {"written": value_from_ast_untyped(node, variables)}


SCALARS = {
    "Odd": lambda: GraphQLScalarType("Odd", serialize=_odd_written, parse_value=_odd, parse_literal=_odd_literal),
    "Stamp": lambda: GraphQLScalarType(
        "Stamp",
        coerce_output_value=_stamp_written,
        coerce_input_value=_stamp,
        coerce_input_literal=lambda node: _stamp(value_from_ast_untyped(node)),
    ),
    "Json": lambda: GraphQLScalarType("Json", parse_value=lambda value: {"given": value}, parse_literal=_anything),
    "Bare": lambda: GraphQLScalarType("Bare"),
}
OWN: tuple[GraphQLNamedType, ...] = (GraphQLString, GraphQLInt, GraphQLBoolean, GraphQLFloat, GraphQLID)

_GOOD: dict[str, tuple[Any, ...]] = {
    "String": ("s", "", "text", 5, True, 2.5),
    "Int": (1, 0, -7, 2**31 - 1, 3.0, True, "12"),
    "Boolean": (True, False, 1, 0),
    "Float": (1.5, 2, -0.0, True, "2.5"),
    "ID": ("id", 7, 7.0, ""),
    "Odd": (1, 3, 7),
    "Stamp": ("at1", "at2"),
    "Json": ({"k": [1, None]}, [1], "j", 0, False),
    "Bare": ("b", {"x": {}}, ()),
}
_BAD: tuple[Any, ...] = ("x", 2**31, -1, 13, float("nan"), float("inf"), [], {}, ["s"], (), b"bytes", 0.5, False, 2)


def draw_leaves(choices: Choices) -> dict[str, GraphQLNamedType]:
    leaves: dict[str, GraphQLNamedType] = {one.name: one for one in OWN}
    for name in choices.some(list(SCALARS), 40):
        leaves[name] = SCALARS[name]()
    for n in range(choices.below(3)):
        internal = [choices.pick(INTERNAL) for _ in range(choices.between(1, 4))]
        leaves[f"E{n}"] = GraphQLEnumType(f"E{n}", {f"V{m}": value for m, value in enumerate(internal)})
    return leaves


def good(choices: Choices, type_: GraphQLNamedType) -> Any:
    if isinstance(type_, GraphQLEnumType):
        name, value = choices.pick(list(type_.values.items()))
        return name if value.value is None else value.value
    return choices.pick(_GOOD[type_.name])


def bad(choices: Choices) -> Any:
    return choices.pick(_BAD)
