"""A decision: a reviewer approves a claim, rejects it with a reason, or asks for a proof; and may undo it for minutes.

Who decides takes the claim out of the queue by one statement, which only one of two reviewers can do. The points move
when the minutes are over, never before: so undoing a decision changes rows and no balance. Each claim of a batch is
decided in a transaction of its own, so what one is refused for keeps no other from its turn.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, Invalid, NotFound, bounded_text
from models.idempotency import Once, perform_once
from models.members.member import Member
from models.points.earning_review import part_of
from models.record import Record
from models.spread.forward_bar import ForwardBar
from models.spread.forward_claim import ForwardClaim, ForwardClaimState
from models.spread.forward_reward import ForwardReward, ForwardRewardState
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
    zh = "该任务已附截图，不能再要求补交"
    en = "This claim bears a picture already."


@dataclass(frozen=True)
class Verdict:
    """What is to be decided about one claim."""

    claim_id: UUID
    verdict: ForwardVerdict
    reason: RejectionReason | None = None
    note: str | None = None

    def checked(self) -> Self:
        if (self.verdict is ForwardVerdict.REJECTED) != (self.reason is not None):
            raise Invalid("decisions.reason", zh="拒绝时请选择原因", en="a rejection has a reason, nothing else has")
        bounded_text(self.note, "decisions.note", most=NOTE_MOST)
        return self


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
            Index(fields=("claim_id", "created_at", "id"), name="forward_decision_by_claim"),
        )

    @classmethod
    async def decide_many(
        cls, verdicts: Sequence[Verdict], *, among: Collection[UUID], staff_id: UUID, at: datetime, once: Once
    ) -> list[DecisionOutcome]:
        """Decide some claims, each by itself; one that is not `among` those the reviewer sees is not found.

        Raises `Invalid` where they are none or too many, name a claim twice, or lack a reason.
        """
        if not 1 <= len(verdicts) <= DECIDED_AT_ONCE:
            raise Invalid("decisions", zh=f"应为 1–{DECIDED_AT_ONCE} 项", en=f"name 1 to {DECIDED_AT_ONCE}")
        if len({one.checked().claim_id for one in verdicts}) < len(verdicts):
            raise Invalid("decisions.forwardClaimId", zh="不得重复", en="name each claim once")
        outcomes = []
        for one in verdicts:
            part = part_of(once, one.claim_id)
            try:
                if one.claim_id not in among:
                    raise NotFound(field="forwardClaimId")
                decision = await cls.decide(one, staff_id=staff_id, at=at, once=part)
                outcomes.append(DecisionOutcome(one.claim_id, decision))
            except (ForwardClaimDecided, ProofNotAskable, NotFound) as refusal:
                outcomes.append(DecisionOutcome(one.claim_id, refusal=refusal))
            once.replayed |= part.replayed
        return outcomes

    @classmethod
    async def decide(cls, given: Verdict, *, staff_id: UUID, at: datetime, once: Once | None = None) -> Self:
        """Decide a claim that waits for it. Raises `ForwardClaimDecided`, `ProofNotAskable`, `Invalid`, `NotFound`."""
        given.checked()

        async def act(id: UUID) -> Self:
            claim = await ForwardClaim.existing(given.claim_id, field="forwardClaimId")
            await Member.bump(claim.member_id)
            if given.verdict is ForwardVerdict.PROOF_ASKED and claim.proof_id:
                raise ProofNotAskable()
            before = {"state": claim.state}
            decision = await cls._made(id, claim, given, staff_id=staff_id, at=at)
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
    async def _made(cls, id: UUID, claim: ForwardClaim, given: Verdict, *, staff_id: UUID | None, at: datetime) -> Self:
        """Decide inside the caller's transaction, which holds the member's row."""
        terms = await ForwardTaskVersion.terms_of(claim.task_id, claim.version)
        columns: dict[str, Any] = {"state": ForwardClaimState(given.verdict), "queued_at": None, "proof_due_at": None}
        if given.verdict is ForwardVerdict.PROOF_ASKED:
            columns["proof_due_at"] = at + timedelta(hours=terms.proof_hours)
        before = ForwardClaimState.CLAIMED if staff_id else ForwardClaimState.PROOF_ASKED
        if (staff_id and claim.queued_at is None) or not await claim.move_on(before, **columns):
            raise ForwardClaimDecided()
        await _settle_later(claim, given.verdict, at=at)
        is_failed = given.verdict is ForwardVerdict.REJECTED and terms.mode is ForwardProofMode.HONOUR
        if is_failed:
            await ForwardBar.put(claim.member_id, claim.id, days=terms.bar_days, at=at)
        elif given.verdict is ForwardVerdict.APPROVED:
            await ForwardBar.lift(claim.id, at=at)
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
        claim = await ForwardClaim.get(id=decision.claim_id)
        if decision.staff_id is None or at >= decision.created_at + UNDO_WITHIN:
            raise CannotUndo()
        async with transaction():
            await Member.bump(claim.member_id)
            standing = cls.filter(id=id, undone_at__isnull=True)
            back = {"state": ForwardClaimState.CLAIMED, "queued_at": claim.claimed_at or at, "proof_due_at": None}
            is_theirs = claim.round == decision.round and await standing.update(undone_at=at, undone_by=staff_id)
            if not is_theirs or not await claim.move_on(ForwardClaimState(decision.verdict), **back):
                raise CannotUndo()
            await _wait_again(claim, at=at)
            await ForwardBar.lift(claim.id, at=at)
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
        """Reject a claim whose proof did not come in time; False where it came, or somebody decided."""
        async with transaction():
            await Member.bump(claim.member_id)
            now = await ForwardClaim.get(id=claim.id)
            if now.proof_due_at is None or now.proof_due_at > at:
                return False
            given = Verdict(now.id, ForwardVerdict.REJECTED, RejectionReason.NO_PROOF)
            await cls._made(new_id(), now, given, staff_id=None, at=at)
        return True


async def _settle_later(claim: ForwardClaim, verdict: ForwardVerdict, *, at: datetime) -> None:
    """Have the points released or taken back once the decision cannot be undone any more."""
    waiting = ForwardReward.filter(id=claim.reward_id, state=ForwardRewardState.WAITING)
    effective = at + UNDO_WITHIN
    if verdict is ForwardVerdict.REJECTED:
        await waiting.update(state=ForwardRewardState.REJECTED, due_at=effective, changed_at=at)
    elif verdict is ForwardVerdict.APPROVED and (reward := await waiting.first()):
        due_at = max(reward.release_at, effective)
        await waiting.update(state=ForwardRewardState.HELD, due_at=due_at, changed_at=at)


async def _wait_again(claim: ForwardClaim, *, at: datetime) -> None:
    """Have the points wait for staff again; raises `CannotUndo` where they have moved meanwhile."""
    if claim.reward_id is None:
        return
    decided = [ForwardRewardState.HELD, ForwardRewardState.REJECTED]
    moved = ForwardReward.filter(id=claim.reward_id, state__in=decided)
    still = ForwardReward.filter(id=claim.reward_id, state=ForwardRewardState.WAITING)
    if (
        not await moved.update(state=ForwardRewardState.WAITING, due_at=None, changed_at=at)
        and not await still.exists()
    ):
        raise CannotUndo()
