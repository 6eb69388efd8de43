"""A change of who brought somebody, after registration: bound late, bound to another one, or cleared.

What was paid before stays with whoever was paid, unless staff say that it is taken back; a stage that was paid is not
paid again for the new inviter, what comes later pays the new one. All who came through the member go with it.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.actor import Actor, ActorKind
from models.errors import DomainError, NotFound, bounded_text
from models.idempotency import Once, perform_once
from models.insight.standing import standing_changed
from models.members.member import ACTIVE, Member
from models.record import Record
from models.spread.invite_stage import assist_lost, void_all
from models.spread.referral import AlreadyReferred, Referral, demand_may_refer, rows_to_take
from models.spread.referral_move import hang
from models.spread.referral_policy import BindMode, ReferralPolicy
from models.spread.referral_stage import ReferralStage
from models.spread.scene_code import SceneCode
from models.staff.audit import columns_of
from store.database import fetch, violates
from store.engines.guards import AppendOnly

REASON_MOST = 200
PROOF_MOST = 500

_HAS_VALUE = (
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM check_in WHERE member_id = $1 AND voided_at IS NULL) "
    "OR EXISTS (SELECT 1 FROM mall_order WHERE member_id = $1 AND confirmed_at IS NOT NULL "
    "AND status NOT IN ('cancelled', 'refunded'))"
)


class ReferralChangeKind(StrEnum):
    """What became of a bond."""

    BOUND = "bound"
    REBOUND = "rebound"
    CLEARED = "cleared"


class ReferralUnchanged(DomainError):
    code = "REFERRAL_UNCHANGED"
    zh = "邀请关系没有变化"
    en = "That is how it is already."


class TooLateToBind(DomainError):
    code = "TOO_LATE_TO_BIND"
    zh = "已过绑定邀请人的时间"
    en = "It is too late to say who brought you."


class ReferralChange(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    kind = fields.CharEnumField(ReferralChangeKind, max_length=10)
    inviter_before_id: UUID | None = fields.UUIDField(null=True)
    inviter_after_id: UUID | None = fields.UUIDField(null=True)
    reason = fields.CharField(max_length=REASON_MOST, null=True)
    proof = fields.CharField(max_length=PROOF_MOST, null=True, description="What shows it, in words or by address.")
    takes_back = fields.BooleanField(default=False, description="Whether what was paid before is taken back.")
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    changed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "referral_change"
        constraints = (
            CheckConstraint(
                check="inviter_before_id IS NOT NULL OR inviter_after_id IS NOT NULL", name="referral_change_of_a_bond"
            ),
        )
        indexes = (
            Index(fields=("member_id", "changed_at", "id"), name="referral_change_by_member"),
            Index(fields=("inviter_before_id",), name="referral_change_by_inviter"),
            Index(fields=("changed_at", "id"), name="referral_change_by_time"),
        )
        guards = (AppendOnly("referral_change", erasable=("reason", "proof")),)

    @classmethod
    async def by_staff(
        cls,
        member_id: UUID,
        inviter_id: UUID | None,
        *,
        reason: str,
        staff_id: UUID,
        at: datetime,
        once: Once | None,
        proof: str | None = None,
        takes_back: bool = False,
    ) -> Self:
        """Say who brought a member, or with no inviter that nobody did, whatever the policy says to members.

        Whoever names an inviter must bring proof. Raises `ReferralUnchanged`, the refusals of `Referral.record`,
        `Invalid`, `NotFound`.
        """
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        shown = bounded_text(proof or "", "proof", least=1 if inviter_id else 0, most=PROOF_MOST) or None

        async def write(id: UUID) -> Self:
            await Member.existing(member_id, field="memberId")
            change = cls(id=id, member_id=member_id, inviter_after_id=inviter_id, reason=why, proof=shown)
            change.takes_back = takes_back
            return await change._made(Actor.staff(staff_id), at=at)

        return await cls._once(once, write, at=at)

    @classmethod
    async def by_member(cls, member_id: UUID, invite_code: str, *, at: datetime, once: Once | None) -> Self:
        """Let a member say who brought it, by its invite code or one of its scenes, as far as the policy lets it.

        Raises `AlreadyReferred` (with when it may be said anew), `TooLateToBind`, and as `Referral.record` does.
        """

        async def write(id: UUID) -> Self:
            inviter = await Member.get_or_none(invite_code=invite_code.strip())
            if inviter is None and (scene := await SceneCode.found(invite_code)) and scene.holds(at):
                inviter = await Member.get_or_none(id=scene.inviter_id) if scene.inviter_id else None
            if inviter is None or inviter.status not in ACTIVE:
                raise NotFound(field="inviteCode")
            change = cls(id=id, member_id=member_id, inviter_after_id=inviter.id)
            return await change._made(Actor.member(member_id), at=at)

        return await cls._once(once, write, at=at)

    @classmethod
    async def _once(cls, once: Once | None, write: Callable[[UUID], Awaitable[Self]], *, at: datetime) -> Self:
        try:
            return await perform_once(once, cls, write, at=at)
        except IntegrityError as error:
            if violates(error, Referral, "referral_one_inviter"):
                raise AlreadyReferred() from None
            raise

    async def _made(self, actor: Actor, *, at: datetime) -> Self:
        """Change the bond inside the caller's transaction."""
        current = await self._held()
        before, after = current.inviter_id if current else None, self.inviter_after_id
        if before == after:
            raise ReferralUnchanged()
        if actor.kind is ActorKind.MEMBER:
            await _demand_in_time(self.member_id, current, at=at)
        self.kind = _kind(before, after)
        self.inviter_before_id, self.by_kind, self.by_id, self.changed_at = before, actor.kind, actor.id, at
        await self.save(force_create=True)
        if current is None and after:
            await Referral.written(after, self.member_id, at=at)
            await ReferralStage.remember(self.member_id)
        elif current:
            await _rebind(current, after, at=at)
        if self.takes_back:
            staff_id = actor.id if actor.kind is ActorKind.STAFF else None
            await void_all(self.member_id, at=at, note=self.reason or "", staff_id=staff_id)
        told = columns_of(self, "inviter_before_id", "inviter_after_id", "takes_back")
        await actor.audit(f"referral_{self.kind}", self, before=None, after=told, reason=self.reason, at=at)
        return self

    async def _held(self) -> Referral | None:
        """The bond as it is once all rows are held that its change needs."""
        held = set[UUID]()
        while (rows := await rows_to_take(self.inviter_after_id, self.member_id)) - held:
            for one in sorted(rows - held):
                await Member.bump(one)
            held |= rows
        return await Referral.get_or_none(invitee_id=self.member_id)


async def _rebind(current: Referral, inviter_id: UUID | None, *, at: datetime) -> None:
    """Hang a member and all below it under another one, or let it be the root of a tree of its own."""
    before = current.inviter_id
    if inviter_id:
        await demand_may_refer(inviter_id, current.invitee_id)
    async with hang(current.invitee_id):
        if inviter_id is None:
            await current.delete()
        else:
            ordinal, place = await Referral.next_below(inviter_id)
            await Referral.filter(id=current.id).update(
                inviter_id=inviter_id,
                created_at=at,
                ordinal=ordinal,
                root_id=place.root_id,
                depth=place.depth,
                trunk=place.trunk,
                path=place.path,
            )
    await standing_changed([one for one in (before, inviter_id) if one], at=at)
    await assist_lost(before, at=at)


async def _demand_in_time(member_id: UUID, current: Referral | None, *, at: datetime) -> None:
    """Raise where the policy does not let a member say by itself who brought it, now."""
    policy = await ReferralPolicy.current()
    match policy.bind_mode:
        case BindMode.AT_REGISTRATION:
            raise AlreadyReferred() if current else TooLateToBind()
        case BindMode.FIRST_EVER if current:
            raise AlreadyReferred()
        case BindMode.PROTECT_DAYS if current:
            free_at = current.created_at + timedelta(days=policy.protect_days)
            if at < free_at:
                raise AlreadyReferred(retry_at=free_at)
        case BindMode.UNTIL_FIRST_VALUE if await fetch(_HAS_VALUE, member_id):
            raise AlreadyReferred() if current else TooLateToBind()
        case _:
            return


def _kind(before: UUID | None, after: UUID | None) -> ReferralChangeKind:
    if after is None:
        return ReferralChangeKind.CLEARED
    return ReferralChangeKind.REBOUND if before else ReferralChangeKind.BOUND
