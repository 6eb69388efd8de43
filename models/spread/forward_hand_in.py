"""A hand-in: the member says that a task is done, by its word or with a picture. Each is kept and none is changed.

The first one claims. Another may follow where staff ask for a proof of a claim of honour, or where the member stands by
a claim that was rejected, also after the task is over: that one is looked at as disputed, and is paid anew out of the
budget. It keeps the place that it took, so who was wronged need not race for one.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, bounded_text
from models.idempotency import Once, perform_once
from models.members.member import Member
from models.record import Record
from models.spread.forward_bar import ForwardBar
from models.spread.forward_claim import (
    ForwardClaim,
    ForwardClaimState,
    ForwardTaskClaimed,
    ForwardTaskNotTaken,
    NothingToClaim,
    is_picked,
    new_seed,
)
from models.spread.forward_decision import ForwardDecision, ForwardVerdict
from models.spread.forward_proof import ForwardProof
from models.spread.forward_reward import UNPAID, ForwardReward
from models.spread.forward_task import ForwardTask, ForwardTaskState, ForwardTaskStopped
from models.spread.forward_task_version import ForwardTaskVersion
from models.spread.forward_terms import ForwardProofMode, ForwardTerms
from store.database import violates
from store.engines.guards import AppendOnly

DISPUTES_MOST = 2
ROUNDS_MOST = 2 + DISPUTES_MOST
"""The claim, the proof that is asked for once, and the disputes."""

WORDS_MOST = 200


class NoProofAsked(DomainError):
    code = "NO_PROOF_ASKED"
    zh = "该任务当前无需补充证明"
    en = "No proof is asked for this claim."


class ForwardProofLate(DomainError):
    code = "FORWARD_PROOF_LATE"
    zh = "已超过补交证明的时间"
    en = "It is too late to hand in a proof."


class ForwardHandIn(Record):
    claim: fields.ForeignKeyRelation[ForwardClaim] = fields.ForeignKeyField(
        "models.ForwardClaim", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    claim_id: UUID
    member_id: UUID = fields.UUIDField()
    round = fields.SmallIntField(description="From 1.")
    proof_id: UUID | None = fields.UUIDField(null=True)
    words = fields.CharField(max_length=WORDS_MOST, null=True, description="What the member said to it.")
    seed = fields.CharField(max_length=32, null=True, description="Honour: what decided whether it is looked at.")
    is_disputed = fields.BooleanField(default=False)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "forward_hand_in"
        constraints = (UniqueConstraint(fields=("claim_id", "round"), name="forward_hand_in_once"),)
        indexes = (Index(fields=("member_id", "created_at"), name="forward_hand_in_by_member"),)
        guards = (AppendOnly("forward_hand_in", erasable=("words",)),)

    @classmethod
    async def record(
        cls, member_id: UUID, task_id: UUID, *, proof_id: UUID | None = None, at: datetime, once: Once | None = None
    ) -> Self:
        """Say that a task is done that the member has taken; its points are pending from now on.

        Raises `ForwardTaskNotTaken`, `ForwardTaskClaimed`, `NothingToClaim`, `ForwardProofNeeded`, `ForwardProofUsed`,
        `ForwardQuotaReached`, `ForwardBudgetUsedUp`, `ForwardBarred`, `MemberNotActive`, whatever closes the task,
        and `NotFound`.
        """

        async def act(id: UUID) -> Self:
            await Member.touch(member_id, at=at)
            task = await ForwardTask.seen(task_id)
            task.refuse_closed(at=at)
            claim = await ForwardClaim.get_or_none(task_id=task.id, member_id=member_id)
            if claim is None:
                raise ForwardTaskNotTaken()
            terms = await ForwardTaskVersion.terms_of(task.id, claim.version)
            if terms.is_counted:
                raise NothingToClaim()
            if claim.state is not ForwardClaimState.TAKEN:
                raise ForwardTaskClaimed()
            if terms.mode is ForwardProofMode.HONOUR and (barred := await ForwardBar.refusal(member_id, at=at)):
                raise barred
            await task.take_place(at=at)
            return await cls._first(id, claim, task, terms, proof_id, at=at)

        return await cls._once(once, act, at=at)

    @classmethod
    async def _first(
        cls,
        id: UUID,
        claim: ForwardClaim,
        task: ForwardTask,
        terms: ForwardTerms,
        proof_id: UUID | None,
        *,
        at: datetime,
    ) -> Self:
        seed = None
        if terms.mode is ForwardProofMode.SCREENSHOT:
            await ForwardProof.use(proof_id, claim.member_id, claim.id)
            is_looked_at = True
        else:
            seed, proof_id = new_seed(), None
            is_looked_at = is_picked(seed, claim.id, terms.sample_percent)
        moved = await claim.move_on(
            ForwardClaimState.TAKEN,
            state=ForwardClaimState.CLAIMED,
            round=1,
            claimed_at=at,
            proof_id=proof_id,
            is_sampled=seed is not None and is_looked_at,
            queued_at=at if is_looked_at else None,
        )
        if not moved:
            raise ForwardTaskClaimed()
        await _set_pending(claim, task, terms, is_looked_at=is_looked_at, at=at)
        return await cls._kept(id, claim, seed=seed, at=at)

    @classmethod
    async def prove(
        cls,
        member_id: UUID,
        claim_id: UUID,
        *,
        proof_id: UUID,
        words: str | None = None,
        at: datetime,
        once: Once | None = None,
    ) -> Self:
        """Hand in the proof that was asked for, or stand by a claim that was rejected.

        Raises `NoProofAsked`, `ForwardProofLate`, `ForwardProofUsed`, `ForwardBudgetUsedUp`, `MemberNotActive`,
        `Invalid`, `NotFound`, and `ForwardTaskStopped`.
        """
        said = bounded_text(words, "words", most=WORDS_MOST) or None

        async def act(id: UUID) -> Self:
            await Member.touch(member_id, at=at)
            claim = await ForwardClaim.own(member_id, claim_id)
            task = await ForwardTask.shared(claim.task_id)
            if refusal := await against_proof(claim, task, at=at):
                raise refusal
            await ForwardProof.use(proof_id, member_id, claim.id)
            return await cls._again(id, claim, task, proof_id, said, at=at)

        return await cls._once(once, act, at=at)

    @classmethod
    async def _again(
        cls, id: UUID, claim: ForwardClaim, task: ForwardTask, proof_id: UUID, words: str | None, *, at: datetime
    ) -> Self:
        is_disputed = claim.state is ForwardClaimState.REJECTED
        columns = {
            "state": ForwardClaimState.CLAIMED,
            "round": claim.round + 1,
            "proof_id": proof_id,
            "proof_due_at": None,
            "queued_at": at,
        }
        if not await claim.move_on(claim.state, **columns):
            raise NoProofAsked()
        if is_disputed:
            terms = await ForwardTaskVersion.terms_of(task.id, claim.version)
            await _set_pending(claim, task, terms, is_looked_at=True, at=at)
        return await cls._kept(id, claim, words=words, is_disputed=is_disputed, at=at)

    @classmethod
    async def _kept(
        cls,
        id: UUID,
        claim: ForwardClaim,
        *,
        seed: str | None = None,
        words: str | None = None,
        is_disputed: bool = False,
        at: datetime,
    ) -> Self:
        return await cls.create(
            id=id,
            claim_id=claim.id,
            member_id=claim.member_id,
            round=claim.round,
            proof_id=claim.proof_id,
            words=words,
            seed=seed,
            is_disputed=is_disputed,
            created_at=at,
        )

    @classmethod
    async def _once(cls, once: Once | None, act: Callable[[UUID], Awaitable[Self]], *, at: datetime) -> Self:
        try:
            return await perform_once(once, cls, act, at=at)
        except IntegrityError as error:
            if violates(error, cls, "forward_hand_in_once"):
                raise ForwardTaskClaimed() from None
            raise


async def against_proof(claim: ForwardClaim, task: ForwardTask, *, at: datetime) -> DomainError | None:
    """Why a member can hand in nothing more for a claim at `at`; None where a proof is asked for, or it may dispute."""
    if claim.state is ForwardClaimState.PROOF_ASKED:
        if task.is_taken_back:
            return ForwardTaskStopped()
        return ForwardProofLate() if claim.proof_due_at and at >= claim.proof_due_at else None
    if claim.state is not ForwardClaimState.REJECTED or claim.is_counted:
        return NoProofAsked()
    if task.state in (ForwardTaskState.STOPPED, ForwardTaskState.VOIDED):
        return ForwardTaskStopped()
    if await ForwardHandIn.filter(claim_id=claim.id, is_disputed=True).count() >= DISPUTES_MOST:
        return NoProofAsked()
    former = await ForwardReward.get_or_none(id=claim.reward_id) if claim.reward_id else None
    if former and former.state in UNPAID:
        # Its points come back first: until then the decision may be undone.
        return NoProofAsked(retry_at=former.due_at)
    rejected = ForwardDecision.filter(
        claim_id=claim.id, round=claim.round, verdict=ForwardVerdict.REJECTED, undone_at__isnull=True
    )
    decision = await rejected.first()
    terms = await ForwardTaskVersion.terms_of(task.id, claim.version)
    is_late = decision and at >= decision.created_at + timedelta(hours=terms.proof_hours)
    return ForwardProofLate() if is_late else None


async def _set_pending(
    claim: ForwardClaim, task: ForwardTask, terms: ForwardTerms, *, is_looked_at: bool, at: datetime
) -> None:
    """Set the points of a hand-in pending, where there are any."""
    if not terms.points:
        return
    reward = await ForwardReward.pay(
        task,
        claim.id,
        claim.member_id,
        f"hand_in:{claim.round}",
        terms.points,
        version=claim.version,
        hold_hours=terms.hold_hours,
        is_looked_at=is_looked_at,
        at=at,
    )
    await claim.move_on(claim.state, reward_id=reward.id)
