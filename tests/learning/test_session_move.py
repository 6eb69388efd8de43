"""Sessions are moved, called off, made up for and handed over: one, or one and all that follow."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models.errors import Invalid
from models.learning.course import Course
from models.learning.course_session import CourseSession, SessionChanged, SessionOver, SessionState
from models.learning.course_slot import CourseSlot
from models.learning.holiday import Holiday
from models.learning.session_cancel import cancel_session
from models.learning.session_change import SessionChange, SessionChangeKind
from models.learning.session_move import Shift, move_following, move_session
from models.learning.substitution import substitute
from models.learning.teacher import Teacher
from models.staff.audit import AuditRow
from tests.conftest import NOON
from tests.learning.build import STAFF_ID, TONIGHT, a_course, a_session, a_slot, a_teacher, made
from tests.mall.build import outcomes, refused

pytestmark = pytest.mark.usefixtures("database")

MONDAY = date(2026, 11, 30)
EVENING = 20 * 60
DAY = timedelta(days=1)


async def mondays(weeks: int = 4, **terms: Any) -> tuple[Course, list[CourseSession]]:
    """A course on Mondays at eight in the evening, from the 30th of November on."""
    course = await a_course(**terms)
    await a_slot(course, 1, EVENING)
    return course, (await made(course, MONDAY, weeks=weeks)).sessions


async def timetable(course: Course) -> list[str]:
    found = await CourseSession.filter(course_id=course.id).order_by("number")
    return [f"{one.starts_at:%m-%d %H:%M}" for one in found]


def moved(session: CourseSession, starts_at: datetime, **more: Any) -> Any:
    said = {"reason": "讲师出差", "expected_version": session.version, "staff_id": STAFF_ID, "at": NOON, **more}
    return move_session(session.id, starts_at, **said)


def shifted(session: CourseSession, shift: Shift, **more: Any) -> Any:
    said = {"reason": "调整时段", "expected_version": session.version, "staff_id": STAFF_ID, "at": NOON, **more}
    return move_following(session.id, shift, **said)


def cancelled(session: CourseSession, **more: Any) -> Any:
    said = {"reason": "台风停课", "expected_version": session.version, "staff_id": STAFF_ID, "at": NOON, **more}
    return cancel_session(session.id, **said)


def given_to(session: CourseSession, teacher: Teacher, **more: Any) -> Any:
    said = {"reason": "讲师请假", "expected_version": session.version, "staff_id": STAFF_ID, "at": NOON, **more}
    return substitute(session.id, teacher.id, **said)


async def test_one_is_moved_and_remembers_when_it_was_to_be() -> None:
    course, sessions = await mondays()
    was = sessions[1].starts_at

    await moved(sessions[1], was + DAY, minutes=30)
    again = await moved(await CourseSession.get(id=sessions[1].id), was + 2 * DAY)

    stored = await CourseSession.get(id=again.id)
    assert (stored.starts_at, stored.minutes, stored.ends_at) == (
        was + 2 * DAY,
        30,
        was + 2 * DAY + timedelta(minutes=30),
    )
    assert (stored.original_starts_at, stored.version, stored.local_date) == (was, 3, date(2026, 12, 7))
    assert (await made(course, MONDAY, weeks=4)).sessions == []
    row = await AuditRow.filter(action="move_session").order_by("created_at", "id").first()
    assert row
    assert (row.reason, row.subject_id) == ("讲师出差", course.id)
    changes = await SessionChange.filter(session_id=stored.id).order_by("version")
    assert [(one.kind, one.starts_at_before, one.starts_at) for one in changes] == [
        (SessionChangeKind.MOVED, was, was + DAY),
        (SessionChangeKind.MOVED, was + DAY, was + 2 * DAY),
    ]


async def test_of_two_who_move_one_session_one_does() -> None:
    _, sessions = await mondays()
    was = sessions[0].starts_at

    ended = await outcomes([moved(sessions[0], was + DAY), moved(sessions[0], was + 2 * DAY)])

    assert ended == {"done": 1, SessionChanged.code: 1}
    assert await SessionChange.all().count() == 1


async def test_what_has_begun_is_moved_no_more_and_nothing_into_the_past() -> None:
    course = await a_course()
    begun, coming = await a_session(course, starts_at=NOON), await a_session(course)

    assert isinstance(await refused(moved(begun, NOON + DAY)), SessionOver)
    assert isinstance(await refused(moved(coming, NOON)), Invalid)
    assert isinstance(await refused(shifted(coming, Shift(days=-1))), Invalid)
    assert isinstance(await refused(shifted(coming, Shift())), Invalid)
    assert isinstance(await refused(moved(coming, NOON + DAY, reason=" ")), Invalid)
    assert [one.version for one in await CourseSession.all()] == [1, 1]
    assert await SessionChange.all().count() == 0


async def test_all_following_move_to_another_weekday_and_time() -> None:
    course, sessions = await mondays()

    await shifted(sessions[1], Shift(weekday=4, minute=19 * 60 + 30))

    assert await timetable(course) == ["11-30 12:00", "12-10 11:30", "12-17 11:30", "12-24 11:30"]
    slots = await CourseSlot.filter(course_id=course.id).order_by("created_at", "id")
    assert [(one.weekday, one.minute, one.starts_on, one.ends_on) for one in slots] == [
        (1, EVENING, None, date(2026, 12, 6)),
        (4, 1170, date(2026, 12, 10), None),
    ]
    assert (await made(course, MONDAY, weeks=4)).sessions == []
    assert len((await made(course, MONDAY, weeks=5)).sessions) == 1
    assert (await timetable(course))[-1] == "12-31 11:30"


async def test_all_following_move_by_days_and_keep_their_time() -> None:
    course, sessions = await mondays(3)

    await shifted(sessions[1], Shift(days=7))

    assert await timetable(course) == ["11-30 12:00", "12-14 12:00", "12-21 12:00"]
    assert (await made(course, MONDAY, weeks=3)).sessions == []


async def test_a_slot_that_was_to_end_ends_as_much_later() -> None:
    course, sessions = await mondays(3)
    slot, version = await CourseSlot.get(course_id=course.id), (await Course.get(id=course.id)).version
    await CourseSlot.end(slot.id, date(2026, 12, 14), expected_version=version, staff_id=STAFF_ID, at=NOON)

    await shifted(sessions[1], Shift(weekday=4))

    assert (await CourseSlot.get(course_id=course.id, weekday=4)).ends_on == date(2026, 12, 17)
    assert (await made(course, MONDAY, weeks=6)).sessions == []


async def test_all_following_stay_at_their_hour_over_a_change_of_clocks() -> None:
    course = await a_course(zone="America/New_York")
    await a_slot(course, 5, EVENING)
    at = datetime(2026, 10, 1, tzinfo=UTC)
    sessions = (await made(course, date(2026, 10, 23), weeks=2, at=at)).sessions

    await shifted(sessions[0], Shift(days=2), at=at)

    assert await timetable(course) == ["10-26 00:00", "11-02 01:00"]


async def test_what_was_called_off_stays_so_when_its_series_moves() -> None:
    course, sessions = await mondays(3)
    [off], _ = await cancelled(sessions[1])

    await shifted(sessions[0], Shift(weekday=2))

    assert await timetable(course) == ["12-01 12:00", "12-07 12:00", "12-15 12:00"]
    stored = await CourseSession.get(id=off.id)
    assert (stored.state, stored.local_date) == (SessionState.CANCELLED, date(2026, 12, 8))
    assert (await made(course, MONDAY, weeks=3)).sessions == []


async def test_sessions_of_no_slot_follow_each_other() -> None:
    course = await a_course()
    first, second = await a_session(course), await a_session(course, starts_at=TONIGHT + 7 * DAY)

    await shifted(second, Shift(days=1, minute=21 * 60))
    await shifted(first, Shift(days=2))

    assert await timetable(course) == ["11-25 12:00", "12-03 13:00"]


async def test_one_is_called_off_with_a_reason() -> None:
    course, sessions = await mondays(2)

    [session], make_up = await cancelled(sessions[0])

    stored = await CourseSession.get(id=session.id)
    assert (stored.state, stored.cancel_reason, make_up) == (SessionState.CANCELLED, "台风停课", None)
    assert isinstance(await refused(cancelled(stored)), SessionOver)
    assert isinstance(await refused(cancelled(sessions[1], reason="")), Invalid)
    assert (await made(course, MONDAY, weeks=2)).sessions == []


async def test_a_make_up_is_appended_behind_the_last_and_its_holidays() -> None:
    teacher = await a_teacher()
    course, sessions = await mondays(2, teacher_id=teacher.id)
    await Holiday.take_in({date(2026, 12, 14): "店庆"}, staff_id=STAFF_ID, at=NOON)

    _, make_up = await cancelled(sessions[0], appends_make_up=True)

    assert await timetable(course) == ["11-30 12:00", "12-07 12:00", "12-21 12:00"]
    assert (make_up.make_up_for_id, make_up.number, make_up.teacher_id) == (sessions[0].id, 3, teacher.id)
    assert make_up.ends_at - make_up.starts_at == timedelta(minutes=make_up.minutes)
    assert (await made(course, MONDAY, weeks=4)).sessions == []


async def test_a_make_up_may_be_at_any_instant_to_come() -> None:
    course, sessions = await mondays(2)
    single = await a_session(course)

    _, make_up = await cancelled(sessions[0], make_up_at=sessions[0].starts_at + DAY)

    assert (make_up.starts_at, make_up.slot_id) == (sessions[0].starts_at + DAY, None)
    assert isinstance(await refused(cancelled(sessions[1], make_up_at=NOON)), Invalid)
    assert isinstance(await refused(cancelled(single, appends_make_up=True)), Invalid)
    assert (await CourseSession.get(id=single.id)).state is SessionState.SCHEDULED


async def test_all_following_are_called_off_and_nothing_makes_up_for_them() -> None:
    course, sessions = await mondays(3)

    off, make_up = await cancelled(sessions[1], with_following=True)

    assert ([one.number for one in off], make_up) == ([2, 3], None)
    states = [one.state for one in await CourseSession.filter(course_id=course.id).order_by("number")]
    assert states == [SessionState.SCHEDULED, SessionState.CANCELLED, SessionState.CANCELLED]
    both = cancelled(sessions[0], with_following=True, appends_make_up=True)
    assert isinstance(await refused(both), Invalid)
    assert await SessionChange.all().count() == 2


async def test_a_substitute_gives_one_session() -> None:
    regular, other = await a_teacher("周岚"), await a_teacher("何志远")
    _, sessions = await mondays(3, teacher_id=regular.id)

    await given_to(sessions[0], other)

    stored = await CourseSession.filter(course_id=sessions[0].course_id).order_by("number")
    assert [(one.teacher_id, one.substitute_for_id) for one in stored] == [
        (other.id, regular.id),
        (regular.id, None),
        (regular.id, None),
    ]
    change = await SessionChange.get()
    assert (change.kind, change.teacher_id_before, change.teacher_id) == (
        SessionChangeKind.SUBSTITUTED,
        regular.id,
        other.id,
    )


async def test_a_substitute_gives_all_following_until_the_regular_teacher_is_back() -> None:
    regular, other = await a_teacher("周岚"), await a_teacher("何志远")
    _, sessions = await mondays(3, teacher_id=regular.id)

    given = await given_to(sessions[1], other, with_following=True)
    back = await given_to(given[1], regular)

    stored = await CourseSession.filter(course_id=sessions[0].course_id).order_by("number")
    assert [(one.teacher_id, one.substitute_for_id) for one in stored] == [
        (regular.id, None),
        (other.id, regular.id),
        (regular.id, None),
    ]
    assert (len(given), len(back)) == (2, 1)


async def test_who_teaches_no_more_stands_in_for_nobody() -> None:
    _, sessions = await mondays(1)
    retired = await a_teacher(is_active=False)

    assert isinstance(await refused(given_to(sessions[0], retired)), Invalid)
    assert (await CourseSession.get(id=sessions[0].id)).version == 1


async def test_moving_all_and_moving_one_at_once_leave_one_of_them() -> None:
    course, sessions = await mondays(3)

    ended = await asyncio.gather(
        shifted(sessions[0], Shift(days=1)), moved(sessions[0], sessions[0].starts_at + 3 * DAY), return_exceptions=True
    )

    assert sum(isinstance(one, SessionChanged) for one in ended) == 1
    first = (await timetable(course))[0]
    assert first in ("12-01 12:00", "12-03 12:00")
