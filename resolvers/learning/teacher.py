"""Teachers: known to members, taken in by staff of the whole brand."""

import strawberry
from strawberry import Info

from auth.scope import demand_whole_brand
from engine.declare import Connection, mirrored
from models.learning.teacher import Teacher as TeacherRecord
from resolvers.learning.course import READING, WRITING
from schema.ids import id_of
from schema.learning.teacher import (
    AddTeacherInput,
    AddTeacherPayload,
    ChangeTeacherInput,
    ChangeTeacherPayload,
    Teacher,
)
from schema.payload import listed, mutation


@strawberry.type
class TeacherQueries:
    teachers: Connection[Teacher] = listed(
        TeacherRecord, order=("created_at", "id"), allow=READING, description="Who gives courses, the first in front."
    )


@strawberry.type
class TeacherMutations:
    @mutation(allow=WRITING, description="Take a teacher in.")
    async def add_teacher(self, info: Info, input: AddTeacherInput) -> AddTeacherPayload:
        demand_whole_brand(info.context)
        terms = input.terms.terms()
        teacher = await TeacherRecord.add(terms, staff_id=info.context.staff_id, at=info.context.at)
        return AddTeacherPayload(teacher=mirrored(teacher))

    @mutation(allow=WRITING, description="Say all of a teacher anew.")
    async def change_teacher(self, info: Info, input: ChangeTeacherInput) -> ChangeTeacherPayload:
        demand_whole_brand(info.context)
        teacher = await TeacherRecord.change(
            id_of("Teacher", input.teacher_id, field="teacherId"),
            input.terms.terms(),
            expected_version=input.expected_version,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return ChangeTeacherPayload(teacher=mirrored(teacher))
