"""Adjustments by staff in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from auth.scope import members_in_scope
from engine.declare import Node, computed, mirrored, one, record_type
from engine.relation import NO_ROW, Condition
from models.members.member import Member as MemberRecord
from models.points.account import Currency
from models.points.adjustment import AdjustmentKind
from models.points.adjustment import PointAdjustment as PointAdjustmentRecord
from models.staff.right import StaffRight
from schema.enums import publish
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.points.entry import PointEntry
from schema.scalars import BigInt

if TYPE_CHECKING:
    from auth.context import Context

publish(
    AdjustmentKind,
    "What staff did.",
    grant="Gave points or growth.",
    deduct="Took points.",
    reverse="Took a line of the statement back.",
)


def _read_by_staff(context: "Context") -> Condition:
    return members_in_scope(context, "member_id") if context.caller.may(StaffRight.POINTS_READ) else NO_ROW


@record_type(PointAdjustmentRecord, description="What staff gave, took or took back.", visible=_read_by_staff)
class PointAdjustment(Node):
    member: Member = one(MemberRecord, "member_id", description="Whose points.")
    kind: AdjustmentKind = strawberry.field(description="What staff did.")
    currency: Currency = strawberry.field(description="Points or growth.")
    amount: BigInt = strawberry.field(description="How much, above 0.")
    reason: str = strawberry.field(description="Why.")
    created_at: datetime = strawberry.field(description="When.")

    @computed(description="The member's lines that it made.")
    async def entries(self: Any) -> list[PointEntry]:
        found: list[PointEntry] = mirrored(await self.entries())
        return found


@strawberry.input(description="Points or growth for a member.")
class GrantPointsInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never grants twice.")
    member_id: strawberry.ID = strawberry.field(description="Who gets them.")
    amount: BigInt = strawberry.field(description="How many, above 0.")
    reason: str = strawberry.field(description="Why, for the member and the audit.")
    currency: Currency = strawberry.field(default=Currency.POINTS, description="Points or growth.")
    expires_at: datetime | None = strawberry.field(
        default=None, description="When the points lapse; by the expiry policy if absent."
    )


@strawberry.input(description="Points to take from a member.")
class DeductPointsInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never deducts twice.")
    member_id: strawberry.ID = strawberry.field(description="From whom.")
    amount: BigInt = strawberry.field(description="How many, above 0, at most what can be spent.")
    reason: str = strawberry.field(description="Why, for the member and the audit.")


@strawberry.input(description="A line to take back.")
class ReverseEntryInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    entry_id: strawberry.ID = strawberry.field(description="The line, which brought points in.")
    reason: str = strawberry.field(description="Why, for the member and the audit.")


@strawberry.type
class AdjustmentPayload(Payload):
    adjustment: PointAdjustment | None = changed("What was done.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="Points that were granted.")
class GrantPointsPayload(AdjustmentPayload):
    pass


@strawberry.type(description="Points that were deducted.")
class DeductPointsPayload(AdjustmentPayload):
    pass


@strawberry.type(description="A line that was taken back.")
class ReverseEntryPayload(AdjustmentPayload):
    pass
