"""The layer in front of every route: a request's id, its size, its headers and its one line in the log.

It is plain ASGI. `Exchange` is how the layers below tell it what the request was about.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import perf_counter

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import JSON, ErrorCode, RequestRefused, published, status_of
from api.logs import public_path, request_lines
from store.ids import new_id

log = structlog.get_logger("api")
KEY = "exchange"
BODY_LIMIT = 256 * 1024
SAFE_ID = re.compile(rb"[A-Za-z0-9_.-]{8,64}")
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})

Answer = Callable[[int, JSON, Mapping[str, str]], Awaitable[None]]


@dataclass(slots=True)
class Exchange:
    """One request and what became of it."""

    request_id: str
    operation: str | None = None
    kind: str | None = None
    outcome: str | None = None
    status: int = 0


def headers_of(scope: Scope) -> dict[str, str]:
    """A request's headers by their names in small letters; the first of several of a name."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return found


def exchange_of(scope: Scope) -> Exchange:
    """The exchange of a scope; made here where no guard stands in front."""
    found = scope.get(KEY)
    if not isinstance(found, Exchange):
        found = scope[KEY] = Exchange(str(new_id()))
    return found


class Guard:
    """`larger` gives single paths a body limit of their own, in bytes."""

    def __init__(self, app: ASGIApp, *, body_limit: int = BODY_LIMIT, larger: Mapping[str, int] | None = None) -> None:
        self.app = app
        self._body_limit = body_limit
        self._larger = dict(larger or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        told = {name: value for name, value in scope["headers"] if name in _READ}
        inbound = told.get(b"x-request-id", b"")
        exchange = scope[KEY] = Exchange(inbound.decode() if SAFE_ID.fullmatch(inbound) else str(new_id()))
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        try:
            await self._serve(scope, receive, _Headers(send, exchange), told)
        finally:
            if scope["path"] not in QUIET:
                _line(scope, exchange, perf_counter() - started)

    async def _serve(self, scope: Scope, receive: Receive, send: "_Headers", told: Mapping[bytes, bytes]) -> None:
        limit = self._larger.get(scope["path"], self._body_limit)
        try:
            if told.get(b"content-encoding", b"identity").lower() != b"identity":
                raise RequestRefused(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send the body without Content-Encoding.")
            length = told.get(b"content-length", b"")
            if length.isdigit() and int(length) > limit:
                raise too_large(limit)
            await self.app(scope, _counted(receive, limit), send)
        except Exception as error:
            answer = published(error, locale="zh-CN", request_id=send.exchange.request_id)
            if not send.started:
                await answer_error(send, answer, error.headers if isinstance(error, RequestRefused) else None)


class _Headers:
    """Adds what every answer carries, and notes its status."""

    def __init__(self, send: Send, exchange: Exchange) -> None:
        self._send = send
        self.exchange = exchange
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.exchange.status = message["status"]
            headers = list(message.get("headers", ()))
            headers.append((b"x-request-id", self.exchange.request_id.encode()))
            headers.append((b"x-content-type-options", b"nosniff"))
            if not any(name.lower() == b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", b"no-store"))
            message["headers"] = headers
        await self._send(message)


async def answer_error(send: Send, error: JSON, headers: Mapping[str, str] | None = None) -> None:
    """One coded error as the whole answer."""
    extensions = error["extensions"]
    assert isinstance(extensions, dict)
    body = orjson.dumps({"errors": [error]})
    raw = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    raw.extend((name.encode(), value.encode()) for name, value in (headers or {}).items())
    await send({"type": "http.response.start", "status": status_of(extensions["code"]), "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def refused_route(request: Request, error: Exception) -> Response:
    """The handler of a path or method that no route has."""
    assert isinstance(error, HTTPException)
    code = {404: ErrorCode.NOT_FOUND, 405: ErrorCode.METHOD_NOT_ALLOWED}.get(error.status_code, ErrorCode.BAD_REQUEST)
    answer = {"errors": [{"message": error.detail, "extensions": {"code": code}}]}
    return JSONResponse(answer, error.status_code, error.headers)


def too_large(limit: int) -> RequestRefused:
    return RequestRefused(ErrorCode.BODY_TOO_LARGE, f"The body is larger than {limit} bytes.", {"connection": "close"})


def _counted(receive: Receive, limit: int) -> Receive:
    """`receive`, refusing the body as soon as more than `limit` bytes of it have come."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > limit:
                raise too_large(limit)
        return message

    return counted


def _line(scope: Scope, exchange: Exchange, seconds: float) -> None:
    facts = {
        "request_id": exchange.request_id,
        "method": scope["method"],
        "path": public_path(scope["path"]),
        "operation": exchange.operation,
        "kind": exchange.kind,
        "outcome": exchange.outcome,
        "status": exchange.status,
        "ms": round(seconds * 1000, 1),
    }
    if not request_lines.write(**facts):
        log.info("request", **facts)


_READ = frozenset({b"x-request-id", b"content-length", b"content-encoding"})
