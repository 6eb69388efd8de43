"""How many points came into members' hands and out of them."""

from datetime import date
from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import StaffCan
from auth.scope import demand_whole_brand
from engine.declare import mirrored
from models.points.issuance import flows, outstanding
from models.staff.right import StaffRight
from schema.payload import query
from schema.points.issuance import IssuanceReport

FirstDay = Annotated[date, strawberry.argument(description="The first business day.")]
LastDay = Annotated[date, strawberry.argument(description="The last business day, at most 91 later.")]


@strawberry.type
class IssuanceQueries:
    @query(allow=StaffCan(StaffRight.POINTS_READ), description="Points issued, spent and expired, by day and reason.")
    async def issuance_report(self, info: Info, first_day: FirstDay, last_day: LastDay) -> IssuanceReport:
        demand_whole_brand(info.context)
        owed = await outstanding()
        found = await flows(first_day, last_day)
        return IssuanceReport(
            first_day=first_day,
            last_day=last_day,
            flows=mirrored(found),
            outstanding=mirrored(owed),
        )
