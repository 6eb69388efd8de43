"""A server as a process of its own, which a test starts, kills and asks to end."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import httpx2

from tests.faults.clock import ShiftedClock

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MOST = 60.0
END_SECONDS_MOST = 10.0
POLL_SECONDS = 0.02

_ENVIRONMENT = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "only-for-tests-0123456789-0123456789",
    "WECHAT_APP_ID": "wx0123456789abcdef",
    "WECHAT_SECRET": "only-for-tests",
    "WECHAT_API_BASE": "http://127.0.0.1:9",
    "LOG_LEVEL": "warning",
    # Under `make` a server ends with its parent, so none outlives a test run that was killed.
    "MAKELEVEL": "1",
}


class Server:
    """`python -m api run` on a free port and a folder of its own, as often as it is started."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.order = folder / "death"
        self.clock = ShiftedClock(folder / "clock")
        self.clock.set(days_ahead=0)
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._log = folder / "server.log"
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the server has not been started"
        return self._process

    def http(self, *, connections: int = 100) -> httpx2.AsyncClient:
        """A client of this server alone, with real connections; it does without certificates, whose reading is slow."""
        limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
        return httpx2.AsyncClient(base_url=self.address, trust_env=False, verify=False, timeout=30.0, limits=limits)

    async def start(self) -> float:
        """Returns, once the server is ready, how many seconds of the processor that has cost."""
        self._spawn()
        await self.until_ready(seconds=START_SECONDS_MOST)
        return self._processor_seconds()

    async def until_ready(self, *, seconds: float) -> float:
        """Returns how long it took until `/readyz` found nothing amiss."""
        began = monotonic()
        async with self.http() as http:
            while True:
                try:
                    if (await http.get("/readyz")).status_code == 200:
                        return monotonic() - began
                except httpx2.TransportError:
                    assert self.process.poll() is None, f"the server has ended: {self.said()}"
                assert monotonic() - began < seconds, f"the server is not ready: {self.said()}"
                await asyncio.sleep(POLL_SECONDS)

    def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()

    async def ended(self) -> int:
        """The exit status, once the process has ended."""
        return await asyncio.to_thread(self.process.wait, END_SECONDS_MOST)

    async def stop(self) -> None:
        """End as an operator would."""
        self.process.send_signal(signal.SIGTERM)
        assert await self.ended() == 0, self.said()

    def close(self) -> None:
        """Whatever became of it, nothing is left running."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(END_SECONDS_MOST)

    def said(self) -> str:
        return self._log.read_text()[-4000:]

    def bugs(self) -> list[dict[str, Any]]:
        """What the server logged as its own mistake."""
        lines = [line for line in self._log.read_text().splitlines() if line.startswith("{")]
        return [told for line in lines if (told := json.loads(line)).get("level") in ("error", "critical")]

    def _spawn(self) -> None:
        outside = {
            name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "WORKERS"}
        }
        own = {
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "FAULTS_CLOCK": str(self.folder / "clock"),
            "FAULTS_DEATH": str(self.order),
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.served"],
                cwd=ROOT,
                env=outside | _ENVIRONMENT | own | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _processor_seconds(self) -> float:
        """Of the process and its threads; unlike the time on the wall it is the same on a busy machine."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def a_server(folder: Path, **environment: str) -> Iterator[Server]:
    """A server that is not started yet, and surely ends with the block."""
    server = Server(folder, **environment)
    try:
        yield server
    finally:
        server.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
