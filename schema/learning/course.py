"""Courses in the contract."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import strawberry

from engine.declare import Connection, Node, batch, computed, connection, many, one, one_by, record_type
from engine.relation import Condition
from models.groups.circle import Circle as CircleRecord
from models.groups.group import Group as GroupRecord
from models.learning.course import Course as CourseRecord
from models.learning.course import CourseStatus
from models.learning.course_decision import CourseDecision as CourseDecisionRecord
from models.learning.course_session import CourseSession as CourseSessionRecord
from models.learning.course_slot import CourseSlot as CourseSlotRecord
from models.learning.course_terms import CourseKind, CourseTerms, Medium
from models.learning.teacher import Teacher as TeacherRecord
from models.learning.warm_up import WarmUpTask as WarmUpTaskRecord
from schema.enums import publish
from schema.groups.circle import Circle
from schema.groups.group import Group
from schema.ids import optional_id_of
from schema.learning.classroom import CourseRoom
from schema.learning.course_session import CourseSession
from schema.learning.course_slot import CourseSlot
from schema.learning.teacher import Teacher
from schema.learning.visibility import courses_seen
from schema.learning.warm_up import CourseDecision, WarmUpTask
from schema.members.audience import Audience, AudienceInput, audience_field
from schema.members.file import pattern
from schema.payload import Payload, changed

publish(
    CourseKind,
    "Whether a course comes back every week.",
    fixed="It is held every week.",
    temporary="It is held for once, with a warm-up and a target.",
)
publish(
    CourseStatus,
    "What has become of a course.",
    draft="It is being written.",
    published="Those whom it is for see it.",
    ended="Nothing more comes of it.",
    archived="It is put away.",
)
publish(
    Medium,
    "Where a course is held.",
    named="CourseMedium",
    online="In a broadcast.",
    offline="At a place.",
    hybrid="At a place that is broadcast.",
)


async def next_sessions(courses: Sequence[CourseRecord], context: Any) -> list[CourseSessionRecord | None]:
    found = await CourseSessionRecord.next_of([course.id for course in courses], at=context.at)
    return [found.get(course.id) for course in courses]


@record_type(CourseRecord, description="What is taught, and to whom.", visible=courses_seen)
class Course(CourseRoom, Node):
    kind: CourseKind = strawberry.field(description="Whether it comes back every week.")
    status: CourseStatus = strawberry.field(description="What has become of it.")
    title: str = strawberry.field(description="What it is called.")
    summary: str | None = strawberry.field(description="What it is about.")
    picture: str | None = strawberry.field(description="Address of its picture.")
    group: Group | None = one(GroupRecord, "group_id", description="The group that it is of.")
    circle: Circle | None = one(CircleRecord, "circle_id", description="The circle that it is of.")
    teacher: Teacher | None = one(TeacherRecord, "teacher_id", description="Who gives it, as a rule.")
    medium: Medium = strawberry.field(description="Where it is held.")
    minutes: int = strawberry.field(description="How long a session is, as a rule.")
    zone: str = strawberry.field(description="The IANA zone of its local times.")
    seats: int | None = strawberry.field(description="How many seats there are; absent: any number.")
    enrolled_count: int = strawberry.field(description="How many have a seat.")
    waiting_count: int = strawberry.field(description="How many wait for one.")
    price: int | None = strawberry.field(description="Points for a seat; absent for nothing.")
    audience: Audience | None = audience_field()
    location: str | None = strawberry.field(description="Where it is held.")
    purpose: str | None = strawberry.field(description="What it is for.")
    theme: str | None = strawberry.field(description="Its theme.")
    sign_up_target: int | None = strawberry.field(description="Temporary: how many seats are to be taken.")
    decides_at: datetime | None = strawberry.field(description="Temporary: when it is decided whether it takes place.")
    version: int = strawberry.field(description="Rises with every change.")
    created_at: datetime = strawberry.field(description="When it was written.")
    published_at: datetime | None = strawberry.field(description="When it was published.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    sessions: Connection[CourseSession] = connection(
        CourseSessionRecord, "course_id", order=("starts_at", "id"), description="Its sessions, by their beginning."
    )
    slots: list[CourseSlot] = many(
        CourseSlotRecord,
        "course_id",
        order=("weekday", "minute", "id"),
        bound=50,
        description="When it is held every week.",
    )
    warm_up: list[WarmUpTask] = many(
        WarmUpTaskRecord,
        "course_id",
        order=("day", "id"),
        bound=100,
        description="Temporary: what is done ahead of it, for staff.",
    )
    decision: CourseDecision | None = one_by(
        CourseDecisionRecord, "course_id", description="Temporary: whether it takes place, once that is decided."
    )
    next_session: CourseSession | None = batch(
        next_sessions, needs=("id",), description="The next of its sessions that takes place, or the one that goes on."
    )

    @computed(needs=("reminders",), bound=5, description="How many minutes before a session its members are reminded.")
    def reminders(self: Any) -> list[int]:
        return list(self.reminders)


@strawberry.input(description="Which courses; what is left out does not matter.")
class CourseFilter:
    kind: CourseKind | None = strawberry.field(default=None, description="Of this kind.")
    statuses: list[CourseStatus] | None = strawberry.field(default=None, description="In one of these states.")
    group_id: strawberry.ID | None = strawberry.field(default=None, description="Of this group.")
    circle_id: strawberry.ID | None = strawberry.field(default=None, description="Of this circle.")
    teacher_id: strawberry.ID | None = strawberry.field(default=None, description="Of this teacher.")
    search: str | None = strawberry.field(default=None, description="A piece of the title, up to 40 characters.")

    def condition(self) -> Condition:
        """As a condition on a course's row. Raises `NotFound`, `Invalid`."""
        parts = list(self._parts())
        sql = " AND ".join(part.sql for part in parts) or "1 = 1"
        return Condition(sql, tuple(value for part in parts for value in part.values))

    def _parts(self) -> Iterator[Condition]:
        if self.kind:
            yield Condition("{row}.kind = ?", (str(self.kind),))
        if self.statuses:
            statuses = list(dict.fromkeys(self.statuses))
            yield Condition(f"{{row}}.status IN ({', '.join('?' for _ in statuses)})", tuple(map(str, statuses)))
        for type_name, column, text, field in (
            ("Group", "group_id", self.group_id, "groupId"),
            ("Circle", "circle_id", self.circle_id, "circleId"),
            ("Teacher", "teacher_id", self.teacher_id, "teacherId"),
        ):
            if found := optional_id_of(type_name, text, field=field):
                yield Condition(f"{{row}}.{column} = ?", (found,))
        if self.search:
            yield Condition("lower({row}.title) LIKE ? ESCAPE '!'", (pattern(self.search),))


@strawberry.input(description="All that is said of a course but its kind. With neither group nor circle: the brand's.")
class CourseTermsInput:
    title: str = strawberry.field(description="What it is called, 1 to 60 characters.")
    summary: str | None = strawberry.field(default=None, description="What it is about, up to 2000 characters.")
    picture: str | None = strawberry.field(default=None, description="Address of its picture.")
    group_id: strawberry.ID | None = strawberry.field(default=None, description="The group that it is of.")
    circle_id: strawberry.ID | None = strawberry.field(default=None, description="Or the circle that it is of.")
    teacher_id: strawberry.ID | None = strawberry.field(default=None, description="Who gives it, as a rule.")
    medium: Medium = strawberry.field(default=Medium.ONLINE, description="Where it is held.")
    minutes: int = strawberry.field(default=40, description="How long a session is, as a rule.")
    zone: str | None = strawberry.field(default=None, description="The IANA zone of its local times; the brand's.")
    seats: int | None = strawberry.field(default=None, description="How many seats there are; any number if absent.")
    price: int | None = strawberry.field(default=None, description="Points for a seat; nothing if absent.")
    audience: AudienceInput | None = strawberry.field(default=None, description="Who may have one; all if absent.")
    live_url: str | None = strawberry.field(default=None, description="Where it is broadcast.")
    location: str | None = strawberry.field(default=None, description="Where it is held, up to 200 characters.")
    reminders: list[int] = strawberry.field(
        default_factory=lambda: [24 * 60, 60, 10], description="Minutes before a session, at most 5 of them."
    )
    purpose: str | None = strawberry.field(default=None, description="What it is for, up to 200 characters.")
    theme: str | None = strawberry.field(default=None, description="Its theme, up to 200 characters.")
    sign_up_target: int | None = strawberry.field(default=None, description="Temporary: how many seats to be taken.")
    decides_at: datetime | None = strawberry.field(default=None, description="Temporary: when that is looked at.")

    async def terms(self) -> CourseTerms:
        given = {name: getattr(self, name) for name in CourseTerms.__dataclass_fields__}
        known = {
            "group_id": optional_id_of("Group", self.group_id, field="groupId"),
            "circle_id": optional_id_of("Circle", self.circle_id, field="circleId"),
            "teacher_id": optional_id_of("Teacher", self.teacher_id, field="teacherId"),
            "audience": await AudienceInput.read(self.audience),
            "reminders": tuple(self.reminders),
        }
        return CourseTerms(**given | known)


@strawberry.input(description="A new course, which nobody sees before it is published.")
class DraftCourseInput:
    kind: CourseKind = strawberry.field(description="Whether it comes back every week; it stays so.")
    terms: CourseTermsInput = strawberry.field(description="All that is said of it.")
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never drafts twice.")


@strawberry.input(description="All of a course anew; sessions that are there keep what was said of them.")
class ChangeCourseInput:
    course_id: strawberry.ID = strawberry.field(description="The course.")
    expected_version: int = strawberry.field(description="The version that was read; another one refuses the change.")
    terms: CourseTermsInput = strawberry.field(description="All that is said of it from now on.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.input(description="A course for members to see.")
class PublishCourseInput:
    course_id: strawberry.ID = strawberry.field(description="The course.")
    expected_version: int = strawberry.field(description="The version that was read.")


@strawberry.input(description="A course that ends or is put away.")
class CloseCourseInput:
    course_id: strawberry.ID = strawberry.field(description="The course.")
    expected_version: int = strawberry.field(description="The version that was read.")
    status: CourseStatus = strawberry.field(description="Ended, from published; or archived, from draft or ended.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.type
class CoursePayload(Payload):
    course: Course | None = changed("The course.")


@strawberry.type(description="A new course.")
class DraftCoursePayload(CoursePayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A course after a change.")
class ChangeCoursePayload(CoursePayload):
    pass


@strawberry.type(description="A course that members see now.")
class PublishCoursePayload(CoursePayload):
    pass


@strawberry.type(description="A course that ended or was put away.")
class CloseCoursePayload(CoursePayload):
    pass
