"""GraphQL over HTTP: POST of JSON, answered as `application/graphql-response+json`, legacy JSON or an event stream.

A query is cut when its caller goes away or its time is up. A mutation never is: whoever waited is told that it took too
long and repeats it with the same idempotency key, while the first goes on to its end.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from time import perf_counter
from typing import Generic, cast

import orjson
from graphql import ExecutionResult
from starlette.types import Receive, Scope, Send

from api import metrics
from api.errors import (
    JSON,
    RETRY_SECONDS,
    STATUSES,
    ErrorCode,
    RequestRefused,
    published,
    published_refusals,
    sentence,
)
from api.events import EventStreams
from api.execution import Access, C, Execution, Prepared, codes
from api.guard import Exchange, answer_error, exchange_of, headers_of
from api.media import Media, accepted
from api.request import GraphQLRequest, read_object, read_request
from engine.documents import OperationKind
from engine.refusal import DocumentRefused
from store.clock import SystemClock

BUDGET_SECONDS = 10.0
# A caller who waits less than this is not watched for going away, so that most requests pay nothing for it.
PATIENCE_SECONDS = 0.05
# Beside `data: null`, these are still the status of the whole answer: the same request may well succeed later.
PASSING = frozenset({ErrorCode.SERVICE_UNAVAILABLE, ErrorCode.TIMEOUT, ErrorCode.RATE_LIMITED})


class GraphQLHttp(Generic[C]):
    """The ASGI application of the endpoint for HTTP. `budget` is in seconds, for one request."""

    def __init__(
        self, execution: Execution, access: Access[C], events: EventStreams[C], *, budget: float = BUDGET_SECONDS
    ) -> None:
        self._execution = execution
        self._access = access
        self._events = events
        self._budget = budget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange, headers = exchange_of(scope), headers_of(scope)
        client = scope["client"][0] if scope.get("client") else None
        try:
            media = accepted(scope["method"], headers)
            body = await _body(receive)
            if body is None:
                return
            request = read_request(read_object(body))
        except RequestRefused as refused:
            exchange.outcome = refused.code
            error = published(refused, locale="en", request_id=exchange.request_id)
            await answer_error(send, error, refused.headers)
            return
        if media is Media.EVENTS:
            await self._events.respond(request, headers, client, exchange, receive, send)
            return
        asked = _Asked(request, headers, client, exchange, _Watch(receive))
        answer = await self._answered(asked)
        if answer is not None:
            await _send(send, media, answer, asked)

    async def _answered(self, asked: "_Asked") -> JSON | None:
        """The answer's JSON; None where the caller has gone."""
        started, exchange = perf_counter(), asked.exchange
        try:
            answer = await self._in_time(asked)
        except DocumentRefused as refused:
            answer = {"errors": published_refusals(refused.refusals)}
        except Exception as error:
            if asked.watch.has_gone:
                exchange.outcome = "GONE"
                return None
            answer = {"errors": [published(error, locale=asked.locale, request_id=exchange.request_id)]}
        exchange.outcome = next(iter(codes(answer)), "ok")
        metrics.operation_done(exchange.kind or "none", exchange.outcome, exchange.operation, perf_counter() - started)
        return answer

    async def _in_time(self, asked: "_Asked") -> JSON:
        try:
            async with asyncio.timeout(self._budget) as clock:
                context = await self._access.open(asked.headers, asked.client, asked.exchange.request_id)
                asked.locale = context.locale
                prepared = self._execution.prepare(asked.request, context)
                asked.exchange.operation = prepared.operation.name
                asked.exchange.kind = prepared.operation.kind
                result = await self._run(prepared, context, asked.watch, clock)
        except TimeoutError:
            if not clock.expired():
                raise
            raise TookTooLong(sentence(ErrorCode.TIMEOUT, asked.locale)) from None
        return self._execution.answer(result, context, prepared.cost)

    async def _run(self, prepared: Prepared, context: C, watch: "_Watch", clock: asyncio.Timeout) -> ExecutionResult:
        operation = prepared.operation
        if operation.kind is OperationKind.MUTATION:
            return await self._execution.run_to_the_end(operation, prepared.variables, context)
        if operation.kind is OperationKind.SUBSCRIPTION:
            message = "A subscription needs a socket, or `Accept: text/event-stream`."
            raise RequestRefused(ErrorCode.NOT_ACCEPTABLE, message)
        watch.begin(clock)
        try:
            return await self._execution.run(operation, prepared.variables, context)
        finally:
            watch.end()


class TookTooLong(RequestRefused):
    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.TIMEOUT, message)


class _Watch:
    """Ends a query's time at once when its caller goes away."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self.has_gone = False

    def begin(self, clock: asyncio.Timeout) -> None:
        self._timer = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._start, clock)

    def end(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._task:
            self._task.cancel()

    def _start(self, clock: asyncio.Timeout) -> None:
        self._task = asyncio.create_task(self._wait(clock))

    async def _wait(self, clock: asyncio.Timeout) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.has_gone = True
        clock.reschedule(asyncio.get_running_loop().time())


@dataclass(slots=True)
class _Asked:
    request: GraphQLRequest
    headers: Mapping[str, str]
    client: str | None
    exchange: Exchange
    watch: _Watch
    locale: str = ""

    def __post_init__(self) -> None:
        self.locale = self.headers.get("accept-language", "")


async def _body(receive: Receive) -> bytes | None:
    """The whole body, already bounded by the guard; None where the caller has gone."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _status(media: Media, answer: JSON, told: list[str]) -> int:
    if "data" in answer:
        failed = answer["data"] is None and told and told[0] in PASSING
        return STATUSES[told[0]] if failed else 200
    if told[0] in STATUSES:
        return STATUSES[told[0]]
    return 400 if media is Media.GRAPHQL else 200


async def _send(send: Send, media: Media, answer: JSON, asked: _Asked) -> None:
    try:
        body = orjson.dumps(answer)
    except TypeError as error:
        # A scalar that is not JSON is our mistake, and only found here.
        answer = {"errors": [published(error, locale=asked.locale, request_id=asked.exchange.request_id)]}
        body = orjson.dumps(answer)
    status = _status(media, answer, codes(answer))
    headers = [(b"content-type", _CONTENT_TYPES[media]), (b"content-length", str(len(body)).encode())]
    if status in (429, 503):
        headers.append((b"retry-after", str(_retry_seconds(answer)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _retry_seconds(answer: JSON) -> int:
    extensions = cast("list[dict[str, dict[str, str]]]", answer["errors"])[0]["extensions"]
    if "retryAt" not in extensions:
        return RETRY_SECONDS
    return max(1, ceil((datetime.fromisoformat(extensions["retryAt"]) - SystemClock().now()).total_seconds()))


_CONTENT_TYPES = {media: f"{media}; charset=utf-8".encode() for media in Media}
