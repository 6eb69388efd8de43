"""Weekly slots in the contract, and the sessions that they make."""

from datetime import date
from typing import Any

import strawberry

from engine.declare import Node, computed, one, record_type
from models.learning.course_slot import CourseSlot as CourseSlotRecord
from models.learning.course_slot import SlotTerms
from models.learning.local_time import minute_of, wall_time
from models.learning.teacher import Teacher as TeacherRecord
from schema.ids import optional_id_of
from schema.learning.course_session import CourseSession
from schema.learning.teacher import Teacher
from schema.learning.visibility import of_courses_seen
from schema.payload import Payload, changed


@record_type(CourseSlotRecord, description="When a fixed course is held every week.", visible=of_courses_seen)
class CourseSlot(Node):
    weekday: int = strawberry.field(description="1 for Monday to 7 for Sunday.")
    zone: str = strawberry.field(description="The IANA zone of its local time.")
    minutes: int | None = strawberry.field(description="How long a session is; absent: as the course says.")
    teacher: Teacher | None = one(TeacherRecord, "teacher_id", description="Who gives it; absent: as the course says.")
    location: str | None = strawberry.field(description="Where it is held; absent: where the course is.")
    starts_on: date | None = strawberry.field(description="The first day on which it makes a session; absent: any.")
    ends_on: date | None = strawberry.field(description="The last day on which it makes one; absent: none.")

    @computed(needs=("minute",), description="The local time, `20:00`.")
    def time(self: Any) -> str:
        return wall_time(self.minute)


@strawberry.input(description="All that is said of a weekly slot; what is left out is the course's.")
class SlotTermsInput:
    weekday: int = strawberry.field(description="1 for Monday to 7 for Sunday.")
    time: str = strawberry.field(description="The local time, `20:00`.")
    zone: str | None = strawberry.field(default=None, description="The IANA zone of the time.")
    minutes: int | None = strawberry.field(default=None, description="How long a session is.")
    teacher_id: strawberry.ID | None = strawberry.field(default=None, description="Who gives it.")
    live_url: str | None = strawberry.field(default=None, description="Where it is broadcast.")
    location: str | None = strawberry.field(default=None, description="Where it is held.")

    def terms(self) -> SlotTerms:
        return SlotTerms(
            weekday=self.weekday,
            minute=minute_of(self.time, "time"),
            zone=self.zone,
            minutes=self.minutes,
            teacher_id=optional_id_of("Teacher", self.teacher_id, field="teacherId"),
            live_url=self.live_url,
            location=self.location,
        )


@strawberry.input(description="A weekly slot for a fixed course.")
class AddCourseSlotInput:
    course_id: strawberry.ID = strawberry.field(description="The course.")
    expected_version: int = strawberry.field(description="The course's version that was read.")
    terms: SlotTermsInput = strawberry.field(description="All that is said of it.")


@strawberry.input(description="A slot anew, for the sessions that it is yet to make.")
class ChangeCourseSlotInput:
    slot_id: strawberry.ID = strawberry.field(description="The slot.")
    expected_version: int = strawberry.field(description="The course's version that was read.")
    terms: SlotTermsInput = strawberry.field(description="All that is said of it from now on.")


@strawberry.input(description="A slot that makes nothing after a day.")
class EndCourseSlotInput:
    slot_id: strawberry.ID = strawberry.field(description="The slot.")
    expected_version: int = strawberry.field(description="The course's version that was read.")
    last_day: date = strawberry.field(description="The last day on which it makes a session.")


@strawberry.input(description="Sessions for the slots of a course: of so many weeks, or so many.")
class MakeSessionsInput:
    course_id: strawberry.ID = strawberry.field(description="The course.")
    expected_version: int = strawberry.field(description="The course's version that was read.")
    first_day: date = strawberry.field(description="From which local day on.")
    weeks: int | None = strawberry.field(default=None, description="For how many weeks; holidays cost sessions.")
    sessions: int | None = strawberry.field(default=None, description="Or how many sessions, behind holidays too.")


@strawberry.type(description="A holiday that a timetable left out.")
class SkippedDay:
    day: date = strawberry.field(description="The day.")
    name: str = strawberry.field(description="Its name.")


@strawberry.type
class CourseSlotPayload(Payload):
    slot: CourseSlot | None = changed("The slot.")


@strawberry.type(description="A new weekly slot.")
class AddCourseSlotPayload(CourseSlotPayload):
    pass


@strawberry.type(description="A slot after a change.")
class ChangeCourseSlotPayload(CourseSlotPayload):
    pass


@strawberry.type(description="A slot with its last day.")
class EndCourseSlotPayload(CourseSlotPayload):
    pass


@strawberry.type(description="What the slots of a course have made.")
class MakeSessionsPayload(Payload):
    sessions: list[CourseSession] | None = changed("The sessions that are new, in their order.")
    skipped: list[SkippedDay] | None = changed("The holidays that were left out.")
