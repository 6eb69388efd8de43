"""Enrolments in the contract: who has a seat in a course or waits for one, and how that came and ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.declare import Node, batch, many, one, record_type
from models.learning.course import Course as CourseRecord
from models.learning.enrollment import Enrollment as EnrollmentRecord
from models.learning.enrollment import EnrollmentWay
from models.learning.enrollment_batch import EnrollmentBatch as EnrollmentBatchRecord
from models.learning.enrollment_change import EnrollmentChange as EnrollmentChangeRecord
from models.learning.enrollment_change import EnrollmentState
from models.learning.enrollment_end import refunds_until_of
from models.members.member import Member as MemberRecord
from schema.actor import ActorKind
from schema.enums import publish
from schema.learning.visibility import of_courses_in_scope, own_learning, own_or_taught
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.scalars import BigInt

if TYPE_CHECKING:
    from schema.learning.course import Course
    from schema.viewer import Viewer

publish(
    EnrollmentState,
    "Where an enrolment stands.",
    waiting="It waits for a seat.",
    reserved="A seat is kept until its order is paid.",
    enrolled="It has a seat.",
    left="Its member gave it up.",
    removed="It was taken away.",
    called_off="The course does not take place.",
)
publish(
    EnrollmentWay,
    "By which way a member came into a course.",
    self="By itself.",
    staff="Staff enrolled it.",
    group="With its group.",
    order="By an order of the mall.",
)


async def positions(places: Sequence[EnrollmentRecord], context: object) -> list[int | None]:
    found = await EnrollmentRecord.positions([place.id for place in places if place.state == "waiting"])
    return [found.get(place.id) for place in places]


async def refund_ends(places: Sequence[EnrollmentRecord], context: object) -> list[datetime | None]:
    found = await refunds_until_of([place.course_id for place in places])
    return [found[place.course_id] for place in places]


@record_type(EnrollmentChangeRecord, description="A change of an enrolment.", visible=own_learning)
class EnrollmentChange(Node):
    state: EnrollmentState = strawberry.field(description="The state after it.")
    refunded: BigInt = strawberry.field(description="Points that went back with it.")
    by_kind: ActorKind = strawberry.field(description="On whose word.")
    reason: str | None = strawberry.field(description="Why.")
    changed_at: datetime = strawberry.field(description="When.")


@record_type(
    EnrollmentRecord,
    description="A member's seat in a course, or its place on the waiting list.",
    visible=own_or_taught,
)
class Enrollment(Node):
    course: Annotated["Course", strawberry.lazy("schema.learning.course")] | None = one(
        CourseRecord, "course_id", description="The course; absent while it is not shown."
    )
    member: Member = one(MemberRecord, "member_id", description="Whose it is.")
    state: EnrollmentState = strawberry.field(description="Where it stands.")
    way: EnrollmentWay = strawberry.field(description="By which way it came.")
    points: BigInt = strawberry.field(description="What the seat costs.")
    created_at: datetime = strawberry.field(description="When it began.")
    seated_at: datetime | None = strawberry.field(description="Since when it has a seat.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    position: int | None = batch(
        positions, needs=("id", "state"), description="The place on the waiting list, from 1; absent with a seat."
    )
    refunds_until: datetime | None = batch(
        refund_ends, needs=("course_id",), description="Until when a seat that is given up is refunded; absent: always."
    )
    changes: list[EnrollmentChange] = many(
        EnrollmentChangeRecord, "enrollment_id", order=("changed_at", "id"), bound=20, description="Its states so far."
    )


@record_type(EnrollmentBatchRecord, description="Many members enrolled at once by staff.", visible=of_courses_in_scope)
class EnrollmentBatch(Node):
    waits: bool = strawberry.field(description="Whether those without a seat are put on the waiting list.")
    reason: str | None = strawberry.field(description="Why.")
    enrolled: int = strawberry.field(description="How many got a seat so far.")
    waiting: int = strawberry.field(description="How many were put on the waiting list so far.")
    refused: int = strawberry.field(description="How many could not be enrolled so far.")
    created_at: datetime = strawberry.field(description="When it was begun.")
    ended_at: datetime | None = strawberry.field(description="When all had been looked at.")


@strawberry.input(description="A course to have a seat in.")
class EnrolInCourseInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never enrols twice.")
    course_id: strawberry.ID = strawberry.field(description="The course.")
    waits: bool = strawberry.field(
        default=False,
        description="Whether to wait for a seat where there is none; its points are set aside until then.",
    )
    expected_points: BigInt | None = strawberry.field(
        default=None, description="The price that was shown; refused where it is another one now."
    )


@strawberry.input(description="A seat, or a place on the waiting list, to give up.")
class LeaveCourseInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    course_id: strawberry.ID = strawberry.field(description="The course.")
    reason: str | None = strawberry.field(default=None, description="Why, up to 200 characters.")


@strawberry.input(description="A member to enrol by hand.")
class EnrolMemberInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never enrols twice.")
    course_id: strawberry.ID = strawberry.field(description="The course.")
    member_id: strawberry.ID = strawberry.field(description="The member.")
    waits: bool = strawberry.field(default=False, description="Whether it waits where there is no seat.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.input(description="A segment or a group to enrol, one of both.")
class EnrolManyInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never enrols twice.")
    course_id: strawberry.ID = strawberry.field(description="The course.")
    segment_id: strawberry.ID | None = strawberry.field(default=None, description="The segment.")
    group_id: strawberry.ID | None = strawberry.field(default=None, description="Or the group.")
    waits: bool = strawberry.field(default=False, description="Whether they wait where there is no seat.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.input(description="An enrolment to take away.")
class RemoveFromCourseInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    enrollment_id: strawberry.ID = strawberry.field(description="The enrolment.")
    refunds: bool = strawberry.field(description="Whether its seat is refunded; what was set aside goes back always.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.type
class EnrollmentPayload(Payload):
    enrollment: Enrollment | None = changed("The enrolment.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A seat in a course, or a place on its waiting list.")
class EnrolInCoursePayload(EnrollmentPayload):
    viewer: Annotated["Viewer", strawberry.lazy("schema.viewer")] | None = changed("The caller after it.")


@strawberry.type(description="A seat or a place that was given up.")
class LeaveCoursePayload(EnrollmentPayload):
    refunded: BigInt | None = changed("The points that went back.")
    viewer: Annotated["Viewer", strawberry.lazy("schema.viewer")] | None = changed("The caller after it.")


@strawberry.type(description="A member that was enrolled by hand.")
class EnrolMemberPayload(EnrollmentPayload):
    pass


@strawberry.type(description="An enrolment that was taken away.")
class RemoveFromCoursePayload(EnrollmentPayload):
    refunded: BigInt | None = changed("The points that went back.")


@strawberry.type(description="Many members that are being enrolled.")
class EnrolManyPayload(Payload):
    batch: EnrollmentBatch | None = changed("How far it has come.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")
