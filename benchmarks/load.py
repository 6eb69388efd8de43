"""Load on one address for some seconds: by wrk, or by a client of our own where wrk is not installed.

The own client takes more of the machine than wrk, so its figures are lower; ratios of one run stay comparable.
"""

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

WRK = Path(__file__).with_name("wrk.lua")
GRACE_SECONDS = 15


@dataclass(frozen=True)
class Load:
    """What came of it: answers, of which `errors` were not as they should be, and latencies in milliseconds."""

    requests: int
    errors: int
    seconds: float
    p50: float
    p99: float
    sample: str = ""


class LoadFailed(Exception):
    """The tool did not run to its end."""


async def put_load(url: str, requests: Path, *, connections: int, seconds: int) -> Load:
    """`requests` has a line for each request: a token, a tab, a body."""
    if shutil.which("wrk"):
        return await _by_wrk(url, requests, connections=connections, seconds=seconds)
    return await _by_ourselves(url, requests, connections=connections, seconds=seconds)


async def _by_wrk(url: str, requests: Path, *, connections: int, seconds: int) -> Load:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(WRK), url]
    process = await asyncio.create_subprocess_exec(
        *command, "--", str(requests), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), seconds + GRACE_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return read_wrk(output.decode())


def read_wrk(output: str) -> Load:
    """The figures that `wrk.lua` prints at its end."""
    told = {line.split(" ", 1)[0]: line.split(" ", 1)[1] for line in output.splitlines() if " " in line}
    if "measured" not in told:
        raise LoadFailed(output)
    requests, duration, errors, p50, p99 = map(int, told["measured"].split())
    return Load(requests, errors, duration / 1e6, p50 / 1000, p99 / 1000, told.get("sample", ""))


async def _by_ourselves(url: str, requests: Path, *, connections: int, seconds: int) -> Load:
    host, port = urlsplit(url).hostname or "127.0.0.1", urlsplit(url).port or 80
    text = await asyncio.to_thread(requests.read_text, encoding="utf-8")
    raw = cycle([_raw(line, urlsplit(url).path, host) for line in text.splitlines()])
    started = perf_counter()
    ends = started + seconds
    found = await asyncio.gather(*(_talk(host, port, raw, ends) for _ in range(connections)))
    took = perf_counter() - started
    latencies = sorted(latency for one, _, _ in found for latency in one)
    bad = [sample for _, _, samples in found for sample in samples]
    broken = sum(broken for _, broken, _ in found)
    return Load(
        len(latencies), len(bad) + broken, took, _at(latencies, 0.5), _at(latencies, 0.99), bad[0] if bad else ""
    )


async def _talk(host: str, port: int, raw: Iterator[bytes], ends: float) -> tuple[list[float], int, list[str]]:
    """The latencies of one connection, how often it broke, and the answers that were not as they should be."""
    latencies: list[float] = []
    bad: list[str] = []
    reader, writer = await asyncio.open_connection(host, port)
    try:
        while (began := perf_counter()) < ends:
            writer.write(next(raw))
            status, body = await _answer(reader)
            latencies.append(perf_counter() - began)
            if status != 200 or b'"errors":' in body or b'"userErrors":[{' in body:
                bad.append(f"{status} {body[:500].decode(errors='replace')}")
    except (asyncio.IncompleteReadError, ConnectionError):
        return latencies, 1, bad
    finally:
        writer.close()
    return latencies, 0, bad


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status, *lines = head.split("\r\n")
    length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length:"))
    return int(status.split()[1]), await reader.readexactly(length)


def _raw(line: str, path: str, host: str) -> bytes:
    token, _, text = line.partition("\t")
    body = text.encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000 if ordered else 0.0
