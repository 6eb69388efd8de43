"""A substitute: another teacher gives one session, or it and all that follow; whom it stands in for is kept."""

from datetime import datetime
from uuid import UUID

from models.errors import Invalid, bounded_text
from models.learning.course import Course
from models.learning.course_session import CourseSession
from models.learning.session_change import SessionChange, SessionChangeKind
from models.learning.teacher import Teacher
from models.staff.audit import REASON_MOST
from store.database import transaction


async def substitute(
    id: UUID,
    teacher_id: UUID,
    *,
    with_following: bool = False,
    reason: str,
    expected_version: int,
    staff_id: UUID,
    at: datetime,
) -> list[CourseSession]:
    """Have another teacher give a session; returns those that changed hands, in their order.

    The regular teacher takes one back in the same way. Raises `SessionChanged`, `SessionOver`, `Invalid`, `NotFound`.
    """
    why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
    teacher = await Teacher.existing(teacher_id, field="teacherId")
    if not teacher.is_active:
        raise Invalid("teacherId", zh="该讲师已停用", en="this teacher gives no more sessions")
    async with transaction():
        course, session = await CourseSession.taken(id, expected_version=expected_version)
        session.refuse_begun(at=at)
        meant = await session.following() if with_following else [session]
        given = [one for one in meant if one.teacher_id != teacher.id and one.starts_at > at]
        changes = [await _handed_over(course, one, teacher, why, staff_id=staff_id, at=at) for one in given]
        await SessionChange.keep(changes, at=at)
    return given


async def _handed_over(
    course: Course, session: CourseSession, teacher: Teacher, why: str | None, *, staff_id: UUID, at: datetime
) -> SessionChange:
    before = {"teacher_id": session.teacher_id, "substitute_for_id": session.substitute_for_id}
    regular = session.substitute_for_id or session.teacher_id
    columns = {"teacher_id": teacher.id, "substitute_for_id": None if regular == teacher.id else regular}
    was = (session.starts_at, session.teacher_id)
    await session.turned(columns, at=at)
    await session.audit(course, "substitute_teacher", before, why, staff_id=staff_id, at=at)
    return SessionChange.of(session, SessionChangeKind.SUBSTITUTED, before=was, reason=why, staff_id=staff_id, at=at)
