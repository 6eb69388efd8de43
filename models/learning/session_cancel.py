"""Calling sessions off, one or it and all that follow; and making up for one: at an instant, or at its series' end."""

from datetime import datetime, timedelta
from uuid import UUID

from models.errors import Invalid, bounded_text
from models.learning.course import Course
from models.learning.course_session import CourseSession, SessionState
from models.learning.course_slot import CourseSlot
from models.learning.session_change import SessionChange, SessionChangeKind
from models.learning.timetable import next_day, slot_session
from models.staff.audit import REASON_MOST, columns_of
from store.database import transaction


async def cancel_session(
    id: UUID,
    *,
    reason: str,
    with_following: bool = False,
    appends_make_up: bool = False,
    make_up_at: datetime | None = None,
    expected_version: int,
    staff_id: UUID,
    at: datetime,
) -> tuple[list[CourseSession], CourseSession | None]:
    """Call a session off, or it and all that follow; returns them and the one that makes up for it.

    Raises `SessionChanged`, `SessionOver`, `Invalid`, `NotFound`.
    """
    why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
    if make_up_at is not None and make_up_at <= at:
        raise Invalid("makeUpAt", zh="时间已过", en="it lies in the past")
    if with_following and (appends_make_up or make_up_at is not None):
        raise Invalid("withFollowing", zh="取消后续全部课次时不能补课", en="only a single session is made up for")
    async with transaction():
        course, session = await CourseSession.taken(id, expected_version=expected_version)
        session.refuse_begun(at=at)
        meant = [one for one in await session.following() if one.starts_at > at] if with_following else [session]
        changes = [await called_off(course, one, why, staff_id=staff_id, at=at) for one in meant]
        await SessionChange.keep(changes, at=at)
        if not appends_make_up and make_up_at is None:
            return meant, None
        course.refuse_over()
        make_up = await _make_up(course, session, make_up_at, at=at)
        after = {"session_id": make_up.id, **columns_of(make_up, "number", "starts_at", "make_up_for_id")}
        await course.audit("make_up_session", None, after, why, staff_id=staff_id, at=at)
    return meant, make_up


async def called_off(
    course: Course, session: CourseSession, why: str | None, *, staff_id: UUID | None, at: datetime
) -> SessionChange:
    """Write down that a session of a held course does not take place; the caller keeps the change."""
    was = (session.starts_at, session.teacher_id)
    before = {"state": session.state, "cancel_reason": session.cancel_reason}
    await session.turned({"state": SessionState.CANCELLED, "cancel_reason": why}, at=at)
    if staff_id:
        await session.audit(course, "cancel_session", before, why, staff_id=staff_id, at=at)
    return SessionChange.of(session, SessionChangeKind.CANCELLED, before=was, reason=why, staff_id=staff_id, at=at)


async def _make_up(
    course: Course, session: CourseSession, starts_at: datetime | None, *, at: datetime
) -> CourseSession:
    number = await CourseSession.next_number(course.id)
    if starts_at is not None:
        made = CourseSession.of(course, number, starts_at, session.minutes, at=at)
    else:
        slot = await CourseSlot.get_or_none(id=session.slot_id) if session.slot_id else None
        day = await next_day(slot) if slot else None
        if slot is None or day is None:
            raise Invalid(
                "appendsMakeUp", zh="该课次没有后续时段，请指定补课时间", en="its series is over; say an instant"
            )
        made = slot_session(course, slot, day, number, at=at)
    kept = columns_of(session, "minutes", "title", "live_url", "location", "teacher_id", "is_preview")
    made.update_from_dict(kept | {"teacher_id": session.substitute_for_id or session.teacher_id})
    made.make_up_for_id, made.ends_at = session.id, made.starts_at + timedelta(minutes=made.minutes)
    await made.save(force_create=True)
    return made
