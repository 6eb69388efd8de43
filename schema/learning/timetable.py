"""Holidays, the policy of the timetable and its warnings in the contract."""

from datetime import date
from typing import TYPE_CHECKING, Any

import strawberry

from auth.scope import in_scope
from engine.declare import Node, record_type
from models.groups.group import Group as GroupRecord
from models.learning.course_session import CourseSession as CourseSessionRecord
from models.learning.holiday import Holiday as HolidayRecord
from models.learning.teacher import Teacher as TeacherRecord
from models.learning.timetable_policy import TimetablePolicy as TimetablePolicyRecord
from models.learning.timetable_policy import TimetableRules
from models.learning.timetable_warning import TimetableWarning as TimetableWarningValue
from models.learning.timetable_warning import WarningKind
from schema.enums import publish
from schema.groups.group import Group
from schema.learning.course_session import CourseSession
from schema.learning.teacher import Teacher
from schema.learning.visibility import of_courses_seen, to_learners
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context

publish(
    WarningKind,
    "What of the timetable is out of the ordinary.",
    named="TimetableWarningKind",
    few_in_week="A group has fewer sessions in a week than it should.",
    many_in_week="A group has more sessions in a week than it should.",
    short="A session is shorter than it should be.",
    long="A session is longer than it should be.",
    teacher_twice="A teacher gives two sessions at once.",
    group_twice="A group has two sessions at once.",
    holiday="A session is on a holiday.",
)


@record_type(HolidayRecord, description="A day on which no weekly slot makes a session.", visible=to_learners)
class Holiday(Node):
    day: date = strawberry.field(description="The day.")
    name: str = strawberry.field(description="What it is called.")


@record_type(TimetablePolicyRecord, description="What staff are warned of, in one version.", visible=to_learners)
class TimetablePolicy(Node):
    version: int = strawberry.field(description="Rises with every change; 0 for the rules it begins with.")
    week_least: int = strawberry.field(description="Sessions that a group should have in an ISO week at least.")
    week_most: int = strawberry.field(description="Sessions that it should have at most.")
    minutes_least: int = strawberry.field(description="Minutes that a session should last at least.")
    minutes_most: int = strawberry.field(description="Minutes that it should last at most.")


@strawberry.type(description="One thing of the timetable to look at, in an ISO week of the brand.")
class TimetableWarning:
    kind: WarningKind = strawberry.field(description="What it is.")
    monday: date = strawberry.field(description="The Monday of the week.")
    group: Group | None = strawberry.field(description="The group that it is about.")
    session: CourseSession | None = strawberry.field(
        description="The session, of two the earlier one; absent out of scope."
    )
    other: CourseSession | None = strawberry.field(description="Of two sessions the later one; absent out of scope.")
    teacher: Teacher | None = strawberry.field(description="The teacher who would be in two places.")
    count: int | None = strawberry.field(description="How many sessions the group has that week.")
    minutes: int | None = strawberry.field(description="How long the session is.")


async def shown_warnings(warnings: list[TimetableWarningValue], context: "Context") -> list[TimetableWarning]:
    """The warnings with the records that they name, of each kind in one statement; of sessions those that are seen."""
    named = {session_id for one in warnings for session_id in (one.session_id, one.other_id) if session_id}
    seen = await in_scope(named, of_courses_seen(context), table="course_session")
    sessions: dict[Any, Any] = {one.id: one for one in await CourseSessionRecord.filter(id__in=list(seen))}
    groups: dict[Any, Any] = {
        one.id: one for one in await GroupRecord.filter(id__in=list({one.group_id for one in warnings if one.group_id}))
    }
    teachers: dict[Any, Any] = {
        one.id: one
        for one in await TeacherRecord.filter(id__in=list({one.teacher_id for one in warnings if one.teacher_id}))
    }
    return [
        TimetableWarning(
            kind=one.kind,
            monday=one.monday,
            group=groups.get(one.group_id),
            session=sessions.get(one.session_id),
            other=sessions.get(one.other_id),
            teacher=teachers.get(one.teacher_id),
            count=one.count,
            minutes=one.minutes,
        )
        for one in warnings
    ]


@strawberry.input(description="A holiday.")
class HolidayInput:
    day: date = strawberry.field(description="The day.")
    name: str = strawberry.field(description="What it is called, 1 to 40 characters.")


@strawberry.input(description="Holidays to take in; those that are known get the names that are said.")
class ImportHolidaysInput:
    holidays: list[HolidayInput] = strawberry.field(description="1 to 366 of them.")


@strawberry.input(description="A holiday that is a day like others.")
class DropHolidayInput:
    holiday_id: strawberry.ID = strawberry.field(description="The holiday.")


@strawberry.input(description="What staff are warned of from now on.")
class PutTimetablePolicyInput:
    expected_version: int = strawberry.field(description="The version that was read; another one refuses the change.")
    week_least: int = strawberry.field(default=2, description="Sessions of a group in an ISO week at least.")
    week_most: int = strawberry.field(default=3, description="Sessions of a group in an ISO week at most.")
    minutes_least: int = strawberry.field(default=30, description="Minutes of a session at least.")
    minutes_most: int = strawberry.field(default=45, description="Minutes of a session at most.")
    reason: str = strawberry.field(description="Why, for the audit.")

    def rules(self) -> TimetableRules:
        return TimetableRules(self.week_least, self.week_most, self.minutes_least, self.minutes_most)


@strawberry.type(description="Holidays that were taken in.")
class ImportHolidaysPayload(Payload):
    holidays: list[Holiday] | None = changed("The holidays, by day.")


@strawberry.type(description="A holiday that is none any more.")
class DropHolidayPayload(Payload):
    day: date | None = changed("The day.")


@strawberry.type(description="The policy that holds now.")
class PutTimetablePolicyPayload(Payload):
    policy: TimetablePolicy | None = changed("The policy.")
