"""A decision: a reviewer approves a claim, rejects it with a reason, or asks for a proof; and may undo it for minutes.

Who decides takes the claim out of the queue by one statement, which only one of two reviewers can do. The points move
when the minutes are over, never before: so undoing a decision changes rows and no balance. Each claim of a batch is
decided in a transaction of its own, so what one is refused for keeps no other from its turn.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, Invalid, NotFound, bounded_text
from models.idempotency import Once, keep_whole, part_of, perform_once
from models.members.member import Member
from models.record import Record
from models.spread.forward_bar import ForwardBar
from models.spread.forward_claim import ForwardClaim, ForwardClaimState
from models.spread.forward_reward import ForwardReward, ForwardRewardState
from models.spread.forward_task import ForwardTask, ForwardTaskState, ForwardTaskStopped
from models.spread.forward_task_version import ForwardTaskVersion
from models.spread.forward_terms import ForwardProofMode
from models.staff.audit import AuditRow
from store.database import transaction, violates
from store.ids import new_id

DECIDED_AT_ONCE = 100
NOTE_MOST = 200
UNDO_WITHIN = timedelta(minutes=10)


class ForwardVerdict(StrEnum):
    """What a reviewer decided."""

    APPROVED = "approved"
    REJECTED = "rejected"
    PROOF_ASKED = "proof_asked"


class RejectionReason(StrEnum):
    """Why a claim was rejected."""

    NOT_FORWARDED = "not_forwarded"
    WRONG_CONTENT = "wrong_content"
    WRONG_TARGET = "wrong_target"
    UNREADABLE = "unreadable"
    SAME_PICTURE = "same_picture"
    FORGED = "forged"
    TOO_LATE = "too_late"
    NO_PROOF = "no_proof"


class ForwardClaimDecided(DomainError):
    code = "FORWARD_CLAIM_DECIDED"
    zh = "该任务提交已被处理"
    en = "This claim was decided before."
    field = "forwardClaimId"


class CannotUndo(DomainError):
    code = "CANNOT_UNDO"
    zh = "该决定已生效，不能撤回"
    en = "This decision has taken effect and cannot be undone."


class ProofNotAskable(DomainError):
    code = "PROOF_NOT_ASKABLE"
    zh = "该任务已附截图或按码计数，不能要求补交"
    en = "This claim bears a picture already, or is counted."


@dataclass(frozen=True)
class Verdict:
    """What is to be decided about one claim."""

    claim_id: UUID
    verdict: ForwardVerdict
    reason: RejectionReason | None = None
    note: str | None = None

    def checked(self) -> Self:
        """This verdict as it is kept, or `Invalid`."""
        if (self.verdict is ForwardVerdict.REJECTED) != (self.reason is not None):
            raise Invalid("decisions.reason", zh="拒绝时请选择原因", en="a rejection has a reason, nothing else has")
        return replace(self, note=bounded_text(self.note, "decisions.note", most=NOTE_MOST) or None)


@dataclass(frozen=True)
class DecisionOutcome:
    """What became of one claim of many: the decision, or why there is none."""

    claim_id: UUID
    decision: "ForwardDecision | None" = None
    refusal: DomainError | None = None


class ForwardDecision(Record):
    claim: fields.ForeignKeyRelation[ForwardClaim] = fields.ForeignKeyField(
        "models.ForwardClaim", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    claim_id: UUID
    round = fields.SmallIntField(description="Which hand-in it is about.")
    verdict = fields.CharEnumField(ForwardVerdict, max_length=12)
    reason: RejectionReason | None = fields.CharEnumField(RejectionReason, max_length=20, null=True)  # type: ignore[assignment]  # Tortoise types it as never null
    note = fields.CharField(max_length=NOTE_MOST, null=True)
    staff_id: UUID | None = fields.UUIDField(null=True, description="Absent where a proof did not come in time.")
    created_at: datetime = fields.DatetimeField()
    undone_at: datetime | None = fields.DatetimeField(null=True)
    undone_by: UUID | None = fields.UUIDField(null=True)

    class Meta:
        table = "forward_decision"
        constraints = (
            # A hand-in may be asked for a proof of, and then rejected for the want of it.
            UniqueConstraint(
                fields=("claim_id", "round"),
                condition="undone_at IS NULL AND verdict <> 'proof_asked'",
                name="forward_decision_once",
            ),
        )
        indexes = (
            Index(fields=("staff_id", "created_at", "id"), name="forward_decision_by_staff"),
            Index(fields=("created_at", "id"), name="forward_decision_by_time"),
            Index(fields=("claim_id", "created_at", "id"), name="forward_decision_by_claim"),
        )

    @classmethod
    async def decide_many(
        cls, verdicts: Sequence[Verdict], *, among: Collection[UUID], staff_id: UUID, at: datetime, once: Once
    ) -> list[DecisionOutcome]:
        """Decide some claims, each by itself; one that is not `among` those the reviewer sees is not found.

        Raises `Invalid` where they are none or too many, name a claim twice, or lack a reason, and
        `IdempotencyMismatch` where the key came with others.
        """
        if not 1 <= len(verdicts) <= DECIDED_AT_ONCE:
            raise Invalid("decisions", zh=f"应为 1–{DECIDED_AT_ONCE} 项", en=f"name 1 to {DECIDED_AT_ONCE}")
        checked = [one.checked() for one in verdicts]
        if len({one.claim_id for one in checked}) < len(checked):
            raise Invalid("decisions.forwardClaimId", zh="不得重复", en="name each claim once")
        if any(one.claim_id in among for one in checked):
            await keep_whole(once, at=at)
        outcomes = []
        for one in checked:
            part = part_of(once, one.claim_id)
            try:
                if one.claim_id not in among:
                    raise NotFound(field="forwardClaimId")
                decision = await cls.decide(one, staff_id=staff_id, at=at, once=part)
                outcomes.append(DecisionOutcome(one.claim_id, decision))
            except (ForwardClaimDecided, ForwardTaskStopped, ProofNotAskable, NotFound) as refusal:
                outcomes.append(DecisionOutcome(one.claim_id, refusal=refusal))
            once.replayed |= part.replayed
        return outcomes

    @classmethod
    async def decide(cls, given: Verdict, *, staff_id: UUID, at: datetime, once: Once | None = None) -> Self:
        """Decide a claim that waits for it.

        Raises `ForwardClaimDecided`, `ProofNotAskable`, `Invalid`, `NotFound`, and `ForwardTaskStopped` where all that
        the task set pending comes back anyhow.
        """
        given = given.checked()

        async def act(id: UUID) -> Self:
            known = await ForwardClaim.existing(given.claim_id, field="forwardClaimId")
            await Member.bump(known.member_id)
            claim = await ForwardClaim.get(id=known.id)
            if given.verdict is ForwardVerdict.PROOF_ASKED and (claim.proof_id or claim.is_counted):
                raise ProofNotAskable()
            task = await ForwardTask.shared(claim.task_id)
            if task.is_taken_back:
                raise ForwardTaskStopped()
            before = {"state": claim.state}
            decision = await cls._made(id, claim, task, given, staff_id=staff_id, at=at)
            after = {"state": claim.state, "reason": given.reason, "round": claim.round}
            await AuditRow.write(
                staff_id=staff_id,
                action="decide_forward_claim",
                subject=claim,
                before=before,
                after=after,
                reason=given.note,
                at=at,
            )
            return decision

        try:
            return await perform_once(once, cls, act, at=at)
        except IntegrityError as error:
            if violates(error, cls, "forward_decision_once"):
                raise ForwardClaimDecided() from None
            raise

    @classmethod
    async def _made(
        cls,
        id: UUID,
        claim: ForwardClaim,
        task: ForwardTask,
        given: Verdict,
        *,
        staff_id: UUID | None,
        at: datetime,
    ) -> Self:
        """Decide inside the caller's transaction, which holds the member's row and shares the task's."""
        terms = await ForwardTaskVersion.terms_of(claim.task_id, claim.version)
        columns: dict[str, Any] = {"state": ForwardClaimState(given.verdict), "queued_at": None, "proof_due_at": None}
        if given.verdict is ForwardVerdict.PROOF_ASKED:
            columns["proof_due_at"] = at + timedelta(hours=terms.proof_hours)
        if given.verdict is ForwardVerdict.REJECTED:
            columns["weighed_at"] = None
        before = ForwardClaimState.CLAIMED if staff_id else ForwardClaimState.PROOF_ASKED
        if (staff_id and claim.queued_at is None) or not await claim.move_on(before, **columns):
            raise ForwardClaimDecided()
        await _settle_later(claim, given.verdict, at=at)
        is_failed = given.verdict is ForwardVerdict.REJECTED and terms.mode is ForwardProofMode.HONOUR
        if is_failed and task.state in (ForwardTaskState.PUBLISHED, ForwardTaskState.ENDED):
            await ForwardBar.put(claim.member_id, claim.id, id, days=terms.bar_days, at=at)
        elif given.verdict is ForwardVerdict.APPROVED:
            await ForwardBar.lift_of(claim.id, id, at=at)
        return await cls.create(
            id=id,
            claim_id=claim.id,
            round=claim.round,
            verdict=given.verdict,
            reason=given.reason,
            note=given.note or None,
            staff_id=staff_id,
            created_at=at,
        )

    @classmethod
    async def undo(cls, id: UUID, *, staff_id: UUID, at: datetime) -> Self:
        """Put a claim back into the queue as if nothing had been decided. Raises `CannotUndo`, `NotFound`."""
        decision = await cls.existing(id, field="forwardDecisionId")
        known = await ForwardClaim.get(id=decision.claim_id)
        if decision.staff_id is None or at >= decision.created_at + UNDO_WITHIN:
            raise CannotUndo()
        async with transaction():
            await Member.bump(known.member_id)
            claim = await ForwardClaim.get(id=known.id)
            if (await ForwardTask.shared(claim.task_id)).is_taken_back:
                raise CannotUndo()
            standing = cls.filter(id=id, undone_at__isnull=True)
            back = {"state": ForwardClaimState.CLAIMED, "queued_at": claim.claimed_at or at, "proof_due_at": None}
            if claim.is_counted:
                back["weighed_at"] = at
            is_theirs = claim.round == decision.round and await standing.update(undone_at=at, undone_by=staff_id)
            if not is_theirs or not await claim.move_on(ForwardClaimState(decision.verdict), **back):
                raise CannotUndo()
            await _wait_again(claim, decision, at=at)
            await ForwardBar.undo(id, at=at)
            await AuditRow.write(
                staff_id=staff_id,
                action="undo_forward_decision",
                subject=claim,
                before={"state": decision.verdict},
                after={"state": claim.state},
                reason=None,
                at=at,
            )
        return await cls.get(id=id)

    @classmethod
    async def lapse(cls, claim: ForwardClaim, *, at: datetime) -> bool:
        """Reject a claim whose proof did not come in time; False where it came, or somebody decided, or all is off."""
        async with transaction():
            await Member.bump(claim.member_id)
            now = await ForwardClaim.get(id=claim.id)
            if now.proof_due_at is None or now.proof_due_at > at:
                return False
            task = await ForwardTask.shared(now.task_id)
            if task.is_taken_back:
                await ForwardClaim.filter(id=now.id).update(proof_due_at=None)
                return False
            given = Verdict(now.id, ForwardVerdict.REJECTED, RejectionReason.NO_PROOF)
            await cls._made(new_id(), now, task, given, staff_id=None, at=at)
        return True


async def _settle_later(claim: ForwardClaim, verdict: ForwardVerdict, *, at: datetime) -> None:
    """Have the points released or taken back once the decision cannot be undone any more."""
    waiting = ForwardReward.filter(claim_id=claim.id, state=ForwardRewardState.WAITING)
    effective = at + UNDO_WITHIN
    if verdict is ForwardVerdict.REJECTED:
        await waiting.update(state=ForwardRewardState.REJECTED, due_at=effective, changed_at=at)
    elif verdict is ForwardVerdict.APPROVED:
        held = ForwardRewardState.HELD
        await waiting.filter(release_at__lte=effective).update(state=held, due_at=effective, changed_at=at)
        await waiting.update(state=held, due_at=F("release_at"), changed_at=at)


async def _wait_again(claim: ForwardClaim, decision: ForwardDecision, *, at: datetime) -> None:
    """Have the points that a decision was about wait for staff again; `CannotUndo` where they have moved meanwhile."""
    moved = ForwardReward.filter(
        claim_id=claim.id,
        state__in=[ForwardRewardState.HELD, ForwardRewardState.REJECTED],
        changed_at=decision.created_at,
    )
    waiting = ForwardReward.filter(claim_id=claim.id, state=ForwardRewardState.WAITING)
    is_back = await moved.update(state=ForwardRewardState.WAITING, due_at=None, changed_at=at) or await waiting.exists()
    if claim.reward_id and not is_back:
        raise CannotUndo()
