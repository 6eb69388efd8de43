"""Warm-up plans and decisions of temporary courses in the contract."""

from datetime import datetime

import strawberry

from engine.declare import Node, one, record_type
from models.learning.course_decision import CourseDecision as CourseDecisionRecord
from models.learning.course_decision import DecisionOutcome
from models.learning.warm_up import WarmUpChannel, WarmUpState, WarmUpTerms
from models.learning.warm_up import WarmUpTask as WarmUpTaskRecord
from models.staff.staff import Staff as StaffRecord
from schema.enums import publish
from schema.ids import optional_id_of
from schema.learning.visibility import of_courses_in_scope, of_courses_seen
from schema.payload import Payload, changed
from schema.staff.staff import Staff

publish(
    WarmUpChannel,
    "Where members hear of a course.",
    group_chat="In the chat of groups.",
    moments="In moments.",
    official_account="From the official account.",
    mini_program="In the mini program.",
    private_chat="In a chat with each.",
    short_video="In a short video.",
    offline="In a store.",
    other="Elsewhere.",
)
publish(
    WarmUpState,
    "What has become of a task.",
    open="It is to be done.",
    done="It was done.",
    skipped="It was left out.",
)
publish(
    DecisionOutcome,
    "Whether a course takes place.",
    named="CourseOutcome",
    go="It takes place.",
    no_go="It does not.",
)


@record_type(WarmUpTaskRecord, description="What is done ahead of a course.", visible=of_courses_in_scope)
class WarmUpTask(Node):
    day: int = strawberry.field(description="-14 to 0: days before the first session.")
    what: str = strawberry.field(description="What is done.")
    channel: WarmUpChannel = strawberry.field(description="Where.")
    by: Staff | None = one(StaffRecord, "by_staff_id", description="Whose task it is; staff who may read staff see it.")
    copy: str | None = strawberry.field(description="With which words.")
    state: WarmUpState = strawberry.field(description="What has become of it.")
    proof_text: str | None = strawberry.field(description="The proof that it was done, or why it was skipped.")
    proof_picture: str | None = strawberry.field(description="Address of a picture that proves it.")
    closed_by: Staff | None = one(StaffRecord, "closed_by", description="Who did or skipped it.")
    closed_at: datetime | None = strawberry.field(description="When.")


@record_type(CourseDecisionRecord, description="Whether a course takes place.", visible=of_courses_seen)
class CourseDecision(Node):
    outcome: DecisionOutcome = strawberry.field(description="Whether it does.")
    sign_ups: int = strawberry.field(description="How many had a seat then.")
    target: int | None = strawberry.field(description="How many there should have been.")
    reason: str | None = strawberry.field(description="Why.")
    decided_at: datetime = strawberry.field(description="When it was decided.")


@strawberry.input(description="A task of a warm-up plan.")
class WarmUpTaskInput:
    day: int = strawberry.field(description="-14 to 0: days before the first session.")
    what: str = strawberry.field(description="What is done, 1 to 100 characters.")
    channel: WarmUpChannel = strawberry.field(description="Where.")
    by_staff_id: strawberry.ID | None = strawberry.field(default=None, description="Whose task it is.")
    copy: str | None = strawberry.field(default=None, description="With which words, up to 1000 characters.")

    def terms(self) -> WarmUpTerms:
        by = optional_id_of("Staff", self.by_staff_id, field="byStaffId")
        return WarmUpTerms(self.day, self.what, self.channel, by_staff_id=by, copy=self.copy)


@strawberry.input(description="A warm-up plan anew: open tasks give way to these, closed ones stay.")
class PlanWarmUpInput:
    course_id: strawberry.ID = strawberry.field(description="The course.")
    expected_version: int = strawberry.field(description="The course's version that was read.")
    tasks: list[WarmUpTaskInput] = strawberry.field(description="The tasks, at most 100.")


@strawberry.input(description="A task that was done or is left out.")
class CloseWarmUpTaskInput:
    task_id: strawberry.ID = strawberry.field(description="The task.")
    state: WarmUpState = strawberry.field(description="Done or skipped.")
    proof_text: str | None = strawberry.field(default=None, description="The proof, or why it is skipped.")
    proof_picture: str | None = strawberry.field(default=None, description="Address of a picture that proves it.")


@strawberry.input(description="A task that is to be done after all.")
class ReopenWarmUpTaskInput:
    task_id: strawberry.ID = strawberry.field(description="The task.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.input(description="Whether a course takes place, by hand.")
class DecideOnCourseInput:
    course_id: strawberry.ID = strawberry.field(description="The course.")
    expected_version: int = strawberry.field(description="The course's version that was read.")
    outcome: DecisionOutcome = strawberry.field(description="Whether it does.")
    reason: str = strawberry.field(description="Why; where it does not, its members read it.")


@strawberry.type(description="The plan after a change.")
class PlanWarmUpPayload(Payload):
    tasks: list[WarmUpTask] | None = changed("All its tasks, by day.")


@strawberry.type
class WarmUpTaskPayload(Payload):
    task: WarmUpTask | None = changed("The task.")


@strawberry.type(description="A task that was done or left out.")
class CloseWarmUpTaskPayload(WarmUpTaskPayload):
    pass


@strawberry.type(description="A task that is open again.")
class ReopenWarmUpTaskPayload(WarmUpTaskPayload):
    pass


@strawberry.type(description="What was decided.")
class DecideOnCoursePayload(Payload):
    decision: CourseDecision | None = changed("The decision.")
