"""The rules of classrooms in the contract, and what a course shows of its members' learning."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry

from auth.caller import CallerKind
from auth.scope import in_scope
from engine.cursor import encode_id
from engine.declare import Connection, batch, connection
from engine.relation import Condition
from models.learning.classroom import Classroom as ClassroomRecord
from models.learning.classroom import ClassroomTerms, Unlock
from models.learning.completion import CourseCompletion as CourseCompletionRecord
from models.learning.course import Course as CourseRecord
from models.learning.enrolling import enrolment_eligibilities
from models.learning.enrollment import Enrollment as EnrollmentRecord
from models.learning.enrollment_batch import EnrollmentBatch as EnrollmentBatchRecord
from models.learning.material import Material as MaterialRecord
from models.learning.progress import progress_of
from schema.eligibility import Eligibility
from schema.enums import publish
from schema.ids import id_of, optional_id_of
from schema.learning.completion import CourseCompletion, CourseProgress
from schema.learning.enrollment import Enrollment, EnrollmentBatch
from schema.learning.material import Material
from schema.learning.visibility import courses_seen
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from schema.learning.course import Course

STANDS = Condition("{row}.removed_at IS NULL")
HOLDS = Condition("{row}.revoked_at IS NULL")

publish(
    Unlock,
    "When a session can be watched, and its materials be read, by those who have a seat.",
    named="SessionUnlock",
    open="At once.",
    by_date="From its beginning on.",
    by_previous="Once the one before it was attended.",
)

_PLAIN = (
    *("version", "enrols_from", "enrols_until", "leave_hours", "enrols_group", "unlock", "code_seconds"),
    *("late_minutes", "admit_minutes", "makes_up", "watch_percent", "speed_percent"),
    *("completion_percent", "completion_minutes"),
)


@strawberry.type(description="By which rules the members of a course come in, take part and finish.")
class ClassroomRules:
    version: int = strawberry.field(description="Rises with every change; 0 while the defaults hold.")
    enrols_from: datetime | None = strawberry.field(description="From when one can enrol.")
    enrols_until: datetime | None = strawberry.field(description="Until when one can enrol.")
    leave_hours: int = strawberry.field(description="Hours before the first session up to which a seat is refunded.")
    enrols_group: bool = strawberry.field(description="Whether its group's members are enrolled by themselves.")
    unlock: Unlock = strawberry.field(description="When its sessions are unlocked.")
    code_seconds: int | None = strawberry.field(description="How often the code changes; absent: never in a session.")
    late_minutes: int = strawberry.field(description="Minutes after the start from which one is late.")
    admit_minutes: int | None = strawberry.field(description="Minutes after the start up to which the code lets in.")
    makes_up: bool = strawberry.field(description="Whether a recording makes up for having been away.")
    watch_percent: int = strawberry.field(description="How much of a session has to be watched to have attended it.")
    speed_percent: int = strawberry.field(description="How much can be watched in a time, in percent of it.")
    completion_percent: int | None = strawberry.field(description="Completes it: so much of its length was seen.")
    completion_minutes: int | None = strawberry.field(description="Completes it: so many minutes were attended.")
    quiz_id: strawberry.ID | None = strawberry.field(description="Completes it: this quiz was passed.")

    @classmethod
    def of(cls, room: ClassroomRecord) -> Self:
        quiz_id = strawberry.ID(encode_id("Quiz", room.quiz_id)) if room.quiz_id else None
        return cls(**{name: getattr(room, name) for name in _PLAIN}, quiz_id=quiz_id)


async def rules_of(courses: Sequence[CourseRecord], context: object) -> list[ClassroomRules]:
    rooms = await ClassroomRecord.of_courses([course.id for course in courses])
    return [ClassroomRules.of(rooms[course.id]) for course in courses]


async def prerequisites_of(courses: Sequence[CourseRecord], context: Any) -> list[list[CourseRecord]]:
    rooms = await ClassroomRecord.of_courses([course.id for course in courses])
    wanted = {one for room in rooms.values() for one in room.requires}
    seen = await in_scope(wanted, courses_seen(context), table="course") if wanted else set()
    found = {one.id: one for one in await CourseRecord.filter(id__in=list(seen))} if seen else {}
    return [[found[one] for one in rooms[course.id].requires if one in found] for course in courses]


async def viewer_enrollments(courses: Sequence[CourseRecord], context: Any) -> list[EnrollmentRecord | None]:
    ids = [course.id for course in courses]
    mine = await EnrollmentRecord.filter(member_id=context.caller.id, course_id__in=ids, ended_at__isnull=True)
    found = {place.course_id: place for place in mine}
    return [found.get(one) for one in ids]


async def viewer_eligibilities(courses: Sequence[CourseRecord], context: Any) -> list[Eligibility | None]:
    if context.caller.kind is not CallerKind.MEMBER:
        return [None] * len(courses)
    found = await enrolment_eligibilities(context.member_id, courses, at=context.at)
    return [Eligibility.of(one, context.locale) for one in found]


async def viewer_progresses(courses: Sequence[CourseRecord], context: Any) -> list[CourseProgress | None]:
    if context.caller.kind is not CallerKind.MEMBER:
        return [None] * len(courses)
    found = await progress_of(context.member_id, [course.id for course in courses])
    return [CourseProgress.of(found[course.id]) for course in courses]


async def viewer_completions(courses: Sequence[CourseRecord], context: Any) -> list[CourseCompletionRecord | None]:
    ids = [course.id for course in courses]
    mine = CourseCompletionRecord.filter(member_id=context.caller.id, course_id__in=ids, revoked_at__isnull=True)
    found = {one.course_id: one for one in await mine}
    return [found.get(one) for one in ids]


@strawberry.type
class CourseRoom:
    """What a course shows of its classroom."""

    rules: ClassroomRules = batch(rules_of, needs=("id",), description="By which rules it is attended.")
    prerequisites: list[Annotated["Course", strawberry.lazy("schema.learning.course")]] = batch(
        prerequisites_of,
        needs=("id",),
        description="The courses that have to be completed before, at most 20; those that the caller sees.",
    )
    viewer_enrollment: Enrollment | None = batch(
        viewer_enrollments, needs=("id",), description="The caller's seat or place on the waiting list."
    )
    viewer_can_enrol: Eligibility | None = batch(
        viewer_eligibilities, description="Whether the calling member may have a seat now; absent for staff."
    )
    viewer_progress: CourseProgress | None = batch(
        viewer_progresses, needs=("id",), description="How far the calling member has come; absent for staff."
    )
    viewer_completion: CourseCompletion | None = batch(
        viewer_completions, needs=("id",), description="That the caller has completed it."
    )
    materials: Connection[Material] = connection(
        MaterialRecord,
        "course_id",
        order=("created_at", "id"),
        where=STANDS,
        description="Files and links beside it and its sessions, the oldest first.",
    )
    enrollments: Connection[Enrollment] = connection(
        EnrollmentRecord,
        "course_id",
        order=("created_at", "id"),
        description="Who is or was enrolled, the earliest first; the caller's own, all for its teachers and staff.",
    )
    enrollment_batches: Connection[EnrollmentBatch] = connection(
        EnrollmentBatchRecord,
        "course_id",
        order=("-created_at", "-id"),
        description="What staff enrolled at once, newest first; for staff.",
    )
    completions: Connection[CourseCompletion] = connection(
        CourseCompletionRecord,
        "course_id",
        order=("-completed_at", "-id"),
        where=HOLDS,
        description="Who has completed it, newest first; the caller's own, all for its teachers and staff.",
    )


@strawberry.input(description="By which rules a course is attended.")
class ClassroomRulesInput:
    enrols_from: datetime | None = strawberry.field(default=None, description="From when one can enrol; at once.")
    enrols_until: datetime | None = strawberry.field(default=None, description="Until when; while it is published.")
    leave_hours: int = strawberry.field(default=24, description="Hours before the first session, 0 to 1440.")
    enrols_group: bool = strawberry.field(
        default=False, description="Whether its group's members are enrolled by themselves; it costs nothing then."
    )
    prerequisite_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Courses to be completed before, at most 20."
    )
    unlock: Unlock = strawberry.field(default=Unlock.OPEN, description="When its sessions are unlocked.")
    code_seconds: int | None = strawberry.field(
        default=60, description="How often the code changes, 20 to 3600 seconds; null: it holds for the session."
    )
    late_minutes: int = strawberry.field(default=10, description="From when on one is late.")
    admit_minutes: int | None = strawberry.field(default=None, description="Until when the code lets in; to the end.")
    makes_up: bool = strawberry.field(default=True, description="Whether a recording makes up for having been away.")
    watch_percent: int = strawberry.field(default=80, description="What has to be watched to have attended, 1 to 100.")
    speed_percent: int = strawberry.field(default=200, description="What can be watched in a time, 100 to 400.")
    completion_percent: int | None = strawberry.field(default=None, description="Of its length that has to be seen.")
    completion_minutes: int | None = strawberry.field(default=None, description="That have to be attended.")
    quiz_id: strawberry.ID | None = strawberry.field(default=None, description="The quiz that has to be passed.")

    def terms(self) -> ClassroomTerms:
        given = {name: getattr(self, name) for name in ClassroomTerms.__dataclass_fields__}
        wanted = (id_of("Course", one, field="prerequisiteIds") for one in self.prerequisite_ids)
        quiz_id = optional_id_of("Quiz", self.quiz_id, field="quizId")
        return ClassroomTerms(**given | {"prerequisite_ids": tuple(wanted), "quiz_id": quiz_id})


@strawberry.input(description="The rules of a course's classroom, all anew.")
class PutClassroomInput:
    course_id: strawberry.ID = strawberry.field(description="The course.")
    expected_version: int = strawberry.field(description="The version that was read; another one refuses the change.")
    rules: ClassroomRulesInput = strawberry.field(description="The rules from now on.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.type(description="Rules that hold from now on.")
class PutClassroomPayload(Payload):
    course: Annotated["Course", strawberry.lazy("schema.learning.course")] | None = changed("The course.")
