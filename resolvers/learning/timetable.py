"""The timetable of courses: weekly slots and the sessions they make, holidays, and what staff are warned of."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Info

from auth.context import Context
from auth.permissions import StaffCan
from auth.scope import demand_group, demand_of_course, demand_whole_brand, groups_in_scope, in_scope, is_whole_brand
from engine.declare import Connection, mirrored
from models.errors import within
from models.learning.course_slot import CourseSlot as CourseSlotRecord
from models.learning.holiday import Holiday as HolidayRecord
from models.learning.timetable import Series, make_sessions
from models.learning.timetable_policy import TimetablePolicy as TimetablePolicyRecord
from models.learning.timetable_warning import WEEKS_MOST, active_groups, timetable_warnings
from models.staff.right import StaffRight
from resolvers.learning.course import READING, WRITING, writable
from schema.ids import id_of, optional_id_of
from schema.learning.course_slot import (
    AddCourseSlotInput,
    AddCourseSlotPayload,
    ChangeCourseSlotInput,
    ChangeCourseSlotPayload,
    EndCourseSlotInput,
    EndCourseSlotPayload,
    MakeSessionsInput,
    MakeSessionsPayload,
    SkippedDay,
)
from schema.learning.timetable import (
    DropHolidayInput,
    DropHolidayPayload,
    Holiday,
    ImportHolidaysInput,
    ImportHolidaysPayload,
    PutTimetablePolicyInput,
    PutTimetablePolicyPayload,
    TimetablePolicy,
    TimetableWarning,
    shown_warnings,
)
from schema.payload import listed, mutation, query

PLANNING = StaffCan(StaffRight.COURSES_READ)

Monday = Annotated[date, strawberry.argument(description="Any day of the first week.")]
Weeks = Annotated[int, strawberry.argument(description=f"How many weeks, 1 to {WEEKS_MOST}.")]
GroupId = Annotated[strawberry.ID | None, strawberry.argument(description="Only this group; all if absent.")]


@strawberry.type
class TimetableQueries:
    holidays: Connection[Holiday] = listed(
        HolidayRecord, order=("day", "id"), allow=READING, description="Days without sessions, the earliest first."
    )

    @query(allow=PLANNING, description="What staff are warned of.")
    async def timetable_policy(self, info: Info) -> TimetablePolicy:
        found: TimetablePolicy = mirrored(await TimetablePolicyRecord.current())
        return found

    @query(allow=PLANNING, description="What of the timetable to look at, week by week; at most 500, of one's scope.")
    async def timetable_warnings(
        self, info: Info, monday: Monday, weeks: Weeks = 1, group_id: GroupId = None
    ) -> list[TimetableWarning]:
        within("weeks", weeks, 1, WEEKS_MOST)
        asked = optional_id_of("Group", group_id, field="groupId")
        groups = await active_groups(await _groups(info.context, asked))
        with_brand = asked is None and is_whole_brand(info.context)
        warnings = await timetable_warnings(monday, weeks, groups, with_brand=with_brand)
        return await shown_warnings(warnings, info.context)


@strawberry.type
class TimetableMutations:
    @mutation(allow=WRITING, description="Give a fixed course a weekly slot.")
    async def add_course_slot(self, info: Info, input: AddCourseSlotInput) -> AddCourseSlotPayload:
        context = info.context
        slot = await CourseSlotRecord.add(
            await writable(context, input.course_id),
            input.terms.terms(),
            expected_version=input.expected_version,
            staff_id=context.staff_id,
            at=context.at,
        )
        return AddCourseSlotPayload(slot=mirrored(slot))

    @mutation(allow=WRITING, description="Say a slot anew for the sessions that it is yet to make.")
    async def change_course_slot(self, info: Info, input: ChangeCourseSlotInput) -> ChangeCourseSlotPayload:
        context = info.context
        slot = await CourseSlotRecord.change(
            await _slot(context, input.slot_id),
            input.terms.terms(),
            expected_version=input.expected_version,
            staff_id=context.staff_id,
            at=context.at,
        )
        return ChangeCourseSlotPayload(slot=mirrored(slot))

    @mutation(allow=WRITING, description="Let a slot make nothing after a day; sessions that are there stay.")
    async def end_course_slot(self, info: Info, input: EndCourseSlotInput) -> EndCourseSlotPayload:
        context = info.context
        slot = await CourseSlotRecord.end(
            await _slot(context, input.slot_id),
            input.last_day,
            expected_version=input.expected_version,
            staff_id=context.staff_id,
            at=context.at,
        )
        return EndCourseSlotPayload(slot=mirrored(slot))

    @mutation(allow=WRITING, description="Make the sessions of a course's slots that are not there yet.")
    async def make_sessions(self, info: Info, input: MakeSessionsInput) -> MakeSessionsPayload:
        context = info.context
        made = await make_sessions(
            await writable(context, input.course_id),
            Series(input.first_day, weeks=input.weeks, sessions=input.sessions),
            expected_version=input.expected_version,
            staff_id=context.staff_id,
            at=context.at,
        )
        skipped = [SkippedDay(day=day, name=name) for day, name in sorted(made.skipped.items())]
        return MakeSessionsPayload(sessions=mirrored(made.sessions), skipped=skipped)

    @mutation(allow=WRITING, description="Take holidays in.")
    async def import_holidays(self, info: Info, input: ImportHolidaysInput) -> ImportHolidaysPayload:
        demand_whole_brand(info.context)
        days = {one.day: one.name for one in input.holidays}
        found = await HolidayRecord.take_in(days, staff_id=info.context.staff_id, at=info.context.at)
        return ImportHolidaysPayload(holidays=mirrored(found))

    @mutation(allow=WRITING, description="Make a holiday a day like others.")
    async def drop_holiday(self, info: Info, input: DropHolidayInput) -> DropHolidayPayload:
        demand_whole_brand(info.context)
        holiday_id = id_of("Holiday", input.holiday_id, field="holidayId")
        holiday = await HolidayRecord.drop(holiday_id, staff_id=info.context.staff_id, at=info.context.at)
        return DropHolidayPayload(day=holiday.day)

    @mutation(allow=WRITING, description="Decide what staff are warned of.")
    async def put_timetable_policy(self, info: Info, input: PutTimetablePolicyInput) -> PutTimetablePolicyPayload:
        demand_whole_brand(info.context)
        policy = await TimetablePolicyRecord.put(
            input.rules(),
            expected_version=input.expected_version,
            staff_id=info.context.staff_id,
            reason=input.reason,
            at=info.context.at,
        )
        return PutTimetablePolicyPayload(policy=mirrored(policy))


async def _slot(context: Context, text: str) -> UUID:
    slot_id = id_of("CourseSlot", text, field="slotId")
    await demand_of_course(context, "course_slot", slot_id, field="slotId")
    return slot_id


async def _groups(context: Context, asked: UUID | None) -> set[UUID] | None:
    """The groups to be told of; None for all."""
    if asked:
        await demand_group(context, asked)
        return {asked}
    if is_whole_brand(context):
        return None
    every = [one.id for one in await active_groups()]
    return await in_scope(every, groups_in_scope(context), table="chat_group")
