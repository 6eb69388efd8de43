"""What teachers have given, for staff who see the whole brand."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import StaffCan
from auth.scope import demand_whole_brand
from models.errors import within
from models.learning.teacher_statistics import teacher_statistics
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.learning.teacher_statistics import TeacherStatistics
from schema.payload import query

TEACHERS_MOST = 100

TeacherIds = Annotated[list[strawberry.ID], strawberry.argument(description="The teachers, 1 to 100.")]
Since = Annotated[datetime, strawberry.argument(description="Sessions that began then or later.")]
Until = Annotated[datetime, strawberry.argument(description="Sessions that began before then.")]


@strawberry.type
class TeacherStatisticsQueries:
    @query(allow=StaffCan(StaffRight.COURSES_READ), description="What teachers have given in a time, in their order.")
    async def teacher_statistics(
        self, info: Info, teacher_ids: TeacherIds, since: Since, until: Until
    ) -> list[TeacherStatistics]:
        demand_whole_brand(info.context)
        within("teacherIds", len(teacher_ids), 1, TEACHERS_MOST)
        ids = [id_of("Teacher", one, field="teacherIds") for one in teacher_ids]
        found = await teacher_statistics(ids, since=since, until=until, at=info.context.at)
        return [TeacherStatistics.of(one) for one in found]
