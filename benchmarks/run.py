"""A run: prepare, start both servers, see that they answer alike, and put them under load in turns.

The servers take turns round by round, so that what else happens on the machine falls on both alike.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from benchmarks.answers import differences
from benchmarks.database import Databases, connected
from benchmarks.load import put_load
from benchmarks.report import Round, Rounds
from benchmarks.servers import Server
from benchmarks.usage import processor_seconds, spent
from benchmarks.workloads import Asker, Workload

RATE_MOST = 4_000
"""Check-ins a second that are kept ready for a server, so that nobody has to check in twice."""


class AnswersDiffer(Exception):
    """The two servers do not answer alike, so their rates cannot be compared."""


@dataclass(frozen=True)
class Plan:
    """How a run goes; `seconds` is the length of a round."""

    workloads: Sequence[Workload]
    connections: int
    seconds: int
    rounds: int

    @property
    def unused(self) -> int:
        """How many members have to be able to check in."""
        writes = sum(workload.writes for workload in self.workloads)
        return writes * 2 * (self.rounds + 1) * RATE_MOST * self.seconds // 2


async def measure(plan: Plan, databases: Databases, servers: Sequence[Server], folder: Path) -> Rounds:
    """The rounds of each (workload, server). Raises `AnswersDiffer`."""
    rounds: dict[tuple[str, str], list[Round]] = defaultdict(list)
    async with connected(databases.url) as connection:
        for workload in plan.workloads:
            askers = _Askers(workload, await workload.askers(connection))
            if found := await differences(workload, servers, askers.some(2)):
                raise AnswersDiffer(found)
            for number in range(plan.rounds + 1):
                for server in servers:
                    one = await _round(plan, workload, server, askers, connection, folder)
                    # The first round warms caches and connections, and does not count.
                    if number:
                        rounds[workload.name, server.name].append(one)
    return rounds


async def _round(
    plan: Plan, workload: Workload, server: Server, askers: "_Askers", connection: asyncpg.Connection, folder: Path
) -> Round:
    file = folder / f"{workload.name}.{server.name}.tsv"
    portion = askers.some(RATE_MOST * plan.seconds)
    file.write_text("\n".join(workload.lines(portion, server.name)), encoding="utf-8")
    postgres_before = await _postgres(connection, server)
    server_before = processor_seconds([server.pid])
    load = await put_load(
        server.url + workload.path(server.name), file, connections=plan.connections, seconds=plan.seconds
    )
    server_after = processor_seconds([server.pid])
    postgres_after = await _postgres(connection, server)
    # At its end the tool leaves one request under way on each connection, and it tries the script before it begins.
    askers.give_back(len(portion) - load.requests - 2 * plan.connections)
    if load.errors:
        print(f"{server.name} had {load.errors} errors in {workload.name}: {load.sample}", file=sys.stderr)
    return Round.of(
        load,
        server_seconds=spent(server_before, server_after),
        postgres_seconds=spent(postgres_before, postgres_after),
    )


async def _postgres(connection: asyncpg.Connection, server: Server) -> dict[int, float]:
    """The processor time of the backends that serve a server; it keeps its connections, so none is missed."""
    rows = await connection.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1", server.name
    )
    return processor_seconds(row["pid"] for row in rows)


class _Askers:
    """Hands out who asks next. Readers come round again; of writers nobody does."""

    def __init__(self, workload: Workload, askers: Sequence[Asker]) -> None:
        self._askers = askers
        self._is_once = workload.writes
        self._next = 0

    def some(self, size: int) -> Sequence[Asker]:
        if not self._is_once:
            return self._askers[:size]
        portion = self._askers[self._next : self._next + size]
        self._next += len(portion)
        return portion

    def give_back(self, size: int) -> None:
        """What was handed out last and not used."""
        if self._is_once:
            self._next -= max(size, 0)
