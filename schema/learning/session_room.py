"""What a session shows of its members' learning: whether it is open to the caller, where it is seen, who was there."""

from collections.abc import Sequence
from typing import Any

import strawberry

from auth.caller import CallerKind
from engine.declare import Connection, batch, connection, many
from engine.relation import Condition
from models.eligibility import Eligibility as EligibilityFound
from models.learning.attendance import Attendance as AttendanceRecord
from models.learning.course import Course as CourseRecord
from models.learning.course_session import CourseSession as CourseSessionRecord
from models.learning.feedback import SessionFeedback as SessionFeedbackRecord
from models.learning.material import MATERIALS_MOST
from models.learning.material import Material as MaterialRecord
from models.learning.quiz import Quiz as QuizRecord
from models.learning.session_access import Door
from models.learning.watching import Watching as WatchingRecord
from schema.eligibility import Eligibility
from schema.learning.attendance import Attendance, SessionFeedback, Watching
from schema.learning.material import Material
from schema.learning.quiz import Quiz

COUNTS = Condition("{row}.voided_at IS NULL")
STANDS = Condition("{row}.removed_at IS NULL")

Sessions = Sequence[CourseSessionRecord]


async def _door(sessions: Sessions, context: Any) -> Door | None:
    """What the calling member may open; staff open everything."""
    if context.caller.kind is not CallerKind.MEMBER:
        return None
    return await Door.of(context.member_id, sessions, at=context.at)


async def viewer_accesses(sessions: Sessions, context: Any) -> list[Eligibility | None]:
    door = await _door(sessions, context)
    if door is None:
        return [None] * len(sessions)
    return [Eligibility.of(EligibilityFound(door.refusals(one)), context.locale) for one in sessions]


async def live_urls(sessions: Sessions, context: Any) -> list[str | None]:
    """The session's own broadcast, or else its course's, for those whom it is open to."""
    door = await _door(sessions, context)
    courses = {one.id: one for one in await CourseRecord.filter(id__in=list({one.course_id for one in sessions}))}
    urls = [one.live_url or courses[one.course_id].live_url for one in sessions]
    return [url if not door or not door.refusals(one) else None for one, url in zip(sessions, urls, strict=True)]


async def replay_urls(sessions: Sessions, context: Any) -> list[str | None]:
    door = await _door(sessions, context)
    return [one.replay_url if not door or not door.replay_refusals(one) else None for one in sessions]


async def viewer_attendances(sessions: Sessions, context: Any) -> list[AttendanceRecord | None]:
    ids = [one.id for one in sessions]
    mine = AttendanceRecord.filter(member_id=context.caller.id, session_id__in=ids, voided_at__isnull=True)
    found = {one.session_id: one for one in await mine}
    return [found.get(one) for one in ids]


async def viewer_watchings(sessions: Sessions, context: Any) -> list[WatchingRecord | None]:
    ids = [one.id for one in sessions]
    found = {
        one.session_id: one for one in await WatchingRecord.filter(member_id=context.caller.id, session_id__in=ids)
    }
    return [found.get(one) for one in ids]


async def viewer_feedbacks(sessions: Sessions, context: Any) -> list[SessionFeedbackRecord | None]:
    ids = [one.id for one in sessions]
    mine = await SessionFeedbackRecord.filter(member_id=context.caller.id, session_id__in=ids)
    found = {one.session_id: one for one in mine}
    return [found.get(one) for one in ids]


@strawberry.type
class SessionRoom:
    """What a session shows of its classroom."""

    viewer_access: Eligibility | None = batch(
        viewer_accesses, description="Whether the calling member may watch it and read its materials; absent for staff."
    )
    live_url: str | None = batch(live_urls, description="Where it is broadcast; for those whom it is open to.")
    replay_url: str | None = batch(
        replay_urls, description="Where its recording lies, while it is offered; for those whom it is open to."
    )
    viewer_attendance: Attendance | None = batch(
        viewer_attendances, needs=("id",), description="That the caller took part in it."
    )
    viewer_watching: Watching | None = batch(
        viewer_watchings, needs=("id",), description="What the caller has watched of it."
    )
    viewer_feedback: SessionFeedback | None = batch(
        viewer_feedbacks, needs=("id",), description="What the caller thinks of it."
    )
    attendances: Connection[Attendance] = connection(
        AttendanceRecord,
        "session_id",
        order=("created_at", "id"),
        where=COUNTS,
        description="Who took part, the earliest first; the caller's own, all for its teachers and staff.",
    )
    homework: Connection[Quiz] = connection(
        QuizRecord,
        "course_session_id",
        order=("created_at", "id"),
        description="Quizzes to do after it, the earliest first; for those with a seat, and for staff.",
    )
    feedback: Connection[SessionFeedback] = connection(
        SessionFeedbackRecord,
        "session_id",
        order=("-created_at", "-id"),
        description="What members think of it, newest first; the caller's own, all for staff.",
    )
    materials: list[Material] = many(
        MaterialRecord,
        "session_id",
        order=("created_at", "id"),
        where=STANDS,
        bound=MATERIALS_MOST,
        description="Files and links of this session, the oldest first.",
    )
