"""Referrals in the contract: whom a member brought, and whom those brought in turn."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.caller import CallerKind
from auth.scope import members_in_scope
from engine.declare import Connection, Node, connection, one, record_type
from engine.relation import NO_ROW, Condition
from models.members.member import Member as MemberRecord
from models.spread.referral import Referral as ReferralRecord
from models.staff.right import StaffRight
from schema.members.member import Member

if TYPE_CHECKING:
    from auth.context import Context

NEWEST_FIRST = ("-created_at", "-id")

TEAM = (
    "{row}.inviter_id = ? "
    "OR EXISTS (SELECT 1 FROM referral a WHERE a.invitee_id = {row}.inviter_id AND a.inviter_id = ?) "
    "OR EXISTS (SELECT 1 FROM referral a JOIN referral b ON b.invitee_id = a.inviter_id "
    "WHERE a.invitee_id = {row}.inviter_id AND b.inviter_id = ?)"
)
"""Rows of those whom a member brought itself, whom those brought, and whom these brought: its team."""


def _of_team(context: "Context") -> Condition:
    """A member sees three levels below itself, staff those who came in where their scope is."""
    caller = context.caller
    if caller.kind is CallerKind.MEMBER:
        return Condition(TEAM, (caller.id, caller.id, caller.id))
    if caller.kind is CallerKind.STAFF and (caller.may(StaffRight.MEMBERS_READ) or caller.may(StaffRight.SPREAD_READ)):
        return members_in_scope(context, "invitee_id")
    return NO_ROW


@record_type(ReferralRecord, description="That a member was brought by another one.", visible=_of_team)
class Referral(Node):
    member: Member = one(MemberRecord, "invitee_id", description="Who was brought.")
    created_at: datetime = strawberry.field(description="When the member came.")
    activated_at: datetime | None = strawberry.field(description="When the member first checked in.")
    referrals: Connection[Annotated["Referral", strawberry.lazy("schema.spread.referral")]] = connection(
        ReferralRecord,
        "inviter_id",
        parent_column="invitee_id",
        order=NEWEST_FIRST,
        description="Whom this member brought in turn, newest first; three levels below the caller it ends.",
    )
