"""The same answers from endpoints written by hand: Starlette, asyncpg, orjson, a round trip for each level.

It is what a good engineer writes for these screens and no others: prepared statements on pooled connections, the
columns that are shown and no more, dictionaries that are dumped as they are. It pays for the token's look-up as we do.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import orjson
from redis.asyncio import BlockingConnectionPool, Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks import bare_check_in, bare_hand_in, bare_screens
from models.insight.standing import publish
from store.clock import SystemClock
from store.database import close_database, open_database
from store.redis import close_redis, open_redis
from store.settings import settings
from store.vault import token_hash

CALLER = (
    "SELECT s.subject_id FROM session s JOIN member m ON m.id = s.subject_id WHERE s.access_hash = $1 "
    "AND s.access_expires_at > $2 AND s.ended_at IS NULL AND s.kind = 'member' "
    "AND m.status IN ('normal', 'muted', 'frozen')"
)
SETTLE_SECONDS = 1.0
CLOCK = SystemClock()


class Unauthenticated(Exception):
    """No token, or one that is not good."""


class Connection(asyncpg.Connection):  # type: ignore[misc]  # it ships no types
    """A connection that is given back without a word: nothing here changes a session."""

    def get_reset_query(self) -> str:
        return ""


async def home(request: Request) -> Response:
    async with request.app.state.pool.acquire() as connection:
        member_id = await _caller(request, connection)
        return _said(await bare_screens.home(connection, member_id, CLOCK.now()))


async def board(request: Request) -> Response:
    async with request.app.state.pool.acquire() as connection:
        await _caller(request, connection)
        return _said(await bare_screens.board(connection, request.app.state.redis, CLOCK.now()))


async def page(request: Request) -> Response:
    given = orjson.loads(await request.body())
    async with request.app.state.pool.acquire() as connection:
        member_id = await _caller(request, connection)
        return _said(await bare_screens.page(connection, member_id, given["group"]))


async def tree(request: Request) -> Response:
    async with request.app.state.pool.acquire() as connection:
        member_id = await _caller(request, connection)
        return _said(await bare_screens.tree(connection, member_id))


async def check_in(request: Request) -> Response:
    given = orjson.loads(await request.body())
    async with request.app.state.pool.acquire() as connection:
        member_id = await _caller(request, connection)
        made = await bare_check_in.check_in(connection, member_id, given["input"], at=CLOCK.now())
    # The boards are told as our own server tells them, with all check-ins of the moment in one batch.
    await publish([made.payload])
    request.app.state.settled.append(made.effect_id)
    return _said(made.answer)


async def hand_in(request: Request) -> Response:
    given = orjson.loads(await request.body())
    async with request.app.state.pool.acquire() as connection:
        member_id = await _caller(request, connection)
        done = await bare_hand_in.hand_in(connection, member_id, given["input"], at=CLOCK.now())
    await publish([done.payload])
    request.app.state.settled.append(done.effect_id)
    return _said(done.answer)


async def _caller(request: Request, connection: asyncpg.Connection) -> UUID:
    token = request.headers["authorization"].removeprefix("Bearer ")
    member_id: UUID | None = await connection.fetchval(CALLER, token_hash(token), CLOCK.now())
    if member_id is None:
        raise Unauthenticated
    return member_id


def _said(data: dict[str, Any]) -> Response:
    return Response(orjson.dumps({"data": data}, option=orjson.OPT_UTC_Z), media_type="application/json")


async def _unauthenticated(request: Request, error: Exception) -> Response:
    return Response(b'{"errors":[{"message":"Log in first."}]}', 401, media_type="application/json")


async def _settle(pool: asyncpg.Pool, settled: list[UUID]) -> None:
    """Delete what the boards know from the outbox, now and then, as our own server does."""
    while True:
        await asyncio.sleep(SETTLE_SECONDS)
        if done := settled.copy():
            del settled[: len(done)]
            await pool.execute("DELETE FROM outbox WHERE id = ANY($1::uuid[])", done)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    config, url = settings(), settings().redis_url or ""
    await open_database(config.database, pool_size=2)  # for the boards alone
    open_redis(url)
    size = config.database_pool_size
    options = {"connection_class": Connection, "server_settings": {"timezone": "UTC"}}
    async with asyncpg.create_pool(config.database, min_size=size, max_size=size, **options) as pool:
        app.state.pool, app.state.settled = pool, []
        app.state.redis = Redis.from_pool(
            BlockingConnectionPool.from_url(url, max_connections=32, decode_responses=True)
        )
        settling = asyncio.create_task(_settle(pool, app.state.settled))
        yield
        settling.cancel()
        with suppress(asyncio.CancelledError):
            await settling
        await app.state.redis.aclose(close_connection_pool=True)
    await close_redis()
    await close_database()


SCREENS = {"home": home, "board": board, "page": page, "tree": tree, "check-in": check_in, "hand-in": hand_in}
routes = [Route(f"/{name}", endpoint, methods=["POST"]) for name, endpoint in SCREENS.items()]
app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={Unauthenticated: _unauthenticated})
