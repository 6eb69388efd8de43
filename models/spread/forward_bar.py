"""A bar: who failed a sample takes no task of honour for some days, unless the decision is taken back."""

from datetime import datetime, timedelta
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError
from models.members.member import Member
from models.record import Record
from store.database import execute
from store.ids import new_id
from store.together import insertion

_COLUMNS = ("id", "member_id", "claim_id", "until", "created_at")
_PUT = insertion("forward_bar", _COLUMNS) + (
    " ON CONFLICT (claim_id) DO UPDATE SET until = excluded.until, lifted_at = NULL"
)


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
    until: datetime = fields.DatetimeField()
    created_at: datetime = fields.DatetimeField()
    lifted_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "forward_bar"
        constraints = (UniqueConstraint(fields=("claim_id",), name="forward_bar_once"),)
        indexes = (Index(fields=("member_id", "until"), name="forward_bar_by_member"),)

    @classmethod
    async def put(cls, member_id: UUID, claim_id: UUID, *, days: int, at: datetime) -> None:
        """Bar a member because of a claim, for some days from `at`; none at all where it is no day."""
        if days:
            await execute(_PUT, new_id(), member_id, claim_id, at + timedelta(days=days), at)

    @classmethod
    async def lift(cls, claim_id: UUID, *, at: datetime) -> None:
        """Bar nobody because of a claim any more."""
        await cls.filter(claim_id=claim_id, lifted_at__isnull=True).update(lifted_at=at)

    @classmethod
    async def refusal(cls, member_id: UUID, *, at: datetime) -> ForwardBarred | None:
        """Why a member may take no task of honour at `at`; None where it may."""
        found = await cls.filter(member_id=member_id, until__gt=at, lifted_at__isnull=True).order_by("-until").first()
        return ForwardBarred(retry_at=found.until) if found else None
