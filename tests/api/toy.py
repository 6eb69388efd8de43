"""A small schema and caller, to try the endpoint without the rest of the house."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

import strawberry
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute

from api.events import EventStreams
from api.execution import Access, Execution
from api.guard import Guard
from api.http import GraphQLHttp
from api.socket import GraphQLSockets
from engine.documents import Documents
from engine.limits import Limits
from models.errors import DomainError
from store.redis import RedisUnavailable

SECRET = "password at /srv/shequn/secret.key"


class ToySoldOut(DomainError):
    code = "TOY_SOLD_OUT"
    zh = "只剩 {left} 件"
    en = "Only {left} left."


class Unauthenticated(Exception):
    code = "UNAUTHENTICATED"


@dataclass
class ToyContext:
    request_id: str
    locale: str
    who: str | None
    may_introspect: bool
    world: "World"
    generation: int = 0


@dataclass
class World:
    """What a test can see and turn while the server runs."""

    revoked: set[str] = field(default_factory=set)
    written: list[str] = field(default_factory=list)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    open_fails: bool = False
    addresses: list[str | None] = field(default_factory=list)

    async def open(self, headers: Mapping[str, str], address: str | None, request_id: str) -> ToyContext:
        if self.open_fails:
            raise ConnectionRefusedError(SECRET)
        self.addresses.append(address)
        locale = "en" if headers.get("accept-language", "").startswith("en") else "zh-CN"
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if token and (token not in ("member", "staff") or token in self.revoked):
            raise Unauthenticated
        return ToyContext(request_id, locale, token or None, token == "staff", self)

    async def still_valid(self, context: ToyContext) -> bool:
        return context.who not in self.revoked

    @property
    def access(self) -> Access[ToyContext]:
        return Access(
            self.open,
            caller=lambda context: context.who,
            still_valid=self.still_valid,
            renewed=lambda context: replace(context, generation=context.generation + 1),
        )


Info = strawberry.Info[ToyContext, None]


@strawberry.type
class PageInfo:
    has_next_page: bool = False


@strawberry.type
class Tag:
    name: str


def _tags() -> list[Tag]:
    return [Tag(name="茶友"), Tag(name="早起"), Tag(name="摄影")]


@strawberry.type
class Member:
    number: int

    @strawberry.field
    def nickname(self) -> str:
        return f"成员{self.number}"

    @strawberry.field
    def friends(self, first: int | None = None, last: int | None = None) -> "MemberConnection":
        return MemberConnection(size=first or last or 0)

    tags: list[Tag] = strawberry.field(resolver=_tags, metadata={"bound": 3})


@strawberry.type
class MemberEdge:
    node: Member
    cursor: str = "c"


@strawberry.type
class MemberConnection:
    size: strawberry.Private[int]

    @strawberry.field
    def edges(self) -> list[MemberEdge]:
        return [MemberEdge(node=Member(number=number)) for number in range(self.size)]

    @strawberry.field
    def nodes(self) -> list[Member]:
        return [Member(number=number) for number in range(self.size)]

    @strawberry.field
    def page_info(self) -> PageInfo:
        return PageInfo()

    @strawberry.field
    def total_count(self) -> int:
        return self.size


@strawberry.enum
class Circle(Enum):
    TEA = "tea"
    SPORTS = "sports"


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "社群") -> str:
        return f"你好，{name}"

    @strawberry.field
    def member(self, circle: Circle = Circle.TEA) -> Member:
        return Member(number=1)

    @strawberry.field
    def members(self, first: int | None = None, last: int | None = None) -> MemberConnection:
        return MemberConnection(size=first or last or 0)

    @strawberry.field
    def broken(self) -> str | None:
        raise KeyError(SECRET)

    @strawberry.field
    def broken_wholly(self) -> str:
        raise KeyError(SECRET)

    @strawberry.field
    def sold_out(self) -> str | None:
        raise ToySoldOut(field="good", left=2)

    @strawberry.field
    def away(self) -> str:
        raise RedisUnavailable

    @strawberry.field
    def refused(self, code: str) -> str | None:
        raise GraphQLError("This was refused.", extensions={"code": code})

    @strawberry.field
    def unprintable(self) -> str:
        return "\ud800"

    @strawberry.field
    async def waiting(self, info: Info) -> str:
        world = info.context.world
        world.started.set()
        try:
            await world.go_on.wait()
        except asyncio.CancelledError:
            world.ended.set()
            raise
        return "done"


def _draw() -> str:
    return "谢谢参与"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def check_in(self, info: Info, note: str = "") -> str:
        info.context.world.written.append(note)
        return note

    draw: str = strawberry.mutation(resolver=_draw, metadata={"single": True})

    @strawberry.mutation
    async def slow_check_in(self, info: Info) -> str:
        world = info.context.world
        world.started.set()
        await world.go_on.wait()
        world.written.append("slow")
        world.ended.set()
        return "done"


@strawberry.type
class Generation:
    @strawberry.field
    def number(self, info: Info) -> int:
        return info.context.generation


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def countdown(self, start: int) -> AsyncGenerator[int, None]:
        for number in range(start, 0, -1):
            yield number

    @strawberry.subscription
    async def ticks(self, info: Info, every: float = 0.02) -> AsyncGenerator[int, None]:
        number = 0
        world = info.context.world
        world.started.set()
        try:
            while True:
                yield number
                number += 1
                await asyncio.sleep(every)
        finally:
            world.ended.set()

    @strawberry.subscription
    async def generations(self, info: Info) -> AsyncGenerator[Generation, None]:
        for _ in range(3):
            yield Generation()

    @strawberry.subscription
    async def breaking(self) -> AsyncGenerator[int, None]:
        yield 1
        raise KeyError(SECRET)

    @strawberry.subscription
    async def large(self) -> AsyncGenerator[str, None]:
        while True:
            yield "积" * 100_000


toy_schema = strawberry.Schema(Query, Mutation, Subscription)._schema


def toy_app(
    world: World, *, budget: float = 10.0, init_seconds: float = 10.0, idle_recheck_seconds: float = 15.0
) -> Starlette:
    execution = Execution(toy_schema, Documents(toy_schema, Limits()))
    events = EventStreams(execution, world.access, keep_alive=0.2)
    http = GraphQLHttp(execution, world.access, events, budget=budget)
    sockets = GraphQLSockets(
        execution,
        world.access,
        allowed_origins=["https://admin.example.cn"],
        init_seconds=init_seconds,
        idle_recheck_seconds=idle_recheck_seconds,
    )
    paths = ("/graphql", "/graphql/")
    routes = [Route(path, http) for path in paths] + [WebSocketRoute(path, sockets) for path in paths]
    app = Starlette(routes=routes, middleware=[Middleware(Guard)])
    app.state.execution, app.state.events, app.state.sockets = execution, events, sockets
    return app
