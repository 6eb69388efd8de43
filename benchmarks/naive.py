"""The same contract as a usual team serves it: Strawberry's own view and schema as they come, records of the ORM, and a
data loader for each relation. Nothing is kept from one request to the next.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from auth.caller import CallerKind
from auth.token import caller_of
from benchmarks.naive_loaders import Loaders
from benchmarks.naive_schema import schema
from store import outbox
from store.clock import SystemClock
from store.database import close_database, open_database
from store.redis import close_redis, open_redis
from store.settings import settings

CLOCK = SystemClock()
SETTLE_SECONDS = 1.0


class View(GraphQL[dict[str, Any], None]):
    """The stock view, which learns from the token who asks."""

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> dict[str, Any]:
        at = CLOCK.now()
        caller = await caller_of(request.headers.get("authorization", "").removeprefix("Bearer "), at=at)
        member_id = caller.id if caller and caller.kind is CallerKind.MEMBER else None
        return {"member_id": member_id, "at": at, "loaders": Loaders(at)}


async def _settle() -> None:
    while True:
        await asyncio.sleep(SETTLE_SECONDS)
        await outbox.settle()


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    config = settings()
    await open_database(config.database, pool_size=config.database_pool_size)
    open_redis(config.redis_url or "")
    settling = asyncio.create_task(_settle())
    yield
    settling.cancel()
    with suppress(asyncio.CancelledError):
        await settling
    await close_redis()
    await close_database()


app = Starlette(routes=[Route("/graphql", View(schema))], lifespan=lifespan)
