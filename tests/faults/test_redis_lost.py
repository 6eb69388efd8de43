"""F3, F4: Redis is flushed, stopped or slow. Members notice nothing but boards that are away for a while."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import pytest

from models.checkins.check_in import CheckIn
from models.insight.board import Board, BoardUnavailable, Metric, in_group
from models.insight.board_drift import drift
from models.insight.board_period import Window
from models.insight.board_ranking import LiveBoard
from models.insight.board_rebuild import all_boards, are_built, rebuild, rebuild_missing
from models.members.session import Session
from store.ids import new_id
from store.outbox import relay
from store.redis import close_redis, open_redis, redis
from tests.build import public_id
from tests.faults.community import Community
from tests.faults.conftest import ServerFor
from tests.faults.load import Act, Answer, percentile, stream, under_load
from tests.faults.proxy import Proxy
from tests.faults.server import Server
from tests.faults.truth import broken_promises, outbox_size
from tests.faults.waiting import until, until_async

pytestmark = pytest.mark.usefixtures("database", "given_redis")

HOME = """{ viewer {
    member { nickname } streakDays hasCheckedIn checkInMap(days: 30)
    checkIns(first: 3) { edges { node { businessDay pointsPaid } } }
} }"""
FAULT_SECONDS = 4.0
P99_SECONDS_MOST = 1.0
BACK_SECONDS_MOST = 45.0


@pytest.fixture
async def proxy(redis_url: str) -> AsyncIterator[Proxy]:
    async with Proxy.to(redis_url) as wire:
        yield wire


async def test_flushed_under_load_only_boards_are_lost_and_a_rebuild_restores_them(
    server_for: ServerFor, redis_url: str
) -> None:
    server, community = server_for(REDIS_URL=redis_url), await Community.born(members=20, plans=6)
    await rebuild_missing(at=server.clock.now())
    await server.start()
    acts = await check_ins(community, at=server.clock.now())
    async with under_load(server, await mixed(community, acts, at=server.clock.now())) as answers:
        await until(lambda: len(answers) > 60, seconds=30, what="sixty answers before the flush")
        await redis().call(lambda client: client.flushdb() if "TEST_REDIS_URL" in os.environ else client.flushall())
        flushed = len(answers)
        await until(lambda: len(answers) > flushed + 60, seconds=30, what="sixty answers after the flush")
        await until_async(_boards_are_built, seconds=BACK_SECONDS_MOST, what="the boards rebuilt by the server")
        rebuilt = len(answers)
        await until(lambda: len(answers) > rebuilt + 40, seconds=30, what="forty answers after the rebuild")
    assert_all_served(answers)
    await everything_is_right(at=server.clock.now())
    pages = await top_pages(at=server.clock.now())
    await rebuild(at=server.clock.now())
    assert await top_pages(at=server.clock.now()) == pages
    replays = (await stream(server, acts)).payloads()
    assert sum(payload["isReplay"] for payload in replays.values()) >= sum(is_first_check_in(one) for one in answers)
    assert await CheckIn.all().count() == len(acts)
    assert await Session.filter(ended_at__isnull=False).count() == 0
    assert server.bugs() == []


@pytest.mark.parametrize("fault", ["stopped", "slow"])
async def test_without_redis_members_are_served_in_time_and_boards_follow_when_it_is_back(
    server_for: ServerFor, proxy: Proxy, fault: str
) -> None:
    server, community = server_for(REDIS_URL=proxy.url), await Community.born(members=40, plans=8)
    await rebuild_missing(at=server.clock.now())
    await server.start()
    bodies = await mixed(community, await check_ins(community, at=server.clock.now()), at=server.clock.now())

    async with lost(proxy, fault):
        until_then = monotonic() + FAULT_SECONDS
        async with under_load(server, bodies) as answers:
            await until(lambda: monotonic() > until_then, seconds=30, what="the time of the fault")
            status, checks = await readiness(server)

    assert_all_served(answers)
    assert percentile(answers, 99) < P99_SECONDS_MOST
    assert (status, checks) == (503, {"database": "ok", "migrations": "ok", "redis": "failed"})
    assert any(is_first_check_in(one) for one in answers)
    await server.until_ready(seconds=BACK_SECONDS_MOST)
    await until_async(_outbox_is_empty, seconds=BACK_SECONDS_MOST, what="the outbox drained by the server")
    await everything_is_right(at=server.clock.now())
    assert server.bugs() == []


@pytest.mark.parametrize("fault", ["stopped", "slow"])
async def test_without_redis_a_board_is_refused_with_a_time_and_a_group_is_ranked_from_sql(
    proxy: Proxy, fault: str
) -> None:
    at = datetime.fromisoformat("2026-11-23T04:00:00+00:00")
    await close_redis()
    open_redis(proxy.url)
    async with lost(proxy, fault):
        began = monotonic()
        for _ in range(20):
            with pytest.raises(BoardUnavailable) as refused:
                await LiveBoard.of(Board(Metric.POINTS), Window.WEEK, at=at).page(first=10)
        assert refused.value.retry_at is not None
        assert refused.value.retry_at > at
        page = await LiveBoard.of(in_group(Metric.POINTS, new_id()), Window.WEEK, at=at).page(first=10)
        assert monotonic() - began < 3
    assert page.entries == []


@asynccontextmanager
async def lost(proxy: Proxy, fault: str) -> AsyncIterator[None]:
    """Redis is stopped, or answers after two seconds, for the time of the block."""
    if fault == "stopped":
        await proxy.cut()
        yield
        await proxy.restore()
    else:
        proxy.delay = 2.0
        yield
        proxy.delay = 0.0


async def check_ins(community: Community, *, at: datetime) -> list[Act]:
    """A check-in of every member under every plan."""
    return [
        Act(
            token,
            "checkIn",
            {"idempotencyKey": f"redis-{who:03}-{which:03}", "planId": public_id(plan)},
            "checkIn { id }",
        )
        for which, plan in enumerate(community.plans)
        for who, token in enumerate(await community.member_tokens(at=at))
    ]


async def mixed(community: Community, acts: Sequence[Act], *, at: datetime) -> list[tuple[str, dict[str, Any]]]:
    """Check-ins, and between them home screens."""
    readers = await community.member_tokens(at=at)
    bodies: list[tuple[str, dict[str, Any]]] = []
    for number, act in enumerate(acts):
        bodies += [(act.token, act.body), (readers[number % len(readers)], {"query": HOME})]
    return bodies


def assert_all_served(answers: Sequence[Answer]) -> None:
    assert [(one.status, one.code) for one in answers if one.status != 200 or one.code] == []
    acts = [one.payload for one in answers if "checkIn" in one.body["data"]]
    assert [payload["userErrors"] for payload in acts if payload["userErrors"]] == []


def is_first_check_in(answer: Answer) -> bool:
    return "checkIn" in answer.body["data"] and not answer.payload["isReplay"]


async def readiness(server: Server) -> tuple[int, dict[str, str]]:
    async with server.http() as http:
        answer = await http.get("/readyz")
        return answer.status_code, answer.json()["checks"]


async def everything_is_right(*, at: datetime) -> None:
    while await relay(at=at + timedelta(minutes=15)):
        pass
    assert await outbox_size() == 0
    assert await broken_promises() == {}
    assert await drift(at=at) == []


async def top_pages(*, at: datetime) -> list[object]:
    pages = [
        await LiveBoard.of(Board(metric), window, at=at).page(first=100)
        for metric in Metric
        for window in metric.windows
    ]
    return [(page.entries, page.size) for page in pages]


async def _boards_are_built() -> bool:
    boards = await all_boards()
    return await are_built(boards) == set(boards)


async def _outbox_is_empty() -> bool:
    return await outbox_size() == 0
