"""The server of these tests: what `python -m api run` starts, with a clock of the test's and a moment to die at.

Nothing of this is in the product. `FAULTS_CLOCK` names the file of a `ShiftedClock`. `FAULTS_DEATH` names a file; while
it exists, the process kills itself at the moment that the file names, just as `kill -9` from outside would.
"""

import os
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import serve
from store import clock, outbox
from store.engines import transaction
from store.settings import Settings, settings
from store.together import Write
from tests.faults.clock import ShiftedClock

UNCOMMITTED, COMMITTED, ANSWERED = "uncommitted", "committed", "answered"
"""Moments: everything is written but not committed; committed, its effects not applied; answered, but nothing sent."""


def main() -> None:
    shifted = ShiftedClock(Path(os.environ["FAULTS_CLOCK"]))

    def now(_clock: clock.SystemClock) -> datetime:
        return shifted.now()

    serve_app = serve._serve

    def served(config: Settings, listener: socket.socket) -> None:
        _prepare_to_die(Path(os.environ["FAULTS_DEATH"]))
        serve_app(config, listener)

    clock.SystemClock.now = now  # type: ignore[method-assign, assignment]
    serve._serve = served
    serve.serve(settings())


def _prepare_to_die(order: Path) -> None:
    """Replace the functions that are called at each of the moments; only now, because the app reads its settings."""
    from api import app

    put, follow = outbox.Outbox.put, transaction._follow

    async def put_and_die(topic: str, payload: outbox.Payload, *, at: datetime, beside: Sequence[Write] = ()) -> None:
        await put(topic, payload, at=at, beside=beside)
        _die_if(order, UNCOMMITTED)

    async def die_or_follow(callbacks: Sequence[Callable[[], Awaitable[None]]]) -> None:
        if callbacks:
            _die_if(order, COMMITTED)
        await follow(callbacks)

    outbox.Outbox.put = put_and_die  # type: ignore[method-assign]
    transaction._follow = die_or_follow
    app.app = DiesAnswering(app.app, order)  # type: ignore[assignment]


class DiesAnswering:
    """Lets the answer be made whole and dies instead of sending it; what it would have sent is left in the order."""

    def __init__(self, app: ASGIApp, order: Path) -> None:
        self._app = app
        self._order = order

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def held(message: Message) -> None:
            if (
                message["type"] == "http.response.body"
                and scope["path"] == "/graphql"
                and _is_due(self._order, ANSWERED)
            ):
                self._order.write_bytes(message["body"])
                _die()
            if message["type"] != "http.response.start" or not _is_due(self._order, ANSWERED):
                await send(message)

        await self._app(scope, receive, held)


def _die_if(order: Path, moment: str) -> None:
    if _is_due(order, moment):
        _die()


def _is_due(order: Path, moment: str) -> bool:
    return order.exists() and order.read_text() == moment


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


if __name__ == "__main__":
    main()
