"""What was handed in for a claim, and what reviewers decided about it, in the contract; for staff."""

from datetime import datetime
from typing import Any

import strawberry

from engine.cursor import encode_id
from engine.declare import Node, computed, one, record_type
from models.spread.forward_decision import ForwardDecision as ForwardDecisionRecord
from models.spread.forward_decision import ForwardVerdict, RejectionReason
from models.spread.forward_hand_in import ForwardHandIn as ForwardHandInRecord
from models.staff.staff import Staff as StaffRecord
from schema.enums import publish
from schema.spread.forward_sight import for_reviewers
from schema.staff.staff import Staff

PROOFS = "/files/proofs/"

publish(
    ForwardVerdict,
    "What a reviewer decided.",
    approved="The claim is good.",
    rejected="It is not.",
    proof_asked="The member is to hand in a proof.",
)
publish(
    RejectionReason,
    "Why a claim was rejected.",
    named="ForwardRejectionReason",
    not_forwarded="Nothing was forwarded.",
    wrong_content="Something else was forwarded.",
    wrong_target="It was forwarded to somewhere else.",
    unreadable="The picture shows nothing.",
    same_picture="The picture was handed in for another claim.",
    forged="The picture was made up.",
    too_late="It was forwarded too late.",
    no_proof="The proof that was asked for did not come.",
)


@record_type(ForwardHandInRecord, description="What a member handed in for a claim.", visible=for_reviewers)
class ForwardHandIn(Node):
    round: int = strawberry.field(description="Which time, from 1.")
    words: str | None = strawberry.field(description="What the member said to it.")
    seed: str | None = strawberry.field(description="Honour: what decided whether it is looked at.")
    is_disputed: bool = strawberry.field(description="Whether the member stands by what was rejected.")
    created_at: datetime = strawberry.field(description="When.")

    @computed(needs=("proof_id",), description="Where its picture is loaded, with the caller's token.")
    def proof_path(self: Any) -> str | None:
        return f"{PROOFS}{encode_id('ForwardProof', self.proof_id)}" if self.proof_id else None


@record_type(ForwardDecisionRecord, description="What a reviewer decided about a hand-in.", visible=for_reviewers)
class ForwardDecision(Node):
    round: int = strawberry.field(description="Which hand-in it is about.")
    verdict: ForwardVerdict = strawberry.field(description="What was decided.")
    reason: RejectionReason | None = strawberry.field(description="Why it was rejected.")
    note: str | None = strawberry.field(description="What the reviewer wrote to it.")
    staff: Staff | None = one(StaffRecord, "staff_id", description="By whom; none where a proof did not come.")
    created_at: datetime = strawberry.field(description="When.")
    undone_at: datetime | None = strawberry.field(description="When it was undone.")
    undone_by: Staff | None = one(StaffRecord, "undone_by", description="By whom it was undone.")
