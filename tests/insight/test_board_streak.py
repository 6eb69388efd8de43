"""The board of streaks: a streak counts while it can be carried on, and drops out when a day goes by unused."""

from datetime import timedelta

import pytest

from models.checkins.card import CardKind, CheckInCard
from models.checkins.check_in import CheckIn
from models.insight.board_drift import drift
from models.insight.board_lapse import lapse_streaks
from models.insight.board_rebuild import rebuild
from models.points.account import Account, of_member
from tests.build import a_member, a_plan
from tests.conftest import NOON
from tests.insight.build import STREAK, check_in, places

DAY = timedelta(days=1)


async def test_yesterdays_streak_still_counts_and_the_day_before_yesterdays_does_not(boards: None) -> None:
    plan, member = await a_plan(), await a_member(nickname="王小明")
    await check_in(member, plan, days=5)

    await lapse_streaks(at=NOON + DAY)
    next_day = await places(STREAK, at=NOON + DAY)
    await lapse_streaks(at=NOON + 2 * DAY)

    assert next_day == [(1, "王小明", 5)]
    assert await places(STREAK, at=NOON + 2 * DAY) == []
    assert await drift(at=NOON + 2 * DAY) == []


@pytest.mark.parametrize("away", range(1, 5))
@pytest.mark.parametrize(("grace", "freezes"), [(0, 0), (1, 0), (0, 2), (1, 1)])
async def test_the_board_shows_exactly_the_streaks_that_a_check_in_would_carry_on(
    boards: None, away: int, grace: int, freezes: int
) -> None:
    plan, member = await a_plan(grace_days=grace, freeze_price=1), await a_member(nickname="李思远")
    await check_in(member, plan, days=3)
    await Account.filter(id=of_member(member.id).id).update(balance=100)
    for _ in range(freezes):
        await CheckInCard.buy(member.id, plan, CardKind.FREEZE, at=NOON, once=None)

    await lapse_streaks(at=NOON + away * DAY)
    shown = await places(STREAK, at=NOON + away * DAY)
    await rebuild(at=NOON + away * DAY)
    rebuilt = await places(STREAK, at=NOON + away * DAY)
    next_one = await CheckIn.record(member.id, plan, at=NOON + away * DAY)

    assert shown == rebuilt == ([(1, "李思远", 3)] if next_one.streak_days == 4 else [])


async def test_a_freeze_bought_after_the_miss_keeps_no_streak_on_the_board(boards: None) -> None:
    plan, member = await a_plan(freeze_price=1), await a_member()
    await check_in(member, plan, days=3)
    await CheckInCard.buy(member.id, plan, CardKind.FREEZE, at=NOON + 2 * DAY, once=None)

    await lapse_streaks(at=NOON + 2 * DAY)

    assert await places(STREAK, at=NOON + 2 * DAY) == []


async def test_a_days_breaks_are_looked_for_once_and_those_of_a_pause_are_made_good(boards: None) -> None:
    plan, wang, li = await a_plan(), await a_member(nickname="王小明"), await a_member(nickname="李思远")
    await check_in(wang, plan, days=5)
    await check_in(li, plan, days=9, at=NOON + 5 * DAY)
    await lapse_streaks(at=NOON + DAY)

    looked_at = [await lapse_streaks(at=NOON + 6 * DAY) for _ in range(2)]

    assert looked_at == [1, 0]
    assert await places(STREAK, at=NOON + 6 * DAY) == [(1, "李思远", 9)]
    assert await drift(at=NOON + 6 * DAY) == []


async def test_a_broken_streak_that_begins_anew_counts_from_one(boards: None) -> None:
    plan, member = await a_plan(), await a_member(nickname="陈雨桐")
    await check_in(member, plan, days=5)
    await lapse_streaks(at=NOON + 3 * DAY)

    await check_in(member, plan, at=NOON + 3 * DAY)

    assert await places(STREAK, at=NOON + 3 * DAY) == [(1, "陈雨桐", 1)]
