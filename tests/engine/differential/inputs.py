"""Input types of random schemas, and what may be given for them: as literals and as values of variables."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLDefaultInput,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLScalarType,
    get_named_type,
    is_required_argument,
    is_required_input_field,
    parse_const_value,
    value_from_ast,
)
from graphql.utilities.get_default_value_ast import get_default_value_ast

from tests.engine.differential.choices import Choices

Variable = Callable[[Any, bool], str | None]
"""From the type of a place, and whether it has a default, to a variable that may stand there, with its `$`."""

_LITERALS: dict[str, tuple[str, ...]] = {
    "String": ('"s"', '""', '"two words"', '"""block"""', '"\\u00e9"'),
    "Int": ("1", "0", "-7", "2147483647"),
    "Boolean": ("true", "false"),
    "Float": ("1.5", "2", "-1e3"),
    "ID": ('"id"', "7"),
    "Odd": ("1", "3"),
    "Stamp": ('"at1"', '"at2"'),
}
_VALUES: dict[str, tuple[Any, ...]] = {
    "String": ("s", "", "two words"),
    "Int": (1, 0, -7, 2.0),
    "Boolean": (True, False),
    "Float": (1.5, 2, -1000.0),
    "ID": ("id", 7),
    "Odd": (1, 3),
    "Stamp": ("at1", "at2"),
}
_WRONG: tuple[Any, ...] = ("x", 2**31, 1.5, True, [], {}, [None], {"unknown": 1}, ["x", 2, None], "V9", {"n0": 1})
_OPEN = ("Json", "Bare")
"""Scalars that take lists too."""


def wrapped(type_: Any, wraps: str) -> Any:
    """A type with its wrappers, written from the inside out."""
    for one in wraps.replace("[]", "l"):
        type_ = GraphQLNonNull(type_) if one == "!" else GraphQLList(type_)
    return type_


def draw_inputs(choices: Choices, leaves: dict[str, GraphQLNamedType]) -> dict[str, GraphQLNamedType]:
    """Input objects, of which the later ones may hold the earlier ones, and each itself."""
    found: dict[str, GraphQLNamedType] = {}
    for n in range(choices.below(3)):
        known = {**leaves, **found}
        is_one_of = choices.chance(15)
        fields = {f"n{m}": _input_field(choices, known, is_one_of=is_one_of) for m in range(choices.between(1, 3))}
        name = f"N{n}"
        out = (lambda value: ("built", *value.items())) if choices.chance(20) else None
        type_ = GraphQLInputObjectType(name, fields, out_type=out, is_one_of=is_one_of)
        if choices.chance(20) and not is_one_of:
            type_.fields["self"] = GraphQLInputField(type_)
        found[name] = type_
    return found


def _input_field(choices: Choices, known: dict[str, GraphQLNamedType], *, is_one_of: bool) -> GraphQLInputField:
    if is_one_of:
        return GraphQLInputField(wrapped(known[choices.pick(list(known))], ""))
    type_ = wrapped(known[choices.pick(list(known))], _wraps(choices))
    out_name = "renamed" + str(choices.below(2**16)) if choices.chance(15) else None
    return GraphQLInputField(type_, out_name=out_name, **_default(choices, type_))


def draw_arguments(choices: Choices, known: dict[str, GraphQLNamedType]) -> dict[str, GraphQLArgument]:
    arguments = {}
    for name in ("p", "q", "r")[: choices.between(1, 3)]:
        type_ = wrapped(known[choices.pick(list(known))], _wraps(choices))
        out_name = f"{name}_out" if choices.chance(15) else None
        arguments[name] = GraphQLArgument(type_, out_name=out_name, **_default(choices, type_))
    return arguments


def _wraps(choices: Choices) -> str:
    wraps = "!" if choices.chance(30) else ""
    for percent in (30, 30):
        if not choices.chance(percent):
            break
        wraps += "[]!" if choices.chance(30) else "[]"
    return wraps


def _default(choices: Choices, type_: Any) -> dict[str, Any]:
    if not choices.chance(30):
        return {}
    node = parse_const_value(literal(choices, type_))
    if choices.chance(50):
        with suppress(TypeError):  # a value that cannot be told in the schema again
            legacy = {"default_value": value_from_ast(node, type_)}
            get_default_value_ast(GraphQLArgument(type_, **legacy))
            return legacy
    return {"default": GraphQLDefaultInput(literal=node)}


def literal(choices: Choices, type_: Any, variable: Variable = lambda type_, has_default: None, depth: int = 3) -> str:
    """A literal of an input type, with variables where they are offered."""
    return _literal(choices, type_, variable, depth, has_default=False)


def argument_literal(choices: Choices, argument: GraphQLArgument, variable: Variable) -> str:
    return _literal(choices, argument.type, variable, 3, has_default=_is_optional(argument))


def _literal(choices: Choices, type_: Any, variable: Variable, depth: int, *, has_default: bool) -> str:
    if choices.chance(25) and (name := variable(type_, has_default)):
        return name
    if isinstance(type_, GraphQLNonNull):
        return _present(choices, type_.of_type, variable, depth)
    if choices.chance(10):
        return "null"
    return _present(choices, type_, variable, depth)


def _present(choices: Choices, type_: Any, variable: Variable, depth: int) -> str:
    """A literal that is not null."""
    named: Any = get_named_type(type_)
    if isinstance(type_, GraphQLList):
        item = type_.of_type
        if choices.chance(20) and named.name not in _OPEN:
            return _present(choices, named, lambda type_, has_default: None, depth - 1)
        count = choices.below(3) if depth > 0 else 0
        return "[" + ", ".join(literal(choices, item, variable, depth - 1) for _ in range(count)) + "]"
    if isinstance(type_, GraphQLInputObjectType):
        return "{" + ", ".join(_members(choices, type_, variable, depth)) + "}"
    if isinstance(type_, GraphQLEnumType):
        value_name: str = choices.pick(list(type_.values))
        return value_name
    if named.name in _LITERALS:
        return choices.pick(_LITERALS[named.name])
    return _anything(choices, variable)


def _members(choices: Choices, type_: GraphQLInputObjectType, variable: Variable, depth: int) -> list[str]:
    if type_.is_one_of:
        name, only = choices.pick(list(type_.fields.items()))
        return [f"{name}: {_present(choices, only.type, lambda type_, has_default: None, depth - 1)}"]
    members = []
    for name, one in type_.fields.items():
        is_required = isinstance(one.type, GraphQLNonNull) and not _is_optional(one)
        if is_required or (depth > 0 and choices.chance(50)):
            value = _literal(choices, one.type, variable, depth - 1, has_default=_is_optional(one))
            members.append(f"{name}: {value}")
    return members


def _is_optional(place: GraphQLInputField | GraphQLArgument) -> bool:
    if isinstance(place, GraphQLArgument):
        return not is_required_argument(place)
    return not is_required_input_field(place)


def _anything(choices: Choices, variable: Variable) -> str:
    inner = (variable(None, False) if choices.chance(30) else None) or "2"
    return choices.pick(('"any"', "1", "[1, null]", "{k: " + inner + ", l: [" + inner + "]}", "true"))


def value(choices: Choices, type_: Any, depth: int = 3) -> Any:
    """A value of a variable that is right for its type."""
    if isinstance(type_, GraphQLNonNull):
        return _given(choices, type_.of_type, depth)
    return None if choices.chance(12) else _given(choices, type_, depth)


def _given(choices: Choices, type_: Any, depth: int) -> Any:
    if isinstance(type_, GraphQLList):
        if choices.chance(20) and get_named_type(type_).name not in _OPEN:
            return _given(choices, get_named_type(type_), depth - 1)
        return [value(choices, type_.of_type, depth - 1) for _ in range(choices.below(3) if depth > 0 else 0)]
    if isinstance(type_, GraphQLInputObjectType):
        if type_.is_one_of:
            name, only = choices.pick(list(type_.fields.items()))
            return {name: _given(choices, only.type, depth - 1)}
        return {
            name: value(choices, one.type, depth - 1)
            for name, one in type_.fields.items()
            if not _is_optional(one) or (depth > 0 and choices.chance(50))
        }
    if isinstance(type_, GraphQLEnumType):
        return choices.pick(list(type_.values))
    assert isinstance(type_, GraphQLScalarType)
    return choices.pick(_VALUES.get(type_.name, ("any", 1, [1, None], {"k": 2})))


def wrong(choices: Choices) -> Any:
    """A value that is hardly right for a variable."""
    return json.loads(json.dumps(choices.pick(_WRONG)))
