"""Whether both servers say the same: the data of an answer, and what a write left behind."""

import asyncio
import urllib.request
from collections.abc import Sequence
from typing import Any

import orjson

from benchmarks.servers import Server
from benchmarks.workloads import Asker, Workload

Answer = dict[str, Any]


async def differences(workload: Workload, servers: Sequence[Server], askers: Sequence[Asker]) -> str:
    """What differs, or nothing. Readers ask both servers the same; a writer asks one each, as twins that may only once.

    Each server is asked twice by readers, once from cold caches and once from warm ones.
    """
    pairs = list(zip(servers, askers, strict=False)) if workload.writes else [(s, a) for a in askers for s in servers]
    found: dict[str, list[Answer]] = {server.name: [] for server in servers}
    for server, asker in pairs:
        found[server.name].append(await asyncio.to_thread(ask, workload, server, asker))
    first, *others = found.values()
    for other in others:
        for one, two in zip(first, other, strict=True):
            if one != two:
                return f"{workload.name}: {_shown(one)} is not {_shown(two)}"
    empty = [answer for answers in found.values() for answer in answers if is_empty(answer)]
    return f"{workload.name}: {_shown(empty[0])} says nothing" if empty else ""


def ask(workload: Workload, server: Server, asker: Asker) -> Answer:
    """The data of one answer; raises where it has errors."""
    [line] = workload.lines([asker], server.name)
    token, _, body = line.partition("\t")
    request = urllib.request.Request(  # noqa: S310 - the address is that of a server started here
        server.url + workload.path(server.name),
        body.encode(),
        {"authorization": f"Bearer {token}", "content-type": "application/json", "accept": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
        told = orjson.loads(answer.read())
    if "errors" in told:
        raise ValueError(f"{server.name} in {workload.name}: {told['errors']}")
    data: Answer = told["data"]
    return data


def is_empty(value: object) -> bool:
    """Whether an answer has nothing to show anywhere: its servers may agree and still both be wrong."""
    if isinstance(value, dict):
        return all(is_empty(one) for one in value.values())
    if isinstance(value, list):
        return all(is_empty(one) for one in value)
    return value is None


def _shown(answer: Answer) -> str:
    return orjson.dumps(answer).decode()[:2_000]
