"""Classrooms: who is enrolled in the courses, who came, what was watched afterwards, and what they thought of it.

Of the weeks in which coming is paid for, each attendance is written by the verb that pays; what paid nothing is written
in one go, and so are thoughts.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from models.actor import Actor
from models.errors import DomainError
from models.groups.membership import Membership
from models.learning.attendance import Attendance, AttendanceWay, Presence
from models.learning.classroom import Classroom, ClassroomTerms
from models.learning.course import Course
from models.learning.course_session import CourseSession, SessionState
from models.learning.enrollment import Enrollment
from models.learning.enrollment_change import EnrollmentState
from models.learning.enrollment_end import leave_course
from models.learning.feedback import SessionFeedback
from models.learning.material import Material, MaterialTerms
from models.learning.watching import Watching
from models.members.member import Member
from seeds import earning
from seeds.community import Act, Community
from seeds.learning_courses import COMING, HELD, WEEKLY
from seeds.personas import Habit, Persona
from store.database import savepoint

REGULARS = 16
"""How many are enrolled in each of the weekly courses."""

GUESTS = 30
WORDS = (
    "干货很多，笔记记了两页",
    "老师讲得透彻",
    "希望多留一点提问时间",
    "案例很接地气",
    "节奏刚刚好",
    "已经推荐给同事了",
)
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
REPLAY_DAYS = 30
PAID_DAYS = earning.DAYS - 1
"""Days before the present from which coming to class is paid."""

RULES = (
    ClassroomTerms(completion_minutes=150),
    ClassroomTerms(completion_percent=60, late_minutes=5),
    ClassroomTerms(code_seconds=None),
)


def acts(community: Community) -> Iterator[Act]:
    calendar = community.calendar
    # The timetable of the weekly courses is made at eight.
    opened = calendar.at(calendar.first_day, 8.5)
    yield Act(opened, partial(_furnished, community))
    for number, weekly in enumerate(WEEKLY):
        for place, persona in enumerate(regulars(community, number)):
            at = max(opened, persona.joined_at + _DAY) + place * _MINUTE
            yield Act(at, partial(_enrolled, community, persona, weekly.title))
    for day in calendar.days:
        yield Act(calendar.at(day, 22), partial(_held, community))
    yield Act(calendar.at(calendar.today - _DAY, 12), partial(_watched, community))
    yield Act(calendar.at(calendar.today - 3 * _DAY, 9), partial(_left, community))
    for title, days_ago in ((HELD, 26), (COMING, 2)):
        for number in range(3):
            at = calendar.at(calendar.today - (days_ago - number) * _DAY, 12)
            yield Act(at, partial(_signed_up, community, title, GUESTS // 3 * (number + 1)))


def regulars(community: Community, number: int) -> list[Persona]:
    """Those of a weekly course; who is in one may be in another."""
    active = community.with_habit(Habit.ACTIVE)
    return active[number::2][:REGULARS]


async def _furnished(community: Community, *, at: datetime) -> None:
    """Rules and materials of the weekly courses."""
    staff_id = community.owner.id
    for weekly, rules in zip(WEEKLY, RULES, strict=True):
        course = await Course.get(title=weekly.title)
        await Classroom.put(course.id, rules, expected_version=0, staff_id=staff_id, at=at)
        for name, is_preview in ((f"{weekly.title}·课程大纲", True), (f"{weekly.title}·延伸阅读", False)):
            url = f"https://docs.example.cn/{weekly.weekday}/{'outline' if is_preview else 'reading'}"
            terms = MaterialTerms(name, is_preview=is_preview)
            await Material.add_link(course.id, terms, url, staff_id=staff_id, at=at)


async def _enrolled(community: Community, persona: Persona, title: str, *, at: datetime) -> None:
    """Whoever may not come in by then stays out."""
    await _seated(community.member_of(persona).id, await Course.get(title=title), at=at)


async def _seated(member_id: UUID, course: Course, *, at: datetime) -> None:
    try:
        async with savepoint():
            await Enrollment.enrol(member_id, course.id, at=at, once=None, waits=True)
    except DomainError:
        return


async def _signed_up(community: Community, title: str, most: int, *, at: datetime) -> None:
    """Those of the circle who have heard of it by then."""
    course = await Course.get_or_none(title=title)
    if course is None:
        return
    places = await Membership.filter(group__circle_id=course.circle_id).order_by("joined_at", "id").limit(most)
    for member_id in dict.fromkeys(place.member_id for place in places):
        await _seated(member_id, course, at=at)


async def _held(community: Community, *, at: datetime) -> None:
    """The sessions of the day: most of those with a seat came, some late, and every third says what it thinks."""
    held = CourseSession.filter(ends_at__gt=at - _DAY, ends_at__lte=at).exclude(state=SessionState.CANCELLED)
    for session in await held.order_by("starts_at"):
        places = await Enrollment.filter(course_id=session.course_id, state=EnrollmentState.ENROLLED).order_by("id")
        came = [one.member_id for number, one in enumerate(places) if (number * 7 + session.number * 3) % 10 < 7]
        await _came(session, came, is_paid=at > community.calendar.now - PAID_DAYS * _DAY)
        thoughts = [
            SessionFeedback(
                session_id=session.id,
                member_id=member_id,
                score=5 - number % 3 // 2,
                recommends=(10, 9, 8, 10, 6)[number % 5],
                words=WORDS[number % len(WORDS)] if number % 2 else None,
                created_at=at,
            )
            for number, member_id in enumerate(came[::3])
        ]
        await SessionFeedback.bulk_create(thoughts)


async def _came(session: CourseSession, member_ids: Sequence[UUID], *, is_paid: bool) -> None:
    """Sign them in by the code; those of earlier weeks, which paid nothing, are written in one go."""
    room, rows = await Classroom.of(session.course_id), []
    for number, member_id in enumerate(member_ids):
        arrived_at = session.starts_at + (number % 5 - 2) * 6 * _MINUTE
        presence = Presence.arrived(AttendanceWay.CODE, session, room, arrived_at)
        actor = Actor.member(member_id)
        if is_paid:
            await Member.bump(member_id)
            await Attendance.made(session, member_id, presence, actor, at=arrived_at)
        else:
            rows.append(Attendance.of(session, member_id, presence, actor, number=1, at=arrived_at))
    await Attendance.bulk_create(rows)


async def _watched(community: Community, *, at: datetime) -> None:
    """The last Wednesday was recorded; some who were away watch it, one to its end, others a piece of it."""
    course = await Course.get(title=WEEKLY[1].title)
    held = CourseSession.filter(course_id=course.id, ends_at__lt=at - 6 * _MINUTE).exclude(state=SessionState.CANCELLED)
    session = await held.order_by("-starts_at").first()
    if session is None:
        return
    until = session.ends_at + REPLAY_DAYS * _DAY
    await CourseSession.filter(id=session.id).update(replay_url="https://video.example.cn/3", replay_until=until)
    for number, persona in enumerate(regulars(community, 1)):
        member_id = community.member_of(persona).id
        attended = Attendance.filter(session_id=session.id, member_id=member_id)
        if await attended.exists() or not await Enrollment.has_seat(member_id, course.id):
            continue
        for piece in range(1 + (number * 3) % 5):
            told_at = at + (piece + 1) * 5 * _MINUTE - 30 * _MINUTE
            start = piece * 560 + number * 10
            await Watching.report(member_id, session.id, start, start + 560, client_at=told_at, at=told_at)


async def _left(community: Community, *, at: datetime) -> None:
    """The last to come into the Friday leaves again."""
    friday = Enrollment.filter(course__title=WEEKLY[2].title, state=EnrollmentState.ENROLLED)
    if last := await friday.order_by("-created_at").first():
        await leave_course(last.member_id, last.course_id, reason="周五晚上要带孩子", at=at, once=None)
