"""Reviews of claims in the contract: what reviewers decide, and how they decided."""

from datetime import datetime
from typing import Self

import strawberry

from engine.cursor import encode_id
from engine.declare import mirrored
from models.spread.forward_decision import DecisionOutcome, ForwardVerdict, RejectionReason, Verdict
from models.spread.forward_figures import ReviewerFigures as ReviewerFiguresFound
from schema.errors import UserError
from schema.ids import id_of
from schema.payload import Payload, changed
from schema.spread.forward_claim import ForwardClaim, ForwardReward
from schema.spread.forward_decision import ForwardDecision


@strawberry.type(description="How a reviewer decided in a period.")
class ForwardReviewer:
    staff_id: strawberry.ID = strawberry.field(description="The colleague.")
    decided: int = strawberry.field(description="Decisions, also those undone.")
    approved: int = strawberry.field(description="Approvals that stand.")
    rejected: int = strawberry.field(description="Rejections that stand.")
    asked: int = strawberry.field(description="Proofs that were asked for.")
    undone: int = strawberry.field(description="Decisions that were undone.")
    overturned: int = strawberry.field(description="Rejections that were approved after a dispute.")

    @classmethod
    def of(cls, found: ReviewerFiguresFound) -> Self:
        return cls(**{**vars(found), "staff_id": strawberry.ID(encode_id("Staff", found.staff_id))})


@strawberry.input(description="A period, from its first instant to the first after it.")
class ForwardReviewPeriod:
    since: datetime = strawberry.field(description="Its first instant.")
    until: datetime = strawberry.field(description="The first instant after it.")


@strawberry.input(description="What is decided about one claim.")
class ForwardDecisionInput:
    forward_claim_id: strawberry.ID = strawberry.field(description="The claim.")
    verdict: ForwardVerdict = strawberry.field(description="What is decided.")
    reason: RejectionReason | None = strawberry.field(default=None, description="Why it is rejected; needed then.")
    note: str | None = strawberry.field(default=None, description="For the audit, at most 200 characters.")

    def value(self) -> Verdict:
        claim_id = id_of("ForwardClaim", self.forward_claim_id, field="decisions.forwardClaimId")
        return Verdict(claim_id, self.verdict, self.reason, self.note)


@strawberry.input(description="Claims that are decided on, each by itself.")
class DecideForwardClaimsInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never decides twice.")
    decisions: list[ForwardDecisionInput] = strawberry.field(description="1 to 100, each of another claim.")


@strawberry.type(description="What became of one of the claims that were decided on.")
class ForwardDecisionOutcome:
    claim_id: strawberry.ID = strawberry.field(description="The claim's id, as it was given.")
    decision: ForwardDecision | None = strawberry.field(description="The decision; absent where it was refused.")
    errors: list[UserError] = strawberry.field(description="Why it was refused.")

    @classmethod
    def of(cls, found: DecisionOutcome, locale: str) -> Self:
        return cls(
            claim_id=strawberry.ID(encode_id("ForwardClaim", found.claim_id)),
            decision=mirrored(found.decision),
            errors=[UserError.of(found.refusal, locale)] if found.refusal else [],
        )


@strawberry.type(description="Claims that were decided on.")
class DecideForwardClaimsPayload(Payload):
    outcomes: list[ForwardDecisionOutcome] | None = changed("What became of each, in the order given.")
    next: ForwardClaim | None = changed("The next claim that waits and the caller sees.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.input(description="A claim whose points are all taken back.")
class TakeBackForwardClaimInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    forward_claim_id: strawberry.ID = strawberry.field(description="The claim.")
    reason: str = strawberry.field(description="Why, for the member and the audit, 1 to 200 characters.")


@strawberry.type(description="A claim whose points were taken back, or are owed.")
class TakeBackForwardClaimPayload(Payload):
    claim: ForwardClaim | None = changed("The claim.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.input(description="A reward that is owed and need not come back.")
class WaiveForwardRewardInput:
    reward_id: strawberry.ID = strawberry.field(description="The reward.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")


@strawberry.type(description="A reward that was waived.")
class WaiveForwardRewardPayload(Payload):
    reward: ForwardReward | None = changed("The reward.")


@strawberry.input(description="A decision to undo, within ten minutes.")
class UndoForwardDecisionInput:
    forward_decision_id: strawberry.ID = strawberry.field(description="The decision.")


@strawberry.type(description="A decision that was undone; the claim waits again.")
class UndoForwardDecisionPayload(Payload):
    claim: ForwardClaim | None = changed("The claim.")
