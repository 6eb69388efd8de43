"""Invitations in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.declare import Node, one, record_type
from engine.relation import Condition
from models.groups.group import Group as GroupRecord
from models.groups.invitation import Invitation as InvitationRecord
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
    return to_holders(context, Right.DECIDE_REQUESTS, own="by_id")


@record_type(InvitationRecord, description="A code that lets its bearers into a group.", visible=_seen_by)
class Invitation(Node):
    group: Annotated["Group", strawberry.lazy("schema.groups.group")] = one(
        GroupRecord, "group_id", description="The group."
    )
    code: str = strawberry.field(description="The code; letter case plays no part.")
    uses: int = strawberry.field(description="How often it was used.")
    uses_most: int = strawberry.field(description="How often it may be used.")
    by_kind: ActorKind = strawberry.field(description="On whose word.")
    by: Member | None = one(MemberRecord, "by_id", description="Who invites, where it is a member.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="Until when it opens.")
    revoked_at: datetime | None = strawberry.field(description="When it was made worthless.")


@strawberry.input(description="An invitation to make.")
class CreateInvitationInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    expires_at: datetime = strawberry.field(description="Until when it opens, within the next 90 days.")
    uses_most: int = strawberry.field(default=1, description="How often it may be used, 1 to 500.")


@strawberry.input(description="An invitation to make worthless.")
class RevokeInvitationInput:
    invitation_id: strawberry.ID = strawberry.field(description="The invitation.")


@strawberry.type
class InvitationPayload(Payload):
    invitation: Invitation | None = changed("The invitation.")


@strawberry.type(description="An invitation that was made.")
class CreateInvitationPayload(InvitationPayload):
    pass


@strawberry.type(description="An invitation that opens nothing any more.")
class RevokeInvitationPayload(InvitationPayload):
    pass
