"""From the figures of single rounds to a table: medians, ratios, and whether a run counts at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from benchmarks.load import Load

BASELINE = "bare"


@dataclass(frozen=True)
class Round:
    """One round: requests a second, latencies in milliseconds, processor microseconds for each request."""

    rate: float
    p50: float
    p99: float
    server: float
    postgres: float
    errors: int

    @classmethod
    def of(cls, load: Load, *, server_seconds: float, postgres_seconds: float) -> "Round":
        each = 1e6 / max(load.requests, 1)
        return cls(
            rate=load.requests / load.seconds,
            p50=load.p50,
            p99=load.p99,
            server=server_seconds * each,
            postgres=postgres_seconds * each,
            errors=load.errors,
        )


@dataclass(frozen=True)
class Line:
    """A server under a workload: the median of each figure over its rounds, and all errors."""

    workload: str
    server: str
    median: Round
    rounds: Sequence[Round]
    ratio: float


Rounds = Mapping[tuple[str, str], Sequence[Round]]


def lines(rounds: Rounds, baseline: Callable[[str], str] = lambda server: BASELINE) -> list[Line]:
    """A line for each (workload, server), with its rate as a ratio to that of its baseline."""
    middle = {key: _median(some) for key, some in rounds.items()}
    return [
        Line(workload, server, one, rounds[workload, server], one.rate / middle[workload, baseline(server)].rate)
        for (workload, server), one in middle.items()
    ]


def table(found: Sequence[Line]) -> str:
    """Markdown."""
    head = "| workload | server | requests/s | ratio | p50 ms | p99 ms | server CPU µs | PostgreSQL CPU µs | errors |"
    rows = [
        f"| {line.workload} | {line.server} | {line.median.rate:,.0f} | {line.ratio:.2f} | {line.median.p50:.1f} "
        f"| {line.median.p99:.1f} | {line.median.server:,.0f} | {line.median.postgres:,.0f} | {line.median.errors} |"
        for line in found
    ]
    return "\n".join([head, "|---|---|---:|---:|---:|---:|---:|---:|---:|", *rows])


def as_json(found: Sequence[Line]) -> list[dict[str, object]]:
    return [asdict(line) for line in found]


def _median(rounds: Sequence[Round]) -> Round:
    def middle(name: str) -> float:
        return float(median(getattr(one, name) for one in rounds))

    return Round(
        rate=middle("rate"),
        p50=middle("p50"),
        p99=middle("p99"),
        server=middle("server"),
        postgres=middle("postgres"),
        errors=sum(one.errors for one in rounds),
    )
