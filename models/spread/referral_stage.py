"""A stage that somebody invited has reached, once; undone where what it did is taken back, and then for good."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.members.member import Member
from models.record import Record
from models.spread.invite_stage_name import InviteStage
from store.database import execute, fetch
from store.ids import new_id
from store.together import insertion

_REACH = insertion("referral_stage", ("id", "invitee_id", "stage", "reached_at")) + (
    " ON CONFLICT (invitee_id, stage) DO NOTHING"
)
_WAKE = (
    "UPDATE referral SET activated_at = $2, needs_counting = TRUE "
    "WHERE invitee_id = $1 AND (activated_at IS NULL) <> ($2::timestamptz IS NULL)"
)
_EARLIER = """
SELECT 'introduced' AS stage, MIN(published_at) AS reached_at FROM introduction WHERE member_id = $1
UNION ALL SELECT 'first_check_in', MIN(created_at) FROM check_in WHERE member_id = $1 AND voided_at IS NULL
UNION ALL SELECT 'first_purchase', MIN(confirmed_at) FROM mall_order
WHERE member_id = $1 AND confirmed_at IS NOT NULL AND status NOT IN ('cancelled', 'refunded')
"""


class ReferralStage(Record):
    invitee: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    invitee_id: UUID
    stage = fields.CharEnumField(InviteStage, max_length=20)
    reached_at: datetime = fields.DatetimeField()
    voided_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "referral_stage"
        constraints = (UniqueConstraint(fields=("invitee_id", "stage"), name="referral_stage_once"),)
        indexes = (Index(fields=("stage", "reached_at"), name="referral_stage_by_time"),)

    @classmethod
    async def reach(cls, invitee_id: UUID, stage: InviteStage, *, at: datetime) -> None:
        """Say that it was reached; whoever checks in for the first time is active from then on."""
        reached = await execute(_REACH, new_id(), invitee_id, stage, at)
        if reached and stage is InviteStage.FIRST_CHECK_IN:
            await execute(_WAKE, invitee_id, at)

    @classmethod
    async def remember(cls, invitee_id: UUID) -> None:
        """Say what somebody had done before it had an inviter, which pays nobody and counts for no tier."""
        for row in await fetch(_EARLIER, invitee_id):
            if reached_at := row["reached_at"]:
                instant = datetime.fromisoformat(reached_at) if isinstance(reached_at, str) else reached_at
                await cls.reach(invitee_id, InviteStage(row["stage"]), at=instant)

    @classmethod
    async def undo(cls, invitee_id: UUID, stage: InviteStage, *, at: datetime) -> None:
        """Say that it was not reached after all."""
        standing = cls.filter(invitee_id=invitee_id, stage=stage, voided_at__isnull=True)
        if await standing.update(voided_at=at) and stage is InviteStage.FIRST_CHECK_IN:
            await execute(_WAKE, invitee_id, None)

    @classmethod
    async def reached_of(cls, invitee_id: UUID) -> list[Self]:
        """The stages of somebody that stand, the first reached first."""
        return await cls.filter(invitee_id=invitee_id, voided_at__isnull=True).order_by("reached_at", "id")
