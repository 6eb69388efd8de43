"""Points set aside, in the contract."""

from datetime import datetime
from typing import Any

import strawberry

from engine.declare import Node, computed, one, record_type
from models.members.member import Member as MemberRecord
from models.points.hold import HoldOutcome
from models.points.hold import PointHold as PointHoldRecord
from models.points.lot import NEVER
from schema.enums import publish
from schema.members.member import Member
from schema.points.lot import own_or_points
from schema.scalars import BigInt

publish(
    HoldOutcome,
    "How a hold ended.",
    captured="Its points were spent, all or a part.",
    released="The member has its points back.",
    lapsed="Nobody ended it in time, so the member has its points back.",
)


@record_type(
    PointHoldRecord,
    description="Points of a member that are set aside until what they are for is certain.",
    visible=own_or_points,
)
class PointHold(Node):
    member: Member = one(MemberRecord, "member_id", description="Whose points.")
    source: str = strawberry.field(description="What they are set aside for, such as `order:<id>`.")
    amount: BigInt = strawberry.field(description="How many.")
    captured: BigInt = strawberry.field(description="How many of them were spent.")
    outcome: HoldOutcome | None = strawberry.field(description="How it ended; absent while it is open.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    created_at: datetime = strawberry.field(description="Since when.")

    @computed(
        needs=("until",),
        description="When it lapses, if nobody ends it; absent where what it is for ends it, as an order does.",
    )
    def until(self: Any) -> datetime | None:
        return None if self.until == NEVER else self.until
