"""A finding: referrals that look odd, for staff to look at. Nothing is done to anybody by a finding alone.

Three things are looked for: a burst (so many of one inviter within minutes), accounts that came from one device as
their inviter or as each other, and chains of accounts that were brought one by another and never did anything. Staff
clear a finding or void it; voiding takes back all that was paid for the members it names, and from their tiers.
"""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError, bounded_text
from models.members.member import Member
from models.record import Record
from models.spread.invite_stage import void_all
from models.staff.audit import AuditRow, columns_of
from store.database import execute, transaction
from store.ids import new_id
from store.together import insertion

REASON_MOST = 200
NAMED_MOST = 200

_COLUMNS = ("id", "kind", "cause", "member_id", "named", "state", "found_at")


class FindingKind(StrEnum):
    """What looks odd."""

    BURST = "burst"
    SAME_DEVICE = "same_device"
    SILENT_CHAIN = "silent_chain"


class FindingState(StrEnum):
    """What staff made of it."""

    OPEN = "open"
    CLEARED = "cleared"
    VOIDED = "voided"


class FindingDecided(DomainError):
    code = "FINDING_DECIDED"
    zh = "该风险记录已处理"
    en = "Somebody has decided on this before."


class ReferralFinding(Record):
    kind = fields.CharEnumField(FindingKind, max_length=20)
    cause = fields.CharField(max_length=80, description="What it is known by, so that it is found once.")
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    named: list[str] = fields.JSONField(description="The invitees it is about.")
    state = fields.CharEnumField(FindingState, max_length=10, default=FindingState.OPEN)
    reason = fields.CharField(max_length=REASON_MOST, null=True)
    staff_id: UUID | None = fields.UUIDField(null=True)
    found_at: datetime = fields.DatetimeField()
    decided_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "referral_finding"
        constraints = (
            UniqueConstraint(fields=("kind", "cause"), name="referral_finding_once"),
            CheckConstraint(
                check="(state = 'open') = (decided_at IS NULL)", name="referral_finding_decided_at_an_instant"
            ),
        )
        indexes = (
            Index(fields=("state", "found_at", "id"), name="referral_finding_by_state"),
            Index(fields=("member_id", "found_at"), name="referral_finding_by_member"),
        )

    @classmethod
    async def note(cls, kind: FindingKind, cause: str, member_id: UUID, named: list[UUID], *, at: datetime) -> bool:
        """Write down what looks odd, once; whether it is new."""
        invitees = orjson.dumps([str(one) for one in named[:NAMED_MOST]]).decode()
        sql = insertion("referral_finding", _COLUMNS) + " ON CONFLICT (kind, cause) DO NOTHING"
        return bool(await execute(sql, new_id(), kind, cause, member_id, invitees, FindingState.OPEN, at))

    @classmethod
    async def decide(cls, id: UUID, *, is_void: bool, reason: str, staff_id: UUID, at: datetime) -> Self:
        """Clear a finding, or void what it is about, which takes back what was paid for those it names; once.

        Raises `FindingDecided`, `Invalid`, `NotFound`.
        """
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST) or ""
        state = FindingState.VOIDED if is_void else FindingState.CLEARED
        found = await cls.existing(id, field="findingId")
        told = {"state": state, "reason": why, "staff_id": staff_id, "decided_at": at}
        async with transaction():
            if not await cls.filter(id=id, state=FindingState.OPEN).update(**told):
                raise FindingDecided()
            for invitee_id in found.named if is_void else ():
                await void_all(UUID(invitee_id), at=at, note=why, staff_id=staff_id)
            await AuditRow.write(
                staff_id=staff_id,
                action="decide_referral_finding",
                subject=found,
                before=columns_of(found, "state"),
                after={"state": str(state)},
                reason=why,
                at=at,
            )
        found.update_from_dict(told)
        return found
