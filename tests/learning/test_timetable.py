"""Weekly slots make sessions: holidays are left out, clocks are put, and nothing is made twice."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import Invalid
from models.learning import course_slot
from models.learning.course import Course, CourseChanged
from models.learning.course_session import CourseSession, SessionState
from models.learning.course_slot import CourseSlot, OnlyFixedCourses, SlotTerms
from models.learning.course_terms import CourseKind
from models.learning.holiday import Holiday
from models.learning.local_time import instant_of, local_day, local_minute, minute_of, wall_time
from models.learning.timetable import CourseHasNoSlot, Made, Series, make_sessions
from models.staff.audit import AuditRow
from store.clock import zone_named
from tests.build import LONG_AGO
from tests.conftest import NOON
from tests.learning.build import STAFF_ID, a_course, a_session, a_slot, a_teacher, made
from tests.mall.build import refused

pytestmark = pytest.mark.usefixtures("database")

HOUR = timedelta(hours=1)
MONDAY = date(2026, 11, 30)
EVENING = 20 * 60


async def days_of(course: Course) -> list[str]:
    found = await CourseSession.filter(course_id=course.id).order_by("starts_at")
    return [f"{one.starts_at:%m-%d %H:%M}" for one in found]


async def test_a_slot_makes_a_session_a_week() -> None:
    teacher = await a_teacher("周岚")
    course = await a_course(minutes=40)
    await a_slot(course, 1, EVENING, teacher_id=teacher.id, live_url="https://live.example.cn/1", minutes=45)

    result = await made(course, MONDAY, weeks=3)

    assert await days_of(course) == ["11-30 12:00", "12-07 12:00", "12-14 12:00"]
    assert [one.number for one in result.sessions] == [1, 2, 3]
    assert {(one.minutes, one.teacher_id, one.live_url) for one in result.sessions} == {
        (45, teacher.id, "https://live.example.cn/1")
    }
    assert await AuditRow.filter(subject_id=course.id, action="make_sessions").count() == 1


async def test_several_slots_stand_in_the_order_of_their_days() -> None:
    course = await a_course()
    await a_slot(course, 3, EVENING)
    await a_slot(course, 1, EVENING)

    await made(course, MONDAY, sessions=3)

    assert await days_of(course) == ["11-30 12:00", "12-02 12:00", "12-07 12:00"]


async def test_a_holiday_costs_a_series_of_weeks_its_session() -> None:
    course = await a_course()
    await a_slot(course, 1, EVENING)
    await Holiday.take_in({date(2026, 12, 7): "店庆"}, staff_id=STAFF_ID, at=NOON)

    result = await made(course, MONDAY, weeks=3)

    assert await days_of(course) == ["11-30 12:00", "12-14 12:00"]
    assert result.skipped == {date(2026, 12, 7): "店庆"}


async def test_a_series_of_sessions_goes_on_behind_a_holiday() -> None:
    course = await a_course()
    await a_slot(course, 1, EVENING)
    await Holiday.take_in({date(2026, 12, 7): "店庆"}, staff_id=STAFF_ID, at=NOON)

    await made(course, MONDAY, sessions=3)

    assert await days_of(course) == ["11-30 12:00", "12-14 12:00", "12-21 12:00"]


async def test_making_again_adds_only_what_is_missing() -> None:
    course = await a_course()
    await a_slot(course, 1, EVENING)
    await made(course, MONDAY, weeks=2)
    version = (await Course.get(id=course.id)).version

    again = await made(course, MONDAY, weeks=2)
    longer = await made(course, MONDAY, weeks=4)

    assert (again.sessions, len(longer.sessions)) == ([], 2)
    assert [one.number for one in longer.sessions] == [3, 4]
    assert len(await days_of(course)) == 4
    assert (await Course.get(id=course.id)).version == version + 1


async def test_of_two_who_make_at_once_one_does() -> None:
    course = await a_course()
    await a_slot(course, 1, EVENING)
    version = (await Course.get(id=course.id)).version

    async def make() -> Made:
        return await make_sessions(
            course.id, Series(MONDAY, weeks=3), expected_version=version, staff_id=STAFF_ID, at=NOON
        )

    ended = await asyncio.gather(make(), make(), return_exceptions=True)

    assert sorted(type(one).__name__ for one in ended) == ["CourseChanged", "Made"]
    assert len(await days_of(course)) == 3


async def test_a_course_without_slots_makes_nothing() -> None:
    course = await a_course()

    assert isinstance(await refused(made(course, MONDAY, weeks=2)), CourseHasNoSlot)
    assert isinstance(await refused(made(course, MONDAY)), Invalid)
    assert isinstance(await refused(made(course, MONDAY, weeks=2, sessions=2)), Invalid)
    assert await CourseSession.all().count() == 0


async def test_a_slot_makes_nothing_behind_its_last_day() -> None:
    course = await a_course()
    slot = await a_slot(course, 1, EVENING)
    version = (await Course.get(id=course.id)).version
    await CourseSlot.end(slot.id, date(2026, 12, 8), expected_version=version, staff_id=STAFF_ID, at=NOON)

    await made(course, MONDAY, weeks=4)

    assert await days_of(course) == ["11-30 12:00", "12-07 12:00"]


async def test_a_course_has_so_many_slots_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course_slot, "SLOTS_MOST", 2)
    course = await a_course()
    first, _ = await a_slot(course, 1, EVENING), await a_slot(course, 3, EVENING)

    assert (await refused(a_slot(course, 5, EVENING))).code == "TOO_MANY_SLOTS"
    version = (await Course.get(id=course.id)).version
    await CourseSlot.end(
        first.id, LONG_AGO.date() - timedelta(days=1), expected_version=version, staff_id=STAFF_ID, at=NOON
    )
    await a_slot(course, 5, EVENING)

    assert await CourseSlot.filter(course_id=course.id).count() == 3


async def test_slots_are_of_fixed_courses_and_changed_by_one_editor() -> None:
    temporary = await a_course(CourseKind.TEMPORARY)
    course = await a_course()
    slot = await a_slot(course, 1, EVENING)

    assert isinstance(await refused(a_slot(temporary, 1, EVENING)), OnlyFixedCourses)
    late = CourseSlot.change(slot.id, SlotTerms(2, EVENING), expected_version=1, staff_id=STAFF_ID, at=NOON)
    assert isinstance(await refused(late), CourseChanged)
    assert (await CourseSlot.get(id=slot.id)).weekday == 1


@pytest.mark.parametrize(
    ("day", "minute", "instant"),
    [
        (date(2026, 3, 7), 150, datetime(2026, 3, 7, 7, 30, tzinfo=UTC)),
        # 02:30 is skipped on this day: it is an hour later on the wall, 03:30.
        (date(2026, 3, 8), 150, datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
        (date(2026, 3, 9), 150, datetime(2026, 3, 9, 6, 30, tzinfo=UTC)),
        # 01:30 comes twice on this day: the first is meant.
        (date(2026, 11, 1), 90, datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (date(2026, 11, 2), 90, datetime(2026, 11, 2, 6, 30, tzinfo=UTC)),
    ],
)
def test_a_local_time_is_one_instant(day: date, minute: int, instant: datetime) -> None:
    assert instant_of(day, minute, "America/New_York") == instant


@settings(max_examples=300, deadline=None)
@given(
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.integers(0, 24 * 60 - 1),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"]),
)
def test_what_the_clock_on_the_wall_shows_is_what_was_said_or_was_skipped(day: date, minute: int, zone: str) -> None:
    at = instant_of(day, minute, zone)

    shown = local_minute(at, zone)
    before, after = instant_of(day, minute, zone) - HOUR, instant_of(day, minute, zone) + HOUR
    jumps = before.astimezone(zone_named(zone)).utcoffset() != after.astimezone(zone_named(zone)).utcoffset()
    assert local_day(at, zone) == day
    assert shown == minute or (jumps and 0 < shown - minute <= 60)


async def test_a_class_stays_at_its_hour_when_the_clocks_are_put() -> None:
    course = await a_course(zone="America/New_York")
    await a_slot(course, 7, EVENING)

    await made(course, date(2026, 10, 25), weeks=2)

    sessions = await CourseSession.filter(course_id=course.id).order_by("starts_at")
    assert [one.starts_at for one in sessions] == [
        datetime(2026, 10, 26, 0, 0, tzinfo=UTC),
        datetime(2026, 11, 2, 1, 0, tzinfo=UTC),
    ]
    assert {local_minute(one.starts_at, "America/New_York") for one in sessions} == {EVENING}


@pytest.mark.parametrize(("text", "minute"), [("00:00", 0), ("20:05", 1205), ("23:59", 1439)])
def test_a_time_is_read_and_written_alike(text: str, minute: int) -> None:
    assert (minute_of(text, "time"), wall_time(minute)) == (minute, text)


@pytest.mark.parametrize("text", ["24:00", "8:00", "20:60", "二十点", ""])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        minute_of(text, "time")


async def test_holidays_are_taken_in_again_and_dropped() -> None:
    new_year = date(2027, 1, 1)
    await Holiday.take_in({new_year: "元旦", date(2027, 1, 2): "元旦"}, staff_id=STAFF_ID, at=NOON)
    await Holiday.take_in({new_year: "元旦假期"}, staff_id=STAFF_ID, at=NOON)

    known = await Holiday.between(new_year, date(2027, 1, 31))
    dropped = await Holiday.drop((await Holiday.get(day=new_year)).id, staff_id=STAFF_ID, at=NOON)

    assert known == {new_year: "元旦假期", date(2027, 1, 2): "元旦"}
    assert (dropped.name, await Holiday.all().count()) == ("元旦假期", 1)
    assert await AuditRow.filter(action="import_holidays").count() == 2
    assert isinstance(await refused(Holiday.take_in({new_year: " "}, staff_id=STAFF_ID, at=NOON)), Invalid)


async def test_sessions_that_are_over_are_done() -> None:
    course = await a_course()
    session = await a_session(course, starts_at=NOON, minutes=40)
    later = await a_session(course, starts_at=NOON + timedelta(minutes=1), minutes=40)

    assert await CourseSession.finish(at=NOON + timedelta(minutes=40)) == 1

    assert (await CourseSession.get(id=session.id)).state is SessionState.DONE
    assert (await CourseSession.get(id=later.id)).state is SessionState.SCHEDULED
