"""One Redis-protocol server as a child process that neither outlives its parent nor dies before it.

It lives in a session of its own, because Ctrl-C reaches a whole process group and the app has something left to write.
The kernel ends it with its parent (Linux); elsewhere the next start asks it to end. It inherits a lock that is free
only once it is gone, and a start waits for that: two servers on one append file would ruin it.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Self

START_SECONDS = 30.0
"""How long reading the append file, or the end of a former server, may take."""

STOP_SECONDS = 10.0
"""How long the server may take to write its last second down."""

# Runs between the fork and the server: ties the server's life to its parent's, unless that has already ended.
_GUARD = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)
if os.getppid() != int(sys.argv[1]):
    sys.exit("The server's parent has ended.")
os.execv(sys.argv[2], sys.argv[2:])
"""


class RedisDidNotStart(Exception):
    """The embedded server did not start; the sentence says why."""


class RedisProcess:
    """The server as a child process, listening on a socket in a private folder with a short name."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, sockets: Path) -> None:
        self._process = process
        self._folder = folder
        self._sockets = sockets
        self.url = f"unix://{sockets / 'redis.sock'}"

    @classmethod
    def start(cls, program: Path, folder: Path) -> Self:
        with _lock_when_free(folder) as lock, (folder / "server.log").open("wb") as output:
            # A socket's path holds about a hundred bytes, which a data folder may exceed.
            sockets = Path(tempfile.mkdtemp(prefix="shequn-", dir="/tmp" if len(tempfile.gettempdir()) > 60 else None))  # noqa: S108  a private folder of a random name
            command = [
                *(sys.executable, "-I", "-S", "-c", _GUARD, str(os.getpid()), str(program)),
                *("--port", "0", "--unixsocket", str(sockets / "redis.sock"), "--unixsocketperm", "700"),
                *("--dir", str(folder), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
                *("--daemonize", "no"),
            ]
            process = subprocess.Popen(  # noqa: S603  our own command line
                command,
                start_new_session=True,
                pass_fds=(lock.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        server = cls(process, folder, sockets)
        try:
            server._wait_until_ready()
        except BaseException:
            server.stop()
            raise
        (folder / "address").write_text(server.url)
        return server

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._sockets, ignore_errors=True)
        with suppress(OSError):
            if (self._folder / "address").read_text() == self.url:
                (self._folder / "address").unlink()

    def _wait_until_ready(self) -> None:
        deadline = monotonic() + START_SECONDS
        while not answers(self.url):
            if self._process.poll() is not None or monotonic() > deadline:
                lines = (self._folder / "server.log").read_text(errors="replace").strip().splitlines()
                raise RedisDidNotStart(f"The embedded Redis did not start: {lines[-1] if lines else 'no reason given'}")
            sleep(0.01)


def answers(url: str) -> bool:
    try:
        return send(url, "PING").startswith(b"+PONG")
    except OSError:
        return False


def send(url: str, *command: str) -> bytes:
    """The first bytes of the reply to one command, without a client."""
    request = f"*{len(command)}\r\n" + "".join(f"${len(part.encode())}\r\n{part}\r\n" for part in command)
    if url.startswith("unix://"):
        connection = socket.socket(socket.AF_UNIX)
        address: str | tuple[str, int] = url.removeprefix("unix://")
    else:
        connection = socket.socket()
        host, _, port = url.removeprefix("redis://").partition(":")
        address = (host, int(port))
    with connection:
        connection.settimeout(1)
        connection.connect(address)
        connection.sendall(request.encode())
        return connection.recv(64)


@contextmanager
def _lock_when_free(folder: Path) -> Iterator[IO[str]]:
    """The lock that the server inherits. A former server of a killed app may still be writing; it is asked to end."""
    deadline = monotonic() + START_SECONDS
    with (folder / "redis.lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() > deadline:
                    raise RedisDidNotStart(f"Another Redis server does not let go of {folder}.") from None
                _ask_to_end(folder)
                sleep(0.05)
        _forget_former(folder)
        yield lock


def _ask_to_end(folder: Path) -> None:
    with suppress(OSError):
        send((folder / "address").read_text(), "SHUTDOWN")


def _forget_former(folder: Path) -> None:
    """Removes what a server that was not stopped left behind: its address, and its socket's folder."""
    with suppress(OSError):
        sockets = Path((folder / "address").read_text().removeprefix("unix://")).parent
        (folder / "address").unlink()
        if sockets.name.startswith("shequn-"):
            shutil.rmtree(sockets, ignore_errors=True)
