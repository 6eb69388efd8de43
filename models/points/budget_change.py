"""What was done to a budget, by whom and why: its opening, its resizings and its close, never altered."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.record import Record
from store.engines.guards import AppendOnly


class BudgetChangeKind(StrEnum):
    """What was done to a budget."""

    OPENED = "opened"
    RENEWED = "renewed"
    RESIZED = "resized"
    CLOSED = "closed"


class BudgetChange(Record):
    budget_id: UUID = fields.UUIDField()
    kind = fields.CharEnumField(BudgetChangeKind, max_length=10)
    amount = fields.BigIntField(description="What the budget was given in all, after it.")
    moved = fields.BigIntField(description="What came in, or below 0 what went back.")
    staff_id: UUID | None = fields.UUIDField(null=True, description="None where the system did it.")
    reason = fields.CharField(max_length=200, null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "budget_change"
        indexes = (Index(fields=("budget_id", "created_at", "id"), name="budget_change_by_budget"),)
        guards = (AppendOnly("budget_change"),)
