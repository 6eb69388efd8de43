"""Changes of who brought whom in the contract."""

from datetime import datetime

import strawberry

from engine.declare import Node, one, record_type
from models.members.member import Member as MemberRecord
from models.spread.referral_change import ReferralChange as ReferralChangeRecord
from models.spread.referral_change import ReferralChangeKind
from schema.enums import publish
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.spread.referral_sight import read_by_staff

publish(
    ReferralChangeKind,
    "What became of a bond.",
    bound="Somebody without an inviter got one.",
    rebound="The inviter was replaced by another one.",
    cleared="The inviter was taken away.",
)


@record_type(ReferralChangeRecord, description="A change of who brought a member.", visible=read_by_staff)
class ReferralChange(Node):
    member: Member = one(MemberRecord, "member_id", description="Who was brought.")
    kind: ReferralChangeKind = strawberry.field(description="What became of the bond.")
    inviter_before: Member | None = one(MemberRecord, "inviter_before_id", description="Whose invitee it was.")
    inviter_after: Member | None = one(MemberRecord, "inviter_after_id", description="Whose invitee it is.")
    reason: str | None = strawberry.field(description="Why; absent where a member did it itself.")
    proof: str | None = strawberry.field(description="What shows it.")
    takes_back: bool = strawberry.field(description="Whether what was paid before was taken back.")
    changed_at: datetime = strawberry.field(description="When.")


@strawberry.input(description="Who brought the caller.")
class NameInviterInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    invite_code: str = strawberry.field(description="The inviter's invite code, or the scene of a code of its own.")


@strawberry.input(description="Who brought a member, on the word of staff.")
class ChangeReferralInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    member_id: strawberry.ID = strawberry.field(description="Who was brought.")
    inviter_id: strawberry.ID | None = strawberry.field(default=None, description="By whom; by nobody if absent.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")
    proof: str | None = strawberry.field(
        default=None, description="What shows it, 1 to 500 characters; needed with an inviter."
    )
    takes_back: bool = strawberry.field(
        default=False, description="Whether what was paid for the member so far is taken back."
    )


@strawberry.type(description="What came of naming an inviter.")
class NameInviterPayload(Payload):
    inviter: Member | None = changed("Who brought the caller.")
    is_replay: bool = strawberry.field(default=False, description="Whether the key was used before.")


@strawberry.type(description="What came of changing a bond.")
class ChangeReferralPayload(Payload):
    change: ReferralChange | None = changed("The change.")
    is_replay: bool = strawberry.field(default=False, description="Whether the key was used before.")
