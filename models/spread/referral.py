"""A referral: who brought whom. A member was brought by one other, or came alone.

Referrals make trees of any depth and never a ring. A ring can only close where somebody who has brought others is
brought in turn by one of them. So both rows are taken, and where the newcomer has brought anybody, the root of the
inviter's tree as well: every referral that could lengthen that path upwards needs the same row. All rows are taken in
one order; where the tree has changed before they are held, they are let go and looked for anew.
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
from models.members.member import ACTIVE, Member, MemberNotActive
from models.points.behaviour import Behaviour
from models.points.earning import Earning
from models.record import Record
from store.database import fetch, transaction, violates


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

    class Meta:
        table = "referral"
        constraints = (
            UniqueConstraint(fields=("invitee_id",), name="referral_one_inviter"),
            CheckConstraint(check="inviter_id <> invitee_id", name="referral_of_another"),
        )
        indexes = (Index(fields=("inviter_id", "created_at", "id"), name="referral_by_inviter"),)

    @classmethod
    async def record(cls, inviter_id: UUID, invitee_id: UUID, *, at: datetime) -> Self:
        """Say who brought a member; counts on the boards, and may pay the inviter.

        Raises `AlreadyReferred`, `SelfReferred`, `ReferralRing`, and `MemberNotActive` for an inviter who is gone.
        """
        if inviter_id == invitee_id:
            raise SelfReferred()
        try:
            while True:
                rows = await cls._rows_to_take(inviter_id, invitee_id)
                async with transaction():
                    for one in sorted(rows):
                        await Member.bump(one)
                    if await cls._rows_to_take(inviter_id, invitee_id) == rows:
                        return await cls._written(inviter_id, invitee_id, at=at)
        except IntegrityError as error:
            if violates(error, cls, "referral_one_inviter"):
                raise AlreadyReferred() from None
            raise

    @classmethod
    async def root_of(cls, member_id: UUID) -> UUID:
        """The member at the top of a member's tree: itself where it came alone."""
        rows = await fetch(
            "WITH RECURSIVE up(id, depth) AS (SELECT inviter_id, 1 FROM referral WHERE invitee_id = $1 "
            "UNION ALL SELECT r.inviter_id, up.depth + 1 FROM referral r JOIN up ON r.invitee_id = up.id) "
            "SELECT id FROM up ORDER BY depth DESC LIMIT 1",
            str(member_id),
        )
        return UUID(str(rows[0]["id"])) if rows else member_id

    @classmethod
    async def _rows_to_take(cls, inviter_id: UUID, invitee_id: UUID) -> set[UUID]:
        """Whose rows a referral needs; raises `ReferralRing` where it would close one."""
        if not await cls.exists(inviter_id=invitee_id):
            return {inviter_id, invitee_id}
        root_id = await cls.root_of(inviter_id)
        if root_id == invitee_id:
            raise ReferralRing()
        return {inviter_id, invitee_id, root_id}

    @classmethod
    async def _written(cls, inviter_id: UUID, invitee_id: UUID, *, at: datetime) -> Self:
        if (await Member.existing(inviter_id, field="inviterId")).status not in ACTIVE:
            raise MemberNotActive(field="inviterId")
        referral = await cls.create(inviter_id=inviter_id, invitee_id=invitee_id, created_at=at)
        await standing_changed([inviter_id], at=at)
        await Earning.pay(inviter_id, Behaviour.INVITE_REGISTERED, f"invitee:{invitee_id}", at=at, pair=invitee_id)
        return referral
