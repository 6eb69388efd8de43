"""A reward of a forwarding task: points that are pending first, and the member's own after the hours of waiting.

A claim is paid once per cause, by a constraint. The points leave the budget at once, so it is never overdrawn by what
is still looked at. From then on exactly one thing happens to them, decided by the state of the row: they are released
when their hour comes, or taken back to where they came from: for good, or, where a milestone did not stand at its hour,
until it is reached anew, which pays under another cause. Staff's decisions take effect by the hour as well, so one
that is undone within minutes has moved nothing. What the member has spent by the time it is taken back is owed.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.actor import Actor
from models.errors import DomainError, bounded_text
from models.insight.standing import standing_changed
from models.members.member import ACTIVE, Member
from models.points.account import AccountKey, Bucket, of_member
from models.points.behaviour import Behaviour
from models.points.budget import Budget
from models.points.deed import Deed, tell, withdraw
from models.points.entry import InsufficientPoints, Move, PointEntry, Rule, undo
from models.record import Record
from models.spread.forward_task import ForwardTask
from models.spread.forward_task_version import ForwardTaskVersion
from models.staff.audit import columns_of
from store.database import execute, transaction

REASON, RELEASE = "forward_task", "release"
NOTE_MOST = 200
PUT_OFF = timedelta(hours=1)
"""How long what is due waits while its member takes no part in anything."""


class ForwardRewardState(StrEnum):
    """What has become of a reward."""

    WAITING = "waiting"
    HELD = "held"
    PAID = "paid"
    REJECTED = "rejected"
    TAKEN_BACK = "taken_back"
    OWED = "owed"
    WAIVED = "waived"
    UNREACHED = "unreached"


UNPAID = (ForwardRewardState.WAITING, ForwardRewardState.HELD, ForwardRewardState.REJECTED)
"""Pending still."""

STANDING = (*UNPAID, ForwardRewardState.PAID, ForwardRewardState.OWED)
"""May yet be taken back."""


class ForwardBudgetUsedUp(DomainError):
    code = "FORWARD_BUDGET_USED_UP"
    zh = "活动预算已用完"
    en = "The budget of this task is used up."


class ForwardRewardNotOwed(DomainError):
    code = "FORWARD_REWARD_NOT_OWED"
    zh = "该笔奖励并未欠回"
    en = "This reward is not owed."


class _Overtaken(Exception):
    """The task was stopped, or the reward moved, after it was looked at: all of the release is undone."""


class ForwardReward(Record):
    claim_id: UUID = fields.UUIDField()
    task: fields.ForeignKeyRelation[ForwardTask] = fields.ForeignKeyField(
        "models.ForwardTask", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    task_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    version = fields.IntField(description="The version of the task that pays it.")
    cause = fields.CharField(max_length=40, description="The milestone, or which time the claim was handed in.")
    amount = fields.IntField()
    budget_id: UUID | None = fields.UUIDField(null=True, description="The budget that paid.")
    state = fields.CharEnumField(ForwardRewardState, max_length=10)
    release_at: datetime = fields.DatetimeField(description="When it is the member's own, unless it is looked at.")
    due_at: datetime | None = fields.DatetimeField(null=True, description="When it is released or taken back.")
    note = fields.CharField(max_length=NOTE_MOST, null=True, description="Why it was taken back.")
    created_at: datetime = fields.DatetimeField()
    changed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "forward_reward"
        constraints = (
            UniqueConstraint(fields=("claim_id", "cause"), name="forward_reward_once_per_cause"),
            # For the job that releases and takes back: small, because it holds only what is to be done.
            UniqueConstraint(fields=("due_at", "id"), condition="due_at IS NOT NULL", name="forward_reward_due"),
            UniqueConstraint(fields=("changed_at", "id"), condition="state = 'owed'", name="forward_reward_owed"),
            CheckConstraint(check="amount > 0", name="forward_reward_pays"),
            CheckConstraint(
                check="(due_at IS NOT NULL) = (state IN ('held', 'rejected'))", name="forward_reward_due_while_open"
            ),
        )
        indexes = (
            Index(fields=("task_id", "state", "id"), name="forward_reward_by_task"),
            Index(fields=("member_id", "created_at", "id"), name="forward_reward_by_member"),
        )

    @classmethod
    async def pay(
        cls,
        task: ForwardTask,
        claim_id: UUID,
        member_id: UUID,
        cause: str,
        amount: int,
        *,
        version: int,
        hold_hours: int,
        is_looked_at: bool,
        at: datetime,
    ) -> Self:
        """Set points pending for a cause, in the caller's transaction, which holds the member's row and the task's.

        What is looked at waits for staff. Raises `ForwardBudgetUsedUp`, and an `IntegrityError` of the constraint
        `forward_reward_once_per_cause`; either way the transaction must end.
        """
        release_at = at + timedelta(hours=hold_hours)
        reward = await cls.create(
            claim_id=claim_id,
            task_id=task.id,
            member_id=member_id,
            version=version,
            cause=cause,
            amount=amount,
            budget_id=task.budget_id,
            state=ForwardRewardState.WAITING if is_looked_at else ForwardRewardState.HELD,
            release_at=release_at,
            due_at=None if is_looked_at else release_at,
            created_at=at,
            changed_at=at,
        )
        lent = await Budget.overdraft(task.budget_id, amount, reward.source) if task.budget_id else []
        move = Move(
            debit=task.payer,
            credit=of_member(member_id, bucket=Bucket.PENDING),
            amount=amount,
            reason=REASON,
            source=reward.source,
            rule=Rule(task.id, version),
            available_at=release_at,
        )
        try:
            await PointEntry.post([*lent, move], at=at)
        except InsufficientPoints:
            raise ForwardBudgetUsedUp() from None
        await standing_changed([member_id], at=at)
        return reward

    @property
    def milestone_cause(self) -> str:
        """The cause without which time it is that the milestone pays: the first, or anew after it did not stand."""
        return self.cause.partition("#")[0]

    @property
    def source(self) -> str:
        return f"forward_reward:{self.id}"

    async def release(self, *, at: datetime) -> bool:
        """Make it the member's own; False where something else happened to it, or its task was stopped.

        Who takes no part at present is not paid: it stays pending, and is looked at again after a while.
        """
        try:
            async with transaction():
                await Member.bump(self.member_id)
                if not await Member.exists(id=self.member_id, status__in=ACTIVE):
                    held = ForwardReward.filter(id=self.id, state=ForwardRewardState.HELD)
                    await held.update(due_at=at + PUT_OFF)
                    return False
                if not await ForwardReward.exists(id=self.id, state=ForwardRewardState.HELD, due_at__lte=at):
                    return False
                await self._released(at=at)
        except _Overtaken:
            return False
        return True

    async def _released(self, *, at: datetime) -> None:
        """Tell of it before other rows are taken, and pay if the task, shared until the commit, still lets it."""
        if await self._gives_chance():
            await tell(self._deed(at))
        await ForwardTask.shared(self.task_id)
        if not await execute(_RELEASE, at, self.id):
            raise _Overtaken
        pending, own = of_member(self.member_id, bucket=Bucket.PENDING), of_member(self.member_id)
        await PointEntry.post([Move(pending, own, self.amount, RELEASE, self.source)], at=at)
        await standing_changed([self.member_id], at=at)

    async def take_back(
        self,
        *,
        at: datetime,
        note: str,
        staff_id: UUID | None = None,
        among: Collection[ForwardRewardState] = STANDING,
        becomes: ForwardRewardState = ForwardRewardState.TAKEN_BACK,
    ) -> bool:
        """Take it back, or note that it is owed; whether it is back now. Doing it again does nothing."""
        standing = ForwardReward.filter(id=self.id, state__in=list(among))
        told = {"note": note[:NOTE_MOST], "changed_at": at, "due_at": None}
        try:
            async with transaction():
                await Member.bump(self.member_id)
                if not await standing.update(state=becomes, **told):
                    return False
                await self._withdraw_chance(at=at)
                await PointEntry.post(await self._undoing(note=note, staff_id=staff_id), at=at)
                await standing_changed([self.member_id], at=at)
        except InsufficientPoints:
            async with transaction():
                await Member.bump(self.member_id)
                if await standing.filter(state=ForwardRewardState.PAID).update(state=ForwardRewardState.OWED, **told):
                    await self._withdraw_chance(at=at)
            return False
        return True

    @classmethod
    async def waive(cls, id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> Self:
        """Let a member keep what it owes. Raises `ForwardRewardNotOwed`, `Invalid`, `NotFound`."""
        why = bounded_text(reason, "reason", least=1, most=NOTE_MOST)
        reward = await cls.existing(id, field="rewardId")
        before = columns_of(reward, "state", "note")
        async with transaction():
            owed = cls.filter(id=id, state=ForwardRewardState.OWED)
            if not await owed.update(state=ForwardRewardState.WAIVED, note=why, changed_at=at):
                raise ForwardRewardNotOwed()
            waived = await cls.get(id=id)
            after = columns_of(waived, "state", "note")
            staff = Actor.staff(staff_id)
            await staff.audit("waive_forward_reward", waived, before=before, after=after, reason=why, at=at)
        return waived

    async def _gives_chance(self) -> bool:
        return (await ForwardTaskVersion.terms_of(self.task_id, self.version)).gives_chance

    async def _withdraw_chance(self, *, at: datetime) -> None:
        """Withdraw what draws gave for the task, once nothing that the claim was paid stands."""
        if await self._gives_chance():
            paid = ForwardReward.filter(claim_id=self.claim_id, state=ForwardRewardState.PAID)
            if not await paid.exists():
                await withdraw(self._deed(at))

    def _deed(self, at: datetime) -> Deed:
        return Deed(self.member_id, Behaviour.TASK_DONE, f"forward_claim:{self.claim_id}", at)

    async def _undoing(self, *, note: str, staff_id: UUID | None) -> list[Move]:
        """The movement that brings it home, out of the account that it lies in."""
        home = await Budget.home_of(self.budget_id)
        lines = await PointEntry.filter(source=self.source, member_id=self.member_id, amount__gt=0).order_by("id")
        return [_homeward(undo(lines[-1], note=note[:NOTE_MOST], staff_id=staff_id), home)]


def _homeward(move: Move, home: AccountKey) -> Move:
    return Move(**{**vars(move), "credit": home})


_RELEASE = """
UPDATE forward_reward SET state = 'paid', due_at = NULL, changed_at = $1
WHERE id = $2 AND state = 'held' AND due_at <= $1 AND EXISTS (
    SELECT 1 FROM forward_task t WHERE t.id = forward_reward.task_id
    AND (t.state IN ('published', 'ended') OR (t.state = 'stopped' AND t.pending = 'release')))
"""
