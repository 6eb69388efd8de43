"""Whether all servers say the same: the data of an answer, and what a write left behind."""

import asyncio
import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from benchmarks.dialects import Answer
from benchmarks.servers import Server
from benchmarks.workloads import Asker, Workload


class DidNotAnswer(Exception):
    """The errors with which a server answered."""


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
CURSORS = frozenset({"cursor", "startCursor", "endCursor"})


async def differences(workload: Workload, servers: Sequence[Server], askers: Sequence[Asker]) -> str:
    """What differs, or nothing. Readers ask all servers the same; a writer asks one each, as twins that may only once.

    Each server is asked by several readers, once from cold caches and then from warm ones.
    """
    pairs = list(zip(servers, askers, strict=False)) if workload.writes else [(s, a) for a in askers for s in servers]
    found: dict[str, list[Answer]] = {server.name: [] for server in servers}
    for server, asker in pairs:
        found[server.name].append(await asyncio.to_thread(ask, workload, server, asker))
    if any(server.dialect.has_own_cursors for server in servers):
        found = {name: [without_cursors(answer) for answer in answers] for name, answers in found.items()}
    (name, first), *others = found.items()
    for other_name, other in others:
        for one, two in zip(first, other, strict=True):
            if one != two:
                return f"{workload.name}: {name} says {_shown(one)} and {other_name} {_shown(two)}"
    empty = [answer for answers in found.values() for answer in answers if is_empty(answer)]
    return f"{workload.name}: {_shown(empty[0])} says nothing" if empty else ""


def ask(workload: Workload, server: Server, asker: Asker) -> Answer:
    """The data of one answer in the words of the contract; raises `DidNotAnswer` where it has errors."""
    [line] = workload.lines([asker], server.dialect)
    token, _, body = line.partition("\t")
    request = urllib.request.Request(  # noqa: S310 - the address is that of a server started here
        server.url + server.dialect.path(workload.name),
        body.encode(),
        {"authorization": f"Bearer {token}", "content-type": "application/json", "accept": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
            told = orjson.loads(answer.read())
    except urllib.error.HTTPError as error:
        told = {"errors": f"{error.code} {error.read().decode()[:2_000]}"}
    if "errors" in told:
        raise DidNotAnswer(f"{server.name} in {workload.name}: {told['errors']}")
    said: Answer = with_one_notation(server.dialect.told(workload.name, told["data"]))
    return said


def with_one_notation(value: Any) -> Any:
    """The same with each instant as Python writes it: zeros at the end of a fraction are a server's own taste."""
    if isinstance(value, dict):
        return {name: with_one_notation(one) for name, one in value.items()}
    if isinstance(value, list):
        return [with_one_notation(one) for one in value]
    is_instant = isinstance(value, str) and _INSTANT.fullmatch(value)
    return datetime.fromisoformat(value).isoformat() if is_instant else value


def without_cursors(value: Any) -> Any:
    """The same with a mark in the place of each cursor; one that is empty stays."""
    if isinstance(value, dict):
        return {name: "a cursor" if name in CURSORS and one else without_cursors(one) for name, one in value.items()}
    return [without_cursors(one) for one in value] if isinstance(value, list) else value


def is_empty(value: object) -> bool:
    """Whether an answer has nothing to show anywhere: its servers may agree and still both be wrong."""
    if isinstance(value, dict):
        return all(is_empty(one) for one in value.values())
    if isinstance(value, list):
        return all(is_empty(one) for one in value)
    return value is None


def _shown(answer: Answer) -> str:
    return orjson.dumps(answer).decode()[:2_000]
