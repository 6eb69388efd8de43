"""How long points last, and what lapses when."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import Can, IsMemberOrStaff, StaffCan
from auth.scope import demand_whole_brand
from engine.declare import Connection, mirrored
from engine.relation import Condition
from models.points.expiry_policy import ExpiryPolicy as ExpiryPolicyRecord
from models.points.hold import PointHold as PointHoldRecord
from models.points.outlook import lapsing, liability
from models.staff.right import StaffRight
from schema.payload import listed, mutation, query
from schema.points.expiry_policy import ExpiryPolicy, PutExpiryPolicyInput, PutExpiryPolicyPayload
from schema.points.hold import PointHold
from schema.points.lot import PointExpiries, PointsLiability

Days = Annotated[int, strawberry.argument(description="How many days ahead, 1 to 366.")]


@strawberry.type
class ExpiryPolicyQueries:
    point_holds: Connection[PointHold] = listed(
        PointHoldRecord,
        order=("until", "id"),
        where=Condition("{row}.ended_at IS NULL"),
        allow=StaffCan(StaffRight.POINTS_READ),
        description="Points that are set aside now, those that lapse first in front.",
    )

    @query(allow=IsMemberOrStaff(), description="How long points last that come in now; absent while they never lapse.")
    async def expiry_policy(self, info: Info) -> ExpiryPolicy | None:
        found: ExpiryPolicy | None = mirrored(await ExpiryPolicyRecord.current())
        return found

    @query(allow=StaffCan(StaffRight.POINTS_READ), description="What lapses of all members' points, day by day.")
    async def point_expiries(self, info: Info, days: Days = 30) -> PointExpiries:
        demand_whole_brand(info.context)
        return PointExpiries.of(await lapsing(days, at=info.context.at))

    @query(allow=StaffCan(StaffRight.POINTS_READ), description="All points that the brand owes its members.")
    async def points_liability(self, info: Info) -> PointsLiability:
        demand_whole_brand(info.context)
        return PointsLiability.of(await liability(at=info.context.at))


@strawberry.type
class ExpiryPolicyMutations:
    @mutation(allow=Can(StaffRight.POINTS_RULES), description="Decide how long points last that come in from now on.")
    async def put_expiry_policy(self, info: Info, input: PutExpiryPolicyInput) -> PutExpiryPolicyPayload:
        demand_whole_brand(info.context)
        policy = await ExpiryPolicyRecord.put(
            input.terms(),
            staff_id=info.context.staff_id,
            expected_version=input.expected_version,
            reason=input.reason,
            at=info.context.at,
        )
        return PutExpiryPolicyPayload(policy=mirrored(policy))
