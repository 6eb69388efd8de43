"""The timetable of a fixed course: the sessions that its weekly slots make, holidays left out.

Making it again adds what is missing and nothing else: a session that was made keeps its slot and day, wherever it was
moved to, and also when it was called off. The course's row is held, so what is read of it stays true until the commit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from models.errors import DomainError, Invalid, within
from models.learning.course import Course
from models.learning.course_session import CourseSession
from models.learning.course_slot import CourseSlot
from models.learning.holiday import Holiday
from store.database import transaction

WEEKS_MOST = 104
SESSIONS_MOST = 200
_DAY = timedelta(days=1)


class CourseHasNoSlot(DomainError):
    code = "COURSE_HAS_NO_SLOT"
    zh = "请先设置每周时段"
    en = "This course has no weekly slot in that time."


@dataclass(frozen=True)
class Series:
    """What to make: the sessions of n `weeks` from a day on, or so many `sessions`, however many holidays there are."""

    first_day: date
    weeks: int | None = None
    sessions: int | None = None

    def checked(self) -> "Series":
        within("weeks", self.weeks, 1, WEEKS_MOST)
        within("sessions", self.sessions, 1, SESSIONS_MOST)
        if (self.weeks is None) == (self.sessions is None):
            raise Invalid("weeks", zh="周数与课次数请二选一", en="give either weeks or sessions")
        return self

    @property
    def last_day(self) -> date:
        """The day behind which nothing is made."""
        return self.first_day + (self.weeks or WEEKS_MOST) * 7 * _DAY - _DAY


@dataclass(frozen=True)
class Made:
    """What came of it: the sessions that are new, and the holidays that were left out, with their names."""

    sessions: list[CourseSession]
    skipped: dict[date, str]


async def make_sessions(
    course_id: UUID, series: Series, *, expected_version: int, staff_id: UUID, at: datetime
) -> Made:
    """Make the sessions of a course's slots, where they are not there yet.

    Raises `CourseHasNoSlot`, `CourseChanged`, `CourseOver`, `Invalid`, `NotFound`.
    """
    series.checked()
    async with transaction():
        course = await Course.held(course_id, expected_version=expected_version)
        course.refuse_over()
        slots = await CourseSlot.filter(course_id=course.id).order_by("minute", "id")
        holidays = await Holiday.between(series.first_day, series.last_day)
        planned, skipped = _planned(series, slots, holidays)
        if not planned and not skipped:
            raise CourseHasNoSlot()
        made = await _written(course, planned, at=at)
        if made:
            await course.turned(at=at)
            after = {"sessions": len(made), "first_day": series.first_day, "skipped": sorted(skipped)}
            await course.audit("make_sessions", None, after, None, staff_id=staff_id, at=at)
    return Made(made, skipped)


def _planned(
    series: Series, slots: list[CourseSlot], holidays: dict[date, str]
) -> tuple[list[tuple[CourseSlot, date]], dict[date, str]]:
    planned: list[tuple[CourseSlot, date]] = []
    skipped: dict[date, str] = {}
    for day in _days(series.first_day, series.last_day):
        for slot in slots:
            if not slot.makes_on(day):
                continue
            if day in holidays:
                skipped[day] = holidays[day]
                continue
            planned.append((slot, day))
            if series.sessions and len(planned) == series.sessions:
                return planned, skipped
    return planned, skipped


def _days(first: date, last: date) -> Iterator[date]:
    return (first + n * _DAY for n in range((last - first).days + 1))


async def _written(course: Course, planned: list[tuple[CourseSlot, date]], *, at: datetime) -> list[CourseSession]:
    known = {
        (one.slot_id, one.local_date) for one in await CourseSession.filter(course_id=course.id, slot_id__isnull=False)
    }
    number = await CourseSession.next_number(course.id)
    wanted = [(slot, day) for slot, day in planned if (slot.id, day) not in known]
    made = [slot_session(course, slot, day, number + n, at=at) for n, (slot, day) in enumerate(wanted)]
    await CourseSession.bulk_create(made)
    return made


def slot_session(course: Course, slot: CourseSlot, day: date, number: int, *, at: datetime) -> CourseSession:
    """The session of a slot on a day, not written yet."""
    session = CourseSession.of(course, number, slot.starts_at(day), slot.minutes, at=at)
    session.slot_id, session.local_date = slot.id, day
    session.teacher_id = slot.teacher_id or course.teacher_id
    session.live_url, session.location = slot.live_url, slot.location
    return session


async def next_day(slot: CourseSlot) -> date | None:
    """The day after all that a slot has made on which it would make its next session; None where it has ended."""
    last = await CourseSession.filter(slot_id=slot.id).order_by("-local_date").first()
    first = (last.local_date if last and last.local_date else slot.created_at.date()) + _DAY
    until = first + WEEKS_MOST * 7 * _DAY
    holidays = await Holiday.between(first, until)
    return next((day for day in _days(first, until) if slot.makes_on(day) and day not in holidays), None)
