"""Blocks in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.declare import Node, one, record_type
from engine.relation import Condition
from models.groups.block import GroupBlock as GroupBlockRecord
from models.groups.role import Right
from models.members.member import Member as MemberRecord
from schema.actor import ActorKind
from schema.groups.visibility import to_holders
from schema.members.member import Member
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context
    from schema.groups.group import Group


def _seen_by(context: "Context") -> Condition:
    return to_holders(context, Right.KICK, own="member_id")


@record_type(GroupBlockRecord, description="A member who may not come back to a group for now.", visible=_seen_by)
class GroupBlock(Node):
    member: Member = one(MemberRecord, "member_id", description="Who is barred.")
    reason: str = strawberry.field(description="Why.")
    by_kind: ActorKind = strawberry.field(description="On whose word.")
    created_at: datetime = strawberry.field(description="Since when.")


@strawberry.input(description="A member who may come back to a group.")
class LiftBlockInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    member_id: strawberry.ID = strawberry.field(description="The member.")
    reason: str | None = strawberry.field(default=None, description="Why, up to 200 characters.")


@strawberry.type(description="A block that was lifted.")
class LiftBlockPayload(Payload):
    group: Annotated["Group", strawberry.lazy("schema.groups.group")] | None = changed("The group.")
