"""Attendance: signed in to, watched and thought of by members; called and voided by teachers and staff."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from auth.context import Context
from auth.permissions import IsMember, IsMemberOr
from auth.scope import demand_of_course, members_seen
from engine.declare import mirrored
from models.actor import Actor
from models.errors import DomainError, NotFound
from models.learning.attendance import Attendance as AttendanceRecord
from models.learning.attendance_code import code_of
from models.learning.attendance_void import AttendanceVoid
from models.learning.classroom import Classroom
from models.learning.course_session import CourseSession as CourseSessionRecord
from models.learning.feedback import SessionFeedback as SessionFeedbackRecord
from models.learning.roll_call import call_roll, refuse_other_than_teacher
from models.learning.watching import Watching as WatchingRecord
from models.members.member import Member as MemberRecord
from models.staff.right import StaffRight
from resolvers.learning.course import WRITING
from resolvers.learning.enrollment import demand_row
from schema.ids import id_of
from schema.learning.attendance import (
    AttendanceCode,
    AttendByCodeInput,
    AttendByCodePayload,
    GiveSessionFeedbackInput,
    GiveSessionFeedbackPayload,
    MarkAttendanceInput,
    MarkAttendancePayload,
    MarkedRow,
    ReportWatchingInput,
    ReportWatchingPayload,
    VoidAttendanceInput,
    VoidAttendancePayload,
)
from schema.payload import mutation, query

TEACHING = IsMemberOr(StaffRight.COURSES_WRITE)
"""A member passes here, and is asked then whether it teaches the session."""

SessionId = Annotated[strawberry.ID, strawberry.argument(description="The session.")]


@strawberry.type
class AttendanceQueries:
    @query(allow=TEACHING, description="The code to show in class now; nothing for a member who does not teach it.")
    async def attendance_code(self, info: Info, session_id: SessionId) -> AttendanceCode | None:
        context = info.context
        try:
            found = await _taught(context, session_id)
        except DomainError:
            return None
        session = await CourseSessionRecord.get(id=found)
        code = code_of(session, await Classroom.of(session.course_id), at=context.at)
        return AttendanceCode(code=code.code, until=code.until)


@strawberry.type
class AttendanceMutations:
    @mutation(allow=IsMember(), description="Sign in to a session with the code that is shown in it.")
    async def attend_by_code(self, info: Info, input: AttendByCodeInput) -> AttendByCodePayload:
        context, once = info.context, info.context.once(input)
        session_id = id_of("CourseSession", input.session_id, field="sessionId")
        made = await AttendanceRecord.by_code(context.member_id, session_id, input.code, at=context.at, once=once)
        viewer = await MemberRecord.get(id=context.member_id)
        return AttendByCodePayload(attendance=mirrored(made), viewer=mirrored(viewer), is_replay=once.replayed)

    @mutation(allow=IsMember(), description="Tell of a piece of a session that a player has played.")
    async def report_watching(self, info: Info, input: ReportWatchingInput) -> ReportWatchingPayload:
        context = info.context
        watching = await WatchingRecord.report(
            context.member_id,
            id_of("CourseSession", input.session_id, field="sessionId"),
            input.from_second,
            input.to_second,
            client_at=input.client_at,
            at=context.at,
        )
        return ReportWatchingPayload(watching=mirrored(watching), credited=watching.credited)

    @mutation(allow=IsMember(), description="Say what one thinks of a session that one attended.")
    async def give_session_feedback(self, info: Info, input: GiveSessionFeedbackInput) -> GiveSessionFeedbackPayload:
        context = info.context
        given = await SessionFeedbackRecord.give(
            context.member_id,
            id_of("CourseSession", input.session_id, field="sessionId"),
            input.score,
            recommends=input.recommends,
            words=input.words,
            at=context.at,
        )
        return GiveSessionFeedbackPayload(feedback=mirrored(given))

    @mutation(allow=TEACHING, description="Say who was there: for the session's teacher, and staff.")
    async def mark_attendance(self, info: Info, input: MarkAttendanceInput) -> MarkAttendancePayload:
        context = info.context
        session_id = await _taught(context, input.session_id)
        member_ids = [id_of("Member", one, field="memberIds") for one in input.member_ids]
        await _demand_seen(context, member_ids)
        rows = await call_roll(
            session_id,
            member_ids,
            actor=_actor(context),
            arrived_at=input.arrived_at,
            reason=input.reason,
            at=context.at,
        )
        return MarkAttendancePayload(rows=[MarkedRow.of(row, context.locale) for row in rows])

    @mutation(allow=WRITING, description="Take an attendance back, with what it paid.")
    async def void_attendance(self, info: Info, input: VoidAttendanceInput) -> VoidAttendancePayload:
        context, once = info.context, info.context.once(input)
        attendance_id = id_of("Attendance", input.attendance_id, field="attendanceId")
        await demand_of_course(context, "attendance", attendance_id, field="attendanceId")
        await demand_row(context, "attendance", attendance_id, field="attendanceId")
        await AttendanceVoid.record(
            attendance_id, reason=input.reason, staff_id=context.staff_id, at=context.at, once=once
        )
        attendance = await AttendanceRecord.get(id=attendance_id)
        return VoidAttendancePayload(attendance=mirrored(attendance), is_replay=once.replayed)


async def _taught(context: Context, text: str) -> UUID:
    """The id of a session that the caller teaches or, as staff, may change."""
    session_id = id_of("CourseSession", text, field="sessionId")
    if context.caller.kind is CallerKind.MEMBER:
        await refuse_other_than_teacher(context.member_id, session_id)
    else:
        await demand_of_course(context, "course_session", session_id, field="sessionId")
    return session_id


async def _demand_seen(context: Context, member_ids: list[UUID]) -> None:
    """Staff mark members in their scope; a teacher whoever has a seat."""
    if context.caller.kind is CallerKind.STAFF and set(member_ids) - await members_seen(context, member_ids):
        raise NotFound(field="memberIds")


def _actor(context: Context) -> Actor:
    is_member = context.caller.kind is CallerKind.MEMBER
    return Actor.member(context.member_id) if is_member else Actor.staff(context.staff_id)
