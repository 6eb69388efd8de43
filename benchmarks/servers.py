"""The servers under test: each a process of its own on a free port of the loopback, ended by its own id."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 30.0
END_SECONDS = 10.0
HOST = "127.0.0.1"


class DidNotStart(Exception):
    """What the server wrote before it gave up."""


@dataclass(frozen=True)
class Server:
    name: str
    pid: int
    url: str


@asynccontextmanager
async def running(name: str, app: str, environment: Mapping[str, str], log: Path) -> AsyncIterator[Server]:
    """`app` (`module:name`) behind uvicorn with one worker, as `make run` has it; its output goes to `log`."""
    port = _free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--host", HOST, "--port", str(port), "--lifespan", "on"]
    options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-server-header"]
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            *options,
            env={**os.environ, **environment},
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        await _answering(process, port, log)
        yield Server(name, process.pid, f"http://{HOST}:{port}")
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
