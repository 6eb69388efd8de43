"""What staff are warned of: weeks with few or many sessions, odd lengths, two things at once, holidays."""

from datetime import date, timedelta
from typing import Any

import pytest

from models.errors import Invalid
from models.groups.group import Group
from models.learning.course import Course, CourseStatus
from models.learning.course_session import CourseSession, SessionState
from models.learning.holiday import Holiday
from models.learning.timetable_policy import TimetablePolicy, TimetablePolicyChanged, TimetableRules
from models.learning.timetable_warning import WarningKind, timetable_warnings
from tests.conftest import NOON
from tests.groups.build import a_circle, a_group
from tests.learning.build import STAFF_ID, TONIGHT, a_course, a_session, a_teacher
from tests.mall.build import refused

pytestmark = pytest.mark.usefixtures("database")

MONDAY = date(2026, 11, 23)
DAY = timedelta(days=1)


async def warnings(*groups: Group, monday: date = MONDAY, weeks: int = 1, with_brand: bool = True) -> list[Any]:
    return await timetable_warnings(monday, weeks, groups, with_brand=with_brand)


async def kinds(*groups: Group, **more: Any) -> list[WarningKind]:
    return [one.kind for one in await warnings(*groups, **more)]


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        (0, [WarningKind.FEW_IN_WEEK]),
        (1, [WarningKind.FEW_IN_WEEK]),
        (2, []),
        (3, []),
        (4, [WarningKind.MANY_IN_WEEK]),
    ],
)
async def test_a_group_has_two_or_three_a_week(sessions: int, expected: list[WarningKind]) -> None:
    group = await a_group()
    course = await a_course(group_id=group.id)
    for n in range(sessions):
        await a_session(course, starts_at=TONIGHT + n * DAY)

    found = await warnings(group)

    assert [one.kind for one in found] == expected
    assert all((one.group_id, one.count, one.monday) == (group.id, sessions, MONDAY) for one in found)


async def test_sessions_of_the_circle_and_of_the_brand_count_for_a_group() -> None:
    circle = await a_circle()
    group, other = await a_group(circle=circle), await a_group()
    await a_session(await a_course(circle_id=circle.id), starts_at=TONIGHT)
    await a_session(await a_course(), starts_at=TONIGHT + DAY)

    assert await kinds(group) == []
    assert [(one.kind, one.group_id, one.count) for one in await warnings(other)] == [
        (WarningKind.FEW_IN_WEEK, other.id, 1)
    ]


async def test_weeks_are_those_of_the_brand_and_begin_on_monday() -> None:
    group = await a_group()
    course = await a_course(group_id=group.id)
    # Sunday, 23:30 and Monday, 00:30 in Shanghai.
    await a_session(course, starts_at=TONIGHT + 6 * DAY + timedelta(hours=3, minutes=30), minutes=30)
    await a_session(course, starts_at=TONIGHT + 6 * DAY + timedelta(hours=4, minutes=30), minutes=30)

    found = await warnings(group, monday=date(2026, 11, 25), weeks=2)

    assert [(one.monday, one.count) for one in found] == [(MONDAY, 1), (MONDAY + 7 * DAY, 1)]


async def test_what_was_called_off_or_archived_counts_for_nothing() -> None:
    group = await a_group()
    course, archived = await a_course(group_id=group.id), await a_course(group_id=group.id)
    off = await a_session(course)
    await a_session(archived, starts_at=TONIGHT + DAY)
    await CourseSession.filter(id=off.id).update(state=SessionState.CANCELLED)
    await Course.filter(id=archived.id).update(status=CourseStatus.ARCHIVED)

    assert [(one.kind, one.count) for one in await warnings(group)] == [(WarningKind.FEW_IN_WEEK, 0)]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(29, [WarningKind.SHORT]), (30, []), (45, []), (46, [WarningKind.LONG])],
)
async def test_a_session_lasts_thirty_to_fortyfive_minutes(minutes: int, expected: list[WarningKind]) -> None:
    session = await a_session(await a_course(), minutes=minutes)

    found = await warnings()

    assert [one.kind for one in found] == expected
    assert all((one.session_id, one.minutes) == (session.id, minutes) for one in found)


async def test_a_teacher_and_a_group_are_at_one_place_at_a_time() -> None:
    group, teacher = await a_group(), await a_teacher()
    first = await a_session(await a_course(group_id=group.id, teacher_id=teacher.id))
    second = await a_session(await a_course(teacher_id=teacher.id), starts_at=TONIGHT + timedelta(minutes=39))
    # It begins when the second one ends.
    await a_session(await a_course(teacher_id=teacher.id), starts_at=TONIGHT + timedelta(minutes=79))

    found = {one.kind: one for one in await warnings(group)}

    assert set(found) == {WarningKind.GROUP_TWICE, WarningKind.TEACHER_TWICE}
    for one in found.values():
        assert (one.session_id, one.other_id) == (first.id, second.id)
    assert found[WarningKind.TEACHER_TWICE].teacher_id == teacher.id
    assert found[WarningKind.GROUP_TWICE].group_id == group.id


async def test_a_session_on_a_holiday_is_told() -> None:
    session = await a_session(await a_course())
    await Holiday.take_in({MONDAY: "感恩回馈日"}, staff_id=STAFF_ID, at=NOON)

    assert [(one.kind, one.session_id) for one in await warnings()] == [(WarningKind.HOLIDAY, session.id)]


async def test_staff_of_some_groups_are_told_of_these_alone() -> None:
    group, other = await a_group(), await a_group()
    await a_session(await a_course(group_id=other.id), minutes=10)
    own = await a_session(await a_course(group_id=group.id), minutes=10)

    found = await warnings(group, with_brand=False)

    assert [(one.kind, one.group_id or one.session_id) for one in found] == [
        (WarningKind.FEW_IN_WEEK, group.id),
        (WarningKind.SHORT, own.id),
    ]


async def test_the_bounds_are_what_staff_say() -> None:
    group = await a_group()
    await a_session(await a_course(group_id=group.id), minutes=60)
    rules = TimetableRules(1, 1, 20, 60)

    policy = await TimetablePolicy.put(rules, expected_version=0, staff_id=STAFF_ID, reason="试行长课", at=NOON)

    assert (policy.version, await kinds(group)) == (1, [])
    late = TimetablePolicy.put(rules, expected_version=0, staff_id=STAFF_ID, reason="试行长课", at=NOON)
    assert isinstance(await refused(late), TimetablePolicyChanged)
    crossed = TimetableRules(week_least=4, week_most=3)
    wrong = TimetablePolicy.put(crossed, expected_version=1, staff_id=STAFF_ID, reason="试行长课", at=NOON)
    assert isinstance(await refused(wrong), Invalid)
