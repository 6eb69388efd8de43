"""What becomes of a squad does not depend on when the job runs: random days, misses, substitutes, downtime, zones.

Beside the squad stands the plainest account of it, written down day by day from the same facts. Where people come and
go, the same story is told twice: with the job after every act, and with the job only now and then.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from models.checkins.check_in import CheckIn, CheckInKind
from models.checkins.squad import Squad
from models.checkins.squad_captain import relieve
from models.checkins.squad_challenge import SquadChallenge
from models.checkins.squad_diploma import SquadDiploma
from models.checkins.squad_joining import join_squad
from models.checkins.squad_leaving import quit_squad
from models.checkins.squad_place import SquadPlace, SquadPlaceState
from models.checkins.squad_terms import Milestone, SquadMode, StakeSplit, Tier
from models.checkins.squad_unwinding import move_squads_on
from models.errors import DomainError
from models.members.member import Member
from models.points.account import Bucket
from models.points.reconciliation import reconcile
from tests.build import a_plan
from tests.checkins.squads import a_challenge, a_squad, checked_in, days_of, marks_of, now, squad_of
from tests.groups.conftest import boards_elsewhere  # noqa: F401  # an autouse fixture, for this file as well
from tests.mall.build import a_buyer, points_of

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca")
# About when clocks change in these zones.
STARTS_ON = (date(2027, 3, 10), date(2027, 3, 24), date(2027, 10, 28), date(2027, 4, 1), date(2027, 2, 4))
STAKE = 60


class Plain:
    """The account of a squad that nobody leaves: each day, who did it, until it is over."""

    def __init__(self, challenge: SquadChallenge, done: Sequence[set[int]]) -> None:
        self.marks: list[dict[int, bool]] = [{} for _ in done]
        self.days: list[tuple[int, int, int]] = []
        self.out: set[int] = set()
        self.state, total, size = "running", 0, len(done)
        for day in range(1, challenge.days + 1):
            turn = (day - 1) % size if challenge.mode is SquadMode.RELAY else None
            owing = [one for one in range(size) if turn in (None, one)]
            for one in owing:
                if one not in self.out:
                    self.marks[one][day] = day in done[one]
            did = sum(self.marks[one].get(day, False) for one in owing)
            total += did
            self.days.append((day, did, len(owing) - did))
            self.out |= {n for n, found in enumerate(self.marks) if missed(found) > challenge.misses_allowed}
            team = sum(one[2] for one in self.days)
            if challenge.team_misses_allowed is not None and team > challenge.team_misses_allowed:
                self.state = "failed"
            if challenge.mode is SquadMode.ALL_SURVIVE and self.out:
                self.state = "failed"
            if self.state == "failed":
                return
        owed = sum(one[1] + one[2] for one in self.days)
        is_reached = challenge.mode is SquadMode.ALL_SURVIVE or total / owed * 100 >= challenge.goal_percent
        self.state = "finished" if is_reached else "failed"

    def state_of(self, number: int) -> str:
        return "out" if number in self.out else self.state


def missed(marks: dict[int, bool]) -> int:
    return sum(not one for one in marks.values())


async def a_story(chance: Random, seed: int, **rules: Any) -> SquadChallenge:
    days = chance.randint(3, 16)
    return await a_challenge(
        days,
        zone=ZONES[seed % len(ZONES)],
        day_start_hour=chance.choice((0, 2, 3, 4)),
        starts_on=STARTS_ON[seed % len(STARTS_ON)],
        mode=tuple(SquadMode)[seed % 3],
        misses_allowed=chance.randint(0, 3),
        team_misses_allowed=chance.choice((None, 4, 9)),
        goal_percent=chance.choice((50, 75, 90)),
        stake=STAKE,
        stake_split=chance.choice(tuple(StakeSplit)),
        milestones=(Milestone(2, 7), Milestone(days, 11)),
        tiers=(Tier("完赛", 0, 5), Tier("全勤", days, 50)),
        every_finish_points=30,
        quit_penalty=13,
        **rules,
    )


def an_instant(challenge: SquadChallenge, day: int, chance: Random) -> datetime:
    """One of a day, also its first and its last."""
    opens, ends = challenge.day_opens(day), challenge.day_ends(day)
    part = chance.choice((0.0, chance.random(), 1.0))
    return min(opens + part * (ends - opens), ends - timedelta(microseconds=1))


@pytest.mark.parametrize("seed", range(15))
async def test_the_result_follows_from_the_days_alone(database: str, seed: int) -> None:
    chance = Random(seed)
    await a_plan()
    challenge = await a_story(chance, seed)
    members = [await a_buyer(STAKE) for _ in range(chance.randint(2, 4))]
    places = await a_squad(challenge, members=members, at=challenge.forms_until - timedelta(hours=1))
    diligence = chance.choice((0.8, 0.95, 1.0))
    done = [{day for day in range(1, challenge.days + 1) if chance.random() < diligence} for _ in members]
    acts = [(an_instant(challenge, day, chance), n, day) for n, days in enumerate(done) for day in days]
    runs = instants(challenge, chance)
    for at, number, day in sorted(acts):
        while runs and runs[0] <= at:
            await move_squads_on(at=runs.pop(0))
        await checked_in(places[number], day, at=at)
    for at in runs:
        await move_squads_on(at=at)

    account, squad = Plain(challenge, done), await squad_of(places[0])
    assert squad.state == account.state
    assert await days_of(places[0]) == account.days
    assert [await marks_of(place) for place in places] == account.marks
    assert [(await now(place)).state for place in places] == [account.state_of(n) for n in range(len(places))]
    finishers = [n for n in range(len(places)) if account.state_of(n) == "finished"]
    assert squad.is_whole == (len(finishers) == len(places))
    assert await SquadDiploma.all().count() == len(finishers)
    assert await reconcile() == []
    if finishers:
        lost = STAKE * (len(places) - len(finishers))
        found = [await now(places[n]) for n in finishers]
        rewards = sum(one.points_paid for one in found)
        total = sum([await points_of(members[n]) for n in finishers])
        assert total == len(finishers) * STAKE + rewards
        by_days = challenge.stake_split is StakeSplit.BY_DAYS
        shared = lost if not by_days or any(one.done_days for one in found) else 0
        tiers = sum(50 if one.done_days == challenge.days else 5 for one in found)
        whole = 30 * len(finishers) if squad.is_whole else 0
        assert rewards == shared + tiers + whole + (7 + 11) * len(finishers)


def instants(challenge: SquadChallenge, chance: Random) -> list[datetime]:
    """When the job runs: every now and then, with days of standing still in between, and long after the end."""
    found, at = [], challenge.forms_until
    while at < challenge.ends_at:
        at += timedelta(hours=chance.choice((0.25, 1, 7, 24, 90)))
        found.append(at)
    return [*found, challenge.ends_at + timedelta(days=chance.choice((0, 40)))]


@pytest.mark.parametrize("seed", range(18))
async def test_who_comes_and_goes_makes_the_same_story_with_and_without_the_job(database: str, seed: int) -> None:
    await a_plan()
    results = []
    for is_prompt in (True, False):
        chance = Random(seed)
        rules = {
            "substitutes_until_day": chance.randint(0, 3),
            "make_up_hours": chance.choice((0, 6, 30)),
        }
        challenge = await a_story(chance, seed, **rules)
        members = [await a_buyer(200) for _ in range(6)]
        await a_squad(challenge, members=members[:4], at=challenge.forms_until - timedelta(hours=1))
        log = await _live(challenge, members, chance, is_prompt=is_prompt)
        await move_squads_on(at=challenge.ends_at + timedelta(days=3))
        results.append((log, await _told(challenge, members)))

    assert results[0] == results[1]
    assert await reconcile() == []


async def _live(challenge: SquadChallenge, members: Sequence[Member], chance: Random, *, is_prompt: bool) -> list[str]:
    """Four days and more of check-ins, made up, voided, and of people who come and go; what each of these came to."""
    log = []
    until = min(challenge.ends_at, challenge.starts_at + timedelta(days=8))
    squad = await Squad.get(challenge_id=challenge.id)
    at = challenge.forms_until - timedelta(minutes=30)
    while at < until:
        at += timedelta(hours=chance.choice((1, 2, 5)), minutes=chance.randint(0, 59))
        who, mate, roll = chance.randrange(6), chance.randrange(6), chance.random()
        if is_prompt:
            await move_squads_on(at=at)
        try:
            log.append(await _act(challenge, squad, members[who], members[mate], roll, at))
        except DomainError as refusal:
            log.append(refusal.code)
    return log


async def _act(challenge: SquadChallenge, squad: Squad, member: Member, mate: Member, roll: float, at: datetime) -> str:
    day = challenge.number_of(at)
    if roll < 0.75:
        is_late = roll < 0.08
        made_for = challenge.date_of(day - is_late)
        if await CheckIn.exists(member_id=member.id, plan_id=challenge.plan_id, business_day=made_for):
            return "done before"
        await CheckIn.create(
            member_id=member.id,
            plan_id=challenge.plan_id,
            plan_version=1,
            business_day=made_for,
            kind=CheckInKind.MAKE_UP if is_late else CheckInKind.DAILY,
            day_index=1,
            streak_days=1,
            points_paid=0,
            created_at=at,
        )
        return "checked in"
    if roll < 0.8:
        return str(await CheckIn.filter(member_id=member.id, voided_at__isnull=True).update(voided_at=at) > 0)
    if roll < 0.85:
        return str((await quit_squad(member.id, squad.id, at=at)).last_day)
    if roll < 0.9:
        captain_id = (await Squad.get(id=squad.id)).captain_id
        return str((await relieve(captain_id, squad.id, mate.id, at=at)).last_day)
    return f"seat {(await join_squad(member.id, squad.code, at=at, once=None)).seat}"


async def _told(challenge: SquadChallenge, members: Sequence[Member]) -> list[object]:
    """All that became of a squad and of each member, without ids and without what the job's instants leave behind."""
    squad = await Squad.get(challenge_id=challenge.id)
    told: list[object] = [squad.state, squad.ended_at, squad.is_whole, squad.vacant, squad.done_days, squad.missed_days]
    for member in members:
        place = (
            await SquadPlace.filter(challenge_id=challenge.id, member_id=member.id)
            .exclude(state=SquadPlaceState.LEFT)
            .first()
        )
        points = await points_of(member), await points_of(member, Bucket.HELD)
        if place is None:
            told.append(points)
            continue
        columns = (place.state, place.seat, place.first_day, place.last_day, place.done_days, place.missed_days)
        told += [points, columns, place.tier, place.points_paid, place.ended_at, await marks_of(place)]
        told.append(await days_of(place))
    return told
