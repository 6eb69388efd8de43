"""The log of a group in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.declare import Node, one, record_type
from engine.relation import Condition
from models.groups.group import Group as GroupRecord
from models.groups.membership_change import ChangeKind, Scene
from models.groups.membership_change import MembershipChange as MembershipChangeRecord
from models.groups.role import Right, Role
from models.members.member import Member as MemberRecord
from schema.actor import ActorKind
from schema.enums import publish
from schema.groups.visibility import to_holders
from schema.members.member import Member
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context
    from schema.groups.group import Group

publish(
    ChangeKind,
    "What happened to a membership.",
    named="MembershipChangeKind",
    joined="The member came in.",
    left="The member went.",
    kicked="The member was removed and barred.",
    block_lifted="The member may come back.",
    muted="The member may not speak for a while.",
    unmuted="The member may speak again.",
    role_changed="The member has another role.",
)
publish(
    Scene,
    "By which way it happened.",
    named="MembershipScene",
    free="Through an open door.",
    approval="By a request that was approved.",
    invitation="By an invitation.",
    waiting_list="From the waiting list, by itself.",
    staff="Staff put the member in.",
    self="By the member's own wish.",
    removed="Somebody removed the member.",
    account_closed="The member closed its account, or it was closed.",
    handed_over="The group was handed over.",
    appointed="Somebody gave the role.",
    moderated="Somebody kept order.",
)


def _seen_by(context: "Context") -> Condition:
    return to_holders(context, Right.SEE_LOG, own="member_id")


@record_type(MembershipChangeRecord, description="What happened to a membership, by whom and why.", visible=_seen_by)
class MembershipChange(Node):
    group: Annotated["Group", strawberry.lazy("schema.groups.group")] = one(
        GroupRecord, "group_id", description="The group."
    )
    member: Member = one(MemberRecord, "member_id", description="Whose membership.")
    kind: ChangeKind = strawberry.field(description="What happened.")
    scene: Scene = strawberry.field(description="By which way.")
    role: Role = strawberry.field(description="The role after it, or on leaving.")
    role_before: Role | None = strawberry.field(description="The role before, where it changed.")
    reason: str | None = strawberry.field(description="Why.")
    muted_until: datetime | None = strawberry.field(description="Until when, for a mute.")
    by_kind: ActorKind = strawberry.field(description="On whose word.")
    by: Member | None = one(MemberRecord, "by_id", description="Who did it, where it was a member.")
    happened_at: datetime = strawberry.field(description="When.")


@strawberry.input(description="A member to remove from a group.")
class KickMemberInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    member_id: strawberry.ID = strawberry.field(description="The member.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")


@strawberry.type(description="A member who was removed and cannot come back until the block is lifted.")
class KickMemberPayload(Payload):
    change: MembershipChange | None = changed("What is on record about it.")
