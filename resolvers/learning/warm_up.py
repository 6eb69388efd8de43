"""Temporary courses: warmed up for, and decided on, by staff within their scope."""

from dataclasses import replace
from uuid import UUID

import strawberry
from strawberry import Info

from auth.context import Context
from auth.permissions import StaffCan
from auth.scope import demand_of_course, in_scope
from engine.declare import mirrored
from models.learning.course_decision import CourseDecision as CourseDecisionRecord
from models.learning.warm_up import WarmUpTask as WarmUpTaskRecord
from models.learning.warm_up_report import warm_up_report
from models.staff.right import StaffRight
from resolvers.learning.course import WRITING, CourseId, writable
from schema.ids import id_of
from schema.learning.visibility import courses_seen
from schema.learning.warm_up import (
    CloseWarmUpTaskInput,
    CloseWarmUpTaskPayload,
    DecideOnCourseInput,
    DecideOnCoursePayload,
    PlanWarmUpInput,
    PlanWarmUpPayload,
    ReopenWarmUpTaskInput,
    ReopenWarmUpTaskPayload,
)
from schema.learning.warm_up_report import WarmUpReport
from schema.payload import mutation, query


@strawberry.type
class WarmUpQueries:
    @query(allow=StaffCan(StaffRight.COURSES_READ), description="What a warm-up has brought, beside other courses.")
    async def warm_up_report(self, info: Info, course_id: CourseId) -> WarmUpReport:
        context, asked = info.context, await writable(info.context, course_id)
        report = await warm_up_report(asked, at=context.at)
        seen = await in_scope([one.course_id for one in report.others], courses_seen(context), table="course")
        return WarmUpReport.of(replace(report, others=[one for one in report.others if one.course_id in seen]))


@strawberry.type
class WarmUpMutations:
    @mutation(allow=WRITING, description="Write the warm-up plan of a temporary course.")
    async def plan_warm_up(self, info: Info, input: PlanWarmUpInput) -> PlanWarmUpPayload:
        context = info.context
        tasks = await WarmUpTaskRecord.plan(
            await writable(context, input.course_id),
            [one.terms() for one in input.tasks],
            expected_version=input.expected_version,
            staff_id=context.staff_id,
            at=context.at,
        )
        return PlanWarmUpPayload(tasks=mirrored(tasks))

    @mutation(allow=WRITING, description="Say that a task was done, with a proof, or that it is left out.")
    async def close_warm_up_task(self, info: Info, input: CloseWarmUpTaskInput) -> CloseWarmUpTaskPayload:
        context = info.context
        task = await WarmUpTaskRecord.close(
            await _task(context, input.task_id),
            input.state,
            proof_text=input.proof_text,
            proof_picture=input.proof_picture,
            staff_id=context.staff_id,
            at=context.at,
        )
        return CloseWarmUpTaskPayload(task=mirrored(task))

    @mutation(allow=WRITING, description="Open a task again.")
    async def reopen_warm_up_task(self, info: Info, input: ReopenWarmUpTaskInput) -> ReopenWarmUpTaskPayload:
        context = info.context
        task_id = await _task(context, input.task_id)
        task = await WarmUpTaskRecord.reopen(task_id, reason=input.reason, staff_id=context.staff_id, at=context.at)
        return ReopenWarmUpTaskPayload(task=mirrored(task))

    @mutation(allow=WRITING, description="Decide by hand whether a temporary course takes place.")
    async def decide_on_course(self, info: Info, input: DecideOnCourseInput) -> DecideOnCoursePayload:
        context = info.context
        decision = await CourseDecisionRecord.make(
            await writable(context, input.course_id),
            input.outcome,
            reason=input.reason,
            expected_version=input.expected_version,
            staff_id=context.staff_id,
            at=context.at,
        )
        return DecideOnCoursePayload(decision=mirrored(decision))


async def _task(context: Context, text: str) -> UUID:
    """The id of a task that the caller may change, or `NotFound`."""
    task_id = id_of("WarmUpTask", text, field="taskId")
    await demand_of_course(context, "warm_up_task", task_id, field="taskId")
    return task_id
