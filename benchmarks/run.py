"""A run: see that all servers answer alike, and put them under load in turns.

The servers take turns round by round, so that what else happens on the machine falls on all alike.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
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
"""Check-ins a second that are kept ready for a round, so that nobody has to check in twice."""
RATE_USUAL = 1_500
"""Check-ins a second that a server makes, by which it is known how many members a run needs."""


class AnswersDiffer(Exception):
    """The servers do not answer alike, so their rates cannot be compared."""


class NobodyLeft(Exception):
    """Every member that could has written already."""


@dataclass(frozen=True)
class Plan:
    """How a run goes; `seconds` is the length of a round."""

    workloads: Sequence[Workload]
    connections: int
    seconds: int
    rounds: int

    def unused(self, servers: int, members: int) -> int:
        """How many of the members have to be able to write once; no more than a quarter ever can be asked for."""
        writes = any(workload.writes for workload in self.workloads)
        return min(writes * servers * (self.rounds + 1) * RATE_USUAL * self.seconds, writes * members // 4)


@dataclass(frozen=True)
class Ground:
    """A database, and the servers that run on it."""

    databases: Databases
    servers: Sequence[Server]


async def measure(plan: Plan, grounds: Sequence[Ground], folder: Path) -> Rounds:
    """The rounds of each (workload, server), all in turns. Raises `AnswersDiffer`, `NobodyLeft`."""
    rounds: dict[tuple[str, str], list[Round]] = defaultdict(list)
    async with AsyncExitStack() as opened:
        connections = [await opened.enter_async_context(connected(one.databases.url)) for one in grounds]
        for workload in plan.workloads:
            fields = [
                await _field(workload, ground, connection)
                for ground, connection in zip(grounds, connections, strict=True)
            ]
            for number in range(plan.rounds + 1):
                for field in fields:
                    for server in field.servers:
                        one = await _round(plan, workload, server, field, folder)
                        # The first round warms caches and connections, and does not count.
                        if number:
                            rounds[workload.name, server.name].append(one)
    return rounds


@dataclass(frozen=True)
class _Field:
    """The servers of a ground that can do a workload, and who asks them."""

    servers: Sequence[Server]
    askers: "_Askers"
    connection: asyncpg.Connection


async def _field(workload: Workload, ground: Ground, connection: asyncpg.Connection) -> _Field:
    servers = [server for server in ground.servers if server.dialect.can(workload.name)]
    askers = _Askers(workload, await workload.askers(connection))
    if found := await differences(workload, servers, askers.some(len(servers) if workload.writes else 2)):
        raise AnswersDiffer(found)
    return _Field(servers, askers, connection)


async def _round(plan: Plan, workload: Workload, server: Server, field: _Field, folder: Path) -> Round:
    file = folder / f"{workload.name}.{server.name}.tsv"
    askers, connection = field.askers, field.connection
    portion = askers.some(RATE_MOST * plan.seconds)
    if not portion:
        raise NobodyLeft(f"Nobody is left for {workload.name}: take more members, or fewer or shorter rounds.")
    file.write_text("\n".join(workload.lines(portion, server.dialect)), encoding="utf-8")
    postgres_before = await _postgres(connection, server)
    server_before = processor_seconds([server.pid])
    load = await put_load(
        server.url + server.dialect.path(workload.name), file, connections=plan.connections, seconds=plan.seconds
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
