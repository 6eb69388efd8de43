"""Moving sessions: one of them to another instant, or one and all that follow it by days, or to a weekday and time.

What follows are the sessions of the same slot that are still to come. They move from the days that they were made for,
also one that had been moved by itself; those that were called off stay so, on their new days. A session of no slot is
followed by the others of its course that have none.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from models.errors import Invalid, bounded_text, within
from models.learning.course import Course
from models.learning.course_session import CourseSession, SessionState
from models.learning.course_slot import CourseSlot
from models.learning.course_terms import MINUTES_MOST
from models.learning.local_time import instant_of, local_day, local_minute
from models.learning.session_change import SessionChange, SessionChangeKind
from models.staff.audit import REASON_MOST
from store.database import transaction

DAYS_MOST = 366


@dataclass(frozen=True)
class Shift:
    """How all following move: by `days`, or to a `weekday` of the same week (1 for Monday); and to a `minute`."""

    days: int | None = None
    weekday: int | None = None
    minute: int | None = None

    def checked(self) -> "Shift":
        within("days", self.days, -DAYS_MOST, DAYS_MOST)
        within("weekday", self.weekday, 1, 7)
        if self.days is not None and self.weekday is not None:
            raise Invalid("weekday", zh="天数与星期请二选一", en="give days or a weekday, not both")
        if not self.days and self.weekday is None and self.minute is None:
            raise Invalid("days", zh="请填写移动方式", en="say where they move to")
        return self

    def days_from(self, day: date) -> int:
        """By how many days a session moves that was made for a day."""
        return self.weekday - day.isoweekday() if self.weekday else self.days or 0


async def move_session(
    id: UUID,
    starts_at: datetime,
    *,
    minutes: int | None = None,
    reason: str,
    expected_version: int,
    staff_id: UUID,
    at: datetime,
) -> CourseSession:
    """Move one session. Raises `SessionChanged`, `SessionOver`, `Invalid`, `NotFound`."""
    why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
    within("minutes", minutes, 1, MINUTES_MOST)
    _refuse_past(starts_at, at)
    async with transaction():
        course, session = await CourseSession.taken(id, expected_version=expected_version)
        session.refuse_begun(at=at)
        change = await _moved(course, session, starts_at, minutes, why, staff_id=staff_id, at=at)
        await SessionChange.keep([change], at=at)
    return session


async def move_following(
    id: UUID, shift: Shift, *, reason: str, expected_version: int, staff_id: UUID, at: datetime
) -> list[CourseSession]:
    """Move a session and all that follow it; returns them in their order. Raises as `move_session` does."""
    why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
    shift.checked()
    async with transaction():
        course, session = await CourseSession.taken(id, expected_version=expected_version)
        session.refuse_begun(at=at)
        plan = await _planned(course, session, shift, at=at)
        _refuse_past(min(starts_at for _, starts_at, _ in plan), at)
        changes = [
            await _moved(course, one, starts_at, None, why, staff_id=staff_id, at=at, more=columns)
            for one, starts_at, columns in plan
        ]
        await SessionChange.keep(changes, at=at)
    return [one for one, _, _ in plan]


Step = tuple[CourseSession, datetime, dict[str, Any]]


async def _planned(course: Course, session: CourseSession, shift: Shift, *, at: datetime) -> list[Step]:
    """Where each that is still to come moves, and what else changes of it."""
    if session.slot_id is None or session.local_date is None:
        return [_step(one, course.zone, shift) for one in await session.following()]
    slot, day = await CourseSlot.get(id=session.slot_id), session.local_date
    days, minute = shift.days_from(day), slot.minute if shift.minute is None else shift.minute
    next_slot = await slot.succeeded(day - timedelta(days=1), days=days, minute=minute, at=at)
    steps: list[Step] = []
    for one in await CourseSession.filter(slot_id=slot.id, local_date__gte=day).order_by("local_date"):
        assert one.local_date
        moved_day = one.local_date + timedelta(days=days)
        columns: dict[str, Any] = {"slot_id": next_slot.id, "local_date": moved_day}
        if one.state is SessionState.SCHEDULED and one.starts_at > at:
            steps.append((one, next_slot.starts_at(moved_day), columns))
        else:
            await CourseSession.filter(id=one.id).update(**columns)
    return steps


def _step(session: CourseSession, zone: str, shift: Shift) -> Step:
    day = local_day(session.starts_at, zone)
    minute = local_minute(session.starts_at, zone) if shift.minute is None else shift.minute
    return session, instant_of(day + timedelta(days=shift.days_from(day)), minute, zone), {}


async def _moved(
    course: Course,
    session: CourseSession,
    starts_at: datetime,
    minutes: int | None,
    why: str | None,
    *,
    staff_id: UUID,
    at: datetime,
    more: dict[str, Any] | None = None,
) -> SessionChange:
    before = {"starts_at": session.starts_at, "minutes": session.minutes}
    length = minutes or session.minutes
    columns = {
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=length),
        "minutes": length,
        "original_starts_at": session.original_starts_at or session.starts_at,
    }
    was = (session.starts_at, session.teacher_id)
    await session.turned(columns | (more or {}), at=at)
    await session.audit(course, "move_session", before, why, staff_id=staff_id, at=at)
    return SessionChange.of(session, SessionChangeKind.MOVED, before=was, reason=why, staff_id=staff_id, at=at)


def _refuse_past(starts_at: datetime, at: datetime) -> None:
    if starts_at <= at:
        raise Invalid("startsAt", zh="时间已过", en="it lies in the past")
