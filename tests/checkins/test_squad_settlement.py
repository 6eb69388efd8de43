"""Settling: each day once, also after standing still and by two processes; what a squad came to, and what it paid."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models.checkins.check_in import CheckInKind
from models.checkins.squad_captain import relieve
from models.checkins.squad_challenge import ChallengeStatus, SquadChallenge
from models.checkins.squad_day import SquadDay, SquadMark
from models.checkins.squad_diploma import SquadDiploma
from models.checkins.squad_joining import join_squad
from models.checkins.squad_leaving import quit_squad
from models.checkins.squad_notice import SquadNotice
from models.checkins.squad_place import SquadPlace, SquadPlaceState
from models.checkins.squad_settlement import settle_due, settle_squad
from models.checkins.squad_tally import SquadState
from models.checkins.squad_terms import Milestone, SquadMode, StakeSplit, Tier
from models.checkins.squad_unwinding import move_squads_on
from models.points.account import Bucket
from models.points.entry import PointEntry
from models.points.reconciliation import reconcile
from tests.build import a_member, a_plan
from tests.checkins.squads import (
    DAY,
    HOUR,
    STARTS,
    a_challenge,
    a_running_squad,
    checked_in,
    days_of,
    marks_of,
    now,
    squad_of,
)
from tests.groups.conftest import boards_elsewhere  # noqa: F401  # an autouse fixture, for this file as well
from tests.mall.build import a_buyer, points_of, refused

END = STARTS + 3 * DAY
TIERS = (Tier("金牌", 3, 100), Tier("银牌", 2, 60), Tier("铜牌", 0, 20))


async def paid(place: SquadPlace) -> dict[str, int]:
    """What the challenge paid and took, by reason."""
    lines = PointEntry.filter(member_id=place.member_id, bucket=Bucket.AVAILABLE, reason__startswith="squad")
    found: dict[str, int] = {}
    for line in await lines:
        found[line.reason] = found.get(line.reason, 0) + line.amount
    return found


async def test_a_day_is_settled_when_it_has_ended_and_once(database: str) -> None:
    first, second = await a_running_squad(await a_challenge(misses_allowed=2))
    await checked_in(first, 1)

    early = await settle_due(at=STARTS + DAY - timedelta(microseconds=1))
    once, again = await settle_due(at=STARTS + DAY), await settle_due(at=STARTS + DAY)

    assert (early, once, again) == (0, 1, 0)
    assert await days_of(first) == [(1, 1, 1)]
    assert (await marks_of(first), await marks_of(second)) == ({1: True}, {1: False})
    squad = await squad_of(first)
    assert (squad.settled_through, squad.done_days, squad.missed_days, squad.due_at) == (1, 1, 1, STARTS + 2 * DAY)


async def test_when_every_member_finishes_all_are_paid_more(database: str) -> None:
    challenge = await a_challenge(milestones=(Milestone(2, 15),), tiers=TIERS, every_finish_points=50)
    places = await a_running_squad(challenge, 3)
    for place in places:
        await checked_in(place, 1, 2, 3)

    await move_squads_on(at=END)
    await move_squads_on(at=END + DAY)

    squad = await squad_of(places[0])
    assert (squad.state, squad.is_whole, squad.ended_at) == (SquadState.FINISHED, True, END)
    for place in places:
        found = await now(place)
        assert (found.state, found.tier, found.points_paid) == (SquadPlaceState.FINISHED, "金牌", 165)
        assert await paid(place) == {"squad_milestone": 15, "squad_finish": 100, "squad_every_finish": 50}
    assert await SquadDiploma.filter(issued_at=END).count() == 3
    assert (await SquadChallenge.get()).status is ChallengeStatus.ENDED
    assert await reconcile() == []


async def test_one_miss_too_many_ends_it_for_all(database: str) -> None:
    challenge = await a_challenge(misses_allowed=1, tiers=TIERS, milestones=(Milestone(2, 15),))
    steady, weak = await a_running_squad(challenge)
    await checked_in(steady, 1, 2, 3)

    await settle_due(at=END + 9 * DAY)

    assert await days_of(steady) == [(1, 1, 1), (2, 1, 1)]
    squad = await squad_of(steady)
    assert (squad.state, squad.ended_at, squad.due_at) == (SquadState.FAILED, STARTS + 2 * DAY, None)
    assert ((await now(steady)).state, (await now(weak)).state) == (SquadPlaceState.FAILED, SquadPlaceState.OUT)
    assert (await paid(steady), await SquadDiploma.all().count()) == ({}, 0)


async def test_the_team_has_misses_of_its_own(database: str) -> None:
    first, second = await a_running_squad(await a_challenge(misses_allowed=3, team_misses_allowed=2))
    await checked_in(first, 2)
    await checked_in(second, 1)

    await settle_due(at=END)

    assert await days_of(first) == [(1, 1, 1), (2, 1, 1), (3, 0, 2)]
    assert (await squad_of(first)).state is SquadState.FAILED


async def test_in_total_days_the_weak_drop_out_and_the_others_go_on(database: str) -> None:
    challenge = await a_challenge(mode=SquadMode.TOTAL_DAYS, goal_percent=60, tiers=TIERS, every_finish_points=50)
    places = await a_running_squad(challenge, 3)
    for place in places[:2]:
        await checked_in(place, 1, 2, 3)
    await checked_in(places[2], 2, 3)

    await settle_due(at=END)

    assert await days_of(places[0]) == [(1, 2, 1), (2, 2, 1), (3, 2, 1)]
    assert await marks_of(places[2]) == {1: False}
    squad = await squad_of(places[0])
    assert (squad.state, squad.is_whole, squad.done_days) == (SquadState.FINISHED, False, 6)
    assert [(await now(one)).state for one in places] == ["finished", "finished", "out"]
    assert [await paid(one) for one in places] == [{"squad_finish": 100}] * 2 + [{}]


async def test_a_goal_that_is_missed_is_a_failure(database: str) -> None:
    challenge = await a_challenge(mode=SquadMode.TOTAL_DAYS, goal_percent=84, misses_allowed=3)
    first, second = await a_running_squad(challenge)
    await checked_in(first, 1, 2, 3)
    await checked_in(second, 1, 2)

    await settle_due(at=END)

    assert (await squad_of(first)).state is SquadState.FAILED
    assert (await now(first)).state is SquadPlaceState.FAILED


async def test_in_a_relay_they_take_turns(database: str) -> None:
    challenge = await a_challenge(mode=SquadMode.RELAY, goal_percent=100, tiers=TIERS)
    first, second = await a_running_squad(challenge)
    await checked_in(first, 1, 2, 3)
    await checked_in(second, 2)

    await settle_due(at=END)

    assert (await marks_of(first), await marks_of(second)) == ({1: True, 3: True}, {2: True})
    assert (await squad_of(first)).state is SquadState.FINISHED
    assert ((await now(first)).tier, (await now(second)).tier) == ("银牌", "铜牌")


@pytest.mark.parametrize(
    ("offset", "columns", "is_done"),
    [
        (timedelta(0), {}, True),
        (DAY - timedelta(microseconds=1), {}, True),
        (-timedelta(microseconds=1), {}, False),
        (DAY, {}, False),
        (DAY / 4, {"voided_at": STARTS + DAY / 2}, False),
        (DAY / 4, {"voided_at": STARTS + DAY}, True),
        (DAY / 4, {"kind": CheckInKind.MAKE_UP}, False),
    ],
)
async def test_a_check_in_of_the_day_counts(
    database: str, offset: timedelta, columns: dict[str, Any], is_done: bool
) -> None:
    first, _ = await a_running_squad(await a_challenge(misses_allowed=3))
    if columns.get("kind"):
        columns = {**columns, "business_day": (STARTS - DAY).date()}
    await checked_in_at(first, offset, columns)

    await settle_due(at=STARTS + DAY)

    assert await marks_of(first) == {1: is_done}


async def checked_in_at(place: SquadPlace, offset: timedelta, columns: dict[str, Any]) -> None:
    day = columns.pop("business_day", None)
    await checked_in(place, 1 if day is None else 0, at=STARTS + offset, **columns)


async def test_a_check_in_of_another_plan_does_not_count(database: str) -> None:
    other = await a_plan(name="晨跑打卡", is_default=False)
    wanted = await a_plan(name="早起打卡")
    first, _ = await a_running_squad(await a_challenge(misses_allowed=3, plan_id=wanted.id))
    await checked_in(first, 1)
    from models.checkins.check_in import CheckIn

    await CheckIn.filter(member_id=first.member_id).update(plan_id=other.id)
    await settle_due(at=STARTS + DAY)

    assert await marks_of(first) == {1: False}


@pytest.mark.parametrize(("hours", "is_done"), [(11, True), (12, False)])
async def test_a_day_made_up_in_time_counts_where_the_challenge_takes_it(
    database: str, hours: int, is_done: bool
) -> None:
    first, _ = await a_running_squad(await a_challenge(misses_allowed=3, make_up_hours=12))
    await checked_in(first, 1, at=STARTS + DAY + hours * HOUR, kind=CheckInKind.MAKE_UP)

    early = await settle_due(at=STARTS + DAY + 12 * HOUR - timedelta(microseconds=1))
    await settle_due(at=STARTS + DAY + 12 * HOUR)

    assert (early, await marks_of(first)) == (0, {1: is_done})


async def test_a_substitute_takes_a_seat_over_and_owes_from_that_day_on(database: str) -> None:
    challenge = await a_challenge(misses_allowed=0, substitutes_until_day=2, tiers=TIERS, every_finish_points=50)
    first, gone = await a_running_squad(challenge)
    await checked_in(first, 1, 2, 3)
    await checked_in(gone, 1)
    await quit_squad(gone.member_id, gone.squad_id or gone.id, at=STARTS + DAY + HOUR)
    code = (await squad_of(first)).code
    substitute = await join_squad((await a_member()).id, code, at=STARTS + DAY + 2 * HOUR, once=None)
    await checked_in(substitute, 2, 3)

    await settle_due(at=END)

    assert (substitute.seat, substitute.first_day, substitute.is_substitute) == (2, 2, True)
    assert (await marks_of(gone), await marks_of(substitute)) == ({1: True}, {2: True, 3: True})
    squad = await squad_of(first)
    assert (squad.state, squad.is_whole, squad.vacant) == (SquadState.FINISHED, True, 0)
    assert [(await now(one)).state for one in (first, gone, substitute)] == ["finished", "quit", "finished"]
    assert await paid(substitute) == {"squad_finish": 60, "squad_every_finish": 50}
    assert await paid(gone) == {}


async def test_an_empty_seat_that_nobody_may_take_over_ends_it(database: str) -> None:
    challenge = await a_challenge(misses_allowed=3, substitutes_until_day=2)
    first, gone = await a_running_squad(challenge)
    await quit_squad(gone.member_id, gone.squad_id or gone.id, at=STARTS + HOUR)
    late = await refused(
        join_squad((await a_member()).id, (await squad_of(first)).code, at=STARTS + 2 * DAY, once=None)
    )
    await settle_due(at=END)

    assert late.code == "SQUAD_OVER"
    assert await days_of(first) == [(1, 0, 2), (2, 0, 2)]
    assert (await squad_of(first)).state is SquadState.FAILED


async def test_lost_stakes_go_to_the_finishers_to_the_point(database: str) -> None:
    challenge = await a_challenge(mode=SquadMode.TOTAL_DAYS, goal_percent=50, stake=100, misses_allowed=0)
    members = [await a_buyer(100) for _ in range(4)]
    places = await a_running_squad(challenge, members=members)
    held = [(await points_of(one), await points_of(one, Bucket.HELD)) for one in members]
    for place in places[:3]:
        await checked_in(place, 1, 2, 3)

    await settle_due(at=END)

    assert held == [(0, 100)] * 4
    assert [await points_of(one) for one in members] == [134, 133, 133, 0]
    assert [await points_of(one, Bucket.HELD) for one in members] == [0] * 4
    assert [await paid(one) for one in places[:2]] == [{"squad_stake_share": 34}, {"squad_stake_share": 33}]
    assert await reconcile() == []


async def test_or_in_proportion_to_the_days(database: str) -> None:
    challenge = await a_challenge(
        mode=SquadMode.TOTAL_DAYS, goal_percent=50, stake=100, misses_allowed=1, stake_split=StakeSplit.BY_DAYS
    )
    members = [await a_buyer(100) for _ in range(3)]
    places = await a_running_squad(challenge, members=members)
    await checked_in(places[0], 1, 2, 3)
    await checked_in(places[1], 1, 2)

    await settle_due(at=END)

    assert [await points_of(one) for one in members] == [160, 140, 0]
    assert await reconcile() == []


async def test_where_nobody_finishes_stakes_are_spent(database: str) -> None:
    challenge = await a_challenge(stake=100)
    members = [await a_buyer(100) for _ in range(2)]
    await a_running_squad(challenge, members=members)

    await settle_due(at=END)

    assert [(await points_of(one), await points_of(one, Bucket.HELD)) for one in members] == [(0, 0)] * 2
    assert await reconcile() == []


async def test_a_finish_is_paid_once_by_however_many_processes(database: str) -> None:
    challenge = await a_challenge(1, stake=10, tiers=(Tier("全勤", 1, 80),), every_finish_points=20)
    members = [await a_buyer(10) for _ in range(3)]
    places = await a_running_squad(challenge, members=members)
    for place in places:
        await checked_in(place, 1)

    await asyncio.gather(*(move_squads_on(at=STARTS + DAY) for _ in range(4)))
    await asyncio.gather(*(settle_squad(places[0].squad_id or places[0].id, at=STARTS + 2 * DAY) for _ in range(4)))

    assert [await points_of(one) for one in members] == [110] * 3
    assert (await SquadDay.all().count(), await SquadMark.all().count()) == (1, 3)
    assert await SquadDiploma.all().count() == 3
    assert await SquadNotice.filter(kind="finished").count() == 3
    assert await reconcile() == []


async def test_two_processes_settle_many_squads_once_each(database: str) -> None:
    challenge = await a_challenge(misses_allowed=3, team_misses_allowed=None)
    places = [(await a_running_squad_of(challenge, number))[0] for number in range(6)]
    await move_squads_on(at=STARTS)

    counts = await asyncio.gather(*(settle_due(at=END) for _ in range(2)))

    assert sum(counts) == 6
    assert await SquadDay.all().count() == 18
    assert {(await squad_of(one)).missed_days for one in places} == {6}


async def a_running_squad_of(challenge: SquadChallenge, number: int) -> list[SquadPlace]:
    from tests.checkins.squads import a_squad

    return await a_squad(challenge, name=f"第{number}组")


async def test_a_crash_in_the_middle_leaves_nothing_and_the_next_run_pays(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    challenge = await a_challenge(1, stake=10, tiers=(Tier("全勤", 1, 80),))
    members = [await a_buyer(10) for _ in range(2)]
    places = await a_running_squad(challenge, members=members)
    for place in places:
        await checked_in(place, 1)

    async def killed(*_: object, **__: object) -> None:
        raise RuntimeError("the process was killed")

    with monkeypatch.context() as broken:
        broken.setattr(SquadDiploma, "issue", killed)
        assert await settle_due(at=STARTS + DAY) == 0
    between = [await points_of(one) for one in members], await SquadDay.all().count()
    await settle_due(at=STARTS + DAY)

    assert between == ([0, 0], 0)
    assert [await points_of(one) for one in members] == [90, 90]
    assert await reconcile() == []


async def test_quitting_costs_the_penalty_as_far_as_there_is_something(database: str) -> None:
    challenge = await a_challenge(quit_penalty=30, substitutes_until_day=3, misses_allowed=3)
    rich, poor = await a_buyer(100), await a_buyer(12)
    first, second, third = await a_running_squad(challenge, 3, members=[rich, poor])

    for place in (first, second):
        for _ in range(2):
            await quit_squad(place.member_id, place.squad_id or place.id, at=STARTS + HOUR)

    assert (await points_of(rich), await points_of(poor)) == (70, 0)
    squad = await squad_of(third)
    assert (squad.captain_id, squad.vacant) == (third.member_id, 2)
    assert await reconcile() == []


async def test_a_captain_lets_go_who_has_missed_days_stake_and_all(database: str) -> None:
    challenge = await a_challenge(stake=10, misses_allowed=2, substitutes_until_day=2)
    first, second = await a_running_squad(challenge)
    squad_id = first.squad_id or first.id
    keeps_up = await refused(relieve(first.member_id, squad_id, second.member_id, at=STARTS + HOUR))
    not_captain = await refused(relieve(second.member_id, squad_id, first.member_id, at=STARTS + HOUR))
    await relieve(first.member_id, squad_id, second.member_id, at=STARTS + DAY + HOUR)
    found = await now(second)

    assert (keeps_up.code, not_captain.code) == ("MATE_KEEPS_UP", "NOT_CAPTAIN")
    assert (found.state, found.last_day) == (SquadPlaceState.RELIEVED, 1)
    assert await points_of(await found.member) == 1_000
    assert (await squad_of(first)).vacant == 1
    await settle_due(at=END)
    assert await points_of(await first.member) == 990
    assert await reconcile() == []
