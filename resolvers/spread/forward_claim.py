"""Claims of forwarding tasks: members take and claim in two taps, reviewers decide."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import IsMember, StaffCan
from auth.scope import demand_member, demand_whole_brand, rows_in_scope
from engine.declare import Connection, listing, mirrored
from engine.read import PageArguments
from engine.relation import Condition
from models.spread.forward_claim import ForwardClaim as ForwardClaimRecord
from models.spread.forward_decision import ForwardDecision as ForwardDecisionRecord
from models.spread.forward_figures import reviewers
from models.spread.forward_hand_in import ForwardHandIn
from models.spread.forward_reward import ForwardReward as ForwardRewardRecord
from models.spread.forward_take_back import ForwardTakeBack
from models.staff.right import StaffRight
from resolvers.spread.forward_task import task_id_of
from schema.ids import id_of, optional_id_of
from schema.payload import listed, mutation, query
from schema.spread.forward_claim import (
    ClaimForwardTaskInput,
    ClaimForwardTaskPayload,
    ForwardClaim,
    ForwardReward,
    ProveForwardClaimInput,
    ProveForwardClaimPayload,
    TakeForwardTaskInput,
    TakeForwardTaskPayload,
)
from schema.spread.forward_review import (
    DecideForwardClaimsInput,
    DecideForwardClaimsPayload,
    ForwardDecisionOutcome,
    ForwardReviewer,
    ForwardReviewPeriod,
    TakeBackForwardClaimInput,
    TakeBackForwardClaimPayload,
    UndoForwardDecisionInput,
    UndoForwardDecisionPayload,
    WaiveForwardRewardInput,
    WaiveForwardRewardPayload,
)

REVIEW, WRITE = StaffCan(StaffRight.SPREAD_REVIEW), StaffCan(StaffRight.SPREAD_WRITE)
WAITING = Condition("{row}.queued_at IS NOT NULL")
DISPUTED = Condition(
    "{row}.queued_at IS NOT NULL AND EXISTS (SELECT 1 FROM forward_hand_in h "
    "WHERE h.claim_id = {row}.id AND h.round = {row}.round AND h.is_disputed)"
)
QUEUE = listing(ForwardClaimRecord, order=("queued_at", "id"), where=WAITING)
Period = Annotated[ForwardReviewPeriod, strawberry.argument(description="Which period.")]


@strawberry.type
class ForwardClaimQueries:
    forward_claims_to_review: Connection[ForwardClaim] = listed(
        ForwardClaimRecord,
        order=("queued_at", "id"),
        where=WAITING,
        allow=REVIEW,
        description="Claims that wait for a reviewer, the oldest first.",
    )
    disputed_forward_claims: Connection[ForwardClaim] = listed(
        ForwardClaimRecord,
        order=("queued_at", "id"),
        where=DISPUTED,
        allow=REVIEW,
        description="Of these, those that were rejected and whose member stands by them.",
    )

    owed_forward_rewards: Connection[ForwardReward] = listed(
        ForwardRewardRecord,
        order=("changed_at", "id"),
        where=Condition("{row}.state = 'owed'"),
        allow=StaffCan(StaffRight.SPREAD_READ),
        description="Points that are to come back and were spent, the longest owed first.",
    )

    @query(allow=REVIEW, description="How reviewers decided in a period, who decided most first.")
    async def forward_reviewers(self, info: Info, period: Period) -> list[ForwardReviewer]:
        demand_whole_brand(info.context)
        return [ForwardReviewer.of(one) for one in await reviewers(period.since, period.until)]


@strawberry.type
class ForwardClaimMutations:
    @mutation(allow=IsMember(), description="Take a task: its materials, and a code of the caller's own.")
    async def take_forward_task(self, info: Info, input: TakeForwardTaskInput) -> TakeForwardTaskPayload:
        context, once = info.context, info.context.once(input)
        task_id = task_id_of(input.forward_task_id)
        claim = await ForwardClaimRecord.take(context.member_id, task_id, at=context.at, once=once)
        return TakeForwardTaskPayload(claim=mirrored(claim), is_replay=once.replayed)

    @mutation(allow=IsMember(), description="Say that a task is done; its points are pending from now on.")
    async def claim_forward_task(self, info: Info, input: ClaimForwardTaskInput) -> ClaimForwardTaskPayload:
        context, once = info.context, info.context.once(input)
        made = await ForwardHandIn.record(
            context.member_id,
            task_id_of(input.forward_task_id),
            proof_id=optional_id_of("ForwardProof", input.proof_id, field="proofId"),
            at=context.at,
            once=once,
        )
        claim = await ForwardClaimRecord.get(id=made.claim_id)
        return ClaimForwardTaskPayload(claim=mirrored(claim), is_replay=once.replayed)

    @mutation(allow=IsMember(), description="Hand in a proof that was asked for, or stand by what was rejected.")
    async def prove_forward_claim(self, info: Info, input: ProveForwardClaimInput) -> ProveForwardClaimPayload:
        context, once = info.context, info.context.once(input)
        made = await ForwardHandIn.prove(
            context.member_id,
            id_of("ForwardClaim", input.forward_claim_id, field="forwardClaimId"),
            proof_id=id_of("ForwardProof", input.proof_id, field="proofId"),
            words=input.words,
            at=context.at,
            once=once,
        )
        claim = await ForwardClaimRecord.get(id=made.claim_id)
        return ProveForwardClaimPayload(claim=mirrored(claim), is_replay=once.replayed)

    @mutation(allow=REVIEW, description="Decide up to a hundred claims, each by itself.")
    async def decide_forward_claims(self, info: Info, input: DecideForwardClaimsInput) -> DecideForwardClaimsPayload:
        context, once = info.context, info.context.once(input)
        verdicts = [one.value() for one in input.decisions]
        outcomes = await ForwardDecisionRecord.decide_many(
            verdicts,
            among=await rows_in_scope(context, "forward_claim", [one.claim_id for one in verdicts]),
            staff_id=context.staff_id,
            at=context.at,
            once=once,
        )
        page = await context.loads.list_page(QUEUE, PageArguments(1, None, None, None))
        return DecideForwardClaimsPayload(
            outcomes=[ForwardDecisionOutcome.of(one, context.locale) for one in outcomes],
            next=page.edges[0].node if page.edges else None,
            is_replay=once.replayed,
        )

    @mutation(allow=REVIEW, description="Take back all that a claim was paid or is to be paid, for good.")
    async def take_back_forward_claim(
        self, info: Info, input: TakeBackForwardClaimInput
    ) -> TakeBackForwardClaimPayload:
        context, once = info.context, info.context.once(input)
        claim_id = id_of("ForwardClaim", input.forward_claim_id, field="forwardClaimId")
        known = await ForwardClaimRecord.existing(claim_id, field="forwardClaimId")
        await demand_member(context, known.member_id, field="forwardClaimId")
        await ForwardTakeBack.record(claim_id, reason=input.reason, staff_id=context.staff_id, at=context.at, once=once)
        claim = await ForwardClaimRecord.get(id=claim_id)
        return TakeBackForwardClaimPayload(claim=mirrored(claim), is_replay=once.replayed)

    @mutation(allow=WRITE, description="Let a member keep what it owes of a task.")
    async def waive_forward_reward(self, info: Info, input: WaiveForwardRewardInput) -> WaiveForwardRewardPayload:
        context = info.context
        demand_whole_brand(context)
        reward_id = id_of("ForwardReward", input.reward_id, field="rewardId")
        reward = await ForwardRewardRecord.waive(
            reward_id, reason=input.reason, staff_id=context.staff_id, at=context.at
        )
        return WaiveForwardRewardPayload(reward=mirrored(reward))

    @mutation(allow=REVIEW, description="Undo a decision within ten minutes; nothing had moved by it.")
    async def undo_forward_decision(self, info: Info, input: UndoForwardDecisionInput) -> UndoForwardDecisionPayload:
        context = info.context
        decision_id = id_of("ForwardDecision", input.forward_decision_id, field="forwardDecisionId")
        known = await ForwardDecisionRecord.existing(decision_id, field="forwardDecisionId")
        claim = await ForwardClaimRecord.get(id=known.claim_id)
        await demand_member(context, claim.member_id, field="forwardDecisionId")
        await ForwardDecisionRecord.undo(decision_id, staff_id=context.staff_id, at=context.at)
        return UndoForwardDecisionPayload(claim=mirrored(await ForwardClaimRecord.get(id=claim.id)))
