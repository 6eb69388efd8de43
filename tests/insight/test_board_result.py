"""Frozen results: how a period ended, once and for all."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from models.checkins.void import CheckInVoid
from models.insight import board_result
from models.insight.board import EVERYBODY, BoardScope, Metric
from models.insight.board_period import Period, Window
from models.insight.board_result import FREEZE_AFTER, BoardFreeze, BoardResult, freeze_due
from models.members.status_change import set_board_visibility
from models.spread.referral import Referral
from store.brand_day import brand_day
from store.ids import new_id
from tests.build import a_member, a_plan
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.insight.build import check_in

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
TODAY = Period.of(Window.DAY, brand_day(NOON))
AFTER_TODAY = TODAY.ends_at + FREEZE_AFTER
NEXT_MONTH = Period.of(Window.MONTH, brand_day(NOON)).ends_at + FREEZE_AFTER


async def results(
    metric: Metric, window: Window, *, scope: BoardScope = BoardScope.GLOBAL, scope_id: UUID = EVERYBODY
) -> list[tuple[str, int, str, int]]:
    """All results of a board as (period, rank, nickname, score)."""
    found = BoardResult.filter(metric=metric, window=window, scope=scope, scope_id=scope_id)
    rows = await found.order_by("period", "rank").prefetch_related("member")
    return [(one.period, one.rank, one.member.nickname, one.score) for one in rows]


async def test_a_day_is_frozen_some_minutes_after_its_end(boards: None) -> None:
    plan, wang, li = await a_plan(), await a_member(nickname="王小明"), await a_member(nickname="李思远")
    await check_in(li, plan, at=NOON + SECOND)
    await check_in(wang, plan, at=NOON)
    await Referral.record(li.id, wang.id, at=NOON)

    await freeze_due(at=AFTER_TODAY - SECOND)
    too_early = await results(Metric.POINTS, Window.DAY)
    await freeze_due(at=AFTER_TODAY)

    assert too_early == []
    assert await results(Metric.POINTS, Window.DAY) == [
        ("2026-11-23", 1, "王小明", 10),
        ("2026-11-23", 2, "李思远", 10),
    ]
    assert await results(Metric.CHECK_INS, Window.DAY) == [
        ("2026-11-23", 1, "王小明", 1),
        ("2026-11-23", 2, "李思远", 1),
    ]
    assert await results(Metric.INVITES, Window.DAY) == [("2026-11-23", 1, "李思远", 1)]
    first = await BoardResult.get(metric=Metric.POINTS, rank=1)
    assert (first.reached_at, first.frozen_at) == (NOON, AFTER_TODAY)


async def test_weeks_and_months_are_frozen_when_they_end(boards: None) -> None:
    plan, member = await a_plan(), await a_member(nickname="陈雨桐")
    await check_in(member, plan, days=10)

    await freeze_due(at=NEXT_MONTH)

    assert await results(Metric.POINTS, Window.WEEK) == [
        ("2026-W46", 1, "陈雨桐", 20),
        ("2026-W47", 1, "陈雨桐", 100),
        ("2026-W48", 1, "陈雨桐", 10),
    ]
    assert await results(Metric.CHECK_INS, Window.MONTH) == [("2026-11", 1, "陈雨桐", 10)]


async def test_freezing_again_or_at_once_changes_nothing(boards: None) -> None:
    plan, member = await a_plan(), await a_member(nickname="王小明")
    await check_in(member, plan)

    counts = await asyncio.gather(*(freeze_due(at=AFTER_TODAY) for _ in range(4)))
    before = await BoardResult.all().values()
    await freeze_due(at=AFTER_TODAY + SECOND)

    assert sum(counts) == await BoardFreeze.all().count()
    assert await BoardResult.all().values() == before
    assert await results(Metric.POINTS, Window.DAY) == [("2026-11-23", 1, "王小明", 10)]


async def test_what_was_missed_while_nobody_ran_is_made_good(boards: None) -> None:
    plan, member = await a_plan(), await a_member(nickname="赵子涵", at=NOON - 3 * DAY)
    await check_in(member, plan, at=NOON, days=4)
    await freeze_due(at=AFTER_TODAY - 3 * DAY)
    first = [row[0] for row in await results(Metric.POINTS, Window.DAY)]

    await freeze_due(at=AFTER_TODAY)

    assert first == ["2026-11-20"]
    assert [row[0] for row in await results(Metric.POINTS, Window.DAY)] == [f"2026-11-{day}" for day in range(20, 24)]


async def test_a_period_in_which_nobody_scored_is_frozen_as_empty(boards: None) -> None:
    await a_member(at=NOON)

    await freeze_due(at=AFTER_TODAY)

    [day] = await BoardFreeze.filter(window=Window.DAY, metric=Metric.POINTS)
    assert (day.period, day.entry_count) == ("2026-11-23", 0)


async def test_later_corrections_leave_a_result_as_it_is(boards: None) -> None:
    plan, wang, li = await a_plan(), await a_member(nickname="王小明"), await a_member(nickname="李思远")
    [made] = await check_in(wang, plan)
    await check_in(li, plan, at=NOON + SECOND)
    await freeze_due(at=AFTER_TODAY)

    await CheckInVoid.record(made.id, staff_id=new_id(), reason="代签", at=AFTER_TODAY, once=None)
    await set_board_visibility(li.id, is_hidden=True, at=AFTER_TODAY)
    await freeze_due(at=AFTER_TODAY + DAY)

    assert await results(Metric.POINTS, Window.DAY) == [
        ("2026-11-23", 1, "王小明", 10),
        ("2026-11-23", 2, "李思远", 10),
    ]


async def test_a_result_cannot_be_rewritten(boards: None) -> None:
    plan, member = await a_plan(), await a_member()
    await check_in(member, plan)
    await freeze_due(at=AFTER_TODAY)

    with pytest.raises(IntegrityError, match="append-only"):
        await BoardResult.all().update(rank=7)


async def test_circles_and_groups_have_results_of_their_own(boards: None) -> None:
    plan, group = await a_plan(), await a_group()
    inside, outside = await a_place(group, member=await a_member(nickname="吴梓轩")), await a_member(nickname="郑雅婷")
    await check_in(outside, plan)
    await check_in(inside, plan, at=NOON + SECOND)

    await freeze_due(at=NEXT_MONTH)

    day, week = [("2026-11-23", 1, "吴梓轩", 10)], [("2026-W48", 1, "吴梓轩", 10)]
    circle, in_group = BoardScope.CIRCLE, BoardScope.GROUP
    assert await results(Metric.POINTS, Window.DAY, scope=circle, scope_id=group.circle_id) == day
    assert await results(Metric.POINTS, Window.WEEK, scope=in_group, scope_id=group.id) == week
    assert await results(Metric.POINTS, Window.DAY, scope=in_group, scope_id=group.id) == []


async def test_only_so_many_ranks_are_kept(boards: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(board_result.RANKS_KEPT, Window.DAY, dict.fromkeys(BoardScope, 2))
    plan = await a_plan()
    for number in range(9):
        await check_in(await a_member(nickname=f"茶友{number}"), plan, at=NOON - number * SECOND)

    await freeze_due(at=AFTER_TODAY)

    assert await results(Metric.POINTS, Window.DAY) == [("2026-11-23", 1, "茶友8", 10), ("2026-11-23", 2, "茶友7", 10)]
