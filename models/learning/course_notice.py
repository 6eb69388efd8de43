"""A notice: those who have a seat are told that a session begins soon, was moved, called off or given to another
teacher, or that the course does not take place. Each member is told the same thing once (`course_notice_once`).

Reminders are due at the course's distances before a session. One that comes to be due late (somebody enrolled, the
session was moved, nothing ran for a while) is told at the nearest distance only, so nobody hears the same twice in a
row; and a session that has begun reminds nobody.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.actor import SYSTEM, Actor
from models.learning.course import CourseStatus
from models.learning.course_called_off import call_course_off
from models.learning.course_decision import TOPIC as NO_GO
from models.learning.course_session import CourseSession, SessionState
from models.learning.course_terms import REMINDER_MINUTES_MOST
from models.learning.enrollment_change import EnrollmentState
from models.learning.session_change import TOPIC as CHANGED
from models.learning.session_change import SessionChange
from models.one_by_one import OneByOne
from models.record import Record
from models.staff.audit import columns_of
from store.database import among, fetch
from store.ids import as_id
from store.outbox import Payload, effect

SESSIONS_AT_ONCE = 100
NOTICES_AT_ONCE = 500

_UNTOLD = (
    "SELECT e.member_id FROM enrollment e JOIN member m ON m.id = e.member_id "
    "AND m.status IN ('normal', 'muted', 'frozen') WHERE e.course_id = $1 AND {in_state} "
    "AND NOT EXISTS (SELECT 1 FROM course_notice n WHERE n.member_id = e.member_id AND n.subject_id = $3 "
    "AND n.kind = $4 AND n.mark = $5) GROUP BY e.member_id ORDER BY e.member_id LIMIT $6"
)
_SEATED = (EnrollmentState.ENROLLED,)
_CONCERNED = (EnrollmentState.ENROLLED, EnrollmentState.WAITING, EnrollmentState.CALLED_OFF)
"""Whom a no-go is told: also those whose enrolment it has ended already."""


class CourseNoticeKind(StrEnum):
    """What a member is told."""

    REMINDER = "reminder"
    MOVED = "moved"
    CANCELLED = "cancelled"
    SUBSTITUTED = "substituted"
    NO_GO = "no_go"
    SEATED = "seated"


class CourseNotice(Record):
    member_id: UUID = fields.UUIDField()
    course_id: UUID = fields.UUIDField()
    session_id: UUID | None = fields.UUIDField(null=True, description="Absent where it is about the whole course.")
    subject_id: UUID = fields.UUIDField(description="The session, or else the course.")
    kind = fields.CharEnumField(CourseNoticeKind, max_length=12)
    mark = fields.IntField(description="Of a reminder the minutes before, of a change the session's version, or 0.")
    session_count = fields.IntField(default=1, description="The session and those after it that share its fate.")
    reason = fields.CharField(max_length=200, null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "course_notice"
        constraints = (UniqueConstraint(fields=("member_id", "subject_id", "kind", "mark"), name="course_notice_once"),)
        indexes = (Index(fields=("member_id", "created_at", "id"), name="course_notice_by_member"),)

    @classmethod
    async def remind(cls, *, at: datetime) -> int:
        """Write the reminders that are due at `at`; returns how many."""
        told, run, behind = 0, OneByOne("remind of session"), Q(starts_at__gt=at)
        coming = CourseSession.filter(
            state=SessionState.SCHEDULED,
            starts_at__lte=at + timedelta(minutes=REMINDER_MINUTES_MOST),
            course__status=CourseStatus.PUBLISHED,
        )
        while (
            sessions := await coming.filter(behind)
            .select_related("course")
            .order_by("starts_at", "id")
            .limit(SESSIONS_AT_ONCE)
        ):
            for one in sessions:
                minutes = due_distance(one.course.reminders, one.starts_at - at)
                if minutes is not None:
                    reminder = cls.about(one.course_id, one.id, CourseNoticeKind.REMINDER, minutes)
                    told += await run.do(one.id, reminder.tell(_SEATED, at=at)) or 0
            last = sessions[-1]
            behind = Q(starts_at__gt=last.starts_at) | Q(starts_at=last.starts_at, id__gt=last.id)
        return told

    @classmethod
    def about(
        cls, course_id: UUID, session_id: UUID | None, kind: CourseNoticeKind, mark: int, reason: str | None = None
    ) -> Self:
        """What is to be told, to nobody yet."""
        subject_id = session_id or course_id
        return cls(
            course_id=course_id, session_id=session_id, subject_id=subject_id, kind=kind, mark=mark, reason=reason
        )

    async def tell(self, states: Sequence[EnrollmentState], *, at: datetime) -> int:
        """Tell it to everybody whose enrolment in the course is in one of these states and who was not told yet."""
        told, sql = 0, _UNTOLD.format(in_state=among("e.state", 2, "text"))
        key = (self.course_id, [str(one) for one in states], self.subject_id, str(self.kind), self.mark)
        while untold := await fetch(sql, *key, NOTICES_AT_ONCE):
            notices = [self._to(as_id(row["member_id"]), at) for row in untold]
            await type(self).bulk_create(notices, ignore_conflicts=True)
            told += len(notices)
        return told

    def _to(self, member_id: UUID, at: datetime) -> Self:
        columns = columns_of(self, "course_id", "session_id", "subject_id", "kind", "mark", "session_count", "reason")
        return type(self)(member_id=member_id, created_at=at, **columns)


def due_distance(reminders: Sequence[int], left: timedelta) -> int | None:
    """The nearest of some distances (in minutes) that a session which begins after `left` has come within."""
    return min((one for one in reminders if left <= timedelta(minutes=one)), default=None)


@effect(CHANGED)
async def tell_of_changes(payloads: Sequence[Payload]) -> None:
    for payload in payloads:
        change = await SessionChange.get(id=UUID(str(payload["change_id"])))
        kind = CourseNoticeKind(change.kind)
        notice = CourseNotice.about(change.course_id, change.session_id, kind, change.version, change.reason)
        notice.session_count = int(str(payload["sessions"]))
        await notice.tell(_SEATED, at=datetime.fromisoformat(str(payload["at"])))


@effect(NO_GO)
async def tell_of_no_go(payloads: Sequence[Payload]) -> None:
    """Tell everybody first, and then end their enrolments, each with its points back."""
    for payload in payloads:
        course_id, at = UUID(str(payload["course_id"])), datetime.fromisoformat(str(payload["at"]))
        reason = str(payload["reason"]) if payload["reason"] else None
        actor = Actor.staff(UUID(str(payload["staff_id"]))) if payload["staff_id"] else SYSTEM
        notice = CourseNotice.about(course_id, None, CourseNoticeKind.NO_GO, 0, reason)
        await notice.tell(_CONCERNED, at=at)
        await call_course_off(course_id, actor=actor, at=at, reason=reason)
