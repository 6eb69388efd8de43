"""A claim: one member's part in a forwarding task, from taking it to being paid; one for each member and task.

Taking it (the first tap) gives the materials and the member's own code. In the modes of honour and screenshot the
member then says that it is done (the second tap), and points are set pending in the same transaction; in the counted
modes nothing more is asked of it. A place of the quota is taken by the act that earns: by claiming, and where things
are counted, by taking.

Of the claims of honour a share is looked at. Which ones follows from a seed that is drawn when the member claims and
kept with what it handed in, so staff can show that nobody was picked out, and no member can tell beforehand.
"""

import hashlib
import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, NotFound
from models.idempotency import Once, perform_once
from models.members.member import Member
from models.record import Record
from models.spread.forward_bar import ForwardBar
from models.spread.forward_task import ForwardTask
from models.spread.forward_terms import ForwardProofMode
from models.spread.scene_code import SceneCode
from store.database import violates

SEED_BYTES = 16


class ForwardClaimState(StrEnum):
    """Where a claim stands."""

    TAKEN = "taken"
    CLAIMED = "claimed"
    PROOF_ASKED = "proof_asked"
    APPROVED = "approved"
    REJECTED = "rejected"
    TAKEN_BACK = "taken_back"


AT_AN_END = (ForwardClaimState.REJECTED, ForwardClaimState.TAKEN_BACK)
"""Nothing more is paid for it, unless a member stands by what was rejected and is found right."""


class ForwardTaskTaken(DomainError):
    code = "FORWARD_TASK_TAKEN"
    zh = "您已领取该任务"
    en = "You have taken this task before."


class ForwardTaskClaimed(DomainError):
    code = "FORWARD_TASK_CLAIMED"
    zh = "该任务已提交"
    en = "You have claimed this task before."


class ForwardTaskNotTaken(DomainError):
    code = "FORWARD_TASK_NOT_TAKEN"
    zh = "请先领取任务"
    en = "Take the task first."


class NothingToClaim(DomainError):
    code = "NOTHING_TO_CLAIM"
    zh = "该任务自动计数，无需提交"
    en = "This task counts by itself; there is nothing to claim."


class ForwardClaim(Record):
    task: fields.ForeignKeyRelation[ForwardTask] = fields.ForeignKeyField(
        "models.ForwardTask", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    task_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    code: fields.ForeignKeyNullableRelation[SceneCode] = fields.ForeignKeyField(
        "models.SceneCode",
        related_name=False,
        on_delete=fields.OnDelete.RESTRICT,
        null=True,
        db_index=True,
        description="The member's own; none where the task is outside the mini-program.",
    )
    code_id: UUID | None
    version = fields.IntField(description="The version of the task that it was taken under.")
    state = fields.CharEnumField(ForwardClaimState, max_length=12, default=ForwardClaimState.TAKEN)
    round = fields.SmallIntField(default=0, description="How often something was handed in.")
    is_counted = fields.BooleanField(description="Whether what comes by its code is counted.")
    counts_until: datetime = fields.DatetimeField(description="The end of the task by that version.")
    exclusions: list[str] = fields.JSONField(default=list, description="Visits that do not count, by that version.")
    is_sampled = fields.BooleanField(default=False, description="Honour: whether it is among those looked at.")
    reward_id: UUID | None = fields.UUIDField(null=True, description="What its last hand-in set pending.")
    proof_id: UUID | None = fields.UUIDField(null=True, description="The picture that was handed in last.")
    proof_due_at: datetime | None = fields.DatetimeField(null=True, description="Until when a proof may come.")
    taken_at: datetime = fields.DatetimeField()
    claimed_at: datetime | None = fields.DatetimeField(null=True)
    queued_at: datetime | None = fields.DatetimeField(null=True, description="Since when it waits for a reviewer.")
    weighed_at: datetime | None = fields.DatetimeField(null=True, description="When it was counted last, while it is.")

    class Meta:
        table = "forward_claim"
        constraints = (
            UniqueConstraint(fields=("task_id", "member_id"), name="forward_claim_once"),
            # Each of these holds only what somebody has to look at, or a job to count.
            UniqueConstraint(fields=("queued_at", "id"), condition="queued_at IS NOT NULL", name="forward_claim_queue"),
            UniqueConstraint(
                fields=("proof_due_at", "id"), condition="proof_due_at IS NOT NULL", name="forward_claim_asked"
            ),
            UniqueConstraint(
                fields=("weighed_at", "id"), condition="weighed_at IS NOT NULL", name="forward_claim_weighed"
            ),
        )
        indexes = (
            Index(fields=("task_id", "taken_at", "id"), name="forward_claim_by_task"),
            Index(fields=("member_id", "taken_at", "id"), name="forward_claim_by_member"),
        )

    @classmethod
    async def take(cls, member_id: UUID, task_id: UUID, *, at: datetime, once: Once | None = None) -> Self:
        """Take a task, with a code of the member's own.

        Raises `ForwardTaskTaken`, `MemberNotActive`, `NotInAudience` and its like, `ForwardBarred`,
        `ForwardQuotaReached`, whatever closes the task, and `NotFound`.
        """

        async def act(id: UUID) -> Self:
            await Member.touch(member_id, at=at)
            task = await ForwardTask.seen(task_id)
            task.refuse_closed(at=at)
            if await cls.exists(task_id=task.id, member_id=member_id):
                raise ForwardTaskTaken()
            await task.for_whom.demand(member_id, at=at)
            if task.mode is ForwardProofMode.HONOUR and (barred := await ForwardBar.refusal(member_id, at=at)):
                raise barred
            is_counted = task.terms.is_counted
            if is_counted:
                await task.take_place(at=at)
            elif full := task.quota_reached(at=at):
                raise full
            return await cls.create(
                id=id,
                task_id=task.id,
                member_id=member_id,
                code_id=await _code_of(task, member_id, at=at),
                version=task.version,
                is_counted=is_counted,
                counts_until=task.ends_at,
                exclusions=task.exclusions,
                taken_at=at,
                weighed_at=at if is_counted else None,
            )

        try:
            return await perform_once(once, cls, act, at=at)
        except IntegrityError as error:
            if violates(error, cls, "forward_claim_once"):
                raise ForwardTaskTaken() from None
            raise

    @classmethod
    async def own(cls, member_id: UUID, id: UUID) -> Self:
        """A claim of the member's, or `NotFound`."""
        found = await cls.get_or_none(id=id, member_id=member_id)
        if found is None:
            raise NotFound(field="forwardClaimId")
        return found

    async def queue(self, *, at: datetime) -> None:
        """Have a reviewer look at a counted claim, as at one that was handed in; nothing where it waits for one."""
        counted = (ForwardClaimState.TAKEN, ForwardClaimState.APPROVED)
        await self.move_on(*counted, state=ForwardClaimState.CLAIMED, round=self.round + 1, queued_at=at)

    async def move_on(self, *before: ForwardClaimState, **columns: Any) -> bool:
        """Change it where it stands as it was read, in one of some states; whether it did."""
        standing = ForwardClaim.filter(id=self.id, round=self.round, state__in=list(before))
        if not await standing.update(**columns):
            return False
        self.update_from_dict(columns)
        return True


async def _code_of(task: ForwardTask, member_id: UUID, *, at: datetime) -> UUID | None:
    """A code of the member's own; none outside the mini-program, because every code leads into it."""
    if not task.in_mini_program:
        return None
    return (await SceneCode.of(inviter_id=member_id, campaign=task.campaign, page=task.page, at=at)).id


def new_seed() -> str:
    """What decides whether a claim is looked at, in hexadecimal digits."""
    return secrets.token_hex(SEED_BYTES)


def is_picked(seed: str, claim_id: UUID, percent: int) -> bool:
    """Whether a claim is among so many of a hundred, by its seed: anybody who is shown the seed can tell."""
    digest = hashlib.sha256(f"{seed}:{claim_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < percent * 2**64 // 100
