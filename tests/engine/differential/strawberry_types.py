"""A schema as this house writes them, with Strawberry: plain and computed fields, and much that goes wrong.

What a person or a robot holds is made up from its number: some of it is not what its type promises.
"""

from asyncio import sleep
from enum import Enum
from typing import Annotated, Any, Generic, NewType, TypeVar

import strawberry
from graphql import GraphQLError
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from engine.declare import computed
from tests.engine.differential.schemas import Asking

T = TypeVar("T")
Info = strawberry.Info[Asking, None]
Odd = NewType("Odd", int)


def _odd(value: Any) -> int:
    if not isinstance(value, int) or value % 2 == 0:
        raise ValueError(f"{value!r} is not odd")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    Odd: strawberry.scalar(name="Odd", serialize=lambda value: {"odd": _odd(value)}, parse_value=_odd)
}


@strawberry.enum
class Mood(Enum):
    GLAD = "is-glad"
    SAD = strawberry.enum_value("is-sad", name="GLOOMY")


class Sealed(BasePermission):
    message = "Sealed."

    def has_permission(self, source: Any, info: Info, **arguments: Any) -> bool:
        return bool(source.number % 3)


@strawberry.interface
class Named:
    number: int
    name: str
    nick: str | None = None

    @strawberry.field
    def initial(self) -> str | None:
        return self.name[0]

    @strawberry.field
    async def twin(self, info: Info, by: int = 1) -> "Named | None":
        await sleep(0)
        return being(self.number + by)


@strawberry.type
class Person(Named):
    mood: Mood = Mood.GLAD
    tags: list[str] = strawberry.field(default_factory=list)
    grid: list[list[int | None] | None] | None = None
    luck: Odd | None = None
    wealth: int | None = None
    friend: "Person | None" = None
    friends: list["Person"] = strawberry.field(default_factory=list)
    hidden: strawberry.Private[int] = 0

    @strawberry.field
    def double(self, info: Info, factor: int = 2) -> int:
        if self.number % 7 == 0:
            raise GraphQLError("no double", extensions={"code": "SEVEN"})
        return self.hidden * factor

    @computed(description="A leaf of the row alone, which fails for some.")
    def half(self) -> int:
        if self.number % 5 == 1:
            raise ValueError(f"no half of {self.number}")
        return self.number // 2 if self.number % 2 == 0 else self.hidden + 0.5  # type: ignore[return-value]

    @computed(description="A leaf of the row alone, which waits.")
    async def third(self) -> Mood | None:
        await sleep(0)
        return self.mood if self.number % 3 else None

    @computed(description="Objects of the row alone.", bound=3)
    def kin(self) -> list["Owner"]:
        return [robot(self.number), *self.friends]

    @computed(description="An object of the row alone, which waits.")
    async def pet(self) -> "Robot":
        await sleep(0)
        if self.number % 4 == 3:
            raise KeyError("pet")
        return robot(self.number + 3)

    @strawberry.field(permission_classes=[Sealed])  # type: ignore[untyped-decorator]  # Strawberry's own overloads
    async def secret(self) -> str:
        await sleep(0)
        return f"secret {self.number}"

    @strawberry.field
    async def moods(self, among: list[Mood] | None = None) -> list[Mood]:
        await sleep(0)
        return among if among is not None else [self.mood]

    @strawberry.field
    def owned(self, count: int = 2) -> "Connection[Robot]":
        return page([robot(self.number + n) for n in range(min(count, 4))])


@strawberry.type
class Robot(Named):
    serial: strawberry.ID = strawberry.ID("none")
    weight: float | None = None

    @strawberry.field
    def owner(self) -> "Owner | None":
        return [person(self.number + 1), robot(self.number + 2), None][self.number % 3]

    @property
    def broken(self) -> str:
        raise RuntimeError(f"broken {self.number}")

    fuse: str | None = strawberry.field(resolver=lambda root: root.broken)


Owner = Annotated[Person | Robot, strawberry.union("Owner")]


@strawberry.type
class Edge(Generic[T]):
    node: T
    cursor: str


@strawberry.type
class Connection(Generic[T]):
    edges: list[Edge[T]]
    total: int | None = None

    @strawberry.field
    def nodes(self) -> list[T]:
        return [edge.node for edge in self.edges]


def page(found: list[T]) -> Connection[T]:
    return Connection(edges=[Edge(node=one, cursor=f"c{n}") for n, one in enumerate(found)], total=len(found))


def person(number: int, depth: int = 3) -> Person:
    """Every few of them have something wrong."""
    broken: Any = number
    nothing: Any = None
    below = [person(number // by % 97, depth - 1) for by in (2, 3, 4)] if depth else []
    return Person(
        number=number,
        name=broken if number % 11 == 0 else f"p{number}",
        mood=broken if number % 5 == 0 else [Mood.GLAD, Mood.SAD][number % 2],
        tags=[broken, nothing] if number % 9 == 0 else ["t"] * (number % 3),
        grid=[[number, None], None, [2**31 if number % 4 == 0 else 1]] if number % 2 else None,
        luck=Odd(number),
        wealth=2**31 - number % 3,
        friend=None if number % 3 == 0 or not below else below[0],
        friends=[*below[1:], broken] if number % 13 == 0 else below[1:],
        hidden=number * 3,
    )


def robot(number: int) -> Robot:
    weight = float("nan") if number % 4 == 0 else number / 2
    return Robot(number=number, name=f"r{number}", nick="bolt", serial=strawberry.ID(str(number)), weight=weight)


def being(number: int) -> Named | None:
    return [person(number), robot(number), None][number % 3]


@strawberry.input
class Bounds:
    least: int = 0
    most: int | None = strawberry.UNSET
    lucky: Odd | None = None


@strawberry.input(one_of=True)
class Target:
    number: strawberry.Maybe[int]
    mood: strawberry.Maybe[Mood]


@strawberry.input
class RenameInput:
    number: int
    name: strawberry.Maybe[str | None]
    bounds: list[Bounds] | None = None


@strawberry.type
class Refusal:
    code: str
    field: str | None = None


@strawberry.type
class Payload(Generic[T]):
    changed: T | None = None
    user_errors: list[Refusal] = strawberry.field(default_factory=list)


@strawberry.type
class Query:
    @strawberry.field
    async def person(self, number: int = 5) -> Person | None:
        await sleep(0)
        return None if number < 0 else person(number)

    @strawberry.field
    def persons(self, bounds: Bounds | None = None) -> Connection[Person]:
        bounds = bounds or Bounds()
        most = bounds.most if bounds.most else 3
        return page([person(n) for n in range(bounds.least, min(most, bounds.least + 5))])

    @strawberry.field
    async def named(self, number: int) -> Named:
        await sleep(0)
        return being(number)  # type: ignore[return-value]  # none where one is promised

    @strawberry.field
    def owners(self, least: int = 1) -> list[Owner | None]:
        return [being(n) for n in range(least, least + 4)]  # type: ignore[misc]  # all of them are one or the other

    @strawberry.field
    def told(self, info: Info, target: Target, words: list[str | None] | None = None) -> str:
        return f"{info.field_name} {info.path.key} {target} {words}"

    @strawberry.field
    def again(self) -> "Query":
        return Query()


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def rename(self, info: Info, input: RenameInput) -> Payload[Person]:
        info.context.log.append(f"begins {info.path.key} {input}")
        await sleep(0)
        info.context.log.append(f"ends {info.path.key}")
        if input.number % 2:
            return Payload(user_errors=[Refusal(code="ODD", field="number")])
        return Payload(changed=person(input.number))

    @strawberry.mutation
    def destroy(self, info: Info, target: Target) -> str:
        info.context.log.append(f"destroys {target}")
        if target.mood:
            raise ValueError("moods last")
        return "done"


schema = strawberry.Schema(
    Query, Mutation, types=[Person, Robot], config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True)
)
