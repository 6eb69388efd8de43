"""A grant of points to many members: drafted, checked, submitted, approved by a second person, and paid.

A batch is a list of rows that one person draws up. Submitted, it never changes again, so whoever approves it approves
what is paid. Above a threshold somebody else has to. Each row is paid in a transaction of its own that marks it, so
the payment may be killed at any row and go on from there: a row that was paid is marked, and one that is not was not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import DomainError, bounded_text
from models.idempotency import Once, perform_once
from models.points.account import AccountKey
from models.points.budget import Budget
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow, columns_of
from store.database import among, execute, fetch, fetch_value
from store.engines.guards import AppendOnly
from store.ids import as_id
from store.settings import settings

NAME_MOST = 60


class GrantBatchNotDraft(DomainError):
    code = "GRANT_BATCH_NOT_DRAFT"
    zh = "该批次已提交，不能再修改"
    en = "This batch was submitted and cannot be changed."


class NotYourBatch(DomainError):
    code = "NOT_YOUR_BATCH"
    zh = "只有创建人可以修改或提交该批次"
    en = "Only whom a batch was drawn up by changes or submits it."


class GrantBatchNotWaiting(DomainError):
    code = "GRANT_BATCH_NOT_WAITING"
    zh = "该批次不在待审批状态"
    en = "This batch does not wait for an approval."


class GrantBatchFaulty(DomainError):
    code = "GRANT_BATCH_FAULTY"
    zh = "有 {rows} 行存在问题，请修正或选择跳过"
    en = "{rows} rows have problems; mend them or skip them."


class GrantBatchEmpty(DomainError):
    code = "GRANT_BATCH_EMPTY"
    zh = "该批次没有可发放的行"
    en = "There is nothing to pay in this batch."


class SecondPersonNeeded(DomainError):
    code = "SECOND_PERSON_NEEDED"
    zh = "须由另一位同事审批"
    en = "Somebody else has to approve this."


class GrantBatchStatus(StrEnum):
    """How far a batch has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PAID = "paid"
    REJECTED = "rejected"


class GrantBatch(Record):
    name = fields.CharField(max_length=NAME_MOST)
    reason = fields.CharField(max_length=REASON_MOST, description="What members are told it is for.")
    status = fields.CharEnumField(GrantBatchStatus, max_length=10, default=GrantBatchStatus.DRAFT)
    budget_id: UUID | None = fields.UUIDField(null=True, description="The budget that it is paid from.")
    row_count = fields.IntField(default=0, description="The rows that are paid, once it is submitted.")
    points_total = fields.BigIntField(default=0, description="What they come to.")
    created_by: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()
    submitted_by: UUID | None = fields.UUIDField(null=True)
    submitted_at: datetime | None = fields.DatetimeField(null=True)
    approved_by: UUID | None = fields.UUIDField(null=True, description="None where nobody had to.")
    paid_at: datetime | None = fields.DatetimeField(null=True, description="When its last row was done.")

    class Meta:
        table = "grant_batch"
        constraints = (
            CheckConstraint(
                check="approved_by IS NULL OR (approved_by <> created_by AND approved_by <> submitted_by)",
                name="grant_batch_two_people",
            ),
        )
        indexes = (
            Index(fields=("created_at", "id"), name="grant_batch_by_time"),
            Index(fields=("status", "submitted_at"), name="grant_batch_by_status"),
        )

    @classmethod
    async def draft(
        cls,
        *,
        name: str,
        reason: str,
        staff_id: UUID,
        at: datetime,
        budget_id: UUID | None = None,
        once: Once | None = None,
    ) -> Self:
        """Begin a batch. Raises `BudgetClosed`, `Invalid`, `NotFound`."""
        told_as = bounded_text(name, "name", least=1, most=NAME_MOST)
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        await Budget.demand_open(budget_id)

        async def act(id: UUID) -> Self:
            return await cls.create(
                id=id, name=told_as, reason=why, budget_id=budget_id, created_by=staff_id, created_at=at
            )

        return await perform_once(once, cls, act, at=at)

    @classmethod
    async def held(cls, batch_id: UUID) -> Self:
        """The batch, its row taken for a change of it or of its rows."""
        await execute("UPDATE grant_batch SET name = name WHERE id = $1", batch_id)
        return await cls.existing(batch_id, field="batchId")

    def demand_draft(self, staff_id: UUID) -> None:
        """Raise `GrantBatchNotDraft`, or `NotYourBatch` for anybody but whom it was drawn up by."""
        if self.status is not GrantBatchStatus.DRAFT:
            raise GrantBatchNotDraft(field="batchId")
        if self.created_by != staff_id:
            raise NotYourBatch(field="batchId")

    @classmethod
    async def submit(
        cls, batch_id: UUID, *, staff_id: UUID, at: datetime, skips_faulty: bool = False, once: Once | None = None
    ) -> Self:
        """Hand a batch in: to be paid at once, or to wait for somebody else where it exceeds the threshold.

        Raises `GrantBatchNotDraft`, `NotYourBatch`, `GrantBatchFaulty`, `GrantBatchEmpty`, `NotFound`.
        """

        async def act(id: UUID) -> GrantDecision:
            batch = await cls.held(batch_id)
            batch.demand_draft(staff_id)
            sums = await batch.sums()
            if sums.faulty and not skips_faulty:
                raise GrantBatchFaulty(rows=sums.faulty)
            if not sums.payable:
                raise GrantBatchEmpty(field="batchId")
            batch.row_count, batch.points_total = sums.payable, sums.points
            batch.submitted_by, batch.submitted_at = staff_id, at
            batch.status = GrantBatchStatus.SUBMITTED if sums.needs_second_person else GrantBatchStatus.APPROVED
            return await batch._decided(id, GrantAct.SUBMITTED, staff_id=staff_id, reason=None, at=at)

        await perform_once(once, GrantDecision, act, at=at)
        return await cls.get(id=batch_id)

    @classmethod
    async def approve(
        cls, batch_id: UUID, *, staff_id: UUID, at: datetime, reason: str | None = None, once: Once | None = None
    ) -> Self:
        """Let a submitted batch be paid. Raises `GrantBatchNotWaiting`, `SecondPersonNeeded`, `NotFound`."""
        return await cls._answer(batch_id, GrantAct.APPROVED, staff_id=staff_id, reason=reason, at=at, once=once)

    @classmethod
    async def reject(
        cls, batch_id: UUID, *, staff_id: UUID, at: datetime, reason: str, once: Once | None = None
    ) -> Self:
        """Have a submitted batch not be paid, ever. Raises `GrantBatchNotWaiting`, `Invalid`, `NotFound`."""
        bounded_text(reason, "reason", least=1, most=REASON_MOST)
        return await cls._answer(batch_id, GrantAct.REJECTED, staff_id=staff_id, reason=reason, at=at, once=once)

    async def sums(self) -> "GrantSums":
        """What its rows come to."""
        return (await self.sums_of([self.id]))[self.id]

    @classmethod
    async def sums_of(cls, ids: Sequence[UUID]) -> dict[UUID, "GrantSums"]:
        """What the rows of batches come to, by id."""
        rows = await fetch(_SUMS.replace("{among}", among("batch_id", 1, "uuid")), list(ids))
        found = {as_id(row["batch_id"]): GrantSums(row["payable"], row["faulty"], row["points"]) for row in rows}
        return {one: found.get(one, GrantSums(0, 0, 0)) for one in ids}

    @classmethod
    async def home_of(cls, row_id: UUID) -> AccountKey:
        """Where the points of a row go back to; it takes the row of a budget, as `Budget.home_of`."""
        sql = "SELECT b.budget_id FROM grant_row r JOIN grant_batch b ON b.id = r.batch_id WHERE r.id = $1"
        budget_id = await fetch_value(sql, row_id)
        return await Budget.home_of(as_id(budget_id) if budget_id else None)

    @classmethod
    async def _answer(
        cls, batch_id: UUID, act: "GrantAct", *, staff_id: UUID, reason: str | None, at: datetime, once: Once | None
    ) -> Self:
        why = bounded_text(reason, "reason", most=REASON_MOST) or None

        async def decide(id: UUID) -> GrantDecision:
            batch = await cls.held(batch_id)
            if batch.status is not GrantBatchStatus.SUBMITTED:
                raise GrantBatchNotWaiting(field="batchId")
            if act is GrantAct.APPROVED and staff_id in (batch.created_by, batch.submitted_by):
                raise SecondPersonNeeded(field="batchId")
            batch.approved_by = staff_id if act is GrantAct.APPROVED else None
            batch.status = GrantBatchStatus(act.value)
            return await batch._decided(id, act, staff_id=staff_id, reason=why, at=at)

        await perform_once(once, GrantDecision, decide, at=at)
        return await cls.get(id=batch_id)

    async def _decided(
        self, id: UUID, act: "GrantAct", *, staff_id: UUID, reason: str | None, at: datetime
    ) -> "GrantDecision":
        """Keep what was decided, with its row of the audit."""
        await self.save()
        await AuditRow.write(
            staff_id=staff_id,
            action=f"{act}_grant_batch",
            subject=self,
            before=None,
            after=columns_of(self, "name", "status", "row_count", "points_total", "budget_id"),
            reason=reason,
            at=at,
        )
        return await GrantDecision.create(
            id=id, batch_id=self.id, act=act, staff_id=staff_id, reason=reason, created_at=at
        )


_SUMS = (
    "SELECT batch_id, COUNT(CASE WHEN problem IS NULL THEN 1 END) AS payable, COUNT(problem) AS faulty, "
    "CAST(COALESCE(SUM(CASE WHEN problem IS NULL THEN amount END), 0) AS BIGINT) AS points "
    "FROM grant_row WHERE {among} GROUP BY batch_id"
)


@dataclass(frozen=True)
class GrantSums:
    """What a batch comes to: rows that can be paid, rows with problems, and the points of the former."""

    payable: int
    faulty: int
    points: int

    @property
    def needs_second_person(self) -> bool:
        return self.points > settings().grant_approval_above


class GrantAct(StrEnum):
    """What somebody did with a batch."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


class GrantDecision(Record):
    batch: fields.ForeignKeyRelation[GrantBatch] = fields.ForeignKeyField(
        "models.GrantBatch", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    batch_id: UUID
    act = fields.CharEnumField(GrantAct, max_length=10)
    staff_id: UUID = fields.UUIDField()
    reason = fields.CharField(max_length=REASON_MOST, null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "grant_decision"
        guards = (AppendOnly("grant_decision"),)
