"""What resolvers answer: made up from a number, the field and its arguments, so the same whenever it is asked.

A composite value is a `Thing` or a `Mapped`, which hold nothing but a number and make up what they are asked for.
"""

from asyncio import sleep
from collections.abc import Generator
from typing import Any
from zlib import crc32

from graphql import GraphQLError, Undefined

from tests.engine.differential.choices import Choices, of_number
from tests.engine.differential.leaves import bad, good
from tests.engine.differential.shapes import FieldShape, Shape


class Failure(Exception):
    """What a resolver raises."""


class CodedFailure(Exception):
    """A failure that says more than its text."""

    def __init__(self, message: str) -> None:
        super().__init__("not told")
        self.message = message
        self.extensions = {"code": "CODED"}


class Later:
    """What has to be awaited for a value or a failure; harmless where nobody does."""

    def __init__(self, value: Any, turns: int) -> None:
        self._value = value
        self._turns = turns

    def __await__(self) -> Generator[Any, None, Any]:
        return self._settle().__await__()

    async def _settle(self) -> Any:
        return await settled(self._value, self._turns)


async def settled(value: Any, turns: int) -> Any:
    for _ in range(turns):
        await sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


def mixed(*parts: Any) -> int:
    """A number from all of them."""
    return crc32(repr(parts).encode())


class World:
    """The values of a shape. Where it `waits`, some of them are awaitable."""

    def __init__(self, shape: Shape, *, waits: bool) -> None:
        self.shape = shape
        self.waits = waits
        self._fields = {(type_.name, one.name): one for type_ in shape.types.values() for one in type_.fields}

    def answer(self, source: Any, field: FieldShape, arguments: dict[str, Any]) -> Any:
        """The value of a field; raises what its resolver raises."""
        choices = of_number(mixed(self._seed(source), field.name, arguments))
        if field.type == "String" and arguments and choices.chance(50) and not field.wraps.count("["):
            return repr(arguments)
        return self._value(choices, field.type, field.wraps, is_each_awaited=field.resolver == "items")

    def held(self, source: "Thing | Mapped", name: str) -> Any:
        """What a source holds; raises `KeyError` where it has nothing of that name."""
        field = self._fields[source.kind, name]
        if field.resolver != "method":
            return self.answer(source, field, {})
        return lambda info, **arguments: self.answer(source, field, arguments)

    def turns(self, source: Any, field: FieldShape) -> int:
        """How often the field waits before it answers; 0 for not at all."""
        if not self.waits or field.resolver not in ("async", "either"):
            return 0
        turns = mixed("turns", self._seed(source), field.name) % 4
        return turns + 1 if field.resolver == "async" else turns

    def _seed(self, source: Any) -> int:
        return source.seed if isinstance(source, Thing | Mapped) else mixed(self.shape.seed, source)

    def _value(self, choices: Choices, name: str, wraps: str, *, is_each_awaited: bool) -> Any:
        if choices.chance(self.shape.accidents):
            return self._accident(choices)
        if wraps.endswith("!"):
            wraps = wraps[:-1]
        elif choices.chance(8):
            return None
        if not wraps:
            return self._present(choices, name)
        items = []
        for _ in range(choices.below(4)):
            item = self._item(choices, name, wraps[:-2], is_each_awaited=is_each_awaited)
            if is_each_awaited and (turns := choices.below(4)) and self.waits:
                item = Later(item, turns - 1)
            items.append(item)
        return _contained(choices, items)

    def _item(self, choices: Choices, name: str, wraps: str, *, is_each_awaited: bool) -> Any:
        try:
            return self._value(choices, name, wraps, is_each_awaited=is_each_awaited)
        except Exception as error:
            return error

    def _present(self, choices: Choices, name: str) -> Any:
        if name in self.shape.leaves:
            return good(choices, self.shape.leaves[name])
        kinds = self.shape.possible(name) or ["Query"]
        kind = choices.pick(kinds)
        told: Any = kind
        if choices.chance(self.shape.accidents // 2):
            told = choices.pick((*self.shape.types, None, "Nothing", "String", 7, Failure("no type")))
        make = Mapped if self.shape.types[kind].is_mapping else Thing
        return make(self, kind, told, mixed(choices.below(2**31)))

    def _accident(self, choices: Choices) -> Any:
        which, number = choices.below(10), choices.below(1000)
        if which < 2:
            raise Failure(f"raised {number}")
        if which == 2:
            raise GraphQLError(f"told {number}", extensions={"number": number})
        if which == 3:
            raise choices.pick((CodedFailure(f"coded {number}"), KeyError("k"), GraphQLError("far", path=["else", 1])))
        if which == 4:
            return Failure(f"returned {number}")
        return choices.pick((None, Undefined, bad(choices), bad(choices), 7))


def _contained(choices: Choices, items: list[Any]) -> Any:
    """The items as a list, or as something else that is one to GraphQL."""
    which = choices.below(10)
    if which == 9:
        return tuple(items)
    return (one for one in items) if which == 8 else items


class Thing:
    """An object with attributes."""

    def __init__(self, world: World, kind: str, told: Any, seed: int) -> None:
        self.world = world
        self.kind = kind
        self.told = told
        self.seed = seed

    def __getattr__(self, name: str) -> Any:
        if name == "_Thing__typename":
            return typename(self)
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self.world.held(self, name.removesuffix("_held"))
        except KeyError:
            raise AttributeError(f"a {self.kind} has no {name}") from None


class Mapped(dict[str, Any]):
    """A dictionary with keys."""

    def __init__(self, world: World, kind: str, told: Any, seed: int) -> None:
        super().__init__({"seed": seed})
        self.world = world
        self.kind = kind
        self.told = told
        self.seed = seed

    def get(self, name: str, default: Any = None) -> Any:
        if name == "__typename":
            return typename(self)
        try:
            return self.world.held(self, name)
        except KeyError:
            return default


def typename(source: Thing | Mapped) -> str | None:
    """What the source says of its type by itself: half of them do, where a type function does not have to."""
    if not isinstance(source.told, str) or source.world.shape.types[source.kind].tells:
        return None
    return source.told


def told(source: Any) -> Any:
    """What a function says that is asked for the type's name; raises where that fails."""
    if not isinstance(source, Thing | Mapped):
        return None
    if isinstance(source.told, Exception):
        raise source.told
    return source.told


def is_of(source: Any, name: str) -> bool:
    """What a type says that is asked whether a source is of it; raises where that fails."""
    return bool(told(source) == name)
