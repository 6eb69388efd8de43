"""GraphQL over Server-Sent Events, one operation for each connection ("distinct connections mode").

A document that may not run is told inside the stream, as the protocol wants; only a request that is no GraphQL at all,
or whose token is bad, is refused by its status. The stream ends with its caller's token, and when the server stops.
"""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from typing import Generic

import orjson
from starlette.types import Receive, Send

from api.errors import published
from api.execution import Access, C, Execution
from api.guard import Exchange, answer_error
from api.request import GraphQLRequest
from api.stream import Outcome, Recheck, Revoked, Streams

SEND_SECONDS = 10.0
OPEN_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 12.0
KEEP_ALIVE = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"
START_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]


class EventStreams(Generic[C]):
    """The open event streams of this process. `keep_alive` is in seconds."""

    def __init__(self, execution: Execution, access: Access[C], *, keep_alive: float = KEEP_ALIVE_SECONDS) -> None:
        self._streams = Streams(execution, access)
        self._access = access
        self._keep_alive = keep_alive
        self._open: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """End every stream: the server stops, and their callers connect again."""
        for task in self._open:
            task.cancel()

    async def respond(
        self,
        request: GraphQLRequest,
        headers: Mapping[str, str],
        client: str | None,
        exchange: Exchange,
        receive: Receive,
        send: Send,
    ) -> None:
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                context = await self._access.open(headers, client, exchange.request_id)
        except Exception as error:
            locale = headers.get("accept-language", "")
            await answer_error(send, published(error, locale=locale, request_id=exchange.request_id))
            return
        await send({"type": "http.response.start", "status": 200, "headers": START_HEADERS})
        writing = asyncio.create_task(self._write(request, context, exchange, send))
        leaving = asyncio.create_task(_gone(receive))
        self._open.add(writing)
        try:
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open.discard(writing)
            await _ended(writing)
            await _ended(leaving)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, request: GraphQLRequest, context: C, exchange: Exchange, send: Send) -> None:
        recheck = Recheck(self._access, context)
        try:
            async with aclosing(self._streams.outcomes(request, context, exchange, recheck)) as outcomes:
                following = asyncio.ensure_future(anext(outcomes, None))
                try:
                    while True:
                        done, _ = await asyncio.wait({following}, timeout=self._keep_alive)
                        if not done:
                            await recheck()
                            await _put(send, KEEP_ALIVE)
                        elif (outcome := following.result()) is None:
                            break
                        else:
                            await _put(send, _event(outcome))
                            following = asyncio.ensure_future(anext(outcomes, None))
                finally:
                    await _ended(following)
        except Revoked as error:
            told = published(error, locale=context.locale, request_id=exchange.request_id)
            await _put(send, _event(Outcome({"errors": [told]})))
        except TimeoutError:
            exchange.outcome = "SLOW"  # the caller does not read what is sent
            return
        await _put(send, COMPLETE)


def _event(outcome: Outcome) -> bytes:
    # JSON holds no line break, so one `data` line is the whole of it.
    return b"event: next\ndata: " + orjson.dumps(outcome.answer) + b"\n\n"


async def _put(send: Send, chunk: bytes) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _ended(task: "asyncio.Task[None] | asyncio.Future[Outcome | None]") -> None:
    """Cancel a task and wait for what it does last."""
    task.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await task
