"""Documents: valid requests of any schema, with what may be written in many ways written in many ways.

Fields that answer to one name have to agree. So every name that is used is kept with what stands for it anywhere in
the document, and is used again only where that agrees; else the field is given another.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
)

from tests.engine.differential.choices import Choices
from tests.engine.differential.inputs import argument_literal, literal, value, wrong

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
ALIASES = ("x", "y", "z")
TRUTH, NUMBERS = GraphQLNonNull(GraphQLBoolean), GraphQLList(GraphQLInt)
INTROSPECTION = "__schema { queryType { name } types { kind name fields { name args { name defaultValue } } } }"


@dataclass(frozen=True)
class Request:
    """A document, the operation to run, and the values of its variables for each time that it is run."""

    text: str
    operation_name: str | None
    variables: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class _Use:
    parent: GraphQLNamedType
    field: str
    arguments: str
    type: str
    is_leaf: bool

    def agrees(self, other: "_Use") -> bool:
        if (self.field, self.arguments, self.type) == (other.field, other.arguments, other.type):
            return True
        both = isinstance(self.parent, GraphQLObjectType) and isinstance(other.parent, GraphQLObjectType)
        is_apart = both and self.parent is not other.parent
        return is_apart and self.is_leaf and other.is_leaf and self.type == other.type


@dataclass(frozen=True)
class _Variable:
    type: Any
    text: str
    default: str | None


@dataclass
class _Text:
    """What has been written so far."""

    uses: dict[str, list[_Use]] = field(default_factory=dict)
    variables: dict[str, _Variable] = field(default_factory=dict)
    fragments: dict[str, tuple[Any, str]] = field(default_factory=dict)
    fields_left: int = 30


def draw_request(choices: Choices, schema: GraphQLSchema) -> Request:
    return _Drawing(choices, schema).request()


class _Drawing:
    def __init__(self, choices: Choices, schema: GraphQLSchema) -> None:
        self.choices = choices
        self.schema = schema
        self.written = _Text()

    def request(self) -> Request:
        choices, bodies = self.choices, []
        names = ["A", "B"][: 1 + choices.chance(10)]
        for _ in names:
            is_mutation = self.schema.mutation_type is not None and choices.chance(40)
            root = self.schema.mutation_type if is_mutation else self.schema.query_type
            assert root is not None
            bodies.append(("mutation" if is_mutation else "query", self._selection(root, 4)))
        is_named = len(names) > 1 or choices.chance(30)
        operations = [
            self._operation(kind, name if is_named else "", body)
            for name, (kind, body) in zip(names, bodies, strict=True)
        ]
        fragments = [f"fragment {name} on {on} {body}" for name, (on, body) in self.written.fragments.items()]
        parts = operations + fragments if choices.chance(70) else fragments + operations
        chosen = choices.below(len(names))
        used = self._used(bodies[chosen][1])
        values = tuple(self._values(used) for _ in range(choices.between(1, 3) if used else 1))
        return Request("\n".join(parts), names[chosen] if is_named else None, values)

    def _operation(self, kind: str, name: str, body: str) -> str:
        variables = [self._definition(one) for one in self._used(body)]
        if kind == "query" and not name and not variables and len(self.written.fragments) < 2:
            return body
        return f"{kind} {name}{'(' + ', '.join(variables) + ')' if variables else ''} {body}"

    def _definition(self, name: str) -> str:
        variable = self.written.variables[name]
        default = f" = {variable.default}" if variable.default is not None else ""
        return f"${name}: {variable.text}{default}"

    def _used(self, body: str) -> list[str]:
        """The variables of a body, also of the fragments it spreads."""
        spread, waiting = {body}, [body]
        while waiting:
            for name in re.findall(r"\.\.\.(F\d+)", waiting.pop()):
                found = self.written.fragments[name][1]
                if found not in spread:
                    spread.add(found)
                    waiting.append(found)
        names = {name for text in spread for name in re.findall(r"\$(\w+)", text)}
        return [name for name in self.written.variables if name in names]

    def _values(self, names: list[str]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name in names:
            variable = self.written.variables[name]
            is_required = isinstance(variable.type, GraphQLNonNull)
            roll = self.choices.below(100)
            is_optional = not is_required or variable.default is not None
            if roll >= 98:
                values[name] = wrong(self.choices)
            elif roll >= (75 if is_optional else 98):
                if not is_required and roll % 6 == 0:
                    values[name] = None
            else:
                values[name] = value(self.choices, variable.type)
        return values

    def _selection(self, type_: Composite, depth: int) -> str:
        parts = [self._part(type_, depth) for _ in range(self.choices.between(1, 4))]
        if type_ is self.schema.query_type and self.choices.chance(2):
            parts.append(INTROSPECTION)
        return "{ " + " ".join(parts) + " }"

    def _part(self, type_: Composite, depth: int) -> str:
        roll = self.choices.below(100)
        if roll >= 90 and depth > 0:
            return self._spread(type_, depth)
        if roll >= 78 and depth > 0:
            return self._inline(type_, depth)
        if roll >= 74 or isinstance(type_, GraphQLUnionType):
            return self._typename(type_)
        return self._field(type_, depth)

    def _typename(self, type_: Composite) -> str:
        use = _Use(type_, "__typename", "", "String!", is_leaf=True)
        return self._named(use, "__typename") + self._directives()

    def _field(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        self.written.fields_left -= 1
        is_last = depth <= 0 or self.written.fields_left <= 0
        fields = [one for one in type_.fields.items() if not is_last or is_leaf_type(get_named_type(one[1].type))]
        if not fields:
            return self._typename(type_)
        name, definition = self.choices.pick(fields)
        inner = get_named_type(definition.type)
        known = [
            (key, use)
            for key, uses in self.written.uses.items()
            for use in uses[:1]
            if use.field == name and use.type == str(definition.type) and use.parent is type_
        ]
        if known and self.choices.chance(40):
            key, use = self.choices.pick(known)
            written = (key if key == name else f"{key}: {name}") + use.arguments
        else:
            use = _Use(type_, name, self._arguments(definition), str(definition.type), is_leaf=is_leaf_type(inner))
            written = self._named(use, name)
        below = "" if is_leaf_type(inner) else " " + self._selection(inner, depth - 1)
        return written + self._directives(is_field=True) + below

    def _named(self, use: _Use, name: str) -> str:
        """The field under a name that is free for it."""
        names = [name, *ALIASES]
        wanted = self.choices.below(len(names)) if self.choices.chance(30) else 0
        fresh = f"k{len(self.written.uses)}"
        for key in (*names[wanted:], fresh):
            uses = self.written.uses.setdefault(key, [])
            if all(use.agrees(other) for other in uses):
                uses.append(use)
                return (key if key == name else f"{key}: {name}") + use.arguments
        raise AssertionError("a fresh name is free")

    def _arguments(self, definition: GraphQLField) -> str:
        given = [
            f"{name}: {argument_literal(self.choices, argument, self._variable)}"
            for name, argument in definition.args.items()
            if is_required_argument(argument) or self.choices.chance(60)
        ]
        return f"({', '.join(given)})" if given else ""

    def _inline(self, type_: Composite, depth: int) -> str:
        condition = self.choices.pick([None, *self._overlapping(type_)])
        on = f" on {condition}" if condition else ""
        return f"...{on}{self._directives()} {self._selection(condition or type_, depth - 1)}"

    def _spread(self, type_: Composite, depth: int) -> str:
        overlapping = self._overlapping(type_)
        known = [name for name, (on, _) in self.written.fragments.items() if on in overlapping]
        if known and self.choices.chance(50):
            return f"...{self.choices.pick(known)}{self._directives()}"
        condition = self.choices.pick(overlapping)
        body = self._selection(condition, depth - 1)
        name = f"F{len(self.written.fragments)}"
        self.written.fragments[name] = (condition, body)
        return f"...{name}{self._directives()}"

    def _overlapping(self, type_: Composite) -> list[Composite]:
        """The types that a fragment may be on, inside this one."""
        mine = self._possible(type_)
        others = [
            one
            for one in self.schema.type_map.values()
            if isinstance(one, Composite) and not one.name.startswith("__") and self._possible(one) & mine
        ]
        return [type_, *(one for one in others if one is not type_)]

    def _possible(self, type_: Composite) -> set[str]:
        if is_abstract_type(type_):
            return {one.name for one in self.schema.get_possible_types(type_)}
        return {type_.name}

    def _directives(self, *, is_field: bool = False) -> str:
        if not self.choices.chance(15):
            return ""
        found = [
            f" @{name}(if: {self._truth()})"
            for name in self.choices.pick((("skip",), ("include",), ("include", "skip")))
        ]
        if is_field and self.schema.get_directive("note") and self.choices.chance(30):
            numbers = self._variable(NUMBERS, False) or "[1]"
            found.append(f" @note(numbers: {numbers})")
        return "".join(found)

    def _truth(self) -> str:
        if self.choices.chance(50):
            return self._variable(TRUTH, False) or "true"
        return self.choices.pick(("true", "true", "false"))

    def _variable(self, type_: Any, has_default: bool) -> str | None:
        """A variable for a place of this type; any that there is where the type is open."""
        known = [name for name, one in self.written.variables.items() if type_ is None or one.text == str(type_)]
        if known and self.choices.chance(50):
            return "$" + self.choices.pick(known)
        if type_ is None:
            return None
        declared, default = type_, None
        if isinstance(type_, GraphQLNonNull):
            if self.choices.chance(25):
                declared, default = type_.of_type, literal(self.choices, type_)
            elif has_default and self.choices.chance(30):
                declared = type_.of_type
        elif self.choices.chance(15):
            declared = GraphQLNonNull(type_)
        if default is None and self.choices.chance(20):
            default = literal(self.choices, declared)
        name = f"v{len(self.written.variables)}"
        self.written.variables[name] = _Variable(declared, str(declared), default)
        return "$" + name
