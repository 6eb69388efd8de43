"""Hearing of changes: once at the start, once a change at most, and through the loss of Redis."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from models.groups.membership import Membership
from models.insight.board import Board, Metric, in_circle, in_group
from models.insight.board_rebuild import rebuild, rebuild_missing
from models.insight.board_watch import BoardWatch
from store.redis import redis
from tests.build import a_member, a_plan
from tests.conftest import NOON
from tests.groups.build import a_circle, a_group, a_place
from tests.insight.build import CHECK_INS, INVITES, POINTS, check_in, use_redis

POLL = 0.02
SOON = 2.0
QUIET = 5 * POLL


@pytest.fixture
def watch() -> BoardWatch:
    return BoardWatch(POLL)


async def hears(changes: AsyncGenerator[None, None], *, within: float = SOON) -> bool:
    """Whether the next event comes in time; the stream can be asked no more after it did not."""
    try:
        await asyncio.wait_for(anext(changes), within)
    except TimeoutError:
        return False
    return True


def polling() -> list[asyncio.Task[object]]:
    return [task for task in asyncio.all_tasks() if task.get_name() == "board watch" and not task.cancelling()]


async def test_a_watcher_hears_at_the_start_and_of_each_change(boards: None, watch: BoardWatch) -> None:
    plan, member = await a_plan(), await a_member()
    async with aclosing(watch.changes(POINTS)) as changes:
        assert await hears(changes)
        await check_in(member, plan)
        assert await hears(changes)
        assert not await hears(changes, within=QUIET)


async def test_a_rush_of_acts_is_one_event(boards: None) -> None:
    plan, members = await a_plan(), [await a_member() for _ in range(10)]
    watch = BoardWatch(0.3)
    async with aclosing(watch.changes(POINTS)) as changes:
        assert await hears(changes)
        await asyncio.gather(*(check_in(member, plan) for member in members))
        heard = [await hears(changes), await hears(changes, within=1.0)]

    assert heard == [True, False]


async def test_only_those_hear_whose_board_has_changed(boards: None, watch: BoardWatch) -> None:
    plan, member, group, circle = await a_plan(), await a_member(), await a_group(), await a_circle()
    await a_place(group, member=member)
    await rebuild_missing(at=NOON)
    heard: dict[Board, bool] = {}
    boards_watched = [
        POINTS,
        INVITES,
        in_circle(Metric.POINTS, group.circle_id),
        in_circle(Metric.POINTS, circle.id),
        in_group(Metric.POINTS, group.id),
        in_group(Metric.POINTS, (await a_group()).id),
    ]

    async def listen(board: Board) -> None:
        async with aclosing(watch.changes(board)) as changes:
            assert await hears(changes)
            ready.release()
            heard[board] = await hears(changes, within=1.0)

    ready = asyncio.Semaphore(0)
    listeners = [asyncio.create_task(listen(board)) for board in boards_watched]
    for _ in boards_watched:
        await ready.acquire()
    await check_in(member, plan)
    await asyncio.gather(*listeners)

    assert [heard[board] for board in boards_watched] == [True, False, True, False, True, False]


async def test_a_group_hears_of_joins_and_leaves(boards: None, watch: BoardWatch) -> None:
    plan, member, group = await a_plan(), await a_member(), await a_group()
    await check_in(member, plan)
    async with aclosing(watch.changes(in_group(Metric.POINTS, group.id))) as changes:
        assert await hears(changes)
        await a_place(group, member=member, at=NOON)
        assert await hears(changes)
        await Membership.leave(member.id, group.id, at=NOON)
        assert await hears(changes)


async def test_a_lost_redis_ends_no_stream(boards: None, watch: BoardWatch, redis_url: str) -> None:
    plan, member = await a_plan(), await a_member()
    async with aclosing(watch.changes(CHECK_INS)) as changes:
        assert await hears(changes)
        await use_redis("redis://127.0.0.1:1")
        await asyncio.sleep(3 * POLL)
        await use_redis(redis_url)
        await check_in(member, plan)
        assert await hears(changes)


async def test_a_flushed_redis_tells_of_the_rebuilt_board_only(boards: None, watch: BoardWatch) -> None:
    plan, member = await a_plan(), await a_member()
    await check_in(member, plan)
    async with aclosing(watch.changes(POINTS)) as changes:
        assert await hears(changes)
        await redis().call(lambda r: r.flushdb())
        await asyncio.sleep(3 * POLL)
        await rebuild(at=NOON)
        assert await hears(changes)


async def test_the_last_watcher_takes_the_poller_along(boards: None, watch: BoardWatch) -> None:
    first, second = watch.changes(POINTS), watch.changes(POINTS)
    await anext(first)
    await anext(second)
    assert len(polling()) == 1

    await first.aclose()
    assert len(polling()) == 1
    await second.aclose()

    assert polling() == []


async def test_a_cancelled_watcher_leaves_nothing_behind(boards: None, watch: BoardWatch) -> None:
    async def listen() -> None:
        async for _ in watch.changes(POINTS):
            listening.set()

    listening = asyncio.Event()
    task = asyncio.create_task(listen())
    await listening.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    for _ in range(3):
        await asyncio.sleep(0)

    assert polling() == []
