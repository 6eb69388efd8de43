"""Shapes: what a schema is to be, drawn once and built twice: as drawn, and with resolvers that never wait.

Leaf types and input types are the same in both and stand in the shape as they are; a type is named by its name and
its wrappers from the inside out, so that `[Int!]` is `("Int", "![]")`.
"""

from dataclasses import dataclass, field, replace

from graphql import GraphQLArgument, GraphQLNamedType

from tests.engine.differential.choices import Choices
from tests.engine.differential.inputs import draw_arguments, draw_inputs
from tests.engine.differential.leaves import draw_leaves

RESOLVERS = ("default", "sync", "async", "either", "plain", "plain", "items", "method")
"""How a field is resolved. `either` waits for some values only, `items` are lists of what waits, `method` is a callable
that the source holds, `plain` is an attribute as Strawberry reads it."""
WORDS = ("a", "b", "c", "d", "e", "f", "g", "h")


@dataclass(frozen=True)
class FieldShape:
    name: str
    type: str
    wraps: str
    resolver: str
    arguments: dict[str, GraphQLArgument] = field(default_factory=dict)


@dataclass(frozen=True)
class TypeShape:
    """`tells` is how an object's type, or what an abstract type's value is of, is found out: see `schemas`."""

    name: str
    kind: str
    fields: tuple[FieldShape, ...] = ()
    interfaces: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    tells: str = ""
    is_mapping: bool = False


@dataclass(frozen=True)
class Shape:
    """`accidents` is the percentage of values that are not what they should be."""

    leaves: dict[str, GraphQLNamedType]
    types: dict[str, TypeShape]
    accidents: int
    seed: int

    def possible(self, name: str) -> list[str]:
        """The object types that a value of this type may be of."""
        type_ = self.types[name]
        if type_.kind == "interface":
            return [one.name for one in self.types.values() if one.kind == "object" and name in one.interfaces]
        return list(type_.members) or [name]


def draw_shape(choices: Choices) -> Shape:
    leaves = draw_leaves(choices)
    inputs = draw_inputs(choices, leaves)
    names = [f"O{n}" for n in range(choices.between(1, 4))]
    interfaces = [f"I{n}" for n in range(choices.below(3))]
    unions = [f"U{n}" for n in range(choices.below(2))]
    drawing = _Drawing(choices, leaves, inputs, [*names, *interfaces, *unions])
    types: dict[str, TypeShape] = {}
    for name in interfaces:
        types[name] = drawing.interface(name, list(types.values()))
    abstract = list(types.values())
    for n, name in enumerate(names):
        types[name] = drawing.object(name, abstract if n == 0 else choices.some(abstract))
    for name in unions:
        members = choices.some(names, 70) or names[:1]
        types[name] = TypeShape(name, "union", members=tuple(members), tells=drawing.telling())
    types["Query"] = drawing.root("Query")
    if choices.chance(40):
        types["Mutation"] = drawing.root("Mutation")
    accidents = choices.pick((0, 2, 5, 15, 30))
    return Shape(leaves, types, accidents, choices.below(2**16))


class _Drawing:
    def __init__(
        self,
        choices: Choices,
        leaves: dict[str, GraphQLNamedType],
        inputs: dict[str, GraphQLNamedType],
        composites: list[str],
    ) -> None:
        self.choices = choices
        self.leaves = leaves
        self.inputs = {**leaves, **inputs}
        self.composites = composites

    def telling(self) -> str:
        return self.choices.pick(("", "sync", "async"))

    def interface(self, name: str, others: list[TypeShape]) -> TypeShape:
        parents = self.choices.some(others, 30)
        fields = {one.name: one for parent in parents for one in parent.fields}
        for one in self.fields(1, 3, name.lower()):
            fields.setdefault(one.name, one)
        return TypeShape(
            name, "interface", tuple(fields.values()), tuple(one.name for one in parents), tells=self.telling()
        )

    def object(self, name: str, implemented: list[TypeShape]) -> TypeShape:
        fields: dict[str, FieldShape] = {}
        for interface in implemented:
            for one in interface.fields:
                fields.setdefault(one.name, self._implementing(one))
        for one in self.fields(1, 5):
            fields.setdefault(one.name, one)
        is_mapping = self.choices.chance(40)
        names = {one.name for one in implemented} | {above for one in implemented for above in one.interfaces}
        return TypeShape(
            name,
            "object",
            tuple(_resolvable(one, is_mapping=is_mapping) for one in fields.values()),
            tuple(sorted(names)),
            tells=self.telling(),
            is_mapping=is_mapping,
        )

    def root(self, name: str) -> TypeShape:
        fields = list(self.fields(2, 6))
        if name == "Query" and self.choices.chance(15):
            fields.append(FieldShape("again", "Query", "", "sync"))
        kinds = ("sync", "async", "either", "items")
        settled = tuple(
            one if one.resolver in kinds or self.choices.chance(10) else replace(one, resolver=self.choices.pick(kinds))
            for one in fields
        )
        return TypeShape(name, "object", tuple(_resolvable(one, is_mapping=False) for one in settled))

    def fields(self, least: int, most: int, prefix: str = "") -> tuple[FieldShape, ...]:
        start = self.choices.below(len(WORDS))
        names = [prefix + WORDS[(start + n) % len(WORDS)] for n in range(self.choices.between(least, most))]
        return tuple(self._field(name) for name in names)

    def _field(self, name: str) -> FieldShape:
        of = self.composites if self.choices.chance(40) else list(self.leaves)
        arguments = draw_arguments(self.choices, self.inputs) if self.choices.chance(40) else {}
        return FieldShape(
            name, self.choices.pick(of), draw_wraps(self.choices), self.choices.pick(RESOLVERS), arguments
        )

    def _implementing(self, one: FieldShape) -> FieldShape:
        """The field of an interface as an object has it: required perhaps, and answered in its own way."""
        is_stricter = not one.wraps.endswith("!") and self.choices.chance(20)
        wraps = one.wraps + "!" if is_stricter else one.wraps
        return replace(one, wraps=wraps, resolver=self.choices.pick(RESOLVERS))


def _resolvable(one: FieldShape, *, is_mapping: bool) -> FieldShape:
    """An attribute takes no arguments, and a dictionary has none."""
    is_plain = one.resolver == "plain"
    return replace(one, resolver="default") if is_plain and (is_mapping or one.arguments) else one


def draw_wraps(choices: Choices) -> str:
    wraps = "!" if choices.chance(35) else ""
    for percent in (35, 30, 20):
        if not choices.chance(percent):
            break
        wraps += "[]!" if choices.chance(35) else "[]"
    return wraps
