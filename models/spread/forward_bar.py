"""A bar: who failed a sample takes no task of honour for some days, and claims none that it took before.

A bar is of the decision that put it. Undoing that decision lifts it, and so does whoever finds the claim good later.
"""

from datetime import datetime, timedelta
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError
from models.members.member import Member
from models.record import Record


class ForwardBarred(DomainError):
    code = "FORWARD_BARRED"
    zh = "您在抽查中未通过，暂时不能参加免证明任务"
    en = "You failed a check, and cannot take tasks of honour for now."


class ForwardBar(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    claim_id: UUID = fields.UUIDField(description="The claim that failed.")
    decision_id: UUID = fields.UUIDField(description="The decision that it is of.")
    until: datetime = fields.DatetimeField()
    created_at: datetime = fields.DatetimeField()
    lifted_at: datetime | None = fields.DatetimeField(null=True)
    lifted_by: UUID | None = fields.UUIDField(null=True, description="The decision that lifted it.")

    class Meta:
        table = "forward_bar"
        constraints = (UniqueConstraint(fields=("decision_id",), name="forward_bar_once"),)
        indexes = (
            Index(fields=("member_id", "until"), name="forward_bar_by_member"),
            Index(fields=("claim_id",), name="forward_bar_by_claim"),
        )

    @classmethod
    async def put(cls, member_id: UUID, claim_id: UUID, decision_id: UUID, *, days: int, at: datetime) -> None:
        """Bar a member for some days from `at`, by a decision on its claim; not at all where it is no day."""
        if days:
            until = at + timedelta(days=days)
            await cls.create(
                member_id=member_id, claim_id=claim_id, decision_id=decision_id, until=until, created_at=at
            )

    @classmethod
    async def lift_of(cls, claim_id: UUID, decision_id: UUID, *, at: datetime) -> None:
        """Bar nobody because of a claim that was found good after all, by a decision."""
        standing = cls.filter(claim_id=claim_id, lifted_at__isnull=True)
        await standing.update(lifted_at=at, lifted_by=decision_id)

    @classmethod
    async def undo(cls, decision_id: UUID, *, at: datetime) -> None:
        """Have the bars as they were before a decision: its own is lifted, those that it lifted hold again."""
        await cls.filter(decision_id=decision_id, lifted_at__isnull=True).update(lifted_at=at, lifted_by=decision_id)
        await cls.filter(lifted_by=decision_id).exclude(decision_id=decision_id).update(lifted_at=None, lifted_by=None)

    @classmethod
    async def refusal(cls, member_id: UUID, *, at: datetime) -> ForwardBarred | None:
        """Why a member may take no task of honour at `at`; None where it may."""
        found = await cls.filter(member_id=member_id, until__gt=at, lifted_at__isnull=True).order_by("-until").first()
        return ForwardBarred(retry_at=found.until) if found else None
