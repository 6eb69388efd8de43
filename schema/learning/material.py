"""Materials in the contract: what lies beside a course, and where who may read it finds it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from auth.caller import CallerKind
from engine.declare import Node, batch, one, record_type
from models.learning.course import Course as CourseRecord
from models.learning.course_session import CourseSession as CourseSessionRecord
from models.learning.material import Material as MaterialRecord
from models.learning.material import MaterialKind, MaterialTerms, readable
from models.learning.material_ticket import MaterialTicket, ReaderKind
from schema.enums import publish
from schema.ids import optional_id_of
from schema.learning.visibility import materials_seen
from schema.payload import Payload, changed
from schema.scalars import BigInt

if TYPE_CHECKING:
    from schema.learning.course import Course
    from schema.learning.course_session import CourseSession

publish(MaterialKind, "Where a material lies.", file="Here; it is saved.", link="Elsewhere; it is opened.")


async def addresses(materials: Sequence[MaterialRecord], context: Any) -> list[str | None]:
    """For each that the caller may read: a link's own address, or one of a file that holds for a few minutes."""
    caller = context.caller
    if caller.kind is CallerKind.MEMBER:
        kind, open_to = ReaderKind.MEMBER, await readable(caller.id, materials, at=context.at)
    else:
        kind, open_to = ReaderKind.STAFF, [one.removed_at is None for one in materials]

    def address(material: MaterialRecord) -> str | None:
        if material.url is not None:
            return material.url
        return f"/materials?ticket={MaterialTicket.issue(material.id, kind, caller.id, at=context.at)}"

    return [address(one) if is_open else None for one, is_open in zip(materials, open_to, strict=True)]


@record_type(MaterialRecord, description="A file or a link beside a course or a session.", visible=materials_seen)
class Material(Node):
    course: Annotated["Course", strawberry.lazy("schema.learning.course")] | None = one(
        CourseRecord, "course_id", description="The course."
    )
    session: Annotated["CourseSession", strawberry.lazy("schema.learning.course_session")] | None = one(
        CourseSessionRecord, "session_id", description="The session that it is of; absent: of the whole course."
    )
    kind: MaterialKind = strawberry.field(description="Where it lies.")
    name: str = strawberry.field(description="What it is called, and saved as.")
    is_preview: bool = strawberry.field(description="Whether it is open to those without a seat.")
    content_type: str | None = strawberry.field(description="A file's media type.")
    size: BigInt | None = strawberry.field(description="A file's size in bytes.")
    created_at: datetime = strawberry.field(description="When it was put there.")
    address: str | None = batch(
        addresses,
        description="Where the caller finds it, for ten minutes where it is a file; absent where it may not read it.",
    )


@strawberry.input(description="A link to put beside a course.")
class AddMaterialLinkInput:
    course_id: strawberry.ID = strawberry.field(description="The course.")
    session_id: strawberry.ID | None = strawberry.field(default=None, description="The session that it is of.")
    name: str = strawberry.field(description="What it is called, 1 to 120 characters.")
    url: str = strawberry.field(description="Its https address.")
    is_preview: bool = strawberry.field(default=False, description="Whether it is open to those without a seat.")

    def terms(self) -> MaterialTerms:
        session_id = optional_id_of("CourseSession", self.session_id, field="sessionId")
        return MaterialTerms(self.name, session_id, is_preview=self.is_preview)


@strawberry.input(description="A material to take away.")
class RemoveMaterialInput:
    material_id: strawberry.ID = strawberry.field(description="The material.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.type
class MaterialPayload(Payload):
    material: Material | None = changed("The material.")


@strawberry.type(description="A link that was put beside a course.")
class AddMaterialLinkPayload(MaterialPayload):
    pass


@strawberry.type(description="A material that was taken away.")
class RemoveMaterialPayload(MaterialPayload):
    pass
