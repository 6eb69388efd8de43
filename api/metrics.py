"""What Prometheus reads: operations, durations, documents found and named, open sockets. No label says who asked.

With several workers, `PROMETHEUS_MULTIPROC_DIR` names the folder where they add their figures together.
"""

import os
from functools import cache

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from starlette.requests import Request
from starlette.responses import Response

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

_operations = Counter("shequn_operations", "GraphQL operations by kind, outcome and name.", ("kind", "outcome", "name"))
_durations = Histogram("shequn_operation_seconds", "Seconds an operation took.", ("kind",), buckets=SECONDS)
_lookups = Counter("shequn_document_lookups", "Look-ups of parsed documents.", ("found",))
_persisted = Counter(
    "shequn_persisted_operations",
    "Requests that name an operation by its hash: hit or miss; and those refused as not registered.",
    ("found",),
)
_plans = Counter("shequn_plans", "Executions by plan: hit, compiled, or fallback to graphql-core.", ("found",))
_sockets = Gauge("shequn_sockets", "Open GraphQL sockets.", multiprocess_mode="livesum")
_streams = Gauge("shequn_streams", "Subscriptions that are streaming.", multiprocess_mode="livesum")

# Names come from clients. The first of them in a process get a figure of their own, so a client that makes names up
# cannot fill the memory of the server or of Prometheus.
NAMES = 100
_names: set[str] = set()


def operation_done(kind: str, outcome: str, name: str | None, seconds: float) -> None:
    """Count one operation. `outcome` is `ok`, or the first code of its errors."""
    _operation(kind, outcome, _bounded(name) if outcome == "ok" else "").inc()
    _duration(kind).observe(seconds)


def document_looked_up(found: bool) -> None:
    _lookup(found).inc()


def persisted_asked(what: str) -> None:
    """Count a request by hash (`hit`, `miss`), or a text that the allow-list does not hold (`refused`)."""
    _named(what).inc()


def operation_executed(how: str) -> None:
    """Count an execution: from a plan that was there (`hit`), `compiled` for it, or by graphql-core (`fallback`)."""
    _plan(how).inc()


def socket_opened(change: int) -> None:
    _sockets.inc(change)


def stream_opened(change: int) -> None:
    _streams.inc(change)


async def metrics(request: Request) -> Response:
    """The figures of all workers of this machine."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library leaves it untyped
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _bounded(name: str | None) -> str:
    if name is None:
        return ""
    if name not in _names:
        if len(_names) >= NAMES:
            return "other"
        _names.add(name)
    return name


@cache
def _operation(kind: str, outcome: str, name: str) -> Counter:
    return _operations.labels(kind, outcome, name)


@cache
def _duration(kind: str) -> Histogram:
    return _durations.labels(kind)


@cache
def _lookup(found: bool) -> Counter:
    return _lookups.labels("yes" if found else "no")


@cache
def _named(what: str) -> Counter:
    return _persisted.labels(what)


@cache
def _plan(how: str) -> Counter:
    return _plans.labels(how)
