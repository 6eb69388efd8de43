"""The Redis client: one round trip or none.

Redis holds projections of what SQL holds, so a request may never wait for it. Three things see to that. A command is
sent once: redis-py repeats a timed-out command by default, and a repeated increment counts twice. A command, with its
connecting and its queueing, has one short deadline. And after a failure every call fails at once for a second (`REST`);
then one call is let through as a probe, and its success opens the way for all.

A command is run in a task of its own and never cancelled: a caller that gives up leaves the connection to end its
reply, so that neither half-read replies nor lost places in the pool follow from a closed socket or a timeout.

Only commands that Redis 7.0 and Valkey share are used, and scripts change values in ways that may be applied twice.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any, TypeVar

from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.client import Pipeline, PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    ClusterDownError,
    ConnectionError,  # noqa: A004  redis-py's own, which is not the built-in one
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TimeoutError,  # noqa: A004  the same
)
from redis.maint_notifications import MaintNotificationsConfig

REST = 1.0
"""Seconds for which nothing is sent after a failure."""

TURNS = 5
"""Turns of the event loop that a reply is given which may have arrived while the loop was busy."""

SOCKET_TIMEOUT = 5.0
"""Seconds after which a connection is given up that nobody waits for any more."""

_OUTAGE = (ConnectionError, TimeoutError, OSError, ReadOnlyError, OutOfMemoryError, ClusterDownError)

T = TypeVar("T")
Value = str | int | float


class RedisUnavailable(Exception):
    """Redis did not answer, or did not answer a moment ago. The caller goes on without it."""


class Script:
    """A Lua script, sent by its digest and loaded only where the server does not know it."""

    def __init__(self, name: str, lua: str) -> None:
        self.name = name
        self.lua = lua
        self.digest = hashlib.sha1(lua.encode(), usedforsecurity=False).hexdigest()
        _scripts[self.digest] = self

    def queue(self, pipeline: Pipeline, *, keys: Sequence[str], args: Sequence[Value] = ()) -> Pipeline:
        """Adds a run of the script to the round trip; all `keys` share one hash tag."""
        pipeline.evalsha(self.digest, len(keys), *keys, *args)
        return pipeline


_scripts: dict[str, Script] = {}


def script(name: str, lua: str) -> Script:
    """Declares a script, once, at module level."""
    return Script(name, lua)


class RedisStore:
    """One server behind a pool that waits instead of raising, and a breaker."""

    def __init__(self, url: str, *, connections: int, connect_timeout: float, command_timeout: float) -> None:
        options: dict[str, Any] = {
            "protocol": 3,
            "decode_responses": True,
            "socket_connect_timeout": connect_timeout,
            "socket_timeout": SOCKET_TIMEOUT,
            "retry": Retry(NoBackoff(), 0),
            "driver_info": None,
            # With these on, redis-py takes a connection that the server closed for a live one.
            "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        }
        self._client = Redis.from_pool(
            BlockingConnectionPool.from_url(url, max_connections=connections, timeout=connect_timeout, **options)
        )
        self._listeners = Redis.from_pool(ConnectionPool.from_url(url, **options))
        self._patience = max(connect_timeout, command_timeout)
        self._rests_until = 0.0
        self._is_probing = False

    async def call(self, command: Callable[[Redis], Awaitable[T]]) -> T:
        """The reply to one command, or `RedisUnavailable`; a refusal by a healthy server is raised as it is.

        `await redis().call(lambda r: r.zscore(key, member))`
        """
        is_probe = self._admit()
        try:
            reply = await self._in_time(asyncio.ensure_future(command(self._client)))
        except Exception as error:
            if not _is_outage(error):
                raise
            self._rests_until = monotonic() + REST
            raise RedisUnavailable(f"Redis does not answer: {type(error).__name__}.") from error
        finally:
            if is_probe:
                self._is_probing = False
        self._rests_until = 0.0
        return reply

    async def _in_time(self, task: asyncio.Future[T]) -> T:
        """The result within the deadline; what arrived while the process was too busy to look is in time as well."""
        task.add_done_callback(_forgotten)
        await asyncio.wait([task], timeout=self._patience)
        for _ in range(TURNS):
            if task.done():
                break
            await asyncio.sleep(0)
        if not task.done():
            raise TimeoutError
        return task.result()

    async def batch(self, fill: Callable[[Pipeline], object], *, atomic: bool = False) -> list[Any]:
        """The replies to all commands that `fill` queues, in one round trip; the first error among them is raised.

        A script the server has forgotten is loaded and run after the others, so the commands of a batch may not
        count on their order. With `atomic` they are one MULTI, which runs no scripts.
        """
        return await self.call(lambda client: _execute(client, fill, atomic=atomic))

    async def run(self, script: Script, *, keys: Sequence[str], args: Sequence[Value] = ()) -> Any:
        """The reply to one script."""
        return await self.call(lambda client: _run(client, script, keys, args))

    async def is_alive(self) -> bool:
        """Whether a PING is answered now, or would not be sent."""
        try:
            return bool(await self.call(lambda client: client.ping()))
        except RedisUnavailable:
            return False

    def pubsub(self) -> PubSub:
        """A subscriber on a connection of its own, outside the pool and the breaker; `listen()` has no deadline.

        One for each process is meant, which hands on what it hears; it is the caller's to close.
        """
        return self._listeners.pubsub(ignore_subscribe_messages=True)

    async def close(self) -> None:
        for client in (self._client, self._listeners):
            await client.aclose(close_connection_pool=True)

    def _admit(self) -> bool:
        """Lets a call pass or refuses it; true for the one call that probes after a rest."""
        if not self._rests_until:
            return False
        if self._is_probing or monotonic() < self._rests_until:
            raise RedisUnavailable("Redis did not answer a moment ago.")
        self._is_probing = True
        return True


async def _run(client: Redis, script: Script, keys: Sequence[str], args: Sequence[Value]) -> Any:
    """One script alone, which is half the work of a batch of one; loaded anew where the server has forgotten it."""
    try:
        return await client.evalsha(script.digest, len(keys), *keys, *args)
    except NoScriptError:
        await client.script_load(script.lua)
        return await client.evalsha(script.digest, len(keys), *keys, *args)


async def _execute(client: Redis, fill: Callable[[Pipeline], object], *, atomic: bool) -> list[Any]:
    pipeline = client.pipeline(transaction=atomic)
    fill(pipeline)
    commands = [command for command, _ in pipeline.command_stack]
    replies = await pipeline.execute(raise_on_error=atomic)
    unknown = [place for place, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
    if unknown:
        scripts = {_scripts[str(commands[place][1])] for place in unknown}
        for known in scripts:
            pipeline.script_load(known.lua)
        for place in unknown:
            pipeline.execute_command(*commands[place])
        again = await pipeline.execute(raise_on_error=False)
        for place, reply in zip(unknown, again[len(scripts) :], strict=True):
            replies[place] = reply
    for reply in replies:
        if isinstance(reply, Exception):
            raise reply
    return replies


def _forgotten(task: asyncio.Future[Any]) -> None:
    """Look at the end of a command that nobody waits for, so that its failure is no unheard one."""
    if not task.cancelled():
        task.exception()


def _is_outage(error: Exception) -> bool:
    """A full disk refuses writes with a text only; it is an outage as well."""
    return isinstance(error, _OUTAGE) or (isinstance(error, ResponseError) and str(error).startswith("MISCONF"))


_store: RedisStore | None = None


def open_redis(
    url: str, *, connections: int = 32, connect_timeout: float = 0.5, command_timeout: float = 0.5
) -> RedisStore:
    """Makes the client of this process. Nothing is sent yet: the app starts without its Redis as well."""
    global _store
    _store = RedisStore(url, connections=connections, connect_timeout=connect_timeout, command_timeout=command_timeout)
    return _store


async def close_redis() -> None:
    """Closes the client of this process, if it is open."""
    global _store
    store, _store = _store, None
    if store is not None:
        await store.close()


def redis() -> RedisStore:
    """The client of this process."""
    if _store is None:
        raise RuntimeError("open_redis() has not been called in this process.")
    return _store
