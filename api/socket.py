"""GraphQL over WebSocket, by the protocol `graphql-transport-ws` and no other.

Who may open a socket is decided before it is accepted: the protocol, and for browsers the origin. A socket then belongs
to one caller, named by its `connection_init`.
"""

import asyncio
from collections.abc import Collection
from typing import Generic
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from api import metrics
from api.connection import Callers, Connection, Terms
from api.execution import Access, C, Execution
from api.stream import Streams

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
IDLE_RECHECK_SECONDS = 15.0


class GraphQLSockets(Generic[C]):
    """The ASGI application of the endpoint for WebSockets, and the sockets that are open in this process."""

    def __init__(
        self,
        execution: Execution,
        access: Access[C],
        *,
        allowed_origins: Collection[str] = (),
        init_seconds: float = INIT_SECONDS,
        idle_recheck_seconds: float = IDLE_RECHECK_SECONDS,
    ) -> None:
        streams = Streams(execution, access)
        self._terms = Terms(streams, access, Callers(), init_seconds, idle_recheck_seconds)
        self._allowed_origins = frozenset(allowed_origins)
        self._open: set[Connection[C]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if not self._is_welcome(scope):
            await send({"type": "websocket.close", "code": 4406})  # before it is accepted, this is HTTP 403
            return
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        connection = Connection(self._terms, scope, receive, send)
        self._open.add(connection)
        metrics.socket_opened(1)
        try:
            await connection.serve()
        finally:
            metrics.socket_opened(-1)
            self._open.discard(connection)

    async def close(self) -> None:
        """Close every socket: the server stops, and its callers connect again."""
        await asyncio.gather(*(one.close(1012, "Service restart") for one in tuple(self._open)))

    def _is_welcome(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if PROTOCOL not in scope.get("subprotocols", ()):
            return False
        if origin is None or not self._allowed_origins.isdisjoint((origin, "*")):
            return True
        return urlsplit(origin).netloc == headers.get("host")
