"""A group's points in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from auth.caller import CallerKind
from auth.scope import groups_in_scope
from engine.declare import Node, one, record_type
from engine.relation import NO_ROW, Condition
from models.groups.group import Group as GroupRecord
from models.points.group_fund import FundingKind
from models.points.group_fund import GroupFunding as GroupFundingRecord
from models.staff.right import StaffRight
from schema.enums import publish
from schema.groups.group import Group
from schema.payload import Payload, changed
from schema.scalars import BigInt

if TYPE_CHECKING:
    from auth.context import Context

publish(FundingKind, "What staff did with a group's points.", give="They gave some.", take_back="They took some back.")


def _seen(context: "Context") -> Condition:
    """Staff who may see points, within their scope."""
    if context.caller.kind is CallerKind.STAFF and context.caller.may(StaffRight.POINTS_READ):
        return groups_in_scope(context, "group_id")
    return NO_ROW


@record_type(GroupFundingRecord, description="Points that staff gave a group to spend, or took back.", visible=_seen)
class GroupFunding(Node):
    group: Group = one(GroupRecord, "group_id", description="The group.")
    kind: FundingKind = strawberry.field(description="Given or taken back.")
    amount: BigInt = strawberry.field(description="How many points.")
    reason: str = strawberry.field(description="Why.")
    created_at: datetime = strawberry.field(description="When.")


@strawberry.type(description="What a group can spend.")
class GroupFund:
    points: BigInt = strawberry.field(description="Points in the group's account.")


@strawberry.input(description="Points for a group to spend.")
class FundGroupInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never gives twice.")
    group_id: strawberry.ID = strawberry.field(description="The group.")
    amount: BigInt = strawberry.field(description="How many points.")
    budget_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this budget; newly issued if absent."
    )
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.input(description="Points to take back of a group.")
class TakeBackGroupFundInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never takes twice.")
    group_id: strawberry.ID = strawberry.field(description="The group.")
    amount: BigInt = strawberry.field(description="How many points.")
    budget_id: strawberry.ID | None = strawberry.field(
        default=None, description="Into this budget; out of issue if absent."
    )
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.type
class FundingPayload(Payload):
    funding: GroupFunding | None = changed("What was done.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="Points that a group was given.")
class FundGroupPayload(FundingPayload):
    pass


@strawberry.type(description="Points that were taken back of a group.")
class TakeBackGroupFundPayload(FundingPayload):
    pass
