"""The roll call: a teacher or colleague says who was there, for as many members at once as a session has.

Each is written in a transaction of its own, so that one who cannot be marked keeps no other from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.actor import Actor
from models.errors import DomainError, Invalid, NotAllowed, bounded_text, within
from models.learning.attendance import Attendance, AttendanceNotOpen, AttendanceWay, Presence, refusal_of
from models.learning.classroom import Classroom
from models.learning.course_session import CourseSession
from models.learning.teacher import Teacher
from models.members.member import Member
from models.staff.audit import REASON_MOST
from store.database import transaction

MARKED_MOST = 200


@dataclass(frozen=True)
class Marked:
    """What became of one member of a roll call."""

    member_id: UUID
    attendance: Attendance | None = None
    refusal: DomainError | None = None


async def call_roll(
    session_id: UUID,
    member_ids: Sequence[UUID],
    *,
    actor: Actor,
    at: datetime,
    arrived_at: datetime | None = None,
    reason: str | None = None,
) -> list[Marked]:
    """Mark members as present, from the start or from an instant on; says of each what became of it.

    Raises `AttendanceNotOpen` before the session begins, `Invalid`, `NotFound`.
    """
    why = bounded_text(reason, "reason", most=REASON_MOST) or None
    within("memberIds", len(member_ids), 1, MARKED_MOST)
    session = await CourseSession.existing(session_id, field="sessionId")
    if at < session.starts_at:
        raise AttendanceNotOpen(retry_at=session.starts_at)
    since = arrived_at or session.starts_at
    if since >= session.ends_at:
        raise Invalid("arrivedAt", zh="应早于课程结束时间", en="it must be before the end of the session")
    presence = Presence.arrived(AttendanceWay.HAND, session, await Classroom.of(session.course_id), since)
    return [await _marked(session, member_id, presence, actor, why, at=at) for member_id in dict.fromkeys(member_ids)]


async def _marked(
    session: CourseSession, member_id: UUID, presence: Presence, actor: Actor, reason: str | None, *, at: datetime
) -> Marked:
    try:
        async with transaction():
            await Member.hold(member_id)
            made = await Attendance.made(session, member_id, presence, actor, at=at)
            after = {"member_id": member_id, "minutes": made.minutes, "is_late": made.is_late}
            await actor.audit("mark_attendance", made, before=None, after=after, reason=reason, at=at)
    except DomainError as refusal:
        return Marked(member_id, refusal=refusal)
    except IntegrityError as error:
        named = refusal_of(error)
        if not isinstance(named, DomainError):
            raise
        return Marked(member_id, refusal=named)
    return Marked(member_id, attendance=made)


async def refuse_other_than_teacher(member_id: UUID, session_id: UUID) -> None:
    """Raise `NotAllowed` for a member who does not teach the session; `NotFound`."""
    session = await CourseSession.existing(session_id, field="sessionId")
    teacher = await Teacher.get_or_none(id=session.teacher_id) if session.teacher_id else None
    if teacher is None or teacher.member_id != member_id:
        raise NotAllowed()
