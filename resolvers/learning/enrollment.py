"""Seats of courses: taken and given up by members, given and taken away by staff."""

from uuid import UUID

import strawberry
from strawberry import Info

from auth.context import Context
from auth.permissions import IsMember
from auth.scope import demand_group, demand_member, demand_of_course, demand_whole_brand, rows_in_scope
from engine.declare import mirrored
from models.errors import NotFound
from models.learning.classroom import Classroom
from models.learning.course import Course as CourseRecord
from models.learning.enrolling_by_staff import enrol_by_staff
from models.learning.enrollment import Enrollment as EnrollmentRecord
from models.learning.enrollment_batch import EnrollmentBatch as EnrollmentBatchRecord
from models.learning.enrollment_end import leave_course, remove_from_course
from models.members.member import Member as MemberRecord
from resolvers.learning.course import WRITING, writable
from schema.ids import id_of, optional_id_of
from schema.learning.classroom import PutClassroomInput, PutClassroomPayload
from schema.learning.enrollment import (
    EnrolInCourseInput,
    EnrolInCoursePayload,
    EnrolManyInput,
    EnrolManyPayload,
    EnrolMemberInput,
    EnrolMemberPayload,
    LeaveCourseInput,
    LeaveCoursePayload,
    RemoveFromCourseInput,
    RemoveFromCoursePayload,
)
from schema.payload import mutation


@strawberry.type
class EnrollmentMutations:
    @mutation(allow=IsMember(), single=True, description="Take a seat in a course, or wait for one.")
    async def enrol_in_course(self, info: Info, input: EnrolInCourseInput) -> EnrolInCoursePayload:
        context, once = info.context, info.context.once(input)
        place = await EnrollmentRecord.enrol(
            context.member_id,
            id_of("Course", input.course_id, field="courseId"),
            waits=input.waits,
            expected_points=input.expected_points,
            at=context.at,
            once=once,
        )
        viewer = await MemberRecord.get(id=context.member_id)
        return EnrolInCoursePayload(enrollment=mirrored(place), viewer=mirrored(viewer), is_replay=once.replayed)

    @mutation(allow=IsMember(), description="Give up a seat, or a place on the waiting list; in time it is refunded.")
    async def leave_course(self, info: Info, input: LeaveCourseInput) -> LeaveCoursePayload:
        context, once = info.context, info.context.once(input)
        course_id = id_of("Course", input.course_id, field="courseId")
        change = await leave_course(context.member_id, course_id, reason=input.reason, at=context.at, once=once)
        return LeaveCoursePayload(
            enrollment=mirrored(await EnrollmentRecord.get(id=change.enrollment_id)),
            refunded=change.refunded,
            viewer=mirrored(await MemberRecord.get(id=context.member_id)),
            is_replay=once.replayed,
        )

    @mutation(allow=WRITING, description="Enrol a member by hand, past the gates of a course.")
    async def enrol_member(self, info: Info, input: EnrolMemberInput) -> EnrolMemberPayload:
        context, once = info.context, info.context.once(input)
        member_id = id_of("Member", input.member_id, field="memberId")
        await demand_member(context, member_id)
        place = await enrol_by_staff(
            member_id,
            await writable(context, input.course_id),
            waits=input.waits,
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
            once=once,
        )
        return EnrolMemberPayload(enrollment=mirrored(place), is_replay=once.replayed)

    @mutation(allow=WRITING, description="Enrol a segment or a group, past the gates of a course.")
    async def enrol_many(self, info: Info, input: EnrolManyInput) -> EnrolManyPayload:
        context, once = info.context, info.context.once(input)
        segment_id = optional_id_of("Segment", input.segment_id, field="segmentId")
        group_id = optional_id_of("Group", input.group_id, field="groupId")
        if group_id:
            await demand_group(context, group_id)
        if segment_id:
            demand_whole_brand(context)
        batch = await EnrollmentBatchRecord.begin(
            await writable(context, input.course_id),
            segment_id=segment_id,
            group_id=group_id,
            waits=input.waits,
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
            once=once,
        )
        return EnrolManyPayload(batch=mirrored(batch), is_replay=once.replayed)

    @mutation(allow=WRITING, description="Take a seat away, or a place on the waiting list.")
    async def remove_from_course(self, info: Info, input: RemoveFromCourseInput) -> RemoveFromCoursePayload:
        context, once = info.context, info.context.once(input)
        enrollment_id = id_of("Enrollment", input.enrollment_id, field="enrollmentId")
        await demand_of_course(context, "enrollment", enrollment_id, field="enrollmentId")
        await demand_row(context, "enrollment", enrollment_id, field="enrollmentId")
        change = await remove_from_course(
            enrollment_id,
            refunds=input.refunds,
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
            once=once,
        )
        place = await EnrollmentRecord.get(id=enrollment_id)
        return RemoveFromCoursePayload(enrollment=mirrored(place), refunded=change.refunded, is_replay=once.replayed)

    @mutation(allow=WRITING, description="Say by which rules a course is attended.")
    async def put_classroom(self, info: Info, input: PutClassroomInput) -> PutClassroomPayload:
        context = info.context
        room = await Classroom.put(
            await writable(context, input.course_id),
            input.rules.terms(),
            expected_version=input.expected_version,
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
        )
        return PutClassroomPayload(course=mirrored(await CourseRecord.get(id=room.course_id)))


async def demand_row(context: Context, table: str, id: UUID, *, field: str) -> None:
    """Raise `NotFound` for a row of a member outside the caller's scope."""
    if not await rows_in_scope(context, table, [id]):
        raise NotFound(field=field)
