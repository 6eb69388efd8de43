"""Levels: reached at once, paid for once, kept or lost by their rule, and the same however late anybody looks."""

import asyncio
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.checkins.check_in import CheckIn
from models.checkins.void import CheckInVoid
from models.errors import Invalid
from models.points.adjustment import PointAdjustment
from models.points.earn_rule import Behaviour, EarnRule, EarnTerms
from models.points.earning import Earning
from models.points.entry import PointEntry
from models.points.level import Level, LevelTerms
from models.points.level_gift import LevelGift
from models.points.level_ladder import LevelLadder, LevelsChanged
from models.points.level_standing import GrowthLine, LevelStep, Standing, Walk
from models.points.level_upkeep import fit_members, level_drift, lower_due, rebuild_levels
from models.points.member_level import MemberLevel
from models.points.reconciliation import reconcile
from store.ids import new_id
from tests.build import LONG_AGO, a_member, a_plan, a_staff, new_key
from tests.callers import Callers
from tests.conftest import NOON
from tests.points.level_build import BRONZE, ENTRY, GOLD, SILVER, a_ladder, grow, history, points_of

DAY = timedelta(days=1)


async def test_growth_that_reaches_a_threshold_raises_the_level_at_once_and_pays_its_gift(database: str) -> None:
    member = await a_member()
    await a_ladder(BRONZE, SILVER)

    await grow(member.id, 99, at=NOON)
    below = await Level.position_of(member.id)
    await grow(member.id, 1, at=NOON + DAY)

    assert (below, await Level.position_of(member.id)) == (1, 2)
    assert await history(member.id) == [(0, 1, "reached", NOON, 99), (1, 2, "reached", NOON + DAY, 100)]
    assert await points_of(member.id) == 20
    assert await reconcile() == [] == await level_drift()


async def test_whoever_passes_two_levels_at_once_is_given_both_gifts(database: str) -> None:
    member = await a_member()
    await a_ladder(BRONZE, SILVER)

    await grow(member.id, 700, at=NOON)

    assert await history(member.id) == [(0, 3, "reached", NOON, 700)]
    assert await points_of(member.id) == 70
    lines = await PointEntry.filter(member_id=member.id, reason="level_gift").order_by("amount")
    assert [line.amount for line in lines] == [20, 50]


async def test_many_earnings_at_once_pay_a_gift_once(database: str, empty_redis: str) -> None:
    member = await a_member()
    await a_ladder(BRONZE)

    await asyncio.gather(*(grow(member.id, 10, at=NOON) for _ in range(50)))

    assert await points_of(member.id) == 20
    assert await LevelGift.filter(member_id=member.id).count() == 1
    assert [change[:2] for change in await history(member.id)] == [(0, 1), (1, 2)]
    assert await reconcile() == [] == await level_drift()


async def test_a_level_is_kept_by_the_growth_of_its_period(database: str) -> None:
    member = await a_member()
    await a_ladder(BRONZE, SILVER)
    await grow(member.id, 500, at=NOON)
    await grow(member.id, 200, at=NOON + 29 * DAY)

    settled = await lower_due(at=NOON + 30 * DAY)

    assert settled == 1
    assert (await history(member.id))[-1] == (3, 3, "kept", NOON + 30 * DAY, 700)
    kept = await MemberLevel.get(member_id=member.id)
    assert (kept.since, kept.valid_until, kept.growth_before) == (NOON + 30 * DAY, NOON + 60 * DAY, 700)
    assert await lower_due(at=NOON + 30 * DAY) == 0


async def test_the_grace_lets_growth_come_late(database: str) -> None:
    member = await a_member()
    await a_ladder(BRONZE, SILVER)
    await grow(member.id, 500, at=NOON)

    await lower_due(at=NOON + 30 * DAY)
    within = await Level.position_of(member.id)
    await grow(member.id, 200, at=NOON + 34 * DAY)
    await lower_due(at=NOON + 35 * DAY)

    assert (within, await Level.position_of(member.id)) == (3, 3)
    assert (await history(member.id))[-1] == (3, 3, "kept", NOON + 35 * DAY, 700)


async def test_an_unkept_level_falls_by_one_step_and_comes_back_by_what_lies_between(database: str) -> None:
    member = await a_member()
    await a_ladder(BRONZE, SILVER)
    await grow(member.id, 900, at=NOON)

    await lower_due(at=NOON + 36 * DAY)
    fallen = await Level.position_of(member.id)
    await grow(member.id, 399, at=NOON + 40 * DAY)
    almost = await Level.position_of(member.id)
    await grow(member.id, 1, at=NOON + 41 * DAY)

    assert (fallen, almost, await Level.position_of(member.id)) == (2, 2, 3)
    assert await history(member.id) == [
        (0, 3, "reached", NOON, 900),
        (3, 2, "lapsed", NOON + 35 * DAY, 900),
        (2, 3, "reached", NOON + 41 * DAY, 1_300),
    ]
    # Growth is never spent, and nobody enters a level twice for a gift.
    assert await points_of(member.id) == 70
    assert await level_drift() == []


async def test_forty_days_of_downtime_end_as_daily_runs_do(database: str) -> None:
    await a_ladder(BRONZE, SILVER, GOLD)
    story = {0: 2_100, 10: 50, 33: 60, 34: 30, 58: 380, 66: 150, 71: 250, 75: 20}

    async def told(*, runs_daily: bool) -> tuple[list[tuple[int, int, str, datetime, int]], int]:
        member = await a_member()
        for day in range(81):
            if runs_daily and day not in story:
                await lower_due(at=NOON + day * DAY)
            if day in story:
                await grow(member.id, story[day], at=NOON + day * DAY)
            if runs_daily:
                await lower_due(at=NOON + day * DAY)
        await lower_due(at=NOON + 80 * DAY)
        await MemberLevel.filter(member_id=member.id).update(due_at=None)
        return await history(member.id), await points_of(member.id)

    daily, late = await told(runs_daily=True), await told(runs_daily=False)

    assert late == daily
    assert {cause for _, _, cause, _, _ in daily[0]} >= {"reached", "lapsed"}
    assert await level_drift() == []


LINES = st.lists(st.tuples(st.integers(0, 4_000), st.sampled_from([-300, -20, 40, 150, 600])), max_size=25)
LADDER = [ENTRY, BRONZE, SILVER, GOLD]


def walked(lines: list[GrowthLine], stops: list[datetime]) -> tuple[Standing, list[LevelStep]]:
    """Where somebody gets who is looked at at these instants, each time with the growth that is new."""
    standing, growth, steps = Standing(0, since=LONG_AGO), 0, []
    rest = lines
    for stop in stops:
        now, rest = [one for one in rest if one.at < stop], [one for one in rest if one.at >= stop]
        walk = Walk(standing, LADDER, growth)
        walk.go(now, until=stop)
        standing, growth = walk.standing, growth + sum(one.amount for one in now)
        steps += walk.steps
    return standing, steps


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LINES, st.lists(st.integers(0, 4_000), max_size=30))
def test_it_does_not_matter_when_anybody_looks(given: list[tuple[int, int]], looks: list[int]) -> None:
    lines, total = [], 0
    for hours, amount in sorted(given):
        amount = max(amount, -total)
        total += amount
        if amount:
            lines.append(GrowthLine(NOON + timedelta(hours=hours), amount))
    end = NOON + timedelta(hours=5_000)

    once = walked(lines, [end])
    often = walked(lines, [*(NOON + timedelta(hours=look) for look in sorted(looks)), end])

    assert often == once
    standing = once[0]
    counted = total - standing.growth_offset
    assert standing.position == (sum(level.threshold <= counted for level in LADDER) if lines else 0)


async def test_growth_taken_back_takes_the_level_with_it_and_no_gift_comes_twice(database: str) -> None:
    member = await a_member()
    await a_ladder(BRONZE, SILVER)
    await grow(member.id, 90, at=NOON)
    await grow(member.id, 15, at=NOON + DAY)
    line = await PointEntry.get(member_id=member.id, amount=15)

    await PointAdjustment.reverse(line.id, reason="发错人", staff_id=new_id(), at=NOON + 2 * DAY, once=None)
    fallen = await Level.position_of(member.id)
    await grow(member.id, 10, at=NOON + 3 * DAY)

    assert (fallen, await Level.position_of(member.id)) == (1, 2)
    assert (await history(member.id))[-2:] == [
        (2, 1, "taken_back", NOON + 2 * DAY, 90),
        (1, 2, "reached", NOON + 3 * DAY, 100),
    ]
    assert await points_of(member.id) == 20


async def test_a_voided_check_in_takes_its_level_back(database: str) -> None:
    member, plan, staff = await a_member(), await a_plan(), await a_staff()
    await a_ladder(LevelTerms("青铜", 10))
    check_in = await CheckIn.record(member.id, plan, at=NOON)
    reached = await Level.position_of(member.id)

    await CheckInVoid.record(check_in.id, staff_id=staff.id, reason="代签", at=NOON + DAY, once=None)

    assert (reached, await Level.position_of(member.id)) == (2, 1)


async def test_a_check_in_that_reaches_a_level_answers_with_the_gift_in_the_account(callers: Callers) -> None:
    await a_plan()
    await a_ladder(LevelTerms("青铜", 10, gift_points=7))
    caller, given = await callers.member(await a_member()), {"idempotencyKey": new_key()}
    fields = "entries { amount } viewer { account { available growth } level { level { name } } }"

    first = await caller.do("checkIn", given, fields)
    again = await caller.do("checkIn", given, fields)

    assert first["viewer"] == {
        "account": {"available": "17", "growth": "10"},
        "level": {"level": {"name": "青铜"}},
    }
    assert again == first


async def test_a_lowered_threshold_raises_members_and_pays_nobody_twice(database: str) -> None:
    rich, poor = await a_member(), await a_member()
    ladder = await a_ladder(LevelTerms("青铜", 100, gift_points=20))
    await grow(rich.id, 120, at=NOON)
    await grow(poor.id, 60, at=NOON)

    await a_ladder(LevelTerms("青铜", 50, gift_points=20), expected_version=ladder.version, at=NOON + DAY)
    changed = await fit_members(at=NOON + DAY)

    assert changed == 1
    assert (await history(poor.id))[-1] == (1, 2, "ladder_changed", NOON + DAY, 60)
    assert [await points_of(one.id) for one in (rich, poor)] == [20, 20]
    assert await fit_members(at=NOON + 2 * DAY) == 0
    assert await level_drift() == []


async def test_nobody_falls_because_a_threshold_was_raised(database: str) -> None:
    member = await a_member()
    ladder = await a_ladder(BRONZE)
    await grow(member.id, 120, at=NOON)

    await a_ladder(LevelTerms("青铜", 1_000), expected_version=ladder.version, at=NOON + DAY)
    await grow(member.id, 1, at=NOON + DAY)
    await fit_members(at=NOON + DAY)

    assert await Level.position_of(member.id) == 2
    assert len(await history(member.id)) == 2 - 1
    assert await level_drift() == []


async def test_a_level_that_is_no_more_leaves_its_members_on_the_top(database: str) -> None:
    member = await a_member()
    ladder = await a_ladder(BRONZE, SILVER)
    await grow(member.id, 600, at=NOON)

    await a_ladder(BRONZE, expected_version=ladder.version, at=NOON + DAY)
    await lower_due(at=NOON + 60 * DAY)
    await fit_members(at=NOON + 60 * DAY)

    assert await Level.position_of(member.id) == 2
    assert await level_drift() == []


async def test_a_position_keeps_its_id(database: str) -> None:
    ladder = await a_ladder(BRONZE)
    before = {level.position: level.id for level in await Level.ladder()}

    await a_ladder(LevelTerms("黄铜", 80), SILVER, expected_version=ladder.version)

    after = {level.position: level.id for level in await Level.ladder()}
    assert {position: after[position] for position in before} == before
    assert [level.name for level in await Level.ladder()] == ["新芽", "黄铜", "白银"]


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ([LevelTerms("低", 0), LevelTerms("高", 0)], "levels.1.threshold"),
        ([LevelTerms("低", 0, valid_days=30)], "levels.0.validDays"),
        ([LevelTerms("低", 0, gift_points=5)], "levels.0.giftPoints"),
        ([LevelTerms("低", 0), LevelTerms("高", 9, keep_growth=5)], "levels.1.validDays"),
        ([LevelTerms("低", 0), LevelTerms("高", 9, speed_percent=0)], "levels.1.speedPercent"),
        ([LevelTerms("同", 0), LevelTerms("同", 9)], "levels"),
        ([], "levels"),
    ],
)
async def test_levels_that_make_no_sense_are_refused(database: str, terms: list[LevelTerms], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await LevelLadder.put(terms, expected_version=0, reason=None, staff_id=new_id(), at=NOON)

    assert refused.value.field == field
    assert await Level.all().count() == 0 == await LevelLadder.all().count()


async def test_of_two_who_change_the_levels_one_is_told(database: str) -> None:
    outcomes = await asyncio.gather(a_ladder(BRONZE), a_ladder(SILVER), return_exceptions=True)

    assert sorted(type(one).__name__ for one in outcomes) == ["LevelLadder", "LevelsChanged"]
    assert await Level.all().count() == 2
    with pytest.raises(LevelsChanged):
        await a_ladder(GOLD, expected_version=7)


async def test_drift_is_told_and_mended(database: str) -> None:
    member = await a_member()
    await a_ladder(BRONZE)
    await grow(member.id, 150, at=NOON)
    await MemberLevel.filter(member_id=member.id).update(position=1)

    told = await level_drift()
    mended = await rebuild_levels(at=NOON + DAY)

    assert told == [
        f"Member {member.id} has growth of another level.",
        f"Member {member.id} has another history.",
    ]
    assert (mended, await Level.position_of(member.id)) == (1, 2)
    assert await level_drift() == []
    assert await points_of(member.id) == 20


async def test_points_come_faster_by_level(database: str) -> None:
    member, newcomer = await a_member(), await a_member()
    await a_ladder(BRONZE, SILVER)
    await grow(member.id, 500, at=NOON)
    await EarnRule.put(Behaviour.POSTED, EarnTerms(10), at=LONG_AGO)

    paid = [await Earning.pay(one.id, Behaviour.POSTED, "post:1", at=NOON) for one in (member, newcomer)]

    assert [one and one.amount for one in paid] == [12, 10]
