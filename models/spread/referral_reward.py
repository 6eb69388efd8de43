"""A reward for a stage: what whoever brought somebody, whoever brought that one, and the invitee itself were paid.

It is paid through an earning, so limits, budgets and days of waiting are those of its rule. A stage pays at each level
once, whoever is the inviter by then, and to no more levels than the policy allowed, which the row keeps and the
database holds to. Where the cause is void the reward is taken back; where the member has spent it meanwhile, it is
owed: staff see it, and it is collected as soon as the member has it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.actor import Actor
from models.errors import DomainError, bounded_text
from models.insight.standing import standing_changed
from models.members.member import Member, MemberErased
from models.one_by_one import OneByOne
from models.points.behaviour import Behaviour
from models.points.earning import Earning
from models.points.entry import InsufficientPoints
from models.record import Record
from models.spread.invite_stage_name import InviteStage, behaviour_of
from models.staff.audit import columns_of
from store.database import execute, fetch_value, transaction
from store.ids import new_id
from store.together import insertion

COLLECTED_AT_ONCE = 200
NOTE_MOST = 200

_COLUMNS = (
    *("id", "invitee_id", "stage", "level", "levels_paid", "member_id", "behaviour"),
    *("amount", "state", "created_at", "changed_at"),
)
_CLAIM = insertion("referral_reward", _COLUMNS) + " ON CONFLICT (invitee_id, stage, level) DO NOTHING"
_PAID = "SELECT COALESCE(SUM(amount), 0) AS amount FROM earning WHERE member_id = $1 AND behaviour = $2 AND source = $3"


class RewardState(StrEnum):
    """What has become of a reward."""

    PAID = "paid"
    TAKEN_BACK = "taken_back"
    OWED = "owed"
    WAIVED = "waived"


class RewardNotOwed(DomainError):
    code = "REWARD_NOT_OWED"
    zh = "该笔奖励并未欠回"
    en = "This reward is not owed."


class ReferralReward(Record):
    invitee: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    invitee_id: UUID
    stage = fields.CharEnumField(InviteStage, max_length=20)
    level = fields.SmallIntField(description="Steps above the invitee: 0 itself, 1 its inviter, 2 the one above.")
    levels_paid = fields.SmallIntField(description="To how many levels the policy paid then.")
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    behaviour = fields.CharEnumField(Behaviour, max_length=40)
    amount = fields.BigIntField(description="Points in all.")
    state = fields.CharEnumField(RewardState, max_length=10, default=RewardState.PAID)
    note = fields.CharField(max_length=NOTE_MOST, null=True, description="Why it was taken back.")
    created_at: datetime = fields.DatetimeField()
    changed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "referral_reward"
        constraints = (
            UniqueConstraint(fields=("invitee_id", "stage", "level"), name="referral_reward_once"),
            # For staff and the job that collects: it holds nothing else.
            UniqueConstraint(fields=("changed_at", "id"), condition="state = 'owed'", name="referral_reward_owed"),
            CheckConstraint(
                check="level BETWEEN 0 AND levels_paid AND levels_paid BETWEEN 0 AND 2",
                name="referral_reward_two_levels_at_most",
            ),
        )
        indexes = (Index(fields=("member_id", "created_at", "id"), name="referral_reward_by_member"),)

    @classmethod
    async def pay(
        cls, invitee_id: UUID, stage: InviteStage, level: int, member_id: UUID, *, levels_paid: int, at: datetime
    ) -> bool:
        """Pay a member for a stage of an invitee, if a rule does and nobody was paid at this level; whether it was."""
        behaviour, source = behaviour_of(stage, level), source_of(invitee_id)
        async with transaction():
            try:
                await Member.hold(member_id)
            except MemberErased:
                return False
            reward_id = new_id()
            about = (invitee_id, stage, level, levels_paid, member_id, behaviour, 0, RewardState.PAID, at, at)
            if not await execute(_CLAIM, reward_id, *about):
                return False
            if not await Earning.pay(member_id, behaviour, source, at=at, pair=invitee_id):
                await cls.filter(id=reward_id).delete()
                return False
            await cls.filter(id=reward_id).update(amount=await fetch_value(_PAID, member_id, behaviour, source))
            return True

    async def take_back(self, *, at: datetime, note: str, staff_id: UUID | None = None) -> bool:
        """Take it back, or note that it is owed; whether it is back. Doing it again does nothing."""
        standing = ReferralReward.filter(id=self.id, state__in=[RewardState.PAID, RewardState.OWED])
        told = {"note": note[:NOTE_MOST], "changed_at": at}
        try:
            async with transaction():
                await Member.bump(self.member_id)
                if await standing.update(state=RewardState.TAKEN_BACK, **told):
                    await Earning.take_back(
                        self.member_id,
                        self.behaviour,
                        source_of(self.invitee_id),
                        at=at,
                        note=note,
                        staff_id=staff_id,
                    )
                    await standing_changed([self.member_id], at=at)
        except InsufficientPoints:
            await standing.filter(state=RewardState.PAID).update(state=RewardState.OWED, **told)
            return False
        return True

    @classmethod
    async def waive(cls, id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> Self:
        """Let a member keep what it owes. Raises `RewardNotOwed`, `Invalid`, `NotFound`."""
        why = bounded_text(reason, "reason", least=1, most=NOTE_MOST)
        reward = await cls.existing(id, field="rewardId")
        before = columns_of(reward, "state", "note")
        async with transaction():
            owed = cls.filter(id=id, state=RewardState.OWED)
            if not await owed.update(state=RewardState.WAIVED, note=why, changed_at=at):
                raise RewardNotOwed()
            waived = await cls.get(id=id)
            after = columns_of(waived, "state", "note")
            staff = Actor.staff(staff_id)
            await staff.audit("waive_referral_reward", waived, before=before, after=after, reason=why, at=at)
        return waived

    @classmethod
    async def of_invitee(cls, invitee_id: UUID, stage: InviteStage | None = None) -> list[Self]:
        """What was paid for somebody and may yet come back, the inviter's last."""
        of_stage = {"stage": stage} if stage else {}
        standing = cls.filter(invitee_id=invitee_id, state__in=[RewardState.PAID, RewardState.OWED], **of_stage)
        return await standing.order_by("stage", "-level")


def source_of(invitee_id: UUID) -> str:
    """The cause of what is paid for somebody, in earnings and in the ledger."""
    return f"invitee:{invitee_id}"


async def collect_owed(*, at: datetime) -> int:
    """Take back what is owed from those who have it by now; returns how many rewards."""
    collected, run, behind = 0, OneByOne("collect owed reward"), list[UUID]()
    while True:
        owed = ReferralReward.filter(state=RewardState.OWED).exclude(id__in=behind).order_by("changed_at", "id")
        some = await owed.limit(COLLECTED_AT_ONCE)
        for reward in some:
            collected += bool(await run.do(reward.id, reward.take_back(at=at, note=reward.note or "")))
        behind += [reward.id for reward in some]
        if len(some) < COLLECTED_AT_ONCE:
            return collected
