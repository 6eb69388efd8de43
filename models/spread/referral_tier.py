"""A tier: something extra once so many have reached a stage as a member's own invitees; each tier once.

Which tiers there are, the policy says; what one pays, the earn rules of `invite_tier`, by the fact `count`. Where the
policy says that lost invitees void what they assisted, a tier is taken back once too few are left.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.insight.standing import standing_changed
from models.members.member import Member, MemberErased
from models.points.behaviour import Behaviour, Fact
from models.points.earning import Earning
from models.points.entry import InsufficientPoints
from models.record import Record
from models.spread.invite_stage_name import InviteStage
from models.spread.referral_policy import ReferralPolicy
from models.spread.referral_reward import RewardState
from store.database import execute, fetch_value, transaction
from store.ids import new_id
from store.together import insertion

_COLUMNS = ("id", "member_id", "stage", "people", "amount", "state", "created_at", "changed_at")
_CLAIM = insertion("referral_tier_award", _COLUMNS) + " ON CONFLICT (member_id, stage, people) DO NOTHING"
_REACHED = """
SELECT COUNT(*) AS found FROM (
    SELECT 1 FROM referral r JOIN referral_stage s ON s.invitee_id = r.invitee_id
    WHERE r.inviter_id = $1 AND s.stage = $2 AND s.voided_at IS NULL AND s.reached_at >= r.created_at LIMIT $3
) reached
"""


class ReferralTierAward(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    stage = fields.CharEnumField(InviteStage, max_length=20)
    people = fields.IntField(description="So many reached the stage.")
    amount = fields.BigIntField()
    state = fields.CharEnumField(RewardState, max_length=10, default=RewardState.PAID)
    created_at: datetime = fields.DatetimeField()
    changed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "referral_tier_award"
        constraints = (
            UniqueConstraint(fields=("member_id", "stage", "people"), name="referral_tier_award_once"),
            CheckConstraint(check="people > 0", name="referral_tier_award_for_somebody"),
        )

    @classmethod
    async def weigh(cls, member_id: UUID, stage: InviteStage, policy: ReferralPolicy, *, at: datetime) -> None:
        """Pay the tiers that a member has come to at a stage, and take back those it has fallen below."""
        tiers = [tier for tier in policy.rules.tiers if tier.stage is stage]
        if not tiers:
            return
        most = max(tier.people for tier in tiers)
        reached = int(await fetch_value(_REACHED, member_id, stage, most))
        for tier in sorted(tiers):
            if tier.people <= reached:
                await cls._pay(member_id, stage, tier.people, at=at)
            elif policy.lost_voids_assist:
                await cls._take_back(member_id, stage, tier.people, at=at)

    @classmethod
    async def _pay(cls, member_id: UUID, stage: InviteStage, people: int, *, at: datetime) -> None:
        async with transaction():
            try:
                await Member.hold(member_id)
            except MemberErased:
                return
            award_id = new_id()
            if not await execute(_CLAIM, award_id, member_id, stage, people, 0, RewardState.PAID, at, at):
                return
            facts: dict[str, int] = {Fact.COUNT: people}
            source = _source(stage, people)
            earning = await Earning.pay(member_id, Behaviour.INVITE_TIER, source, at=at, facts=facts)
            if earning:
                await cls.filter(id=award_id).update(amount=earning.amount)
            else:
                await cls.filter(id=award_id).delete()

    @classmethod
    async def _take_back(cls, member_id: UUID, stage: InviteStage, people: int, *, at: datetime) -> None:
        standing = cls.filter(member_id=member_id, stage=stage, people=people).exclude(state=RewardState.TAKEN_BACK)
        try:
            async with transaction():
                await Member.bump(member_id)
                if await standing.update(state=RewardState.TAKEN_BACK, changed_at=at):
                    await Earning.take_back(
                        member_id,
                        Behaviour.INVITE_TIER,
                        _source(stage, people),
                        at=at,
                        note="邀请人数不足",
                        staff_id=None,
                    )
                    await standing_changed([member_id], at=at)
        except InsufficientPoints:
            await standing.update(state=RewardState.OWED, changed_at=at)

    @classmethod
    async def of_member(cls, member_id: UUID) -> list[Self]:
        """A member's tiers, the smallest first."""
        return await cls.filter(member_id=member_id).order_by("stage", "people")


def _source(stage: InviteStage, people: int) -> str:
    return f"tier:{stage}:{people}"
