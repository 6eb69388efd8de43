"""The servers under test: each a process of its own on a free port of the loopback, ended by its own id."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.dialects import GRAPHQL, Dialect

START_SECONDS = 30.0
END_SECONDS = 10.0
HOST = "127.0.0.1"


class DidNotStart(Exception):
    """What the server wrote before it gave up."""


@dataclass(frozen=True)
class Contender:
    """A server that can be started: `command` makes the command line for a port."""

    name: str
    command: Callable[[int], Sequence[str]]
    dialect: Dialect = GRAPHQL


@dataclass(frozen=True)
class Server:
    """One that runs."""

    name: str
    pid: int
    url: str
    dialect: Dialect = GRAPHQL


def of_python(name: str, app: str, dialect: Dialect = GRAPHQL) -> Contender:
    """`app` (`module:name`) behind uvicorn with one worker, as `make run` has it."""
    options = ["--host", HOST, "--lifespan", "on", "--loop", "uvloop", "--http", "httptools"]
    quiet = ["--no-access-log", "--no-server-header"]
    begin = [sys.executable, "-m", "uvicorn", app, *options, *quiet]
    return Contender(name, lambda port: [*begin, "--port", str(port)], dialect)


@asynccontextmanager
async def running(contender: Contender, environment: Mapping[str, str], log: Path) -> AsyncIterator[Server]:
    """The server, ready to answer; its output goes to `log`. Raises `DidNotStart`."""
    port = _free_port()
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *contender.command(port),
            env={**os.environ, **environment},
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        await _answering(process, port, log)
        yield Server(contender.name, process.pid, f"http://{HOST}:{port}", contender.dialect)
    finally:
        await _end(process)


async def _answering(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    try:
        async with asyncio.timeout(START_SECONDS):
            while process.returncode is None:
                try:
                    _, writer = await asyncio.open_connection(HOST, port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    return
    except TimeoutError:
        pass
    raise DidNotStart((await asyncio.to_thread(log.read_text, errors="replace"))[-3000:])


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
