"""Circles: read by all who are known, opened and changed by staff of the whole brand."""

import strawberry
from strawberry import Info

from auth.permissions import IsMemberOrStaff
from auth.scope import demand_whole_brand
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from models.actor import Actor
from models.groups.circle import Circle as CircleRecord
from resolvers.groups.acting import STAFF
from schema.groups.circle import (
    Circle,
    OpenCircleInput,
    OpenCirclePayload,
    UpdateCircleInput,
    UpdateCirclePayload,
)
from schema.ids import id_of
from schema.payload import mutation, query

EVERY_CIRCLE = listing(CircleRecord, order=("position", "id"))


@strawberry.type
class CircleQueries:
    @query(allow=IsMemberOrStaff(), description="All circles, in the order the brand gave them.")
    async def circles(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Circle]:
        page: Connection[Circle] = await info.context.loads.list_page(
            EVERY_CIRCLE, PageArguments(first, after, last, before)
        )
        return page


@strawberry.type
class CircleMutations:
    @mutation(allow=STAFF, description="Open a circle.")
    async def open_circle(self, info: Info, input: OpenCircleInput) -> OpenCirclePayload:
        demand_whole_brand(info.context)
        circle = await CircleRecord.open(
            slug=input.slug,
            name=input.name,
            summary=input.summary,
            position=input.position,
            is_official=input.is_official,
            actor=Actor.staff(info.context.staff_id),
            at=info.context.at,
        )
        return OpenCirclePayload(circle=mirrored(circle))

    @mutation(allow=STAFF, description="Change a circle.")
    async def update_circle(self, info: Info, input: UpdateCircleInput) -> UpdateCirclePayload:
        demand_whole_brand(info.context)
        circle = await CircleRecord.change(
            id_of("Circle", input.circle_id, field="circleId"),
            name=input.name,
            summary=input.summary,
            position=input.position,
            actor=Actor.staff(info.context.staff_id),
            at=info.context.at,
        )
        return UpdateCirclePayload(circle=mirrored(circle))
