"""Who may watch a session and read its materials: those with a seat, once it is unlocked; a preview everybody.

The same question stands before a heartbeat, a replay's address and a download, so a gate means the same everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from models.errors import DomainError
from models.learning.classroom import Classroom, Unlock
from models.learning.course import Course, CourseStatus
from models.learning.course_session import CourseSession, SessionState
from store.database import among, fetch
from store.ids import as_id


class NotEnrolled(DomainError):
    code = "NOT_ENROLLED"
    zh = "您尚未报名该课程"
    en = "You have no seat in this course."


class SessionLocked(DomainError):
    code = "SESSION_LOCKED"
    zh = "该课次尚未解锁"
    en = "This session is not unlocked yet."


class SessionCalledOff(DomainError):
    code = "SESSION_CALLED_OFF"
    zh = "该课次已取消"
    en = "This session was called off."


class ReplayExpired(DomainError):
    code = "REPLAY_EXPIRED"
    zh = "回放已过期"
    en = "The recording is not offered any more."


@dataclass(frozen=True)
class Door:
    """What has to be known of a member to say which sessions are open to it."""

    at: datetime
    courses: Mapping[UUID, Course]
    rooms: Mapping[UUID, Classroom]
    seats: frozenset[UUID]
    attended: frozenset[UUID]
    previous: Mapping[UUID, UUID]

    @classmethod
    async def of(cls, member_id: UUID, sessions: Sequence[CourseSession], *, at: datetime) -> Self:
        """In a fixed number of statements, however many sessions there are."""
        ids = list(dict.fromkeys(one.course_id for one in sessions))
        rooms = await Classroom.of_courses(ids)
        in_order = [one for one in ids if rooms[one].unlock is Unlock.BY_PREVIOUS]
        return cls(
            at=at,
            courses={one.id: one for one in await Course.filter(id__in=ids)},
            rooms=rooms,
            seats=await _seats(member_id, ids),
            attended=await _attended(member_id, in_order) if in_order else frozenset(),
            previous=await _previous(in_order) if in_order else {},
        )

    def refusals(self, session: CourseSession) -> list[DomainError]:
        """Everything that stands against watching a session and reading its materials."""
        course, is_called_off = self.courses[session.course_id], session.state is SessionState.CANCELLED
        found: list[DomainError] = [SessionCalledOff()] if is_called_off else []
        if session.is_preview and course.status is CourseStatus.PUBLISHED:
            return found
        if session.course_id not in self.seats:
            return [*found, NotEnrolled()]
        return [*found, *self._locked(session)]

    def _locked(self, session: CourseSession) -> list[DomainError]:
        unlock = self.rooms[session.course_id].unlock
        if unlock is Unlock.BY_DATE and session.starts_at > self.at:
            return [SessionLocked(retry_at=session.starts_at)]
        before = self.previous.get(session.id)
        is_locked = unlock is Unlock.BY_PREVIOUS and before is not None and before not in self.attended
        return [SessionLocked()] if is_locked else []

    def replay_refusals(self, session: CourseSession) -> list[DomainError]:
        """The same for its recording, which may be offered for a time only."""
        until = session.replay_until
        expired = [ReplayExpired()] if until is not None and until <= self.at else []
        return [*self.refusals(session), *expired]


async def _seats(member_id: UUID, course_ids: Sequence[UUID]) -> frozenset[UUID]:
    sql = (
        "SELECT course_id AS id FROM enrollment WHERE member_id = $1 AND state = 'enrolled' "  # noqa: S608 - own text
        f"AND {among('course_id', 2, 'uuid')}"
    )
    return frozenset(as_id(row["id"]) for row in await fetch(sql, member_id, list(course_ids)))


async def _attended(member_id: UUID, course_ids: Sequence[UUID]) -> frozenset[UUID]:
    """The sessions of some courses that the member attended, in class or by their recording."""
    sql = (
        "SELECT session_id AS id FROM attendance WHERE member_id = $1 AND voided_at IS NULL "  # noqa: S608 - own text
        f"AND {among('course_id', 2, 'uuid')}"
    )
    return frozenset(as_id(row["id"]) for row in await fetch(sql, member_id, list(course_ids)))


async def _previous(course_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """By session the one before it in the timetable; those that were called off are none."""
    sql = (
        "SELECT id, LAG(id) OVER (PARTITION BY course_id ORDER BY starts_at, number) AS before FROM course_session "  # noqa: S608 - own text
        f"WHERE state <> 'cancelled' AND {among('course_id', 1, 'uuid')}"
    )
    rows = await fetch(sql, list(course_ids))
    return {as_id(row["id"]): as_id(row["before"]) for row in rows if row["before"] is not None}
