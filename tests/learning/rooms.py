"""Builders of classrooms: their rules, who is enrolled, and what was attended."""

from typing import Any

from models.actor import Actor
from models.learning.attendance import Attendance
from models.learning.classroom import Classroom, ClassroomTerms
from models.learning.course import Course
from models.learning.course_session import CourseSession
from models.learning.enrollment import Enrollment
from models.learning.enrollment_end import leave_course
from models.learning.roll_call import Marked, call_roll
from models.members.member import Member
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON
from tests.learning.build import STAFF_ID


async def a_room(course: Course, **terms: Any) -> Classroom:
    """The rules of a course's classroom that a test is about."""
    known = await Classroom.of(course.id)
    said = ClassroomTerms(**terms)
    return await Classroom.put(course.id, said, expected_version=known.version, staff_id=STAFF_ID, at=LONG_AGO)


async def enrolled(course: Course, member: Member | None = None, **about: Any) -> Member:
    """A member with a seat in a course."""
    found = member or await a_member()
    await enrol(found, course, **about)
    return found


async def enrol(member: Member, course: Course, **about: Any) -> Enrollment:
    return await Enrollment.enrol(member.id, course.id, **{"at": NOON, "once": None, **about})


async def leave(member: Member, course: Course, **about: Any) -> int:
    """Leave a course; the points that came back."""
    change = await leave_course(member.id, course.id, **{"at": NOON, "once": None, **about})
    return int(change.refunded)


async def marked(session: CourseSession, *members: Member, **about: Any) -> list[Marked]:
    """Members present in a session from its start, as staff say."""
    staff = Actor.staff(STAFF_ID)
    ids = [member.id for member in members]
    return await call_roll(session.id, ids, **{"actor": staff, "at": session.ends_at, **about})


async def standing(session: CourseSession, member: Member) -> Attendance | None:
    return await Attendance.get_or_none(session_id=session.id, member_id=member.id, voided_at__isnull=True)


async def counts(course: Course) -> tuple[int, int]:
    """Seats taken, and who waits."""
    found = await Course.get(id=course.id)
    return found.enrolled_count, found.waiting_count
