"""Builders of camps, of members with places in them, and of what they do there."""

from datetime import date, datetime, timedelta
from typing import Any

from models.checkins.check_in import CheckIn, CheckInKind
from models.checkins.plan import CheckInPlan
from models.learning.camp import Camp
from models.learning.camp_day import CampDay
from models.learning.camp_place import CampPlace
from models.learning.camp_post import CampPost
from models.learning.camp_task import CampTask
from models.learning.camp_terms import CampTerms, TaskKind, TaskTerms
from models.learning.camp_version import create_camp, publish_camp
from models.members.member import Member
from store.ids import new_id
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON
from tests.mall.build import a_buyer

STAFF_ID = new_id()
DAY = timedelta(days=1)
MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + DAY
STARTS = datetime.fromisoformat("2026-11-24T00:00+08:00")
"""When the camp of most tests begins: the midnight after `NOON`."""


def posts(days: int, kind: TaskKind = TaskKind.POST) -> tuple[TaskTerms, ...]:
    """A task for each day."""
    return tuple(TaskTerms(day, kind, f"第 {day} 天：写下今天的三件好事") for day in range(1, days + 1))


def terms(days: int = 3, **rules: Any) -> CampTerms:
    """A camp that begins tomorrow, free of charge, where a single miss ends it."""
    given = {"title": "21 天早起训练营", "starts_on": TUESDAY, "tasks": posts(days), **rules}
    return CampTerms(days=days, **given)


async def a_draft(days: int = 3, **rules: Any) -> Camp:
    return await create_camp(terms(days, **rules), staff_id=STAFF_ID, at=LONG_AGO, once=None)


async def a_camp(days: int = 3, **rules: Any) -> Camp:
    """A published one."""
    draft = await a_draft(days, **rules)
    return await publish_camp(draft.id, expected_version=1, staff_id=STAFF_ID, at=LONG_AGO)


async def joined(camp: Camp, member: Member | None = None, *, at: datetime = NOON, waits: bool = False) -> CampPlace:
    who = member or await (a_buyer() if camp.price else a_member())
    return await CampPlace.join(who.id, camp.id, at=at, once=None, waits=waits)


async def handed_in(place: CampPlace, day: int, *, at: datetime | None = None) -> CampPost:
    """The first post of a day, at nine of the day itself."""
    task = await CampTask.get(camp_id=place.camp_id, day=day, position=0)
    when = at or task.opens_at + timedelta(hours=9)
    return await CampPost.hand_in(place.member_id, task.id, words="早起、跑步、读书", pictures=(), at=when)


async def a_check_in(member: Member, plan: CheckInPlan, day: date, at: datetime, **columns: Any) -> CheckIn:
    """The bare row of a check-in."""
    given = {"kind": CheckInKind.DAILY, "day_index": 1, "streak_days": 1, "points_paid": 0, **columns}
    return await CheckIn.create(
        member_id=member.id, plan_id=plan.id, plan_version=1, business_day=day, created_at=at, **given
    )


async def now(place: CampPlace) -> CampPlace:
    return await CampPlace.get(id=place.id)


async def outcomes_of(place: CampPlace) -> dict[int, str]:
    """What the settled days of a place came to."""
    return {one.day: str(one.outcome) for one in await CampDay.filter(place_id=place.id).order_by("day")}
