"""A wire to Redis that a test can cut, slow down or let fall silent, while the server behind it stays as it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self
from urllib.parse import urlsplit


class Proxy:
    """Listens on loopback and hands on to a Redis, whose address may be a socket's file or a port."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._server: asyncio.Server | None = None
        self._wires: set[asyncio.Task[None]] = set()
        self._port = 0
        self.delay = 0.0
        """Seconds for which each piece of a reply is held back."""

    @classmethod
    @asynccontextmanager
    async def to(cls, target: str) -> AsyncIterator[Self]:
        proxy = cls(target)
        await proxy.restore()
        try:
            yield proxy
        finally:
            await proxy.cut()

    @property
    def url(self) -> str:
        path = self._target.path if self._target.scheme == "redis" else ""
        return f"redis://127.0.0.1:{self._port}{path}"

    async def restore(self) -> None:
        """Listen (again), on the same port."""
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """As if Redis had stopped: what is open ends, and what would open is refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for wire in list(self._wires):
            wire.cancel()
        await asyncio.gather(*self._wires, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._wires.add(task)
        try:
            await self._carried(reader, writer)
        except (asyncio.CancelledError, OSError):
            pass
        finally:
            self._wires.discard(task)
            writer.close()

    async def _carried(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._target.scheme == "unix":
            redis_reader, redis_writer = await asyncio.open_unix_connection(self._target.path)
        else:
            redis_reader, redis_writer = await asyncio.open_connection(self._target.hostname, self._target.port or 6379)
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._way(reader, redis_writer, is_reply=False))
                ways.create_task(self._way(redis_reader, writer, is_reply=True))
        except* (asyncio.CancelledError, OSError, EOFError):
            pass
        finally:
            redis_writer.close()

    async def _way(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_reply: bool) -> None:
        while piece := await source.read(65536):
            if is_reply and self.delay:
                await asyncio.sleep(self.delay)
            sink.write(piece)
            with suppress(ConnectionError):
                await sink.drain()
        raise EOFError  # so that the other way ends as well
