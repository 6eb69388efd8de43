"""Posters: made by members for themselves, of templates that staff draft, look at and enable."""

import strawberry
from strawberry import Info

from auth.permissions import IsMember, IsMemberOr, StaffCan
from auth.poster_backgrounds import demand_background
from auth.rate_limit import Rate, limit
from auth.scope import demand_whole_brand
from engine.declare import Connection, mirrored
from models.spread.poster import Poster as PosterRecord
from models.spread.poster_template import PosterTemplate as PosterTemplateRecord
from models.staff.right import StaffRight
from schema.ids import id_of, optional_id_of
from schema.payload import listed, mutation
from schema.spread.poster import (
    ChangePosterTemplateInput,
    ChangePosterTemplatePayload,
    DraftPosterTemplateInput,
    DraftPosterTemplatePayload,
    EnablePosterTemplateInput,
    EnablePosterTemplatePayload,
    MakePosterInput,
    MakePosterPayload,
    PosterTemplate,
)

MAKINGS = Rate("posters", most=30)
WRITE = StaffCan(StaffRight.SPREAD_WRITE)


@strawberry.type
class PosterQueries:
    poster_templates: Connection[PosterTemplate] = listed(
        PosterTemplateRecord,
        order=("-created_at", "-id"),
        allow=IsMemberOr(StaffRight.SPREAD_READ),
        description="The templates of posters, newest first: those that are enabled, for staff drafts as well.",
    )


@strawberry.type
class PosterMutations:
    @mutation(allow=IsMember(), description="Have a poster of a template with the caller's own code on it.")
    async def make_poster(self, info: Info, input: MakePosterInput) -> MakePosterPayload:
        context = info.context
        await limit(MAKINGS, f"member:{context.member_id}", at=context.at)
        poster = await PosterRecord.of(
            context.member_id,
            id_of("PosterTemplate", input.template_id, field="templateId"),
            optional_id_of("SceneCode", input.code_id, field="codeId"),
            at=context.at,
        )
        return MakePosterPayload(poster=mirrored(poster))

    @mutation(allow=WRITE, description="Draft a template of posters, which no member sees yet.")
    async def draft_poster_template(self, info: Info, input: DraftPosterTemplateInput) -> DraftPosterTemplatePayload:
        demand_whole_brand(info.context)
        await demand_background(input.design.background, at=info.context.at)
        template = await PosterTemplateRecord.draft(
            input.name, input.design.design(), staff_id=info.context.staff_id, at=info.context.at
        )
        return DraftPosterTemplatePayload(template=mirrored(template))

    @mutation(allow=WRITE, description="Say all of a template anew; posters of it are drawn anew.")
    async def change_poster_template(self, info: Info, input: ChangePosterTemplateInput) -> ChangePosterTemplatePayload:
        demand_whole_brand(info.context)
        await demand_background(input.design.background, at=info.context.at)
        template = await PosterTemplateRecord.change(
            id_of("PosterTemplate", input.template_id, field="templateId"),
            input.name,
            input.design.design(),
            expected_version=input.expected_version,
            reason=input.reason,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return ChangePosterTemplatePayload(template=mirrored(template))

    @mutation(allow=WRITE, description="Let members have posters of a template, or take them away.")
    async def enable_poster_template(self, info: Info, input: EnablePosterTemplateInput) -> EnablePosterTemplatePayload:
        demand_whole_brand(info.context)
        template = await PosterTemplateRecord.enable(
            id_of("PosterTemplate", input.template_id, field="templateId"),
            is_enabled=input.is_enabled,
            reason=input.reason,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return EnablePosterTemplatePayload(template=mirrored(template))
