"""The ladder of a relationship: prospect, customer, member, partner (潜在客户→客户→会员→合伙人).

Where a member stands is one row; how it came there is a history that is only added to. A move names the step that it
was decided upon, and the row is changed only while that still holds: of two moves at once one wins and the other is
refused. Rules only ever lead upwards, and not while staff hold a member where it is.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.actor import SYSTEM, Actor, ActorKind
from models.errors import DomainError, Invalid, bounded_text
from models.members.member import Member
from models.record import Record
from models.staff.audit import REASON_MOST
from store.database import execute, fetch_value, transaction
from store.engines.guards import AppendOnly
from store.ids import new_id

EVIDENCE_MOST, EVIDENCE_LENGTH_MOST = 10, 200


class LadderStep(StrEnum):
    """How close a member is to the brand, the lowest first."""

    PROSPECT = "prospect"
    CUSTOMER = "customer"
    MEMBER = "member"
    PARTNER = "partner"

    def is_above(self, other: "LadderStep") -> bool:
        steps = list(LadderStep)
        return steps.index(self) > steps.index(other)


class LadderChanged(DomainError):
    code = "LADDER_CHANGED"
    zh = "该成员的阶段刚被他人修改，请刷新后重试"
    en = "Somebody moved this member meanwhile; read it again."
    field = "expectedStep"


class LadderStepUnchanged(DomainError):
    code = "LADDER_STEP_UNCHANGED"
    zh = "该成员已处于此阶段"
    en = "The member is on this step already."
    field = "step"


class MemberLadder(Record):
    """Where a member stands; without a row it is a prospect."""

    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    step = fields.CharEnumField(LadderStep, max_length=10)
    since: datetime = fields.DatetimeField()
    hold_until: datetime | None = fields.DatetimeField(null=True, description="Until then no rule moves the member.")

    class Meta:
        table = "member_ladder"
        constraints = (UniqueConstraint(fields=("member_id",), name="member_ladder_one"),)
        indexes = (Index(fields=("step", "member_id"), name="member_ladder_by_step"),)

    @classmethod
    async def step_of(cls, member_id: UUID) -> LadderStep:
        found = await fetch_value("SELECT step FROM member_ladder WHERE member_id = $1", member_id)
        return LadderStep(found) if found else LadderStep.PROSPECT


class LadderChange(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    step_before = fields.CharEnumField(LadderStep, max_length=10)
    step = fields.CharEnumField(LadderStep, max_length=10)
    cause = fields.CharField(max_length=40, description="A lower-case word, such as `manual` or `purchase`.")
    evidence: list[str] | None = fields.JSONField(null=True, description="What it was decided upon, each a short text.")
    reason = fields.CharField(max_length=REASON_MOST, null=True)
    hold_until: datetime | None = fields.DatetimeField(null=True)
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    changed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "ladder_change"
        indexes = (Index(fields=("member_id", "changed_at", "id"), name="ladder_change_by_member"),)
        guards = (AppendOnly("ladder_change", erasable=("evidence", "reason")),)

    @classmethod
    async def by_staff(
        cls,
        member_id: UUID,
        step: LadderStep,
        *,
        expected_step: LadderStep,
        reason: str,
        staff_id: UUID,
        at: datetime,
        evidence: Sequence[str] = (),
        hold_until: datetime | None = None,
    ) -> Self:
        """Move a member up or down for a stated reason, and keep rules off it until `hold_until`.

        Raises `LadderChanged` where the member is not on `expected_step` any more, `LadderStepUnchanged`, `Invalid`,
        `NotFound`, `MemberErased`.
        """
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        if hold_until is not None and hold_until <= at:
            raise Invalid("holdUntil", zh="应晚于现在", en="it must lie ahead")
        async with transaction():
            await Member.hold(member_id)
            actor = Actor.staff(staff_id)
            change = cls(cause="manual", reason=why, evidence=_texts(evidence), hold_until=hold_until, changed_at=at)
            await change._move(member_id, expected_step, step, actor)
            await actor.audit(
                "move_on_ladder",
                await Member.get(id=member_id),
                before={"step": expected_step},
                after={"step": step, "hold_until": hold_until},
                reason=why,
                at=at,
            )
        return change

    @classmethod
    async def climb(
        cls, member_id: UUID, step: LadderStep, *, cause: str, evidence: Sequence[str] = (), at: datetime
    ) -> Self | None:
        """A rule leads a member up to a step, in the caller's transaction or one of its own.

        None where the member stands there or above, or staff hold it where it is: it never refuses, so it can hang on
        any act. It takes the member's row; call it before other rows are taken.
        """
        async with transaction():
            await Member.bump(member_id)
            standing = await MemberLadder.get_or_none(member_id=member_id)
            before = standing.step if standing else LadderStep.PROSPECT
            is_held = standing is not None and standing.hold_until is not None and at < standing.hold_until
            if is_held or not step.is_above(before):
                return None
            change = cls(cause=cause, evidence=_texts(evidence), changed_at=at)
            await change._move(member_id, before, step, SYSTEM)
            return change

    async def _move(self, member_id: UUID, before: LadderStep, step: LadderStep, actor: Actor) -> None:
        """Change the row while it still says `before`, and write the history."""
        if step is before:
            if await MemberLadder.step_of(member_id) is not before:
                raise LadderChanged()
            raise LadderStepUnchanged()
        at, hold_until = self.changed_at, self.hold_until
        sql = "UPDATE member_ladder SET step = $1, since = $2, hold_until = $3 WHERE member_id = $4 AND step = $5"
        moved = await execute(sql, step, at, hold_until, member_id, before)
        if not moved and before is LadderStep.PROSPECT:
            # Nobody who has not been moved has a row; the unique key lets one of two first moves through.
            sql = (
                "INSERT INTO member_ladder (id, member_id, step, since, hold_until) VALUES ($1, $2, $3, $4, $5) "
                "ON CONFLICT (member_id) DO NOTHING"
            )
            moved = await execute(sql, new_id(), member_id, step, at, hold_until)
        if not moved:
            raise LadderChanged()
        self.member_id, self.step_before, self.step = member_id, before, step
        self.by_kind, self.by_id = actor.kind, actor.id
        await self.save(force_create=True)


def _texts(evidence: Sequence[str]) -> list[str]:
    if len(evidence) > EVIDENCE_MOST:
        raise Invalid("evidence", zh=f"最多 {EVIDENCE_MOST} 条", en=f"at most {EVIDENCE_MOST}")
    return [bounded_text(one, "evidence", least=1, most=EVIDENCE_LENGTH_MOST) or "" for one in evidence]
