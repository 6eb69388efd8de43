"""A Redis that is gone or hangs costs no act, no truth and little time."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from models.insight.board import BoardUnavailable, Metric, in_group
from models.insight.board_drift import drift
from models.insight.board_period import Window
from models.insight.board_ranking import LiveBoard
from store.outbox import RELAY_AFTER, Outbox, relay, settle
from tests.build import a_member, a_plan
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.insight.build import POINTS, check_in, places, use_redis

NOBODY = "redis://127.0.0.1:1"
PATIENCE = 1.0
"""Seconds a reader may wait at most; see `store.redis` for how they come about."""


@pytest.fixture
async def hanging_redis() -> AsyncIterator[str]:
    """A server that accepts connections and never answers."""
    over = asyncio.Event()

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    over.set()
    server.close()


async def test_acts_go_on_without_redis_and_reach_the_boards_when_it_is_back(boards: None, redis_url: str) -> None:
    plan, member = await a_plan(), await a_member(nickname="王小明")
    await settle()
    await use_redis(NOBODY)

    await check_in(member, plan)
    waiting = await Outbox.filter(topic="standing").count()
    in_vain = await relay(at=NOON + RELAY_AFTER)
    await use_redis(redis_url)
    before = await places(POINTS)
    sent = await relay(at=NOON + 3 * RELAY_AFTER)

    assert (waiting, in_vain, before, sent) == (1, 0, [], 1)
    assert await places(POINTS) == [(1, "王小明", 10)]
    assert await drift(at=NOON) == []
    assert await Outbox.all().count() == 0


async def test_readers_of_a_hanging_redis_are_refused_soon_and_then_at_once(boards: None, hanging_redis: str) -> None:
    await use_redis(hanging_redis)
    board = LiveBoard.of(POINTS, Window.DAY, at=NOON)

    async def read() -> float:
        began = time.perf_counter()
        with pytest.raises(BoardUnavailable) as refused:
            await board.page(first=50)
        assert refused.value.retry_at == NOON + timedelta(seconds=5)
        return time.perf_counter() - began

    first = await asyncio.gather(*(read() for _ in range(20)))
    after = [await read() for _ in range(20)]

    assert max(first) < PATIENCE + 0.5
    assert max(after) < 0.1


async def test_a_group_is_ranked_from_sql_without_redis(boards: None) -> None:
    plan, group = await a_plan(), await a_group()
    member = await a_place(group, member=await a_member(nickname="吴梓轩"))
    await check_in(member, plan, days=2)
    live = [await places(in_group(Metric.POINTS, group.id), window) for window in Window]
    await use_redis(NOBODY)

    assert [await places(in_group(Metric.POINTS, group.id), window) for window in Window] == live
    assert live[0] == [(1, "吴梓轩", 10)]
