"""F8: midnight, daylight saving, leap days, the last week of a year, and a clock that steps back."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.checkins.check_in import CheckIn
from models.checkins.streak import Streak
from models.insight.board import Board, Metric
from models.insight.board_drift import drift
from models.insight.board_period import Window
from models.insight.board_ranking import LiveBoard
from models.insight.board_rebuild import rebuild_missing
from store.clock import FixedClock
from tests.build import a_member, a_plan, new_key
from tests.callers import Caller, Callers
from tests.faults.truth import broken_promises

ANSWER = "checkIn { businessDay dayIndex streakDays pointsPaid } nextAt"


@pytest.fixture(params=["UTC", "America/Los_Angeles"])
def server_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The zone of the machine, which may decide nothing."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


async def check_in(caller: Caller, clock: FixedClock, at: str) -> dict[str, Any]:
    """What a check-in at an instant brings: the day and the streak, or the code of the refusal."""
    clock.at = datetime.fromisoformat(at).astimezone(UTC)
    payload = await caller.do("checkIn", {"idempotencyKey": new_key()}, ANSWER)
    if payload["userErrors"]:
        return {"code": payload["userErrors"][0]["code"]}
    made: dict[str, Any] = payload["checkIn"]
    return made


async def renewed(callers: Callers, clock: FixedClock, member: Any, at: str) -> Caller:
    """The member after a new login at an instant, since a token lives for two hours only."""
    clock.at = datetime.fromisoformat(at).astimezone(UTC)
    return await callers.member(member)


@pytest.mark.usefixtures("server_zone")
async def test_midnight_in_shanghai_parts_two_days_and_loses_no_streak(callers: Callers, clock: FixedClock) -> None:
    member, _ = await a_member(), await a_plan()
    await rebuild_missing(at=clock.now())
    caller = await renewed(callers, clock, member, "2026-11-23T23:00+08:00")

    last = await check_in(caller, clock, "2026-11-23T23:59:59.900+08:00")
    again = await check_in(caller, clock, "2026-11-23T23:59:59.999999+08:00")
    first = await check_in(caller, clock, "2026-11-24T00:00:00+08:00")
    second = await check_in(caller, clock, "2026-11-24T00:00:00.100+08:00")

    assert (last["businessDay"], last["streakDays"]) == ("2026-11-23", 1)
    assert (first["businessDay"], first["streakDays"]) == ("2026-11-24", 2)
    assert again == second == {"code": "ALREADY_CHECKED_IN"}
    assert await broken_promises() == {}
    assert await drift(at=clock.now()) == []
    days = [
        await LiveBoard.of(Board(Metric.CHECK_INS), Window.DAY, at=clock.now(), day=one.business_day).page(first=5)
        for one in await CheckIn.all()
    ]
    assert [[entry.score for entry in page.entries] for page in days] == [[1], [1]]


async def test_requests_on_both_sides_of_midnight_in_one_moment_each_count_for_their_day(
    callers: Callers, clock: FixedClock
) -> None:
    plan = await a_plan()
    midnight = datetime.fromisoformat("2026-12-01T00:00+08:00")
    for step in range(-5, 5):
        at = midnight + timedelta(milliseconds=20 * step + 10)
        made = await CheckIn.record((await a_member()).id, plan, at=at)
        assert made.business_day.isoformat() == ("2026-11-30" if step < 0 else "2026-12-01")
        assert plan.opens_at(made.business_day) <= at < plan.closes_at(made.business_day)


@pytest.mark.parametrize(
    ("zone", "hour", "before", "after", "days", "later"),
    [
        pytest.param(
            "America/New_York", 2, "2027-03-14T06:59:59.900Z", "2027-03-14T07:00Z", ("2027-03-13", "2027-03-14"),
            "2027-03-15T05:59:59Z", id="the hour at which the day begins is skipped",
        ),
        pytest.param(
            "Africa/Cairo", 0, "2027-04-29T21:59:59.900Z", "2027-04-29T22:00Z", ("2027-04-29", "2027-04-30"),
            "2027-04-30T20:59:59Z", id="midnight is skipped",
        ),
        pytest.param(
            "America/New_York", 1, "2026-11-01T04:59:59.900Z", "2026-11-01T05:00Z", ("2026-10-31", "2026-11-01"),
            "2026-11-01T06:00Z", id="the hour at which the day begins comes twice",
        ),
        pytest.param(
            "America/Havana", 0, "2026-11-01T03:59:59.900Z", "2026-11-01T04:00Z", ("2026-10-31", "2026-11-01"),
            "2026-11-01T05:00Z", id="midnight comes twice",
        ),
    ],
)  # fmt: skip
async def test_a_zone_that_changes_its_clock_neither_loses_nor_doubles_a_day(
    callers: Callers,
    clock: FixedClock,
    zone: str,
    hour: int,
    before: str,
    after: str,
    days: tuple[str, str],
    later: str,
) -> None:
    member, _ = await a_member(), await a_plan(zone=zone, day_start_hour=hour)

    first = await check_in(await renewed(callers, clock, member, before), clock, before)
    second = await check_in(await renewed(callers, clock, member, after), clock, after)
    third = await check_in(await renewed(callers, clock, member, later), clock, later)

    assert [(one["businessDay"], one["streakDays"]) for one in (first, second)] == [(days[0], 1), (days[1], 2)]
    assert third == {"code": "ALREADY_CHECKED_IN"}
    assert await broken_promises() == {}


@pytest.mark.parametrize(
    ("cycle", "first_day", "days", "last_day"),
    [
        pytest.param("iso_week", "2026-12-28", 7, "2027-01-03", id="week 53, which ends in the next year"),
        pytest.param("month", "2028-02-01", 29, "2028-02-29", id="a February of 29 days"),
        pytest.param("month", "2026-12-01", 31, "2026-12-31", id="the last month of a year"),
        pytest.param("rolling", "2028-02-26", 7, "2028-03-03", id="seven days over a leap day"),
    ],
)
async def test_a_cycle_is_full_on_its_last_day_and_not_before(
    database: str, empty_redis: str, cycle: str, first_day: str, days: int, last_day: str
) -> None:
    member, plan = await a_member(), await a_plan(cycle=cycle)
    noon = datetime.fromisoformat(f"{first_day}T12:00+08:00")

    made = [await CheckIn.record(member.id, plan, at=noon + timedelta(days=day)) for day in range(days)]
    following = await CheckIn.record(member.id, plan, at=noon + timedelta(days=days))

    assert made[-1].business_day.isoformat() == last_day
    assert [one.points_paid for one in made] == [10] * (days - 1) + [40]
    assert (following.day_index, following.streak_days, following.points_paid) == (1, days + 1, 10)
    assert await broken_promises() == {}


async def test_the_week_of_the_turn_of_the_year_is_one_board(callers: Callers, clock: FixedClock) -> None:
    member, _ = await a_member(), await a_plan()
    await rebuild_missing(at=datetime.fromisoformat("2026-12-31T12:00+08:00"))
    for at in ("2026-12-31T23:59:59.900+08:00", "2027-01-01T00:00+08:00"):
        await check_in(await renewed(callers, clock, member, at), clock, at)

    week = LiveBoard.of(Board(Metric.CHECK_INS), Window.WEEK, at=clock.now())
    month = LiveBoard.of(Board(Metric.CHECK_INS), Window.MONTH, at=clock.now())

    assert [entry.score for entry in (await week.page(first=5)).entries] == [2]
    assert (week.period.name, month.period.name) == ("2026-W53", "2027-01")
    assert [entry.score for entry in (await month.page(first=5)).entries] == [1]
    assert await drift(at=clock.now()) == []


async def test_a_clock_that_steps_back_over_midnight_finds_the_day_before_done(
    callers: Callers, clock: FixedClock
) -> None:
    member, _ = await a_member(), await a_plan()
    caller = await renewed(callers, clock, member, "2026-11-23T22:50+08:00")
    made = [await check_in(caller, clock, at) for at in ("2026-11-23T23:00+08:00", "2026-11-24T00:10+08:00")]

    back = await check_in(caller, clock, "2026-11-23T23:10+08:00")

    assert [one["streakDays"] for one in made] == [1, 2]
    assert back == {"code": "ALREADY_CHECKED_IN"}
    assert await broken_promises() == {}


async def test_a_day_that_is_done_after_its_successor_joins_the_streak_where_it_belongs(
    callers: Callers, clock: FixedClock
) -> None:
    """The clock steps back one hour, so the day before is open again for who missed it."""
    member, _ = await a_member(), await a_plan()
    await rebuild_missing(at=datetime.fromisoformat("2026-11-22T12:00+08:00"))
    for at in ("2026-11-22T12:00+08:00", "2026-11-24T00:10+08:00"):
        await check_in(await renewed(callers, clock, member, at), clock, at)
    assert (await Streak.get(member_id=member.id)).current_days == 1

    back = await check_in(await renewed(callers, clock, member, at), clock, "2026-11-23T23:10+08:00")

    streak = await Streak.get(member_id=member.id)
    assert back["businessDay"] == "2026-11-23"
    assert (streak.current_days, streak.total_days, str(streak.last_day)) == (3, 3, "2026-11-24")
    assert await broken_promises() == {}
    at = "2026-11-25T09:00+08:00"
    assert (await check_in(await renewed(callers, clock, member, at), clock, at))["streakDays"] == 4
    assert await broken_promises() == {}
    assert await drift(at=clock.now()) == []
