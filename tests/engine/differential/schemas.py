"""Schemas from shapes, in plain graphql-core, and the context that notes what its resolvers are told."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DirectiveLocation,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLDirective,
    GraphQLField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    specified_directives,
)
from graphql.pyutils import Path
from strawberry.types.field import StrawberryField

from tests.engine.differential.inputs import wrapped
from tests.engine.differential.shapes import FieldShape, Shape, TypeShape
from tests.engine.differential.values import World, is_of, settled, told

NOTE = GraphQLDirective(
    "note",
    [DirectiveLocation.FIELD, DirectiveLocation.INLINE_FRAGMENT],
    {"if": GraphQLArgument(GraphQLBoolean), "numbers": GraphQLArgument(GraphQLList(GraphQLInt))},
)
"""A directive of the schema's own, which changes nothing."""


@dataclass
class Asking:
    """A context. `calls` are what resolvers were told, `log` what the fields of a mutation did, in order."""

    calls: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)

    def note(self, info: GraphQLResolveInfo[Any], arguments: dict[str, Any]) -> None:
        assert info.context is self
        nodes = tuple(one.loc.start if one.loc else None for one in info.field_nodes)
        types = (info.parent_type.name, str(info.return_type), _types_of(info))
        variables = (repr(info.variable_values.coerced), info.operation.operation.value, tuple(info.fragments))
        self.calls[tuple(info.path.as_list()), info.field_name, types, repr(arguments), nodes, variables] += 1


def _types_of(info: GraphQLResolveInfo[Any]) -> tuple[str | None, ...]:
    path: Path | None = info.path
    names = []
    while path:
        names.append(path.typename)
        path = path.prev
    return tuple(names)


def build(shape: Shape, *, waits: bool) -> GraphQLSchema:
    """The schema of a shape; where nothing `waits`, every resolver is the synchronous twin."""
    building = _Building(shape, World(shape, waits=waits))
    types = [building.type(name) for name in shape.types]
    return GraphQLSchema(
        query=building.object("Query"),
        mutation=building.object("Mutation") if "Mutation" in shape.types else None,
        types=types,
        directives=[*specified_directives, NOTE],
    )


class _Building:
    def __init__(self, shape: Shape, world: World) -> None:
        self.shape = shape
        self.world = world
        self.built: dict[str, GraphQLNamedType] = dict(shape.leaves)

    def type(self, name: str) -> Any:
        if name not in self.built:
            type_ = self.shape.types[name]
            self.built[name] = {"object": self._object, "interface": self._interface, "union": self._union}[type_.kind](
                type_
            )
        return self.built[name]

    def object(self, name: str) -> GraphQLObjectType:
        found: GraphQLObjectType = self.type(name)
        return found

    def _object(self, type_: TypeShape) -> GraphQLObjectType:
        return GraphQLObjectType(
            type_.name,
            lambda: {one.name: self._field(type_, one) for one in type_.fields},
            interfaces=lambda: [self.type(name) for name in type_.interfaces],
            is_type_of=self._is_type_of(type_),
            description=f"{'mapping' if type_.is_mapping else 'object'}, is_type_of: {type_.tells or 'none'}",
        )

    def _interface(self, type_: TypeShape) -> GraphQLInterfaceType:
        return GraphQLInterfaceType(
            type_.name,
            lambda: {one.name: self._field(type_, one) for one in type_.fields},
            interfaces=lambda: [self.type(name) for name in type_.interfaces],
            resolve_type=self._resolve_type(type_),
            description=f"resolve_type: {type_.tells or 'none'}",
        )

    def _union(self, type_: TypeShape) -> GraphQLUnionType:
        return GraphQLUnionType(
            type_.name,
            lambda: [self.type(name) for name in type_.members],
            resolve_type=self._resolve_type(type_),
            description=f"resolve_type: {type_.tells or 'none'}",
        )

    def _resolve_type(self, type_: TypeShape) -> Any:
        if not type_.tells:
            return None
        if type_.tells == "sync" or not self.world.waits:
            return lambda value, info, abstract: told(value)

        async def later(value: Any, info: Any, abstract: Any) -> Any:
            await settled(None, 1)
            return told(value)

        return later

    def _is_type_of(self, type_: TypeShape) -> Any:
        if not type_.tells:
            return None
        if type_.tells == "sync" or not self.world.waits:
            return lambda value, info: is_of(value, type_.name)

        async def later(value: Any, info: Any) -> bool:
            await settled(None, 1)
            return is_of(value, type_.name)

        return later

    def _field(self, type_: TypeShape, one: FieldShape) -> GraphQLField:
        extensions = {}
        if one.resolver == "plain":
            extensions["strawberry-definition"] = StrawberryField(python_name=f"{one.name}_held")
        return GraphQLField(
            wrapped(self.type(one.type), one.wraps),
            one.arguments,
            self._resolver(type_, one),
            description=one.resolver,
            extensions=extensions,
        )

    def _resolver(self, type_: TypeShape, one: FieldShape) -> Any:
        if one.resolver in ("default", "method"):
            return None
        if one.resolver == "plain":
            return lambda source, info: getattr(source, f"{one.name}_held")
        if type_.name == "Mutation":
            return self._logged(one)

        def resolve(source: Any, info: GraphQLResolveInfo[Asking], **arguments: Any) -> Any:
            info.context.note(info, arguments)
            turns = self.world.turns(source, one)
            return self._after(turns, source, one, arguments) if turns else self.world.answer(source, one, arguments)

        return resolve

    async def _after(self, turns: int, source: Any, one: FieldShape, arguments: dict[str, Any]) -> Any:
        await settled(None, turns)
        return self.world.answer(source, one, arguments)

    def _logged(self, one: FieldShape) -> Any:
        def resolve(source: Any, info: GraphQLResolveInfo[Asking], **arguments: Any) -> Any:
            info.context.note(info, arguments)
            info.context.log.append(f"begins {info.path.key} {arguments}")
            turns = self.world.turns(source, one)
            return later(turns, source, info, arguments) if turns else done(source, info, arguments)

        def done(source: Any, info: GraphQLResolveInfo[Asking], arguments: dict[str, Any]) -> Any:
            info.context.log.append(f"ends {info.path.key}")
            return self.world.answer(source, one, arguments)

        async def later(turns: int, source: Any, info: GraphQLResolveInfo[Asking], arguments: dict[str, Any]) -> Any:
            await settled(None, turns)
            return done(source, info, arguments)

        return resolve
