"""Sessions: read by members and staff, moved, called off and handed over by staff within their scope."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Info

from auth.context import Context
from auth.permissions import IsMember
from auth.scope import demand_of_course
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import Condition
from models.learning.course_session import CourseSession as CourseSessionRecord
from models.learning.local_time import minute_of
from models.learning.session_cancel import cancel_session
from models.learning.session_move import Shift, move_following, move_session
from models.learning.substitution import substitute
from resolvers.learning.course import READING, WRITING, writable
from schema.ids import id_of, optional_id_of
from schema.learning.course_session import (
    AddSessionInput,
    AddSessionPayload,
    CancelSessionInput,
    CancelSessionPayload,
    CourseSession,
    DescribeSessionInput,
    DescribeSessionPayload,
    MoveFollowingSessionsInput,
    MoveFollowingSessionsPayload,
    MoveSessionInput,
    MoveSessionPayload,
    SubstituteTeacherInput,
    SubstituteTeacherPayload,
)
from schema.payload import mutation, query

SessionId = Annotated[strawberry.ID, strawberry.argument(description="The session.")]
From = Annotated[datetime, strawberry.argument(description="Sessions that begin then or later.")]
Until = Annotated[datetime, strawberry.argument(description="Sessions that begin before then.")]
GroupId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only those a group's members may come to; all if absent.")
]
TeacherId = Annotated[strawberry.ID | None, strawberry.argument(description="Only those of this teacher.")]

_OF_GROUP = (
    "EXISTS (SELECT 1 FROM course o WHERE o.id = {row}.course_id AND (o.group_id = ? OR o.group_id IS NULL AND "
    "(o.circle_id IS NULL OR o.circle_id = (SELECT h.circle_id FROM chat_group h WHERE h.id = ?))))"
)
_MINE = (
    "{row}.state = 'scheduled' AND {row}.ends_at > ? AND EXISTS (SELECT 1 FROM enrollment e "
    "WHERE e.course_id = {row}.course_id AND e.member_id = ? AND e.state = 'enrolled')"
)


@strawberry.type
class CourseSessionQueries:
    @query(allow=READING, description="The timetable between two instants, by the beginning of sessions.")
    async def timetable(
        self,
        info: Info,
        begins_from: From,
        begins_until: Until,
        group_id: GroupId = None,
        teacher_id: TeacherId = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CourseSession]:
        parts = [Condition("{row}.starts_at >= ? AND {row}.starts_at < ?", (begins_from, begins_until))]
        if group := optional_id_of("Group", group_id, field="groupId"):
            parts.append(Condition(_OF_GROUP, (group, group)))
        if teacher := optional_id_of("Teacher", teacher_id, field="teacherId"):
            parts.append(Condition("{row}.teacher_id = ?", (teacher,)))
        where = Condition(
            " AND ".join(part.sql for part in parts), tuple(value for part in parts for value in part.values)
        )
        every = listing(CourseSessionRecord, order=("starts_at", "id"), where=where)
        page: Connection[CourseSession] = await info.context.loads.list_page(
            every, PageArguments(first, after, last, before)
        )
        return page

    @query(allow=IsMember(), description="What is to come of the caller's courses, soonest first.")
    async def upcoming_sessions(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[CourseSession]:
        where = Condition(_MINE, (info.context.at, info.context.member_id))
        every = listing(CourseSessionRecord, order=("starts_at", "id"), where=where)
        page: Connection[CourseSession] = await info.context.loads.list_page(
            every, PageArguments(first, after, last, before)
        )
        return page

    @query(allow=READING, description="A session; nothing where it is absent or not for the caller to see.")
    async def course_session(self, info: Info, id: SessionId) -> CourseSession | None:
        session_id = id_of("CourseSession", id, field="id")
        found: CourseSession | None = await info.context.loads.by_id(CourseSessionRecord, session_id)
        return found


@strawberry.type
class CourseSessionMutations:
    @mutation(allow=WRITING, description="Put one more session in the timetable.")
    async def add_session(self, info: Info, input: AddSessionInput) -> AddSessionPayload:
        context = info.context
        session = await CourseSessionRecord.add(
            await writable(context, input.course_id),
            input.terms.terms(),
            starts_at=input.starts_at,
            minutes=input.minutes,
            teacher_id=optional_id_of("Teacher", input.teacher_id, field="teacherId"),
            staff_id=context.staff_id,
            at=context.at,
        )
        return AddSessionPayload(session=mirrored(session))

    @mutation(allow=WRITING, description="Say anew what a session is about, where it is and where its recording lies.")
    async def describe_session(self, info: Info, input: DescribeSessionInput) -> DescribeSessionPayload:
        context = info.context
        session = await CourseSessionRecord.say(
            await _session(context, input.session_id),
            input.terms.terms(),
            expected_version=input.expected_version,
            staff_id=context.staff_id,
            at=context.at,
        )
        return DescribeSessionPayload(session=mirrored(session))

    @mutation(allow=WRITING, description="Move one session; those who are enrolled are told.")
    async def move_session(self, info: Info, input: MoveSessionInput) -> MoveSessionPayload:
        context = info.context
        session = await move_session(
            await _session(context, input.session_id),
            input.starts_at,
            minutes=input.minutes,
            reason=input.reason,
            expected_version=input.expected_version,
            staff_id=context.staff_id,
            at=context.at,
        )
        return MoveSessionPayload(session=mirrored(session))

    @mutation(allow=WRITING, description="Move a session and all that follow it; those who are enrolled are told.")
    async def move_following_sessions(
        self, info: Info, input: MoveFollowingSessionsInput
    ) -> MoveFollowingSessionsPayload:
        context = info.context
        minute = minute_of(input.time, "time") if input.time is not None else None
        sessions = await move_following(
            await _session(context, input.session_id),
            Shift(days=input.days, weekday=input.weekday, minute=minute),
            reason=input.reason,
            expected_version=input.expected_version,
            staff_id=context.staff_id,
            at=context.at,
        )
        return MoveFollowingSessionsPayload(sessions=mirrored(sessions))

    @mutation(allow=WRITING, description="Call sessions off, and make up for one or not; those enrolled are told.")
    async def cancel_session(self, info: Info, input: CancelSessionInput) -> CancelSessionPayload:
        context = info.context
        sessions, make_up = await cancel_session(
            await _session(context, input.session_id),
            reason=input.reason,
            with_following=input.with_following,
            appends_make_up=input.appends_make_up,
            make_up_at=input.make_up_at,
            expected_version=input.expected_version,
            staff_id=context.staff_id,
            at=context.at,
        )
        return CancelSessionPayload(sessions=mirrored(sessions), make_up=mirrored(make_up))

    @mutation(allow=WRITING, description="Have another teacher give a session, or it and all that follow.")
    async def substitute_teacher(self, info: Info, input: SubstituteTeacherInput) -> SubstituteTeacherPayload:
        context = info.context
        sessions = await substitute(
            await _session(context, input.session_id),
            id_of("Teacher", input.teacher_id, field="teacherId"),
            with_following=input.with_following,
            reason=input.reason,
            expected_version=input.expected_version,
            staff_id=context.staff_id,
            at=context.at,
        )
        return SubstituteTeacherPayload(sessions=mirrored(sessions))


async def _session(context: Context, text: str) -> UUID:
    """The id of a session that the caller may change, or `NotFound`."""
    session_id = id_of("CourseSession", text, field="sessionId")
    await demand_of_course(context, "course_session", session_id, field="sessionId")
    return session_id
