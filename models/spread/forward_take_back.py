"""A take-back: staff take back all that one claim was paid or is to be paid, once, with a reason.

What is pending goes home as what was rejected does, what was paid becomes owed and is collected at once where the
member has it. Both stands on the rewards from the transaction on, so a job finishes what a crash leaves.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, bounded_text
from models.idempotency import Once, perform_once
from models.members.member import Member
from models.record import Record
from models.spread.forward_claim import ForwardClaim, ForwardClaimState
from models.spread.forward_reward import UNPAID, ForwardReward, ForwardRewardState
from models.staff.audit import REASON_MOST, AuditRow
from store.database import violates

PENDING_AND_OWED = (ForwardRewardState.REJECTED, ForwardRewardState.OWED)


class ForwardClaimTakenBack(DomainError):
    code = "FORWARD_CLAIM_TAKEN_BACK"
    zh = "该任务奖励已被收回"
    en = "What this claim was paid was taken back before."
    field = "forwardClaimId"


class ForwardTakeBack(Record):
    claim: fields.ForeignKeyRelation[ForwardClaim] = fields.ForeignKeyField(
        "models.ForwardClaim", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    claim_id: UUID
    reason = fields.CharField(max_length=REASON_MOST)
    staff_id: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "forward_take_back"
        constraints = (UniqueConstraint(fields=("claim_id",), name="forward_take_back_once"),)

    @classmethod
    async def record(
        cls, claim_id: UUID, *, reason: str, staff_id: UUID, at: datetime, once: Once | None = None
    ) -> Self:
        """Take back what a claim brought, for good. Raises `ForwardClaimTakenBack`, `Invalid`, `NotFound`."""
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST) or ""
        known = await ForwardClaim.existing(claim_id, field="forwardClaimId")

        async def act(id: UUID) -> Self:
            await Member.bump(known.member_id)
            made = await cls.create(id=id, claim_id=known.id, reason=why, staff_id=staff_id, created_at=at)
            claim = await ForwardClaim.get(id=known.id)
            before = {"state": claim.state}
            nothing = {"queued_at": None, "proof_due_at": None, "weighed_at": None}
            await ForwardClaim.filter(id=claim.id).update(state=ForwardClaimState.TAKEN_BACK, **nothing)
            amount = await _turn_round(claim.id, why, at=at)
            after = {"state": ForwardClaimState.TAKEN_BACK, "amount": amount}
            await AuditRow.write(
                staff_id=staff_id,
                action="take_back_forward_claim",
                subject=claim,
                before=before,
                after=after,
                reason=why,
                at=at,
            )
            return made

        try:
            made = await perform_once(once, cls, act, at=at)
        except IntegrityError as error:
            if violates(error, cls, "forward_take_back_once"):
                raise ForwardClaimTakenBack() from None
            raise
        for reward in await ForwardReward.filter(claim_id=claim_id, state__in=list(PENDING_AND_OWED)).order_by("id"):
            await reward.take_back(at=at, note=made.reason, staff_id=made.staff_id, among=PENDING_AND_OWED)
        return made


async def _turn_round(claim_id: UUID, note: str, *, at: datetime) -> int:
    """Say of everything that a claim was paid that it comes back; how many points."""
    rewards = ForwardReward.filter(claim_id=claim_id)
    standing = rewards.filter(state__in=[*UNPAID, ForwardRewardState.PAID])
    amount = sum(one.amount for one in await standing)
    pending = rewards.filter(state__in=list(UNPAID))
    await pending.update(state=ForwardRewardState.REJECTED, due_at=at, note=note, changed_at=at)
    owed = rewards.filter(state=ForwardRewardState.PAID)
    await owed.update(state=ForwardRewardState.OWED, note=note, changed_at=at)
    return amount
