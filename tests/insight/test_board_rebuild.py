"""Rebuilding: what Redis lost comes back from SQL while members go on acting, and drift is told."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis

from models.checkins.check_in import CheckIn
from models.checkins.plan import CheckInPlan
from models.errors import DomainError
from models.insight.board import Board, Metric, in_circle, in_group, layout
from models.insight.board_drift import drift
from models.insight.board_period import Period, Window, live_periods
from models.insight.board_projection import rows_of, write
from models.insight.board_ranking import LiveBoard
from models.insight.board_reading import Reading, read_members
from models.insight.board_rebuild import RebuildInterrupted, all_boards, rebuild, rebuild_missing
from models.insight.board_score import Score, name_of
from models.insight.board_script import BEGIN, FINISH
from models.members.member import Member
from models.members.status_change import set_board_visibility
from store.brand_day import brand_day
from store.ids import new_id
from store.redis import redis
from tests.build import a_member, a_plan
from tests.conftest import NOON
from tests.groups.build import a_circle, a_group, a_place
from tests.insight.build import CHECK_INS, POINTS, check_in, places

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def line_on(board: Board, reading: Reading, at: datetime) -> str:
    """What a board is told of a reading."""
    [line] = rows_of([(reading, at)])[board]
    return line


async def flush() -> None:
    await redis().call(lambda r: r.flushdb())


async def a_community(plan: CheckInPlan, size: int = 12) -> list[Member]:
    """Members with some days each, every other one in a circle."""
    group = await a_group()
    members = [await a_member(nickname=f"茶友{number:02}") for number in range(size)]
    for number, member in enumerate(members):
        if number % 2:
            await a_place(group, member=member)
        await check_in(member, plan, days=1 + number % 4, at=NOON + number * SECOND)
    return members


async def test_a_flushed_redis_refuses_until_it_is_rebuilt_and_then_tells_the_same(boards: None) -> None:
    plan = await a_plan()
    await a_community(plan)
    await rebuild_missing(at=NOON)
    before = {board: await places(board) for board in await all_boards()}
    await flush()

    with pytest.raises(DomainError) as refused:
        await places(POINTS)
    held = await rebuild_missing(at=NOON)

    assert (refused.value.code, refused.value.retry_at) == ("BOARD_UNAVAILABLE", NOON + timedelta(seconds=5))
    assert (held["points:global"], len(before[POINTS])) == (12, 12)
    assert {board: await places(board) for board in await all_boards()} == before
    assert await drift(at=NOON) == []


async def test_a_flush_under_load_costs_no_check_in(boards: None) -> None:
    """F3: members check in, Redis is emptied in between, the boards are rebuilt meanwhile, and nothing is amiss."""
    plan, group = await a_plan(), await a_group()
    members = [await a_member(nickname=f"茶友{number:03}") for number in range(60)]
    for member in members[::3]:
        await a_place(group, member=member)
    await rebuild_missing(at=NOON)
    flushed = asyncio.Event()

    async def act(some: list[Member], day: int) -> None:
        for number, member in enumerate(some):
            await CheckIn.record(member.id, plan, at=NOON + day * DAY + number * SECOND)
            if number == 3:
                flushed.set()

    async def lose_and_rebuild() -> None:
        await flushed.wait()
        await flush()
        while True:
            try:
                await rebuild_missing(at=NOON + DAY)
                return
            except RebuildInterrupted:
                continue

    await act(members, 0)
    flushed.clear()
    await asyncio.gather(*(act(members[start::4], 1) for start in range(4)), lose_and_rebuild())
    live = [
        await places(board, window, at=NOON + DAY) for board in await all_boards() for window in board.metric.windows
    ]

    assert await drift(at=NOON + DAY) == []
    await flush()
    await rebuild(at=NOON + DAY)
    fresh = [
        await places(board, window, at=NOON + DAY) for board in await all_boards() for window in board.metric.windows
    ]
    assert live == fresh
    assert len(await places(POINTS, Window.DAY, at=NOON + DAY)) == 60


async def test_an_act_during_a_rebuild_is_in_the_rebuilt_board(boards: None) -> None:
    plan, early, late = await a_plan(), await a_member(nickname="王小明"), await a_member(nickname="李思远")
    await check_in(early, plan)
    day, keys = brand_day(NOON), layout(POINTS, brand_day(NOON)).keys
    [old] = await read_members([early.id], live_periods(day), at=NOON)
    await redis().run(BEGIN, keys=keys, args=["builder", 60_000])

    await check_in(early, plan, at=NOON + DAY)
    await check_in(late, plan, at=NOON + DAY)
    seen_meanwhile = await places(POINTS, at=NOON + DAY)
    await write({POINTS: [line_on(POINTS, old, NOON)]}, day, token="builder")
    finished = await redis().run(FINISH, keys=keys, args=["builder", int(NOON.timestamp())])

    assert finished == 1
    assert seen_meanwhile == [(1, "王小明", 20), (2, "李思远", 10)]
    assert await places(POINTS, at=NOON + DAY) == [(1, "王小明", 20), (2, "李思远", 10)]
    assert await places(POINTS, Window.DAY, at=NOON + DAY) == [(1, "王小明", 10), (2, "李思远", 10)]


async def test_a_board_is_built_by_one_at_a_time(boards: None) -> None:
    plan = await a_plan()
    await a_community(plan, 3)

    await redis().run(BEGIN, keys=layout(POINTS, brand_day(NOON)).keys, args=["somebody else", 60_000])
    held = await rebuild(at=NOON)

    assert "points:global" not in held
    assert held["check_ins:global"] == 3


async def test_a_builder_that_lost_its_keys_puts_nothing_in_place(boards: None) -> None:
    day, keys = brand_day(NOON), layout(POINTS, brand_day(NOON)).keys
    await redis().run(BEGIN, keys=keys, args=["builder", 60_000])
    await flush()

    assert await write({POINTS: []}, day, token="builder") == 1
    assert await redis().run(FINISH, keys=keys, args=["builder", 0]) == 0


async def test_a_new_circle_gets_its_boards_without_the_others_being_touched(boards: None) -> None:
    plan, member = await a_plan(), await a_member(nickname="王小明")
    await check_in(member, plan)
    circle = await a_circle()
    await a_place(await a_group(circle=circle), member=member)

    held = await rebuild_missing(at=NOON)

    assert sorted(held) == sorted(f"{metric}:circle:{circle.id}" for metric in Metric)
    assert await places(in_circle(Metric.POINTS, circle.id)) == [(1, "王小明", 10)]
    assert await rebuild_missing(at=NOON) == {}


async def test_an_older_reading_changes_nothing(boards: None) -> None:
    plan, member = await a_plan(), await a_member(nickname="王小明")
    await check_in(member, plan)
    day = brand_day(NOON)
    [before] = await read_members([member.id], live_periods(day), at=NOON)
    await set_board_visibility(member.id, is_hidden=True, at=NOON + SECOND)

    await write({POINTS: [line_on(POINTS, before, NOON + 2 * SECOND)]}, day)

    assert await places(POINTS) == []


async def test_a_reading_that_comes_late_lands_in_its_own_day(boards: None) -> None:
    plan, member = await a_plan(), await a_member(nickname="王小明")
    await check_in(member, plan)
    day, after = brand_day(NOON), brand_day(NOON + DAY)
    await check_in(member, plan, at=NOON + DAY)

    for wanted, at in ((after, NOON + DAY), (day, NOON), (after, NOON + DAY)):
        [reading] = await read_members([member.id], live_periods(wanted), at=at)
        await write({POINTS: [line_on(POINTS, reading, at)]}, wanted)

    assert await places(POINTS, Window.DAY, at=NOON) == [(1, "王小明", 10)]
    assert await places(POINTS, Window.DAY, at=NOON + DAY) == [(1, "王小明", 10)]
    assert await places(POINTS, at=NOON + DAY) == [(1, "王小明", 20)]
    assert await drift(at=NOON + DAY) == []


async def test_keys_of_a_period_end_an_hour_after_the_next_one(boards: None) -> None:
    plan, member = await a_plan(), await a_member()
    await check_in(member, plan)

    async def lifetime(window: Window) -> int:
        return await redis().call(lambda r: r.ttl(POINTS.keys.order(Period.of(window, brand_day(NOON)))))

    assert 37 * 3600 - 5 <= await lifetime(Window.DAY) <= 37 * 3600
    assert await lifetime(Window.ALL) == -1


@pytest.mark.parametrize("harm", ["score", "missing", "stranger", "state", "board"])
async def test_drift_names_what_differs_and_a_rebuild_mends_it(boards: None, harm: str) -> None:
    plan, member = await a_plan(), await a_member()
    await check_in(member, plan)
    keys = POINTS.keys
    order = keys.order(live_periods(brand_day(NOON))[-1])
    name = name_of(member.id, Score(10, NOON))
    harms: dict[str, Callable[[Redis], Awaitable[object]]] = {
        "score": lambda r: r.zadd(order, {name: 999}),
        "missing": lambda r: r.zrem(order, name),
        "stranger": lambda r: r.zadd(order, {name_of(new_id(), Score(7, NOON)): 7}),
        "state": lambda r: r.delete(keys.state),
        "board": lambda r: r.delete(keys.about),
    }
    await redis().call(harms[harm])

    found = await drift(at=NOON)
    await rebuild(at=NOON)

    assert {one.board for one in found} == {"points:global"}
    assert len(found) == {"state": 4}.get(harm, 1)
    assert await drift(at=NOON) == []
    assert await places(CHECK_INS) == [(1, member.nickname, 1)]


async def test_without_circles_there_are_the_boards_of_everybody(boards: None) -> None:
    assert await all_boards() == [Board(metric) for metric in Metric]


async def test_a_group_is_ranked_from_sql_while_its_board_is_lost(boards: None) -> None:
    plan, group = await a_plan(), await a_group()
    member = await a_place(group, member=await a_member(nickname="吴梓轩"))
    await check_in(member, plan)
    board = LiveBoard.of(in_group(Metric.POINTS, group.id), Window.DAY, at=NOON)
    await flush()

    page = await board.page(first=10)

    assert [(one.member_id, one.score, one.rank_change) for one in page.entries] == [(member.id, 10, None)]
