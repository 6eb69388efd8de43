"""Notices: who is behind is told once a day, by the hour that the camp says or at the word of staff."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from models.learning.camp import Camp
from models.learning.camp_notice import CampNotice, behind_today, remind_by_staff, remind_due, reminded_at
from models.learning.camp_terms import TaskKind
from models.staff.audit import AuditRow
from store.database import fetch
from store.ids import as_id
from tests.build import a_plan
from tests.learning.camps import DAY, STAFF_ID, STARTS, TUESDAY, a_camp, a_check_in, a_draft, handed_in, joined, posts
from tests.mall.build import a_buyer, refused

EVENING = STARTS + timedelta(hours=20)


async def test_who_is_behind_is_told_once_a_day(database: str) -> None:
    camp = await a_camp(misses_allowed=3)
    done, behind = await joined(camp), await joined(camp)
    await handed_in(done, 1)

    told = [await remind_by_staff(camp.id, staff_id=STAFF_ID, at=EVENING) for _ in range(2)]
    tomorrow = await remind_by_staff(camp.id, staff_id=STAFF_ID, at=EVENING + DAY)

    assert (told, tomorrow) == ([1, 0], 2)
    first = await CampNotice.filter(day=1)
    assert [one.member_id for one in first] == [behind.member_id]
    assert [row.after for row in await AuditRow.filter(action="remind_camp_members").order_by("id")] == [
        {"day": 1, "told": 1},
        {"day": 1, "told": 0},
        {"day": 2, "told": 2},
    ]


async def test_the_job_reminds_when_the_hour_has_come(database: str) -> None:
    camp = await a_camp(misses_allowed=3, remind_hour=20)
    await joined(camp)
    await joined(await a_camp(misses_allowed=3))

    early = await remind_due(at=EVENING - timedelta(seconds=1))
    counts = await asyncio.gather(*(remind_due(at=EVENING) for _ in range(2)))
    later = await remind_due(at=EVENING + timedelta(hours=2))

    assert (early, later) == (0, 0)
    assert sum(counts) >= 1
    assert await CampNotice.all().count() == 1
    assert (await CampNotice.get()).camp_id == camp.id


async def test_a_camp_that_cannot_be_reminded_of_keeps_no_other_from_it(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = [await a_camp(misses_allowed=3, remind_hour=20) for _ in range(2)]
    for camp in (broken, sound):
        await joined(camp)
    remind = CampNotice.remind

    async def told(camp: Camp, *, at: datetime) -> int:
        if camp.id == broken.id:
            raise ArithmeticError
        return await remind(camp, at=at)

    monkeypatch.setattr(CampNotice, "remind", told)

    assert await remind_due(at=EVENING) == 1
    assert (await CampNotice.get()).camp_id == sound.id


async def test_nobody_is_told_before_the_start_or_on_a_day_of_rest(database: str) -> None:
    camp = await a_camp(3, tasks=posts(1))
    await joined(camp)

    assert await behind_today(camp, at=STARTS - timedelta(seconds=1)) is None
    assert await behind_today(camp, at=STARTS + DAY) is None
    assert await behind_today(camp, at=STARTS + 9 * DAY) is None
    draft = await a_draft()
    assert (await refused(remind_by_staff(draft.id, staff_id=STAFF_ID, at=EVENING))).code == "NOT_FOUND"
    assert await CampNotice.all().count() == 0


async def test_who_has_checked_in_is_not_behind(database: str) -> None:
    camp, plan = await a_camp(tasks=posts(3, TaskKind.CHECK_IN)), await a_plan()
    member, other = await a_buyer(0), await a_buyer(0)
    for one in (member, other):
        await joined(camp, one)
    await a_check_in(member, plan, TUESDAY, STARTS + DAY / 4)

    clause = await behind_today(camp, at=EVENING)

    assert clause is not None
    rows = await fetch(f"SELECT p.member_id FROM camp_place p WHERE {clause.of('p', first=1)}", *clause.values)
    assert [as_id(row["member_id"]) for row in rows] == [other.id]


async def test_the_hour_of_reminders_lies_within_the_business_day(database: str) -> None:
    night = await a_draft(day_start_hour=4, remind_hour=1, zone="Europe/Berlin", starts_on=date(2026, 11, 24))

    assert reminded_at(night, 1) == datetime(2026, 11, 25, 0, tzinfo=UTC)
    assert night.day_opens(1) <= reminded_at(night, 1) < night.day_ends(1)
