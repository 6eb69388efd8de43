"""A timetable as iCalendar (RFC 5545), with instants in UTC.

The UID of a session never changes, its SEQUENCE rises with every change, and one that was called off stays in with its
status, so that calendars strike it out instead of keeping it for ever. DTSTAMP is when it was last changed, so the same
timetable is the same text.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from icalendar import Alarm, Calendar, Event, vText

from models.groups.group import Group
from models.learning.calendar_feed import CalendarFeed, FeedKind
from models.learning.course import Course, CourseStatus
from models.learning.course_session import CourseSession, SessionState
from models.learning.course_terms import Medium
from models.learning.teacher import Teacher
from store.database import fetch
from store.ids import as_id

DAYS_BACK = 60
DAYS_AHEAD = 366
SESSIONS_MOST = 1_000
REFRESH = timedelta(hours=1)
HOST = "shequn"
"""What stands behind the at sign of a UID; it names no machine, so that moving house changes no UID."""

_OF_MEMBER = "SELECT course_id FROM enrollment WHERE member_id = $1 AND state = 'enrolled'"
_OF_GROUP = (
    "SELECT c.id AS course_id FROM course c WHERE c.group_id = $1 OR c.circle_id = $2 "
    "OR (c.group_id IS NULL AND c.circle_id IS NULL)"
)


@dataclass(frozen=True)
class Timetable:
    """The sessions of a feed and what they belong to."""

    name: str
    sessions: Sequence[CourseSession]
    courses: dict[UUID, Course]
    teachers: dict[UUID, Teacher]
    shows_links: bool

    @property
    def tag(self) -> str:
        """What changes with its text, and is worked out at once."""
        facts = [
            self.name,
            [(str(one.id), one.version, one.state) for one in self.sessions],
            sorted((str(one.id), one.version) for one in self.courses.values()),
            sorted((str(one.id), one.version) for one in self.teachers.values()),
        ]
        return hashlib.sha256(orjson.dumps(facts)).hexdigest()[:32]

    def text(self) -> bytes:
        """It as a file of iCalendar."""
        calendar = Calendar()
        calendar.add("prodid", "-//Shequn//Courses//ZH")
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", vText(self.name))
        calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
        for session in self.sessions:
            calendar.add_component(self._event(session))
        text: bytes = calendar.to_ical()
        return text

    def _event(self, session: CourseSession) -> Event:
        course, event = self.courses[session.course_id], Event()
        event.add("uid", f"{session.id}@{HOST}")
        changed_at = max(session.updated_at, course.updated_at)
        event.add("dtstamp", changed_at)
        event.add("last-modified", changed_at)
        event.add("dtstart", session.starts_at)
        event.add("dtend", session.ends_at)
        event.add("sequence", session.version - 1)
        event.add("status", "CANCELLED" if session.state is SessionState.CANCELLED else "CONFIRMED")
        event.add("summary", f"{course.title}：{session.title}" if session.title else course.title)
        if said := "\n".join(self._said(course, session)):
            event.add("description", said)
        place, link = session.location or course.location, self._link(course, session)
        if place and course.medium is not Medium.ONLINE:
            event.add("location", place)
        if link and course.medium is not Medium.OFFLINE:
            event.add("url", link)
        if session.state is SessionState.SCHEDULED and course.reminders:
            event.add_component(_alarm(course, min(course.reminders)))
        return event

    def _link(self, course: Course, session: CourseSession) -> str | None:
        """Where it is broadcast, which is for those with a seat; a preview is for everybody."""
        return (session.live_url or course.live_url) if self.shows_links or session.is_preview else None

    def _said(self, course: Course, session: CourseSession) -> Iterable[str]:
        teacher = self.teachers.get(session.teacher_id) if session.teacher_id else None
        if teacher:
            yield f"讲师：{teacher.name}"
        if session.state is SessionState.CANCELLED and session.cancel_reason:
            yield f"已取消：{session.cancel_reason}"


async def timetable_of(feed: CalendarFeed, *, at: datetime) -> Timetable:
    """What a feed shows: published courses, sixty days back and a year ahead."""
    if feed.kind is FeedKind.MEMBER:
        name, found = "我的课程", await fetch(_OF_MEMBER, feed.member_id)
    else:
        group = await Group.existing(feed.group_id)
        name, found = f"{group.title} 课程表", await fetch(_OF_GROUP, group.id, group.circle_id)
    shown = (CourseStatus.PUBLISHED, CourseStatus.ENDED)
    courses = {
        one.id: one for one in await Course.filter(id__in=[as_id(row["course_id"]) for row in found], status__in=shown)
    }
    sessions = (
        await CourseSession.filter(
            course_id__in=list(courses),
            starts_at__gt=at - timedelta(days=DAYS_BACK),
            starts_at__lt=at + timedelta(days=DAYS_AHEAD),
        )
        .order_by("starts_at", "id")
        .limit(SESSIONS_MOST)
    )
    teachers = await Teacher.filter(id__in=list({one.teacher_id for one in sessions if one.teacher_id}))
    is_own = feed.kind is FeedKind.MEMBER
    return Timetable(name, sessions, courses, {one.id: one for one in teachers}, shows_links=is_own)


def _alarm(course: Course, minutes: int) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", course.title)
    alarm.add("trigger", -timedelta(minutes=minutes))
    return alarm
