"""An ending: staff stop a task at once (the kill switch), or declare it void.

Stopping holds against claims and payments from its commit on. What is pending then waits, is released, or is taken
back, as staff choose, then or later. Voiding takes back everything that was paid. The taking back is the work of a job,
row by row, so a crash loses nothing and each reward comes back once.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.errors import DomainError, NotFound, bounded_text
from models.idempotency import Once, perform_once
from models.one_by_one import OneByOne
from models.record import Record
from models.spread.forward_reward import UNPAID, ForwardReward, ForwardRewardState
from models.spread.forward_task import ForwardTask, ForwardTaskOver, ForwardTaskState, PendingFate
from models.staff.audit import REASON_MOST, AuditRow
from store.database import execute

UNWOUND_AT_ONCE = 200
RUNS_MOST = 10
"""So many times that much of one task in a run; what is left over is for the next."""


class ForwardEndingKind(StrEnum):
    """How staff ended a task."""

    STOPPED = "stopped"
    VOIDED = "voided"


class PendingDecided(DomainError):
    code = "PENDING_DECIDED"
    zh = "待发放积分已有处理决定"
    en = "What becomes of the pending points was decided before."


class ForwardEnding(Record):
    task: fields.ForeignKeyRelation[ForwardTask] = fields.ForeignKeyField(
        "models.ForwardTask", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    task_id: UUID
    kind = fields.CharEnumField(ForwardEndingKind, max_length=10)
    pending = fields.CharEnumField(PendingFate, max_length=10)
    reason = fields.CharField(max_length=REASON_MOST)
    staff_id: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "forward_ending"
        indexes = (Index(fields=("task_id", "created_at", "id"), name="forward_ending_by_task"),)

    @classmethod
    async def stop(
        cls,
        task_id: UUID,
        pending: PendingFate,
        *,
        reason: str,
        staff_id: UUID,
        at: datetime,
        once: Once | None = None,
    ) -> Self:
        """Stop a task at once; or say what becomes of the points that wait since it was stopped.

        Raises `PendingDecided`, `ForwardTaskOver` for one that was voided, `Invalid`, `NotFound`.
        """

        def decide(task: ForwardTask) -> None:
            if task.state is ForwardTaskState.VOIDED:
                raise ForwardTaskOver()
            if task.state is ForwardTaskState.STOPPED and task.pending is not PendingFate.WAIT:
                raise PendingDecided()
            if task.state is ForwardTaskState.STOPPED and pending is PendingFate.WAIT:
                raise PendingDecided()
            task.state = ForwardTaskState.STOPPED

        return await cls._made(
            task_id,
            ForwardEndingKind.STOPPED,
            pending,
            decide,
            reason=reason,
            staff_id=staff_id,
            at=at,
            once=once,
        )

    @classmethod
    async def void(cls, task_id: UUID, *, reason: str, staff_id: UUID, at: datetime, once: Once | None = None) -> Self:
        """Declare a task void: everything that it paid comes back. Raises `ForwardTaskOver`, `Invalid`, `NotFound`."""

        def decide(task: ForwardTask) -> None:
            if task.state is ForwardTaskState.VOIDED:
                raise ForwardTaskOver()
            task.state = ForwardTaskState.VOIDED

        kind, fate = ForwardEndingKind.VOIDED, PendingFate.TAKE_BACK
        return await cls._made(task_id, kind, fate, decide, reason=reason, staff_id=staff_id, at=at, once=once)

    @classmethod
    async def _made(
        cls,
        task_id: UUID,
        kind: ForwardEndingKind,
        pending: PendingFate,
        decide: Callable[[ForwardTask], None],
        *,
        reason: str,
        staff_id: UUID,
        at: datetime,
        once: Once | None,
    ) -> Self:
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST) or ""

        async def act(id: UUID) -> Self:
            task = await ForwardTask.held(task_id)
            if task.state is ForwardTaskState.DRAFT:
                raise NotFound(field="forwardTaskId")
            before = {"state": task.state, "pending": task.pending}
            decide(task)
            task.pending, task.ended_at, task.unwound_at = pending, task.ended_at or at, None
            await task.save(update_fields=["state", "pending", "ended_at", "unwound_at"])
            await AuditRow.write(
                staff_id=staff_id,
                action="void_forward_task" if kind is ForwardEndingKind.VOIDED else "stop_forward_task",
                subject=task,
                before=before,
                after={"state": task.state, "pending": task.pending},
                reason=why,
                at=at,
            )
            return await cls.create(
                id=id, task_id=task.id, kind=kind, pending=pending, reason=why, staff_id=staff_id, created_at=at
            )

        return await perform_once(once, cls, act, at=at)


async def unwind_due(*, at: datetime) -> int:
    """Take back what came of tasks that were voided, or stopped with that choice; returns how many are done with."""
    done, run = 0, OneByOne("unwind forward task")
    ended = ForwardTask.filter(pending=PendingFate.TAKE_BACK, unwound_at__isnull=True)
    for task in await ended.order_by("ended_at", "id").limit(UNWOUND_AT_ONCE):
        done += bool(await run.do(task.id, _unwind(task, at=at)))
    return done


async def _unwind(task: ForwardTask, *, at: datetime) -> bool:
    """Take back reward by reward; False where one failed or more are left, which the next run sees to."""
    ending = await ForwardEnding.filter(task_id=task.id).order_by("-created_at", "-id").first()
    if ending is None:
        raise RuntimeError("a task that nobody has ended is to be unwound")
    if await execute(_LET_GO, task.id, UNWOUND_AT_ONCE * RUNS_MOST) == UNWOUND_AT_ONCE * RUNS_MOST:
        return False
    # What is owed by now is for those who collect it.
    states = (*UNPAID, ForwardRewardState.PAID) if task.state is ForwardTaskState.VOIDED else UNPAID
    run, after = OneByOne("take back forward reward"), UUID(int=0)
    rewards = ForwardReward.filter(task_id=task.id, state__in=list(states))
    for _ in range(RUNS_MOST):
        some = await rewards.filter(id__gt=after).order_by("id").limit(UNWOUND_AT_ONCE)
        for one in some:
            await run.do(one.id, one.take_back(at=at, note=ending.reason, staff_id=ending.staff_id, among=states))
        if len(some) < UNWOUND_AT_ONCE:
            break
        after = some[-1].id
    else:
        return False
    if run.failed:
        return False
    return bool(await ForwardTask.filter(id=task.id, state=task.state, unwound_at__isnull=True).update(unwound_at=at))


# Nobody needs to look at them any more, and nobody fails for a proof that leads to nothing.
_LET_GO = """
UPDATE forward_claim SET queued_at = NULL, proof_due_at = NULL WHERE id IN (
    SELECT c.id FROM forward_claim c WHERE c.task_id = $1
    AND (c.queued_at IS NOT NULL OR c.proof_due_at IS NOT NULL) LIMIT $2)
"""
