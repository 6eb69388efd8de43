"""Until when points last, in the contract."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Self

import strawberry

from auth.scope import own_or_in_scope
from engine.declare import Node, record_type
from engine.relation import Condition
from models.members.member import Member as MemberRecord
from models.points.expiry_notice import ExpiryNotice as ExpiryNoticeRecord
from models.points.outlook import LapsingDay, LotLeft, lots_left
from models.points.outlook import Liability as LiabilityFound
from models.staff.right import StaffRight
from schema.scalars import BigInt

if TYPE_CHECKING:
    from auth.context import Context


def own_or_points(context: "Context") -> Condition:
    """A member sees its own; staff who may see points those of the members in their scope."""
    return own_or_in_scope(context, StaffRight.POINTS_READ)


@strawberry.type(description="Points of a member that lapse together.")
class PointLot:
    expires_at: datetime | None = strawberry.field(
        description="The first instant at which they cannot be spent; absent where they never lapse."
    )
    last_day: date | None = strawberry.field(description="The last business day on which they can be spent.")
    amount: BigInt = strawberry.field(description="How many are left.")

    @classmethod
    def of(cls, found: LotLeft) -> Self:
        return cls(expires_at=found.expires_at, last_day=found.last_day, amount=BigInt(found.amount))


async def point_lots(members: Sequence[MemberRecord], context: "Context") -> list[list[PointLot]]:
    """What members can spend by when it lapses, in one statement."""
    found = await lots_left([member.id for member in members], at=context.at)
    return [[PointLot.of(lot) for lot in found[member.id]] for member in members]


@strawberry.type(description="Points that lapse at the end of one business day.")
class ExpiringDay:
    last_day: date = strawberry.field(description="The last business day on which they can be spent.")
    amount: BigInt = strawberry.field(description="How many.")

    @classmethod
    def of(cls, found: LapsingDay) -> Self:
        return cls(last_day=found.last_day, amount=BigInt(found.amount))


@strawberry.type(description="Points that lapse within some days.")
class PointExpiries:
    total: BigInt = strawberry.field(description="How many in all.")
    days: list[ExpiringDay] = strawberry.field(description="Day by day, the earliest first; days without any left out.")

    @classmethod
    def of(cls, found: Sequence[LapsingDay]) -> Self:
        total = sum(one.amount for one in found)
        return cls(total=BigInt(total), days=[ExpiringDay.of(one) for one in found])


@record_type(
    ExpiryNoticeRecord, description="A notice that points of a member are about to lapse.", visible=own_or_points
)
class ExpiryNotice(Node):
    last_day: date = strawberry.field(description="The last business day on which they can be spent.")
    days_before: int = strawberry.field(description="Told at this distance: 30, 7 or 1 days.")
    amount: BigInt = strawberry.field(description="How many there were then.")
    created_at: datetime = strawberry.field(description="When the notice was given.")


@strawberry.type(description="What members hold of points that lapse in one month.")
class OwedMonth:
    month: date | None = strawberry.field(description="Its first day; absent for points that never lapse.")
    amount: BigInt = strawberry.field(description="How many points.")
    lots: int = strawberry.field(description="In how many lots, of which a member has one for each expiry.")


@strawberry.type(description="All points that the brand owes its members.")
class PointsLiability:
    available: BigInt = strawberry.field(description="Points that can be spent.")
    pending: BigInt = strawberry.field(description="Points that wait for a review.")
    held: BigInt = strawberry.field(description="Points set aside for orders.")
    lapsed: BigInt = strawberry.field(description="Points that have lapsed and are about to be taken off the accounts.")
    months: list[OwedMonth] = strawberry.field(
        description="What can be spent by the month in which it lapses, the earliest first; what never lapses is last."
    )

    @classmethod
    def of(cls, found: LiabilityFound) -> Self:
        return cls(
            available=BigInt(found.available),
            pending=BigInt(found.pending),
            held=BigInt(found.held),
            lapsed=BigInt(found.lapsed),
            months=[OwedMonth(month=one.month, amount=BigInt(one.amount), lots=one.lots) for one in found.months],
        )
