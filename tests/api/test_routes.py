"""The routes beside GraphQL, and the guard in front of all."""

import asyncio
import os
import re
import signal

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from structlog.typing import EventDict

from api import metrics
from api.guard import Guard, refused_route
from api.health import Readiness, alive
from api.page import page
from api.stopping import told_of_stop
from tests.api.conftest import client_of

SECRET = "postgresql://shequn:hunter2@db"


async def _works() -> None:
    return None


async def _says_no() -> bool:
    return False


async def _raises() -> None:
    raise ConnectionError(SECRET)


async def _hangs() -> None:
    await asyncio.Event().wait()


async def _echo(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def _breaks(request: Request) -> Response:
    raise KeyError(SECRET)


def app(**checks: object) -> Starlette:
    ready = Readiness(checks, seconds=0.05)  # type: ignore[arg-type]  # the checks of a test
    return Starlette(
        routes=[
            Route("/healthz", alive),
            Route("/readyz", ready.answer),
            Route("/metrics", metrics.metrics),
            Route("/", page),
            Route("/upload", _echo, methods=["POST"]),
            Route("/echo", _echo, methods=["POST"]),
            Route("/breaks", _breaks),
        ],
        middleware=[Middleware(Guard, body_limit=1_000, larger={"/upload": 5_000})],
        exception_handlers={HTTPException: refused_route},
    )


async def test_a_living_process_says_so() -> None:
    async with client_of(app()) as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_ready_process_names_its_parts() -> None:
    async with client_of(app(database=_works, redis=_works)) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "checks": {"database": "ok", "redis": "ok"}})


@pytest.mark.parametrize("check", [_says_no, _raises, _hangs])
async def test_a_part_that_fails_is_named_and_its_words_are_not_told(check: object, logged: list[EventDict]) -> None:
    async with client_of(app(database=_works, redis=check)) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]) == (503, {"database": "ok", "redis": "failed"})
    assert SECRET not in answer.text
    assert SECRET not in str(logged)


async def test_the_figures_are_there() -> None:
    metrics.operation_done("query", "ok", "Home", 0.02)
    metrics.document_looked_up(True)
    for what in ("hit", "miss", "refused"):
        metrics.persisted_asked(what)
    async with client_of(app()) as client:
        text = (await client.get("/metrics")).text
    assert 'shequn_operations_total{kind="query",name="Home",outcome="ok"}' in text
    assert 'shequn_operation_seconds_bucket{kind="query",le="0.025"}' in text
    assert 'shequn_document_lookups_total{found="yes"}' in text
    for what in ("hit", "miss", "refused"):
        assert f'shequn_persisted_operations_total{{found="{what}"}}' in text


async def test_made_up_names_share_one_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_names", {f"Known{number}" for number in range(metrics.NAMES)})
    for number in range(300):
        metrics.operation_done("query", "ok", f"MadeUp{number}", 0.01)
    async with client_of(app()) as client:
        text = (await client.get("/metrics")).text
    assert "MadeUp" not in text
    assert re.search(r'shequn_operations_total\{kind="query",name="other",outcome="ok"\} 300\.0', text)


async def test_the_page_loads_nothing_from_outside() -> None:
    async with client_of(app()) as client:
        answer = await client.get("/")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; connect-src 'self'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"(?:src|href)=|https?://|@import|localStorage|document\.cookie", answer.text)


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [("/echo", 1_000, 200), ("/echo", 1_001, 413), ("/upload", 5_000, 200), ("/upload", 5_001, 413)],
)
async def test_each_route_has_its_limit(path: str, size: int, status: int) -> None:
    async with client_of(app()) as client:
        assert (await client.post(path, content=b"x" * size)).status_code == status


async def test_a_length_that_lies_does_not_help() -> None:
    sent: list[dict[str, object]] = []
    messages = iter([{"type": "http.request", "body": b"x" * 900, "more_body": True}] * 3)

    async def receive() -> dict[str, object]:
        return next(messages)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/echo",
        "headers": [(b"content-length", b"900")],
        "query_string": b"",
    }
    await app()(scope, receive, send)  # type: ignore[arg-type]  # plain dicts stand in for the server
    assert sent[0]["status"] == 413


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("DELETE", "/healthz", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/breaks", 500, "INTERNAL_SERVER_ERROR"),
    ],
)
async def test_a_refusal_of_any_route_is_coded(method: str, path: str, status: int, code: str) -> None:
    async with client_of(app()) as client:
        answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert SECRET not in answer.text


async def test_probes_leave_no_line(logged: list[EventDict]) -> None:
    async with client_of(app()) as client:
        await client.get("/healthz")
        await client.get("/nowhere")
    assert [event["path"] for event in logged if event["event"] == "request"] == ["/nowhere"]


async def test_a_stop_is_told_first_and_then_handled_as_before() -> None:
    told, handled = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    interrupted = signal.getsignal(signal.SIGINT)
    before = signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(handled.set))
    try:
        with told_of_stop(told.set):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(asyncio.gather(told.wait(), handled.wait()), 5)
        assert signal.getsignal(signal.SIGINT) is interrupted
    finally:
        signal.signal(signal.SIGTERM, before)
