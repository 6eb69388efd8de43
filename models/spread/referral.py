"""A referral: who brought whom. A member was brought by one other, or came alone.

Referrals make trees of any depth and never a ring; `referral_place` says how a row tells where it stands in one.

A ring can only close where somebody who has brought others comes under one of them, and a place can only become untrue
where a tree is hung elsewhere while somebody comes in below. So whoever writes takes the rows of both members; who
hangs a tree under another takes the roots of both trees as well, and so excludes everybody who would lengthen the path
upwards; who comes in below a member keeps that one's place until it has committed. Rows of members are taken in one
order, before the turn of the counts, before places; where the trees have changed before the rows are held, they are
looked for anew.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError
from models.insight.standing import standing_changed
from models.members.member import ACTIVE, Member, MemberErased, MemberNotActive, MemberStatus
from models.points.behaviour import Behaviour
from models.record import Record
from models.spread.invite_stage import stage_reached
from models.spread.referral_move import hang
from models.spread.referral_place import STEP, Place
from store.database import fetch_value, transaction, violates

_ORDINALS_MOST = 16**STEP
_HAS_TEAM = (
    "SELECT EXISTS (SELECT 1 FROM referral WHERE inviter_id = $1) "
    "OR EXISTS (SELECT 1 FROM referral WHERE invitee_id = $1) AS found"
)
_NEXT_ORDINAL = "SELECT COALESCE(MAX(ordinal), -1) + 1 AS next FROM referral WHERE inviter_id = $1"


class AlreadyReferred(DomainError):
    code = "ALREADY_REFERRED"
    zh = "该成员已有邀请人"
    en = "Somebody brought this member before."


class SelfReferred(DomainError):
    code = "SELF_REFERRED"
    zh = "不能邀请自己"
    en = "Nobody brings themselves."


class ReferralRing(DomainError):
    code = "REFERRAL_RING"
    zh = "对方是您邀请来的，不能再作为您的邀请人"
    en = "This member came through you and cannot have brought you."


class StaffNotReferred(DomainError):
    code = "STAFF_NOT_REFERRED"
    zh = "员工账号不参与邀请关系"
    en = "Accounts of staff bring nobody and are brought by nobody."


class ReturningNotReferred(DomainError):
    code = "RETURNING_NOT_REFERRED"
    zh = "注销后重新注册的成员不能再绑定邀请人"
    en = "Whoever closed an account and came again is brought by nobody."


class Referral(Record):
    inviter: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    inviter_id: UUID
    invitee: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    invitee_id: UUID
    created_at: datetime = fields.DatetimeField()
    ordinal = fields.IntField(description="Its number among those of its inviter, from 0.")
    root_id: UUID = fields.UUIDField(description="Who stands at the top of its tree.")
    depth = fields.IntField(description="Steps below the root.")
    trunk: bytes = fields.BinaryField(description="The beginning of the path.")
    path: bytes = fields.BinaryField(description="The numbers of the steps down to it.")
    activated_at: datetime | None = fields.DatetimeField(null=True, description="When the invitee first checked in.")
    is_counted = fields.BooleanField(default=False, description="Whether the teams above count it.")
    is_activation_counted = fields.BooleanField(default=False)
    needs_counting = fields.BooleanField(default=True, description="Whether the teams above have yet to learn of it.")

    class Meta:
        table = "referral"
        constraints = (
            UniqueConstraint(fields=("invitee_id",), name="referral_one_inviter"),
            UniqueConstraint(fields=("inviter_id", "ordinal"), name="referral_numbered"),
            # Small, because it holds only what is yet to be counted.
            UniqueConstraint(fields=("id",), condition="needs_counting", name="referral_to_count"),
            CheckConstraint(check="inviter_id <> invitee_id", name="referral_of_another"),
            CheckConstraint(check="root_id <> invitee_id", name="referral_not_its_own_root"),
            CheckConstraint(check="depth > 0 AND ordinal >= 0", name="referral_below_its_root"),
        )
        indexes = (
            Index(fields=("inviter_id", "created_at", "id"), name="referral_by_inviter"),
            Index(fields=("root_id", "trunk", "depth", "id"), name="referral_by_place"),
            Index(fields=("created_at", "id"), name="referral_by_time"),
        )

    @classmethod
    async def record(cls, inviter_id: UUID, invitee_id: UUID, *, at: datetime) -> Self:
        """Say who brought a member; counts on the boards, and may pay the inviter.

        Raises `AlreadyReferred`, `SelfReferred`, `ReferralRing`, `StaffNotReferred`, `ReturningNotReferred`, and
        `MemberNotActive` or `MemberErased` for somebody who is gone.
        """
        try:
            while True:
                rows = await rows_to_take(inviter_id, invitee_id)
                async with transaction():
                    for one in sorted(rows):
                        await Member.bump(one)
                    if await rows_to_take(inviter_id, invitee_id) == rows:
                        return await cls.written(inviter_id, invitee_id, at=at)
        except IntegrityError as error:
            if violates(error, cls, "referral_one_inviter"):
                raise AlreadyReferred() from None
            raise

    @classmethod
    async def written(cls, inviter_id: UUID, invitee_id: UUID, *, at: datetime) -> Self:
        """Write a referral of somebody who had no inviter, inside the caller's transaction, which holds the rows."""
        await demand_may_refer(inviter_id, invitee_id)
        has_team = await cls.exists(inviter_id=invitee_id)
        async with hang(invitee_id, has_team=has_team):
            ordinal, place = await cls.next_below(inviter_id)
            referral = await cls.create(
                inviter_id=inviter_id,
                invitee_id=invitee_id,
                created_at=at,
                ordinal=ordinal,
                root_id=place.root_id,
                depth=place.depth,
                trunk=place.trunk,
                path=place.path,
            )
        await standing_changed([inviter_id], at=at)
        await stage_reached(invitee_id, Behaviour.INVITE_REGISTERED, at=at)
        return referral

    @classmethod
    async def next_below(cls, inviter_id: UUID) -> tuple[int, Place]:
        """The number and the place of whoever comes next below a member, whose row the caller's transaction holds."""
        above = await Place.of(inviter_id, held=True)
        ordinal = int(await fetch_value(_NEXT_ORDINAL, inviter_id))
        if ordinal >= _ORDINALS_MOST:
            raise OverflowError(f"{inviter_id} has brought {ordinal} members")
        return ordinal, above.below(ordinal)

    @classmethod
    async def root_of(cls, member_id: UUID) -> UUID:
        """The member at the top of a member's tree: itself where it came alone."""
        return (await Place.of(member_id)).root_id

    @property
    def place(self) -> Place:
        return Place(self.root_id, self.depth, bytes(self.path))


async def rows_to_take(inviter_id: UUID | None, invitee_id: UUID) -> set[UUID]:
    """Whose rows a bond needs, or its end; raises `SelfReferred`, and `ReferralRing` where it would close one."""
    if inviter_id == invitee_id:
        raise SelfReferred()
    rows = {one for one in (inviter_id, invitee_id) if one}
    if not await fetch_value(_HAS_TEAM, invitee_id):
        return rows
    own, current = await Place.of(invitee_id), await Referral.get_or_none(invitee_id=invitee_id)
    rows |= {own.root_id} | ({current.inviter_id} if current else set())
    if inviter_id:
        above = await Place.of(inviter_id)
        if own.holds(above):
            raise ReferralRing()
        rows.add(above.root_id)
    return rows


async def demand_may_refer(inviter_id: UUID, invitee_id: UUID) -> None:
    """Raise what stands against a bond of these two, whoever makes it, by whichever way."""
    found = {one.id: one for one in await Member.filter(id__in=[inviter_id, invitee_id])}
    inviter = found.get(inviter_id) or await Member.existing(inviter_id, field="inviterId")
    invitee = found.get(invitee_id) or await Member.existing(invitee_id, field="memberId")
    if inviter.status not in ACTIVE:
        raise MemberNotActive(field="inviterId")
    if invitee.status is MemberStatus.ERASED:
        raise MemberErased(field="memberId")
    if invitee.status not in ACTIVE:
        raise MemberNotActive(field="memberId")
    if inviter.is_staff or invitee.is_staff:
        raise StaffNotReferred(field="inviterId" if inviter.is_staff else "memberId")
    if invitee.is_returning:
        raise ReturningNotReferred(field="memberId")
