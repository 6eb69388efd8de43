"""`make run` as the process it is: one start, one end, and nothing left behind however it ends."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux ends a child with its parent.")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo has been planted by a first start."""
    folder = tmp_path_factory.mktemp("installation")
    with server(folder) as (process, told):
        assert "http://127.0.0.1:" in told
        end(process, signal.SIGTERM)
    return folder


@contextmanager
def server(folder: Path, **changes: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server on a free port, once it answers, and what it said by then."""
    port = free_port()
    outside = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "MAKELEVEL"}
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "run"],
        cwd=ROOT,
        env=outside | {"DATA_DIR": str(folder), "PORT": str(port)} | changes,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            told = said(process, until=f"http://127.0.0.1:{port}")
            if process.poll() is None:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
                    assert answer.status == 200
            yield process, told
        finally:
            process.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def said(process: subprocess.Popen[str], *, until: str) -> str:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if until in line:
            break
    else:
        process.wait(10)
    return "".join(lines)


def end(process: subprocess.Popen[str], how: signal.Signals) -> None:
    process.send_signal(how)
    assert process.wait(10) == 0


def wait_for_redis_to_end(folder: Path) -> None:
    """Returns once nobody holds the lock that the embedded server inherited."""
    with (folder / "redis" / "redis.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def test_a_second_start_continues_and_plants_nothing(data_dir: Path) -> None:
    with server(data_dir) as (process, told):
        assert "Planting" not in told
        end(process, signal.SIGINT)


def test_the_end_takes_the_embedded_redis_along(data_dir: Path) -> None:
    with server(data_dir) as (process, _):
        end(process, signal.SIGTERM)
        with (data_dir / "redis" / "redis.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_killed_server_leaves_no_redis_and_starts_again(data_dir: Path) -> None:
    with server(data_dir) as (process, _):
        process.kill()
        wait_for_redis_to_end(data_dir)
    with server(data_dir) as (process, _):
        end(process, signal.SIGTERM)


def test_two_servers_on_one_folder_are_refused(data_dir: Path) -> None:
    with server(data_dir) as (first, _), server(data_dir) as (second, told):
        assert second.returncode == 2
        assert f"is in use by another server (process {first.pid})" in told


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"PORT": "zwei"}, "PORT:"),
        ({"WORKERS": "2"}, "WORKERS above 1 needs DATABASE_URL of a PostgreSQL"),
        ({"DATABASE_URL": "mysql://127.0.0.1/shequn"}, "DATABASE_URL: must begin with postgresql://"),
        ({"DATABASE_URL": "postgresql://postgres@127.0.0.1:1/shequn"}, "DATABASE_URL: the database does not answer"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path, changes: dict[str, str], sentence: str) -> None:
    with server(tmp_path / "data", **changes) as (process, told):
        assert process.returncode == 2
        assert told.startswith(sentence)
        assert told.count("\n") == 1
