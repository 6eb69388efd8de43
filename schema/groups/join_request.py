"""Requests to join in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.declare import Node, one, record_type
from engine.relation import Condition
from models.groups.group import Group as GroupRecord
from models.groups.join_request import JoinRequest as JoinRequestRecord
from models.groups.join_request import RequestStatus
from models.groups.role import Right
from models.members.member import Member as MemberRecord
from schema.enums import publish
from schema.groups.visibility import to_holders
from schema.members.member import Member
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context
    from schema.groups.group import Group

publish(
    RequestStatus,
    "What became of a request to join.",
    named="JoinRequestStatus",
    pending="It waits for an answer.",
    approved="The applicant is in.",
    declined="The applicant was refused.",
    withdrawn="The applicant asks no longer.",
    expired="Nobody answered in time.",
)


def _seen_by(context: "Context") -> Condition:
    return to_holders(context, Right.DECIDE_REQUESTS, own="member_id")


@record_type(JoinRequestRecord, description="A request to join a group by approval.", visible=_seen_by)
class JoinRequest(Node):
    group: Annotated["Group", strawberry.lazy("schema.groups.group")] = one(
        GroupRecord, "group_id", description="The group."
    )
    member: Member = one(MemberRecord, "member_id", description="Who asks.")
    message: str | None = strawberry.field(description="What the applicant says.")
    status: RequestStatus = strawberry.field(description="What became of it.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="Until when it can be decided.")
    decided_at: datetime | None = strawberry.field(description="When it was decided.")
    reason: str | None = strawberry.field(description="Why it was decided so.")


@strawberry.input(description="A request to join a group.")
class ApplyToJoinGroupInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    message: str | None = strawberry.field(default=None, description="A few words, up to 200 characters.")
    accepted_rules_version: int | None = strawberry.field(
        default=None, description="The version of the rules that was read and accepted, where there are rules."
    )


@strawberry.input(description="A request to take back.")
class WithdrawJoinRequestInput:
    request_id: strawberry.ID = strawberry.field(description="The request.")


@strawberry.input(description="An answer to a request.")
class DecideJoinRequestInput:
    request_id: strawberry.ID = strawberry.field(description="The request.")
    is_approved: bool = strawberry.field(description="Let the applicant in, or not.")
    reason: str | None = strawberry.field(
        default=None, description="Why, up to 200 characters; needed where it is declined."
    )


@strawberry.type
class JoinRequestPayload(Payload):
    join_request: JoinRequest | None = changed("The request.")


@strawberry.type(description="A request that was made.")
class ApplyToJoinGroupPayload(JoinRequestPayload):
    pass


@strawberry.type(description="A request that was taken back.")
class WithdrawJoinRequestPayload(JoinRequestPayload):
    pass


@strawberry.type(description="A request that was decided.")
class DecideJoinRequestPayload(JoinRequestPayload):
    pass
