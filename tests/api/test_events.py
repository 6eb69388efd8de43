"""GraphQL over Server-Sent Events."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from api.stream import Recheck
from tests.api.conftest import serving
from tests.api.toy import World, toy_app

EVENTS = {"accept": "text/event-stream", "authorization": "Bearer member"}


def told(text: str) -> list[tuple[str, Any]]:
    """The events of a stream, with their data."""
    events = []
    for block in text.split("\n\n"):
        lines = dict(line.split(":", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if lines:
            data = lines["data"].strip()
            events.append((lines["event"].strip(), json.loads(data) if data else None))
    return events


@asynccontextmanager
async def streaming(host: str, query: str) -> AsyncIterator[httpx2.Response]:
    async with (
        httpx2.AsyncClient() as client,
        client.stream("POST", f"http://{host}/graphql", json={"query": query}, headers=EVENTS) as answer,
    ):
        yield answer


async def test_a_subscription_streams_and_completes(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": "subscription { countdown(start: 2) }"}, headers=EVENTS)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert [(event, data and data["data"]) for event, data in told(answer.text)] == [
        ("next", {"countdown": 2}),
        ("next", {"countdown": 1}),
        ("complete", None),
    ]


@pytest.mark.parametrize(
    ("query", "data"), [("{ hello }", {"hello": "你好，社群"}), ("mutation { checkIn }", {"checkIn": ""})]
)
async def test_other_operations_are_one_event(client: httpx2.AsyncClient, query: str, data: object) -> None:
    answer = await client.post("/graphql", json={"query": query}, headers=EVENTS)
    assert [(event, one and one["data"]) for event, one in told(answer.text)] == [("next", data), ("complete", None)]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ helo }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ __schema { types { name } } }", "INTROSPECTION_DISABLED"),
    ],
)
async def test_a_bad_document_is_told_inside_the_stream(client: httpx2.AsyncClient, query: str, code: str) -> None:
    answer = await client.post("/graphql", json={"query": query}, headers=EVENTS)
    (event, data), end = told(answer.text)
    assert (answer.status_code, event, data["errors"][0]["extensions"]["code"]) == (200, "next", code)
    assert end == ("complete", None)


@pytest.mark.parametrize(
    ("content", "token", "status"), [(b"{", "member", 400), (b'{"query": "{ hello }"}', "forged", 401)]
)
async def test_what_is_no_request_is_refused_by_its_status(
    client: httpx2.AsyncClient, content: bytes, token: str, status: int
) -> None:
    headers = EVENTS | {"authorization": f"Bearer {token}"}
    assert (await client.post("/graphql", content=content, headers=headers)).status_code == status


async def test_a_quiet_stream_is_kept_alive_and_ends_when_its_caller_goes(world: World, host: str) -> None:
    async with streaming(host, "subscription { ticks(every: 60) }") as answer:
        lines = answer.aiter_lines()
        assert await anext(lines) == "event: next"
        while await anext(lines) != ":":
            pass
    await asyncio.wait_for(world.ended.wait(), 5)


async def test_a_revoked_token_ends_the_stream(world: World, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recheck.__init__, "__kwdefaults__", {"seconds": 0})
    text = ""
    async with streaming(host, "subscription { ticks }") as answer:
        async for part in answer.aiter_text():
            text += part
            world.revoked.add("member")
    *_, (event, data), end = told(text)
    assert (event, data["errors"][0]["extensions"]["code"]) == ("next", "UNAUTHENTICATED")
    assert end == ("complete", None)
    assert world.ended.is_set()


async def test_the_application_can_end_its_streams(world: World) -> None:
    app = toy_app(world)
    async with serving(app) as host, streaming(host, "subscription { ticks(every: 60) }") as answer:
        parts = answer.aiter_text()
        await anext(parts)
        app.state.events.close()
        async for _ in parts:
            pass
    assert world.ended.is_set()
