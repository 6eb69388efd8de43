"""Builders of teachers, courses and sessions."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from models.learning.course import Course
from models.learning.course_session import CourseSession, SessionTerms
from models.learning.course_slot import CourseSlot, SlotTerms
from models.learning.course_terms import CourseKind, CourseTerms
from models.learning.teacher import Teacher, TeacherTerms
from models.learning.timetable import Made, Series, make_sessions
from store.ids import new_id
from tests.build import LONG_AGO
from tests.conftest import NOON

STAFF_ID = new_id()
TONIGHT = NOON + timedelta(hours=8)
"""Monday, 20:00 in Shanghai."""

_names = ("周岚", "何志远", "苏晴", "罗大伟")
_numbers = count()


async def a_teacher(name: str | None = None, **terms: Any) -> Teacher:
    said = TeacherTerms(**{"name": name or _names[next(_numbers) % len(_names)], "title": "特邀讲师", **terms})
    return await Teacher.add(said, staff_id=STAFF_ID, at=LONG_AGO)


async def a_course(
    kind: CourseKind = CourseKind.FIXED, *, is_published: bool = True, at: datetime = LONG_AGO, **terms: Any
) -> Course:
    """A course of the brand that members see; `terms` are what a test is about."""
    said = CourseTerms(**{"title": "周一行业观察", **terms})
    course = await Course.draft(kind, said, staff_id=STAFF_ID, at=at)
    if is_published:
        course = await Course.publish(course.id, expected_version=1, staff_id=STAFF_ID, at=at)
    return course


async def a_session(
    course: Course, *, starts_at: datetime = TONIGHT, minutes: int | None = None, **about: Any
) -> CourseSession:
    """A session that no slot made."""
    teacher_id = about.pop("teacher_id", None)
    return await CourseSession.add(
        course.id,
        SessionTerms(**about),
        starts_at=starts_at,
        minutes=minutes,
        teacher_id=teacher_id,
        staff_id=STAFF_ID,
        at=LONG_AGO,
    )


async def a_slot(course: Course, weekday: int, minute: int, **terms: Any) -> CourseSlot:
    known = await Course.get(id=course.id)
    said = SlotTerms(weekday, minute, **terms)
    return await CourseSlot.add(course.id, said, expected_version=known.version, staff_id=STAFF_ID, at=LONG_AGO)


async def made(course: Course, first_day: date, *, at: datetime = NOON, **many: int) -> Made:
    """What the slots of a course make, for so many `weeks` or `sessions`."""
    known = await Course.get(id=course.id)
    series = Series(first_day, **many)
    return await make_sessions(course.id, series, expected_version=known.version, staff_id=STAFF_ID, at=at)
