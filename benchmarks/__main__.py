"""`python -m benchmarks`: our server beside a hand-written and a plain one, on PostgreSQL and Redis of this machine.

With `--peers` also PostGraphile and Mercurius, where Node is; with `--growth` ours and the hand-written one on a small
and a large community instead.
"""

import argparse
import asyncio
import os
import platform
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import orjson

from benchmarks import growth
from benchmarks.answers import DidNotAnswer
from benchmarks.contention import CONTESTS, Contest, contended
from benchmarks.database import Databases
from benchmarks.dialects import BARE, SCREENS
from benchmarks.node_peers import NotInstalled, peers
from benchmarks.pgbench import PgbenchFailed
from benchmarks.report import BASELINE, Line, as_json, lines, table
from benchmarks.run import AnswersDiffer, Ground, NobodyLeft, Plan, measure
from benchmarks.servers import Contender, DidNotStart, Server, of_python, running
from benchmarks.statements import explained
from benchmarks.workloads import WORKLOADS
from store.clock import SystemClock

CONTENDERS = {
    one.name: one
    for one in (
        of_python("ours", "api.app:app"),
        of_python(BASELINE, "benchmarks.bare:app", BARE),
        of_python("naive", "benchmarks.naive:app", SCREENS),
    )
}
POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/7"


def main() -> None:
    options = _options()
    # A runner that is told to end has servers to end first.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        asyncio.run(_run(options))
    except KeyboardInterrupt:
        sys.exit(130)
    except (AnswersDiffer, DidNotAnswer, DidNotStart, NobodyLeft, NotInstalled, PgbenchFailed) as error:
        sys.exit(f"{type(error).__name__}: {error}")


async def _run(options: argparse.Namespace) -> None:
    measured = [WORKLOADS[name] for name in options.workload if name in WORKLOADS]
    plan = Plan(measured, options.connections, options.seconds, options.rounds)
    with tempfile.TemporaryDirectory(prefix="shequn-bench-") as name:
        folder = Path(name)
        os.environ.update(_environment(folder, options.redis))
        if contests := [CONTESTS[name] for name in options.workload if name in CONTESTS]:
            await _contend(contests, options, plan, folder)
        if not plan.workloads:
            return
        if options.growth:
            found = await _grown(options, plan, folder)
        else:
            contenders = [one for name, one in CONTENDERS.items() if name not in options.without]
            contenders += await peers(options.peers.expanduser()) if options.peers else []
            databases = Databases(options.postgres, options.redis, options.members)
            await _prepare(databases, plan, len(contenders), options)
            if options.explain:
                async for line in explained(plan.workloads, databases):
                    print(line)
                return
            async with AsyncExitStack() as started:
                ground = await started.enter_async_context(_ground(databases, contenders, folder))
                _say_rounds(plan, ground.servers)
                found = lines(await measure(plan, [ground], folder))
    _write(found, options)


async def _contend(contests: Sequence[Contest], options: argparse.Namespace, plan: Plan, folder: Path) -> None:
    databases = Databases(options.postgres, options.redis, options.members)
    await _prepare(databases, Plan([], plan.connections, plan.seconds, plan.rounds), 1, options)
    of_ours = CONTENDERS["ours"]
    async for line in contended(
        contests, of_ours, databases, connections=plan.connections, seconds=plan.seconds, folder=folder
    ):
        print(line, flush=True)


async def _grown(options: argparse.Namespace, plan: Plan, folder: Path) -> Sequence[Line]:
    """The rates on the large community as ratios to those on the small one."""
    sizes = options.growth
    grounds = []
    async with AsyncExitStack() as started:
        for databases in growth.databases(options.postgres, options.redis, sizes):
            contenders = [growth.on(CONTENDERS[name], databases.members) for name in growth.SERVERS]
            await _prepare(databases, plan, len(contenders), options)
            grounds.append(await started.enter_async_context(_ground(databases, contenders, folder)))
        _say_rounds(plan, [server for ground in grounds for server in ground.servers])
        return lines(await measure(plan, grounds, folder), lambda server: growth.on_small(server, sizes[0]))


async def _prepare(databases: Databases, plan: Plan, servers: int, options: argparse.Namespace) -> None:
    _say(f"Preparing {databases.planted} ...")
    os.environ["DATABASE_URL"] = databases.url
    await databases.prepare(unused=plan.unused(servers, databases.members), keep=options.keep)


@asynccontextmanager
async def _ground(databases: Databases, contenders: Sequence[Contender], folder: Path) -> AsyncIterator[Ground]:
    """The contenders, running on a database."""
    servers = []
    async with AsyncExitStack() as started:
        for one in contenders:
            own = {"DATABASE_URL": f"{databases.url}?application_name={one.name}", "REDIS_URL": databases.redis_url}
            servers.append(await started.enter_async_context(running(one, own, folder / f"{one.name}.log")))
        yield Ground(databases, servers)


def _write(found: Sequence[Line], options: argparse.Namespace) -> None:
    print(table(found))
    report = {"at": SystemClock().now(), "machine": _machine(), "options": vars(options), "lines": as_json(found)}
    options.output.write_bytes(orjson.dumps(report, default=str, option=orjson.OPT_INDENT_2))
    options.output.with_suffix(".md").write_text(table(found) + "\n", encoding="utf-8")
    _say(f"Written to {options.output} and {options.output.with_suffix('.md')}.")
    if any(line.median.errors for line in found):
        sys.exit("A run with errors does not count.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--members", type=int, default=200_000, help="size of the community")
    parser.add_argument("--seconds", type=int, default=4, help="length of a round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds for each server, besides one to warm up")
    parser.add_argument("--workload", type=_workloads, default=None, help=_WORKLOADS_HELP)
    parser.add_argument("--connections", type=int, default=32, help="connections that are kept busy")
    parser.add_argument("--postgres", default=os.environ.get("TEST_DATABASE_URL", POSTGRES), help="any database of it")
    parser.add_argument("--redis", default=REDIS, help="its database is emptied")
    parser.add_argument("--keep", action="store_true", help="use what was planted, though the schema has changed since")
    parser.add_argument("--explain", action="store_true", help="show the statements and their plans; measure nothing")
    parser.add_argument("--without", type=_left_out, default=[], help="servers to leave out: ours, naive")
    parser.add_argument("--peers", type=Path, nargs="?", const=Path("~/.cache/shequn-bench-peers"), help=_PEERS_HELP)
    parser.add_argument("--growth", type=_sizes, nargs="?", const=growth.SIZES, help=_GROWTH_HELP)
    parser.add_argument("--output", type=Path, default=Path("bench.json"), help="where the figures go, beside a table")
    options = parser.parse_args()
    options.workload = options.workload or (growth.WORKLOADS if options.growth else list(WORKLOADS))
    return options


_WORKLOADS_HELP = f"{', '.join(WORKLOADS)}; {', '.join(CONTESTS)}, on a row that all want and without, beside pgbench"
_PEERS_HELP = "also PostGraphile and Mercurius, which npm installs into this folder"
_GROWTH_HELP = "two sizes of the community, `20000,200000` by default: the rates on the large one, ratios to the small"


def _left_out(text: str) -> Sequence[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in CONTENDERS or name == BASELINE]:
        raise argparse.ArgumentTypeError(f"cannot leave out {', '.join(unknown)}")
    return names


def _sizes(text: str) -> Sequence[int]:
    sizes = [int(size) for size in text.split(",") if size.isdigit()]
    if len(sizes) != 2 or sizes[0] >= sizes[1]:
        raise argparse.ArgumentTypeError("two sizes, the small one first")
    return sizes


def _workloads(text: str) -> Sequence[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in WORKLOADS and name not in CONTESTS]:
        raise argparse.ArgumentTypeError(f"no workload is called {', '.join(unknown)}")
    return names


def _environment(folder: Path, redis: str) -> Mapping[str, str]:
    return {
        "REDIS_URL": redis,
        "DATA_DIR": str(folder),
        "SECRET_KEY": "only-for-benchmarks-0123456789-0123456789",
        "ENVIRONMENT": "development",
    }


def _say_rounds(plan: Plan, servers: Sequence[Server]) -> None:
    names = ", ".join(server.name for server in servers)
    _say(f"Measuring {names}: {plan.rounds} rounds of {plan.seconds} s each ...")


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
