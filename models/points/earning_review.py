"""A review: staff approve points that wait for them, or reject them with a reason. An earning is reviewed once.

Many can be reviewed in one go. Each is decided in a transaction of its own, so what one of them is refused for keeps no
other from being paid, and a key that comes again finds for each what was done.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, Invalid, NotFound, bounded_text
from models.idempotency import Once, keep_whole, part_of, perform_once
from models.insight.standing import standing_changed
from models.members.member import Member
from models.points.earning import Earning
from models.points.entry import PointEntry
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.database import violates

REVIEWED_AT_ONCE = 100


class EarningReviewed(DomainError):
    code = "EARNING_REVIEWED"
    zh = "该笔奖励已处理"
    en = "This was decided before."


class Verdict(StrEnum):
    """What staff decided."""

    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True)
class ReviewOutcome:
    """What became of one earning of many: its review, or why there is none."""

    earning_id: UUID
    review: "EarningReview | None" = None
    refusal: DomainError | None = None


class EarningReview(Record):
    earning: fields.ForeignKeyRelation[Earning] = fields.ForeignKeyField(
        "models.Earning", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    earning_id: UUID
    verdict = fields.CharEnumField(Verdict, max_length=10)
    reason = fields.CharField(max_length=REASON_MOST, null=True)
    staff_id: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "earning_review"
        constraints = (UniqueConstraint(fields=("earning_id",), name="earning_review_once"),)

    @classmethod
    async def decide(
        cls,
        earning_id: UUID,
        verdict: Verdict,
        *,
        reason: str | None,
        staff_id: UUID,
        at: datetime,
        once: Once | None = None,
    ) -> Self:
        """Release what waits, or take it back to where it came from.

        Raises `EarningReviewed`, `NotFound`, and `Invalid` for a rejection without a reason.
        """
        why = bounded_text(reason, "reason", most=REASON_MOST) or None
        if verdict is Verdict.REJECTED and not why:
            raise Invalid("reason", zh="拒绝时请说明原因", en="a rejection needs a reason")
        earning = await Earning.existing(earning_id, field="earningIds")

        async def act(id: UUID) -> Self:
            await Member.bump(earning.member_id)
            review = await cls.create(
                id=id, earning_id=earning.id, verdict=verdict, reason=why, staff_id=staff_id, created_at=at
            )
            await (review._approve if verdict is Verdict.APPROVED else review._reject)(earning, at=at)
            await AuditRow.write(
                staff_id=staff_id,
                action="review_earning",
                subject=earning,
                before={"state": "waiting"},
                after={"state": verdict, "amount": earning.amount, "behaviour": earning.behaviour},
                reason=why,
                at=at,
            )
            return review

        try:
            return await perform_once(once, cls, act, at=at)
        except IntegrityError as error:
            if violates(error, cls, "earning_review_once"):
                raise EarningReviewed(field="earningIds") from None
            raise

    @classmethod
    async def decide_many(
        cls,
        earning_ids: Sequence[UUID],
        verdict: Verdict,
        *,
        among: Collection[UUID],
        reason: str | None,
        staff_id: UUID,
        at: datetime,
        once: Once,
    ) -> list[ReviewOutcome]:
        """Decide some earnings alike, each by itself; one that is not `among` those the reviewer sees is not found.

        Raises `Invalid` where they are none or too many.
        """
        ids = list(dict.fromkeys(earning_ids))
        if not 1 <= len(ids) <= REVIEWED_AT_ONCE:
            raise Invalid("earningIds", zh=f"应为 1–{REVIEWED_AT_ONCE} 笔", en=f"name 1 to {REVIEWED_AT_ONCE}")
        if verdict is Verdict.REJECTED and not (reason or "").strip():
            raise Invalid("reason", zh="拒绝时请说明原因", en="a rejection needs a reason")
        if any(earning_id in among for earning_id in ids):
            await keep_whole(once, at=at)
        outcomes = []
        for earning_id in ids:
            if earning_id not in among:
                outcomes.append(ReviewOutcome(earning_id, refusal=NotFound(field="earningIds")))
                continue
            one = part_of(once, earning_id)
            try:
                review = await cls.decide(earning_id, verdict, reason=reason, staff_id=staff_id, at=at, once=one)
                outcomes.append(ReviewOutcome(earning_id, review))
            except (EarningReviewed, NotFound) as refusal:
                outcomes.append(ReviewOutcome(earning_id, refusal=refusal))
            once.replayed |= one.replayed
        return outcomes

    async def _approve(self, earning: Earning, *, at: datetime) -> None:
        if not await earning.released(at=at):
            raise EarningReviewed(field="earningIds")

    async def _reject(self, earning: Earning, *, at: datetime) -> None:
        current = await Earning.get(id=earning.id)
        moves = await current.undoing(at=at, note=self.reason or "", staff_id=self.staff_id)
        if moves is None or not current.is_waiting:
            raise EarningReviewed(field="earningIds")
        await PointEntry.post(moves, at=at)
        await standing_changed([earning.member_id], at=at)
