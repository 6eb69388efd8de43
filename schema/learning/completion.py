"""Completions and progress in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from engine.declare import Node, one, record_type
from models.learning.completion import CourseCompletion as CourseCompletionRecord
from models.learning.course import Course as CourseRecord
from models.learning.progress import Progress
from models.members.member import Member as MemberRecord
from schema.learning.visibility import own_or_taught
from schema.members.member import Member

if TYPE_CHECKING:
    from schema.learning.course import Course


@record_type(CourseCompletionRecord, description="That a member has completed a course.", visible=own_or_taught)
class CourseCompletion(Node):
    course: Annotated["Course", strawberry.lazy("schema.learning.course")] | None = one(
        CourseRecord, "course_id", description="The course; absent while it is not shown."
    )
    member: Member = one(MemberRecord, "member_id", description="Who completed it.")
    percent: int = strawberry.field(description="How much of its length had been seen.")
    minutes: int = strawberry.field(description="How many minutes had been attended.")
    completed_at: datetime = strawberry.field(description="When.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked, with an attendance of it.")


@strawberry.type(description="How far a member has come in a course.")
class CourseProgress:
    sessions: int = strawberry.field(description="How many sessions take place.")
    sessions_attended: int = strawberry.field(description="How many of them were attended.")
    seconds: int = strawberry.field(description="How long they are together.")
    seconds_seen: int = strawberry.field(description="How much of that was attended or watched.")
    percent: int = strawberry.field(description="The same in percent, rounded down.")
    minutes_attended: int = strawberry.field(description="How many minutes were attended.")
    has_passed_quiz: bool = strawberry.field(description="Whether the quiz was passed that the rules ask for.")

    @classmethod
    def of(cls, found: Progress) -> Self:
        names = (name for name in Progress.__dataclass_fields__)
        return cls(**{name: getattr(found, name) for name in names}, percent=found.percent)
