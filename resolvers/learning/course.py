"""Courses: found by members, written by staff within their scope."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Info

from auth.context import Context
from auth.permissions import IsMemberOr, StaffCan
from auth.scope import demand_course, demand_group, demand_whole_brand
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import EVERY_ROW
from models.learning.course import Course as CourseRecord
from models.learning.course_terms import CourseTerms
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.learning.course import (
    ChangeCourseInput,
    ChangeCoursePayload,
    CloseCourseInput,
    CloseCoursePayload,
    Course,
    CourseFilter,
    DraftCourseInput,
    DraftCoursePayload,
    PublishCourseInput,
    PublishCoursePayload,
)
from schema.payload import mutation, query

READING = IsMemberOr(StaffRight.COURSES_READ)
WRITING = StaffCan(StaffRight.COURSES_WRITE)

Filter = Annotated[CourseFilter | None, strawberry.argument(description="Which courses; all if absent.")]
CourseId = Annotated[strawberry.ID, strawberry.argument(description="The course.")]


@strawberry.type
class CourseQueries:
    @query(allow=READING, description="Courses, newest first; for members those published to them.")
    async def courses(
        self,
        info: Info,
        filter: Filter = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Course]:
        where = filter.condition() if filter else EVERY_ROW
        every = listing(CourseRecord, order=("-created_at", "-id"), where=where)
        page: Connection[Course] = await info.context.loads.list_page(every, PageArguments(first, after, last, before))
        return page

    @query(allow=READING, description="A course; nothing where it is absent or not for the caller to see.")
    async def course(self, info: Info, id: CourseId) -> Course | None:
        found: Course | None = await info.context.loads.by_id(CourseRecord, id_of("Course", id, field="id"))
        return found


@strawberry.type
class CourseMutations:
    @mutation(allow=WRITING, description="Write a new course, as a draft.")
    async def draft_course(self, info: Info, input: DraftCourseInput) -> DraftCoursePayload:
        context, once, terms = info.context, info.context.once(input), await input.terms.terms()
        await _demand_place(context, terms)
        course = await CourseRecord.draft(input.kind, terms, staff_id=context.staff_id, at=context.at, once=once)
        return DraftCoursePayload(course=mirrored(course), is_replay=once.replayed)

    @mutation(allow=WRITING, description="Say all of a course anew.")
    async def change_course(self, info: Info, input: ChangeCourseInput) -> ChangeCoursePayload:
        context, terms = info.context, await input.terms.terms()
        course_id = await writable(context, input.course_id)
        await _demand_place(context, terms)
        course = await CourseRecord.change(
            course_id,
            terms,
            expected_version=input.expected_version,
            staff_id=context.staff_id,
            reason=input.reason,
            at=context.at,
        )
        return ChangeCoursePayload(course=mirrored(course))

    @mutation(allow=WRITING, description="Let members see a course.")
    async def publish_course(self, info: Info, input: PublishCourseInput) -> PublishCoursePayload:
        context = info.context
        course = await CourseRecord.publish(
            await writable(context, input.course_id),
            expected_version=input.expected_version,
            staff_id=context.staff_id,
            at=context.at,
        )
        return PublishCoursePayload(course=mirrored(course))

    @mutation(allow=WRITING, description="End a course, or put it away.")
    async def close_course(self, info: Info, input: CloseCourseInput) -> CloseCoursePayload:
        context = info.context
        course = await CourseRecord.close(
            await writable(context, input.course_id),
            input.status,
            expected_version=input.expected_version,
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
        )
        return CloseCoursePayload(course=mirrored(course))


async def writable(context: Context, text: str) -> UUID:
    """The id of a course that the caller may change, or `NotFound`."""
    course_id = id_of("Course", text, field="courseId")
    await demand_course(context, course_id)
    return course_id


async def _demand_place(context: Context, terms: CourseTerms) -> None:
    """Staff of a part write courses of their groups only."""
    if terms.group_id:
        await demand_group(context, terms.group_id)
    else:
        demand_whole_brand(context)
