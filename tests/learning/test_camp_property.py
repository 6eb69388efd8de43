"""What becomes of a member does not depend on when the job runs: random days, misses, downtime, zones of all kinds.

Beside the camp stands the plainest account of it, written down day by day from the same facts.
"""

from datetime import date, datetime, timedelta
from random import Random

import pytest

from models.learning.camp import Camp
from models.learning.camp_certificate import CampCertificate
from models.learning.camp_day import CampDay
from models.learning.camp_finish import CampFinish
from models.learning.camp_place import CampPlace
from models.learning.camp_post import CampPost
from models.learning.camp_progress import camp_progress
from models.learning.camp_settlement import settle_due
from models.learning.camp_task import CampTask
from models.learning.camp_terms import MissRule, TaskKind
from tests.build import a_member, a_plan
from tests.learning.camps import STAFF_ID, a_camp, a_check_in, handed_in, joined, now, outcomes_of, posts

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca")
# About when clocks change in these zones.
STARTS_ON = (date(2027, 3, 10), date(2027, 3, 24), date(2027, 10, 28), date(2027, 4, 1), date(2027, 2, 4))


class Plain:
    """One member's account of a camp: each day, whether it was done, until one miss too many."""

    def __init__(self, camp: Camp, done: set[int]) -> None:
        self.outcomes: dict[int, str] = {}
        missed, self.state = 0, "finished"
        for day in range(1, camp.days + 1):
            self.outcomes[day] = "done" if day in done else "missed"
            missed += day not in done
            if missed > camp.misses_allowed:
                self.state = "failed" if camp.miss_rule is MissRule.OUT else "ended"
                if camp.miss_rule is MissRule.OUT:
                    break


async def a_story(chance: Random, number: int) -> Camp:
    days = chance.randint(3, 20)
    return await a_camp(
        days,
        tasks=posts(days, TaskKind.CHECK_IN),
        zone=ZONES[number % len(ZONES)],
        day_start_hour=chance.choice((0, 2, 3, 4)),
        starts_on=STARTS_ON[number % len(STARTS_ON)],
        misses_allowed=chance.randint(0, 4),
        miss_rule=chance.choice(tuple(MissRule)),
        finish_points=30,
    )


def instants(camp: Camp, chance: Random) -> list[datetime]:
    """When the job runs: every now and then, with days of standing still in between, and long after the end."""
    found, at = [], camp.starts_at
    while at < camp.ends_at:
        at += timedelta(hours=chance.choice((0.25, 1, 7, 24, 90)))
        found.append(at)
    return [*found, camp.ends_at + timedelta(days=chance.choice((0, 40)))]


@pytest.mark.parametrize("seed", range(15))
async def test_the_result_follows_from_the_days_alone(database: str, seed: int) -> None:
    chance = Random(seed)
    camp, plan = await a_story(chance, seed), await a_plan()
    places, accounts, acts = [], [], []
    for _ in range(4):
        member = await a_member()
        place = await joined(camp, member, at=camp.starts_at - timedelta(hours=1))
        done = {day for day in range(1, camp.days + 1) if chance.random() < 0.8}
        for day in sorted(done):
            length = camp.day_ends(day) - camp.day_opens(day)
            # Also the first and the last instant of a day.
            part = chance.choice((0.0, chance.random(), 1.0))
            at = min(camp.day_opens(day) + part * length, camp.day_ends(day) - timedelta(microseconds=1))
            acts.append((at, member, day))
        places.append(place)
        accounts.append(Plain(camp, done))
    runs = instants(camp, chance)
    for at, member, day in sorted(acts, key=lambda one: (one[0], one[2])):
        while runs and runs[0] <= at:
            await settle_due(at=runs.pop(0))
        await a_check_in(member, plan, camp.date_of(day), at)
    before = [await camp_progress(one.member_id, camp.id, at=camp.ends_at) for one in places]
    for at in runs:
        await settle_due(at=at)

    for place, account, told in zip(places, accounts, before, strict=True):
        assert await outcomes_of(place) == account.outcomes
        assert (await now(place)).state == account.state
        assert told is not None
        assert told.tally.state == account.state
        assert {one.day: one.state for one in told.days if one.day in account.outcomes} == account.outcomes
    finished = sum(one.state == "finished" for one in accounts)
    assert await CampFinish.all().count() == await CampCertificate.all().count() == finished
    assert await CampDay.all().count() == sum(len(one.outcomes) for one in accounts)


@pytest.mark.parametrize("seed", range(6))
async def test_voids_and_late_ones_come_to_the_same_with_and_without_the_job(database: str, seed: int) -> None:
    """The same story is told twice: once with the job after every act, once with the job only at the very end."""
    results = []
    for is_prompt in (True, False):
        chance = Random(seed)
        rule = chance.choice(tuple(MissRule))
        camp = await a_camp(8, misses_allowed=2, allows_late=True, make_ups_most=2, miss_rule=rule)
        place = await joined(camp)
        await _live(camp, place, chance, is_prompt=is_prompt)
        await settle_due(at=camp.ends_at + timedelta(days=3))
        found = await now(place)
        counts = (found.state, found.ended_at, found.done_days, found.missed_days, found.made_up_days)
        results.append((counts, await outcomes_of(place)))

    assert results[0] == results[1]


async def _live(camp: Camp, place: CampPlace, chance: Random, *, is_prompt: bool) -> None:
    from models.errors import DomainError

    for hours in range(0, 8 * 24, 5):
        at = camp.starts_at + timedelta(hours=hours)
        if is_prompt:
            await settle_due(at=at)
        roll, today = chance.random(), camp.number_of(at)
        day = today if roll < 0.5 else chance.randint(1, today)
        try:
            if roll < 0.75:
                await handed_in(place, day, at=at)
            elif roll < 0.85:
                task = await CampTask.get(camp_id=camp.id, day=day)
                post = await CampPost.get_or_none(task_id=task.id, voided_at__isnull=True)
                if post:
                    await CampPost.void(post.id, reason="抄袭", staff_id=STAFF_ID, at=at)
        except DomainError:
            continue
