"""Completing the values of one field for all rows of a level: leaves in place, objects as the levels below."""

from collections.abc import Awaitable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLObjectType,
    Undefined,
    default_type_resolver,
    get_named_type,
    is_leaf_type,
    is_object_type,
)
from graphql.pyutils import inspect, is_awaitable

from engine.leaf import FAILED, exactly, finisher, listed
from engine.level import HERE, Asked, Level, Place
from engine.plan import ObjectPlan
from engine.source import View, spread

if TYPE_CHECKING:
    from engine.run import Run

Levels = list[Level]


class Plans(Protocol):
    """The plans of a field's objects, by their type; `known` are those that have turned up."""

    known: dict[str, ObjectPlan]

    def __call__(self, type_: GraphQLObjectType) -> ObjectPlan: ...


class Completion:
    """From the resolved values of a field to its place in the answer."""

    def __init__(self, asked: Asked, plans: Plans) -> None:
        self.asked = asked
        self.plans = plans
        self._type = named = get_named_type(asked.definition.type)
        self._is_leaf = is_leaf_type(named)
        self._finish = finisher(asked, asked.definition.type) if self._is_leaf and not asked.list_depth else None

    def __call__(self, run: "Run", level: Level, values: Sequence[Any]) -> Levels | Coroutine[Any, Any, Levels]:
        """`FAILED` among the values stays null. The levels below, or what must be awaited for them."""
        if self._is_leaf:
            self._leaves(run, level, values)
            return []
        straight = self._straight(level, values)
        if straight is not None:
            return [straight]
        objects, owners, places, slots = self._unwrapped(run, level, values)
        if not objects:
            return []
        if isinstance(self._type, GraphQLObjectType) and not self._type.is_type_of:
            return [Level(self.plans(self._type), objects, level, self.asked, owners, places, slots)]
        return self._by_type(run, level, objects, owners, places, slots)

    def _straight(self, level: Level, values: Sequence[Any]) -> Level | None:
        """The level below where every parent has its object, or its list of objects, and all are of one known type."""
        type_, depth = self._type, self.asked.list_depth
        if depth > 1 or not isinstance(type_, GraphQLObjectType) or type_.is_type_of:
            return None
        if not depth:
            if not all(map(_is_there, values)):
                return None
            return Level(self.plans(type_), values, level, self.asked, range(len(values)))
        if not all(isinstance(value, list) and all(map(_is_there, value)) for value in values):
            return None
        return spread(View(self.asked, self.plans(type_)), level, None, values)

    def _leaves(self, run: "Run", level: Level, values: Sequence[Any]) -> None:
        asked, key, out = self.asked, self.asked.key, level.out
        for row, value in enumerate(values):
            if value is FAILED:
                continue
            if self._finish:
                try:
                    out[row][key] = self._finish(value)
                    continue
                except Exception as error:
                    run.fault(level, row, asked, error)
                    continue

            def note(place: Place, error: Exception, row: int = row) -> None:
                run.fault(level, row, asked, error, place)

            written = exactly(asked, asked.definition.type, value, note)
            out[row][key] = None if written is FAILED else written

    def _unwrapped(
        self, run: "Run", level: Level, values: Sequence[Any]
    ) -> tuple[list[Any], list[int], list[Place] | None, list[tuple[Any, Any]] | None]:
        """The objects in the values, with whose they are; lists are put into the answer, empty still."""
        asked, key, depth = self.asked, self.asked.key, self.asked.list_depth
        owners: list[int] = list(range(len(values)))
        places: list[Place] = [HERE] * len(values)
        slots: list[tuple[Any, Any]] = [(one, key) for one in level.out] if depth else []
        found: list[Any] = list(values)
        for depth_now in range(depth + 1):
            is_list = depth_now < depth
            kept: tuple[list[Any], list[int], list[Place], list[tuple[Any, Any]]] = ([], [], [], [])
            for position, value in enumerate(found):
                owner, place = owners[position], places[position]
                try:
                    items = self._checked(value, is_list=is_list, nullable=asked.nullable[depth_now])
                except Exception as error:
                    run.fault(level, owner, asked, error, place)
                    continue
                if items is None:
                    continue
                if not is_list:
                    kept[0].append(value)
                    kept[1].append(owner)
                    if depth:
                        kept[2].append(place)
                        kept[3].append(slots[position])
                    continue
                holder, at = slots[position]
                filled: list[Any] = [None] * len(items)
                holder[at] = filled
                kept[0].extend(items)
                kept[1].extend([owner] * len(items))
                kept[2].extend([(*place, n) for n in range(len(items))])
                kept[3].extend([(filled, n) for n in range(len(items))])
            found, owners, places, slots = kept
        return (found, owners, places, slots) if depth else (found, owners, None, None)

    def _checked(self, value: Any, *, is_list: bool, nullable: bool) -> Any:
        """The items of a list, or the object; None where nothing stands there. Raises what is wrong."""
        if value is FAILED:
            return None
        if isinstance(value, Exception):
            raise value
        if value is None or value is Undefined:
            if not nullable:
                raise self.asked.must_not_be_null()
            return None
        return listed(self.asked, value) if is_list else value

    def _by_type(
        self,
        run: "Run",
        level: Level,
        objects: list[Any],
        owners: list[int],
        places: list[Place] | None,
        slots: list[tuple[Any, Any]] | None,
    ) -> Levels | Coroutine[Any, Any, Levels]:
        """A level for each type among the objects, which are asked of what type they are."""
        answers: list[Any] = []
        for position, one in enumerate(objects):
            try:
                answers.append(self._type_of(run, level, owners[position], one))
            except Exception as error:
                answers.append(error)

        def parted(types: Sequence[Any]) -> Levels:
            groups: dict[str, tuple[GraphQLObjectType, list[int]]] = {}
            for position, found in enumerate(types):
                if isinstance(found, Exception):
                    run.fault(level, owners[position], self.asked, found, places[position] if places else HERE)
                else:
                    groups.setdefault(found.name, (found, []))[1].append(position)
            return [
                Level(
                    self.plans(type_),
                    [objects[n] for n in some],
                    level,
                    self.asked,
                    [owners[n] for n in some],
                    [places[n] for n in some] if places else None,
                    [slots[n] for n in some] if slots else [(level.out[owners[n]], self.asked.key) for n in some],
                )
                for type_, some in groups.values()
            ]

        if not any(is_awaitable(one) for one in answers):
            return parted(answers)

        async def later() -> Levels:
            return parted([await _settled(one) if is_awaitable(one) else one for one in answers])

        return later()

    def _type_of(self, run: "Run", level: Level, owner: int, value: Any) -> Any:
        """The object's type, or something awaitable that leads to it; raises where it is of none that fits."""
        info = run.info(level, owner, self.asked)
        if isinstance(self._type, GraphQLObjectType):
            return self._is_one(info, self._type, value)
        abstract: GraphQLAbstractType = self._type  # type: ignore[assignment]  # leaves and objects are told apart before
        name = (abstract.resolve_type or default_type_resolver)(value, info, abstract)
        if not is_awaitable(name):
            return self._is_one(info, self._named(run, abstract, name, value), value)

        async def later() -> GraphQLObjectType:
            found = self._is_one(info, self._named(run, abstract, await name, value), value)
            awaited: GraphQLObjectType = await found if is_awaitable(found) else found
            return awaited

        return later()

    def _is_one(self, info: Any, type_: GraphQLObjectType, value: Any) -> Any:
        """The type itself, where the value is of it by the type's own word."""
        is_it: Any = type_.is_type_of(value, info) if type_.is_type_of else True

        def sure(answer: Any) -> GraphQLObjectType:
            if not answer:
                message = f"Expected value of type '{type_}' but got: {inspect(value)}."
                raise GraphQLError(message, self.asked.nodes)
            return type_

        if not is_awaitable(is_it):
            return sure(is_it)

        async def later() -> GraphQLObjectType:
            return sure(await is_it)

        return later()

    def _named(self, run: "Run", abstract: GraphQLAbstractType, name: Any, value: Any) -> GraphQLObjectType:
        """The type that an abstract type's value says it is of."""
        field, nodes = f"{self.asked.parent}.{self.asked.name}", self.asked.nodes
        must = f"Abstract type '{abstract}' must resolve to an Object type at runtime for field '{field}'"
        if name is None:
            hint = f"Either the '{abstract}' type should provide a 'resolve_type' function or each possible type should"
            raise GraphQLError(f"{must}. {hint} provide an 'is_type_of' function.", nodes)
        if not isinstance(name, str):
            got = f"received '{inspect(name)}', which is not a valid Object type name."
            raise GraphQLError(f"{must} with value {inspect(value)}, {got}", nodes)
        type_ = run.schema.get_type(name)
        if type_ is None:
            message = (
                f"Abstract type '{abstract}' was resolved to a type '{name}' that does not exist inside the schema."
            )
            raise GraphQLError(message, nodes)
        if not is_object_type(type_):
            raise GraphQLError(f"Abstract type '{abstract}' was resolved to a non-object type '{name}'.", nodes)
        if not run.schema.is_sub_type(abstract, type_):
            raise GraphQLError(f"Runtime Object type '{type_}' is not a possible type for '{abstract}'.", nodes)
        return type_


def _is_there(value: Any) -> bool:
    return value is not None and value is not FAILED and value is not Undefined and not isinstance(value, Exception)


async def _settled(value: Awaitable[Any]) -> Any:
    """What comes of it; an error is a value."""
    try:
        return await value
    except Exception as error:
        return error
