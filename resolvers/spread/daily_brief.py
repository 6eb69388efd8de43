"""Daily briefs: read by members, published and corrected by staff of the whole brand."""

from datetime import date
from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import IsMember, StaffCan
from auth.scope import demand_whole_brand
from engine.declare import mirrored
from models.actor import Actor
from models.spread.daily_brief import DailyBrief as DailyBriefRecord
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.payload import mutation, query
from schema.spread.daily_brief import (
    DailyBrief,
    PublishDailyBriefInput,
    PublishDailyBriefPayload,
    ReviseDailyBriefInput,
    ReviseDailyBriefPayload,
)

STAFF = StaffCan(StaffRight.GROUPS_WRITE)
Day = Annotated[date, strawberry.argument(description="The day, as the caller's check-in plan counts it.")]


@strawberry.type
class DailyBriefQueries:
    @query(
        allow=IsMember(), description="The caller's brief of a day: its first theme circle's, else the official one."
    )
    async def daily_brief(self, info: Info, day: Day) -> DailyBrief | None:
        found: DailyBrief | None = mirrored(await DailyBriefRecord.for_member(info.context.member_id, day))
        return found


@strawberry.type
class DailyBriefMutations:
    @mutation(allow=STAFF, description="Publish a circle's brief of a day.")
    async def publish_daily_brief(self, info: Info, input: PublishDailyBriefInput) -> PublishDailyBriefPayload:
        demand_whole_brand(info.context)
        brief = await DailyBriefRecord.publish(
            id_of("Circle", input.circle_id, field="circleId"),
            input.day,
            title=input.title,
            body=input.body,
            actor=Actor.staff(info.context.staff_id),
            at=info.context.at,
        )
        return PublishDailyBriefPayload(daily_brief=mirrored(brief))

    @mutation(allow=STAFF, description="Correct a brief.")
    async def revise_daily_brief(self, info: Info, input: ReviseDailyBriefInput) -> ReviseDailyBriefPayload:
        demand_whole_brand(info.context)
        brief = await DailyBriefRecord.revise(
            id_of("DailyBrief", input.brief_id, field="briefId"),
            title=input.title,
            body=input.body,
            actor=Actor.staff(info.context.staff_id),
            at=info.context.at,
        )
        return ReviseDailyBriefPayload(daily_brief=mirrored(brief))
