"""Teachers in the contract."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from engine.cursor import encode_id
from engine.declare import Node, computed, record_type
from models.learning.teacher import Teacher as TeacherRecord
from models.learning.teacher import TeacherTerms
from schema.ids import optional_id_of
from schema.learning.visibility import to_learners
from schema.payload import Payload, changed


@record_type(TeacherRecord, description="Who gives courses.", visible=to_learners)
class Teacher(Node):
    name: str = strawberry.field(description="The name.")
    title: str | None = strawberry.field(description="What the teacher is.")
    bio: str | None = strawberry.field(description="About the teacher.")
    picture: str | None = strawberry.field(description="Address of a picture.")
    is_active: bool = strawberry.field(description="Whether new sessions may be given to the teacher.")
    version: int = strawberry.field(description="Rises with every change.")
    created_at: datetime = strawberry.field(description="When the teacher was taken in.")

    @computed(needs=("staff_id",), description="The colleague who it is; staff see it.")
    def staff_id(self: Any, info: Info) -> strawberry.ID | None:
        shown = self.staff_id and info.context.caller.kind is CallerKind.STAFF
        return strawberry.ID(encode_id("Staff", self.staff_id)) if shown else None

    @computed(needs=("member_id",), description="The member who it is; staff see it.")
    def member_id(self: Any, info: Info) -> strawberry.ID | None:
        shown = self.member_id and info.context.caller.kind is CallerKind.STAFF
        return strawberry.ID(encode_id("Member", self.member_id)) if shown else None


@strawberry.input(description="All that is said of a teacher.")
class TeacherTermsInput:
    name: str = strawberry.field(description="The name, 1 to 40 characters.")
    title: str | None = strawberry.field(default=None, description="What the teacher is, up to 60 characters.")
    bio: str | None = strawberry.field(default=None, description="About the teacher, up to 1000 characters.")
    picture: str | None = strawberry.field(default=None, description="Address of a picture.")
    staff_id: strawberry.ID | None = strawberry.field(default=None, description="The colleague who it is.")
    member_id: strawberry.ID | None = strawberry.field(default=None, description="Or else the member who it is.")
    is_active: bool = strawberry.field(default=True, description="Whether new sessions may be given to the teacher.")

    def terms(self) -> TeacherTerms:
        given = {name: getattr(self, name) for name in TeacherTerms.__dataclass_fields__}
        return TeacherTerms(
            **given
            | {
                "staff_id": optional_id_of("Staff", self.staff_id, field="staffId"),
                "member_id": optional_id_of("Member", self.member_id, field="memberId"),
            }
        )


@strawberry.input(description="A new teacher.")
class AddTeacherInput:
    terms: TeacherTermsInput = strawberry.field(description="All that is said of the teacher.")


@strawberry.input(description="All of a teacher anew.")
class ChangeTeacherInput:
    teacher_id: strawberry.ID = strawberry.field(description="The teacher.")
    expected_version: int = strawberry.field(description="The version that was read; another one refuses the change.")
    terms: TeacherTermsInput = strawberry.field(description="All that is said from now on.")


@strawberry.type
class TeacherPayload(Payload):
    teacher: Teacher | None = changed("The teacher.")


@strawberry.type(description="A new teacher.")
class AddTeacherPayload(TeacherPayload):
    pass


@strawberry.type(description="A teacher after a change.")
class ChangeTeacherPayload(TeacherPayload):
    pass
