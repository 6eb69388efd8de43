"""`make run`: everything that has to be there before the first request, and its end in the opposite order.

The process that is started here owns the data folder, the port and the embedded Redis. With one worker it also serves;
with more it watches over them. It ends on Ctrl-C or SIGTERM, after the requests in flight and before its Redis. If it
is killed, the kernel ends what it started.
"""

import asyncio
import ctypes
import multiprocessing
import os
import signal
import socket
import sys
from contextlib import ExitStack, suppress
from types import FrameType
from typing import NoReturn

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from api.logs import open_logs
from api.stores import with_stores
from store.clock import SystemClock
from store.data_dir import claimed
from store.database import is_unavailable
from store.embedded_redis import start
from store.redis import redis
from store.settings import Settings, settings

GRACE_SECONDS = 8
"""How long requests in flight and open sockets may take to end."""

SOCKET_MESSAGE_BYTES_MAX = 131_072


class CannotStart(Exception):
    """What is in the way of starting, in one sentence."""


def serve(config: Settings) -> None:
    """Prepares and serves until it is told to end; raises `CannotStart`."""
    open_logs(config.log_level)
    signal.signal(signal.SIGTERM, _end)
    if "MAKELEVEL" in os.environ:
        end_with_parent()
    with ExitStack() as owned, suppress(KeyboardInterrupt):
        if not (config.database_url and config.redis_url):
            owned.enter_context(claimed(config.data_dir))
        listener = owned.enter_context(_listener(config))
        _check_operations(config)
        is_empty = _provide_redis(config, owned)
        _prepare(settings(), redis_is_empty=is_empty)
        listener.listen(2048)
        print(_welcome(listener), flush=True)
        _serve(config, listener)


def worker_app() -> ASGIApp:
    """The app of one worker among several; it ends with the process that watches over it."""
    parent = multiprocessing.parent_process()
    end_with_parent(None if parent is None else parent.pid)
    from api.app import app

    return app


def end_with_parent(parent: int | None = None) -> None:
    """Has the kernel send SIGTERM when the parent ends in whatever way (Linux only); ends now if it already has."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)
        if parent is not None and os.getppid() != parent:
            signal.raise_signal(signal.SIGTERM)


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _listener(config: Settings) -> socket.socket:
    """The port, taken before anything else is done and opened to callers at the end."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
    except OSError as error:
        listener.close()
        raise CannotStart(
            f"HOST and PORT: {config.host}:{config.port} cannot be listened on: {error.strerror}."
        ) from None
    listener.set_inheritable(True)
    return listener


def _check_operations(config: Settings) -> None:
    """Here and once, for a worker that cannot start would be started again for ever."""
    from api.operations import CannotRegister, registered

    try:
        if config.operations:
            registered(config.operations)
    except CannotRegister as error:
        raise CannotStart(f"OPERATIONS: {error}") from None


def _provide_redis(config: Settings, owned: ExitStack) -> bool:
    """Starts the embedded Redis where none is set and names it to this process and its workers; says if it is empty."""
    if config.redis_url:
        return False
    embedded = start(config.data_dir)
    owned.callback(embedded.stop)
    os.environ["REDIS_URL"] = embedded.url
    settings.cache_clear()
    return embedded.is_empty


def _prepare(config: Settings, *, redis_is_empty: bool) -> None:
    from store.migrations.runner import migrate

    try:
        asyncio.run(migrate(config.database))
        asyncio.run(with_stores(config, lambda: _fill(config, redis_is_empty=redis_is_empty)))
    except Exception as error:
        if not is_unavailable(error):
            raise
        raise CannotStart(f"DATABASE_URL: the database does not answer: {error}") from error


async def _fill(config: Settings, *, redis_is_empty: bool) -> None:
    """Lays the foundation, plants the demo on the first start of a development server, fills a Redis that is empty."""
    import seeds
    from models.foundation import lay_foundation
    from models.insight.board_rebuild import rebuild_missing

    await lay_foundation(at=SystemClock().now())

    if not await redis().is_alive():
        _say("REDIS_URL: no answer; boards are read from the database until there is one.")
    if config.is_development and not await seeds.is_planted():
        _say("Planting the demo community; this happens once ...")
        with suppress(seeds.AlreadyPlanted):  # by another server that started at the same instant
            await seeds.plant(None)
    elif redis_is_empty:
        await rebuild_missing(at=SystemClock().now())


def _serve(config: Settings, listener: socket.socket) -> None:
    several = config.workers > 1
    server = uvicorn.Config(
        "api.serve:worker_app" if several else "api.app:app",
        factory=several,
        workers=config.workers,
        host=config.host,
        port=config.port,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=config.trusted_proxies,
        access_log=False,
        log_config=None,
        ws_max_size=SOCKET_MESSAGE_BYTES_MAX,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    try:
        if several:
            Multiprocess(server, sockets=[listener]).run()
        else:
            uvicorn.Server(server).run(sockets=[listener])
    finally:
        # From here on only the end is left, and a second Ctrl-C may not keep Redis from writing its data down.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _welcome(listener: socket.socket) -> str:
    from auth import demo

    host, port = listener.getsockname()[:2]
    address = f"http://{'[' + host + ']' if ':' in host else host}:{port}"
    greeting = f"Shequn serves {address}/graphql; Ctrl-C ends it."
    if not settings().is_development:
        return greeting
    logins = "\n".join(f"  {login}" for login in demo.logins())
    return f"{greeting}\n\nDemo logins:\n{logins}\n\nA first check-in:\n  {demo.first_curl(address)}"


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
