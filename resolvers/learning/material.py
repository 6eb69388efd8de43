"""Materials: links put beside courses by staff, and anything taken away; files come by `POST /uploads/materials`."""

import strawberry
from strawberry import Info

from auth.scope import demand_of_course
from engine.declare import mirrored
from models.learning.material import Material as MaterialRecord
from resolvers.learning.course import WRITING, writable
from schema.ids import id_of
from schema.learning.material import (
    AddMaterialLinkInput,
    AddMaterialLinkPayload,
    RemoveMaterialInput,
    RemoveMaterialPayload,
)
from schema.payload import mutation


@strawberry.type
class MaterialMutations:
    @mutation(allow=WRITING, description="Put a link beside a course.")
    async def add_material_link(self, info: Info, input: AddMaterialLinkInput) -> AddMaterialLinkPayload:
        context = info.context
        course_id = await writable(context, input.course_id)
        made = await MaterialRecord.add_link(
            course_id, input.terms(), input.url, staff_id=context.staff_id, at=context.at
        )
        return AddMaterialLinkPayload(material=mirrored(made))

    @mutation(allow=WRITING, description="Take a material away; addresses that were given lead nowhere from now on.")
    async def remove_material(self, info: Info, input: RemoveMaterialInput) -> RemoveMaterialPayload:
        context = info.context
        material_id = id_of("Material", input.material_id, field="materialId")
        await demand_of_course(context, "material", material_id, field="materialId")
        gone = await MaterialRecord.remove(material_id, reason=input.reason, staff_id=context.staff_id, at=context.at)
        return RemoveMaterialPayload(material=mirrored(gone))
