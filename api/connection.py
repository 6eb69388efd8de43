"""One accepted socket: the messages of `graphql-transport-ws`, and the operations that run on it.

Each operation runs in a task of its own, so a bad one never ends another; whatever is not a message of the protocol
closes the socket with the code the protocol gives it. Nothing outlives the socket but a mutation that has begun.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Generic

import orjson
import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import Receive, Scope, Send

from api.errors import JSON, ErrorCode, RequestRefused, published, status_of
from api.execution import Access, C
from api.guard import Exchange, exchange_of
from api.request import GraphQLRequest, read_object, read_request
from api.stream import Recheck, Revoked, Streams

log = structlog.get_logger("api")
OPERATIONS = 64
"""Operations at once on one socket."""
SOCKETS_PER_CALLER = 10
MESSAGE_BYTES = 131_072
SEND_SECONDS = 10.0

ID_LENGTH_MOST = 128
"""Characters of an operation's id, which every message about it repeats."""


class Closed(Exception):
    """The socket is to be closed with a code of the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Gone(Exception):
    """There is nobody left to tell."""


class Callers:
    """How many sockets each caller has in this process."""

    def __init__(self) -> None:
        self._sockets = Counter[str]()

    def enter(self, caller: str) -> None:
        """Raises `Closed` where the caller has too many already."""
        if self._sockets[caller] >= SOCKETS_PER_CALLER:
            raise Closed(4429, "Too many sockets")
        self._sockets[caller] += 1

    def leave(self, caller: str) -> None:
        self._sockets[caller] -= 1
        self._sockets += Counter[str]()  # drops those at zero


@dataclass(frozen=True, slots=True)
class Terms(Generic[C]):
    """What the sockets of an endpoint have in common."""

    streams: Streams[C]
    access: Access[C]
    callers: Callers
    init_seconds: float
    idle_recheck_seconds: float


class Connection(Generic[C]):
    """One accepted socket."""

    def __init__(self, terms: Terms[C], scope: Scope, receive: Receive, send: Send) -> None:
        self._terms = terms
        self._scope = scope
        self._receive = receive
        self._send = send
        self._request_id = exchange_of(scope).request_id
        self._context: C | None = None
        self._recheck: Recheck[C] | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}
        # Every task that has not ended, also those whose id is free again.
        self._tasks: set[asyncio.Task[None]] = set()
        self._clock = asyncio.timeout(terms.init_seconds)
        self._is_over = False
        self._caller: str | None = None

    async def serve(self) -> None:
        """Until either side closes it."""
        self._begin(self._watch())
        try:
            async with self._clock:
                while (text := await self._text()) is not None:
                    await self._message(text)
        except TimeoutError:
            await self.close(4408, "Connection initialisation timeout")
        except Closed as closed:
            await self.close(closed.code, closed.reason)
        except Gone:
            pass
        finally:
            self._is_over = True
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            if self._caller:
                self._terms.callers.leave(self._caller)

    async def close(self, code: int, reason: str) -> None:
        """Say why and end; does nothing where the socket has ended."""
        if not self._is_over:
            self._is_over = True
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(SEND_SECONDS):
                    await self._send({"type": "websocket.close", "code": code, "reason": reason})
            self._end()

    def _end(self) -> None:
        """Wake `serve`, which may be waiting for a message that never comes."""
        self._is_over = True
        if not self._clock.expired():
            with suppress(RuntimeError):  # it has left the clock already
                self._clock.reschedule(asyncio.get_running_loop().time())

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _text(self) -> str | None:
        """The next frame; None when the socket is closed."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect" or self._is_over:
            return None
        text = message.get("text")
        if not isinstance(text, str):
            raise Closed(4400, "Send text, not binary")
        if len(text) > MESSAGE_BYTES or len(text.encode()) > MESSAGE_BYTES:
            raise Closed(1009, "Message too big")
        return text

    async def _message(self, text: str) -> None:
        try:
            message = read_object(text)
        except RequestRefused as refused:
            raise Closed(4400, refused.message) from None
        payload = message.get("payload")
        match message.get("type"):
            case "connection_init":
                await self._initialise(_object(payload))
            case "ping":
                _object(payload)
                await self.put({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
            case "pong":
                _object(payload)
            case "subscribe":
                self._subscribe(_id(message), payload)
            case "complete":
                self._complete(_id(message))
            case _:
                raise Closed(4400, "Unknown type of message")

    async def _initialise(self, payload: JSON) -> None:
        if self._context is not None:
            raise Closed(4429, "Too many initialisation requests")
        headers = MutableHeaders(raw=list(self._scope["headers"]))
        token = payload.get("authorization") or payload.get("Authorization")
        if isinstance(token, str) and token.isascii() and token.isprintable():
            headers["authorization"] = token
        client = self._scope["client"][0] if self._scope.get("client") else None
        access = self._terms.access
        try:
            context = await access.open(headers, client, self._request_id)
        except Exception as error:
            told = published(error, locale="en", request_id=self._request_id)
            is_outage = status_of(told["extensions"]["code"]) >= 500
            raise (Closed(1013, "Try again later") if is_outage else Closed(4403, "Forbidden")) from None
        caller = access.caller(context)
        if caller is None:
            raise Closed(4403, "Forbidden")
        self._terms.callers.enter(caller)
        self._caller, self._context, self._recheck = caller, context, Recheck(access, context)
        self._clock.reschedule(None)
        await self.put({"type": "connection_ack"})

    def _subscribe(self, id: str, payload: object) -> None:
        try:
            request = read_request(payload) if isinstance(payload, dict) else None
        except RequestRefused:
            request = None
        if request is None:
            raise Closed(4400, "Bad payload of subscribe")
        if self._context is None or self._recheck is None:
            raise Closed(4401, "Unauthorized")
        if id in self._operations:
            raise Closed(4409, f"Subscriber for {id[:64]} already exists")
        run = self._run if len(self._operations) < OPERATIONS else self._turn_away
        self._operations[id] = self._begin(run(id, request, self._context, self._recheck))

    def _complete(self, id: str) -> None:
        task = self._operations.pop(id, None)
        if task:
            task.cancel()

    async def _run(self, id: str, request: GraphQLRequest, context: C, recheck: Recheck[C]) -> None:
        exchange, task = Exchange(self._request_id), asyncio.current_task()
        own = self._terms.access.renewed(context)
        try:
            async with aclosing(self._terms.streams.outcomes(request, own, exchange, recheck)) as outcomes:
                async for outcome in outcomes:
                    if not outcome.has_run:
                        await self._finish(id, task, {"id": id, "type": "error", "payload": outcome.answer["errors"]})
                        return
                    await self.put({"id": id, "type": "next", "payload": outcome.answer})
            await self._finish(id, task, {"id": id, "type": "complete"})
        except Revoked:
            await self.close(4403, "Forbidden")
        except Gone:
            exchange.outcome = "GONE"
        finally:
            _line(exchange)

    async def _turn_away(self, id: str, request: GraphQLRequest, context: C, recheck: Recheck[C]) -> None:
        message = f"A socket may run {OPERATIONS} operations at once."
        error: JSON = {"message": message, "extensions": {"code": ErrorCode.TOO_MANY_OPERATIONS}}
        await self._finish(id, asyncio.current_task(), {"id": id, "type": "error", "payload": [error]})

    async def _finish(self, id: str, task: "asyncio.Task[None] | None", message: JSON) -> None:
        """The last message of an operation; its id is free again before the caller can know."""
        if self._operations.get(id) is task:
            del self._operations[id]
            await self.put(message)

    async def put(self, message: JSON) -> None:
        """Send a message, or raise `Gone`. A caller who does not read for too long loses the socket."""
        if self._is_over:
            raise Gone
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send({"type": "websocket.send", "text": orjson.dumps(message).decode()})
        except (TimeoutError, OSError):
            self._end()
            raise Gone from None

    async def _watch(self) -> None:
        """Ends a quiet socket whose caller's token is no longer good."""
        while True:
            await asyncio.sleep(self._terms.idle_recheck_seconds)
            try:
                if self._recheck:
                    await self._recheck()
            except Revoked:
                await self.close(4403, "Forbidden")
            except Exception as error:
                # Whether the token is still good cannot be known now; the next round asks again.
                published(error, locale="en", request_id=self._request_id)


def _object(payload: object) -> JSON:
    if payload is not None and not isinstance(payload, dict):
        raise Closed(4400, "A payload must be an object")
    return payload or {}


def _id(message: JSON) -> str:
    name = message.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= ID_LENGTH_MOST:
        raise Closed(4400, "A message of an operation needs an id")
    return name


def _line(exchange: Exchange) -> None:
    log.info(
        "operation",
        request_id=exchange.request_id,
        operation=exchange.operation,
        kind=exchange.kind,
        outcome=exchange.outcome,
    )
