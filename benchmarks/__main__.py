"""`python -m benchmarks`: our server beside one written by hand, on PostgreSQL and Redis, on this machine alone."""

import argparse
import asyncio
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import orjson

from benchmarks.database import Databases
from benchmarks.report import as_json, lines, table
from benchmarks.run import AnswersDiffer, Plan, measure
from benchmarks.servers import DidNotStart, Server, running
from benchmarks.statements import explained
from benchmarks.workloads import WORKLOADS
from store.clock import SystemClock

SERVERS = {"ours": "benchmarks.ours:app", "bare": "benchmarks.bare:app"}
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
    except (AnswersDiffer, DidNotStart) as error:
        sys.exit(f"{type(error).__name__}: {error}")


async def _run(options: argparse.Namespace) -> None:
    databases = Databases(options.postgres, options.redis, options.members)
    plan = Plan([WORKLOADS[name] for name in options.workload], options.connections, options.seconds, options.rounds)
    with tempfile.TemporaryDirectory(prefix="shequn-bench-") as name:
        folder = Path(name)
        os.environ.update(_environment(databases, folder))
        _say(f"Preparing {databases.planted} ...")
        await databases.prepare(unused=plan.unused, keep=options.keep)
        if options.explain:
            async for line in explained(plan.workloads, databases):
                print(line)
            return
        async with AsyncExitStack() as started:
            servers: list[Server] = []
            for server, app in SERVERS.items():
                own = {"DATABASE_URL": f"{databases.url}?application_name={server}"}
                servers.append(await started.enter_async_context(running(server, app, own, folder / f"{server}.log")))
            _say(
                f"Measuring {', '.join(options.workload)}: {plan.rounds} rounds of {plan.seconds} s for each server ..."
            )
            found = lines(await measure(plan, databases, servers, folder))
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
    parser.add_argument("--workload", type=_workloads, default=list(WORKLOADS), help=", ".join(WORKLOADS))
    parser.add_argument("--connections", type=int, default=32, help="connections that are kept busy")
    parser.add_argument("--postgres", default=os.environ.get("TEST_DATABASE_URL", POSTGRES), help="any database of it")
    parser.add_argument("--redis", default=REDIS, help="its database is emptied")
    parser.add_argument("--keep", action="store_true", help="use what was planted, though the schema has changed since")
    parser.add_argument("--explain", action="store_true", help="show the statements and their plans; measure nothing")
    parser.add_argument("--output", type=Path, default=Path("bench.json"), help="where the figures go, beside a table")
    return parser.parse_args()


def _workloads(text: str) -> Sequence[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in WORKLOADS]:
        raise argparse.ArgumentTypeError(f"no workload is called {', '.join(unknown)}")
    return names


def _environment(databases: Databases, folder: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": databases.url,
        "REDIS_URL": databases.redis_url,
        "DATA_DIR": str(folder),
        "SECRET_KEY": "only-for-benchmarks-0123456789-0123456789",
        "ENVIRONMENT": "development",
    }


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
