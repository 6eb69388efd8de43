"""A toy world behind the real endpoint: called in process, or through a real server on a free port."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx2
import pytest
import structlog
import uvicorn
from starlette.types import ASGIApp
from structlog.typing import EventDict

from tests.api.toy import World, toy_app

JSON = {"content-type": "application/json"}


class QuietServer(uvicorn.Server):
    """A server that leaves the signals of the test process alone and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """`app` on a free port of this machine; yields `host:port`."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="off", timeout_graceful_shutdown=3
    )
    server = QuietServer(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await server.is_listening.wait()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    with structlog.testing.capture_logs() as events:
        yield events


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(toy_app(world)) as one:
        yield one


def client_of(app: ASGIApp) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app)
    return httpx2.AsyncClient(transport=transport, base_url="http://shequn.test", headers=JSON)


@pytest.fixture
async def host(world: World) -> AsyncIterator[str]:
    async with serving(toy_app(world)) as address:
        yield address
