"""An alert of a budget: once for each size that it had, when so many percent of it were first paid, or all of it."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.record import Record
from store.database import execute
from store.ids import new_id
from store.together import insertion

if TYPE_CHECKING:
    from models.points.budget_balance import BudgetBalance

_COLUMNS = ("id", "budget_id", "revision", "kind", "amount", "left_over", "created_at")
_log = structlog.get_logger("points")


class BudgetAlertKind(StrEnum):
    """What staff should know of a budget."""

    THRESHOLD = "threshold"
    USED_UP = "used_up"


class BudgetAlert(Record):
    budget_id: UUID = fields.UUIDField()
    revision = fields.IntField(description="Which size of the budget it is about.")
    kind = fields.CharEnumField(BudgetAlertKind, max_length=10)
    amount = fields.BigIntField(description="How large the budget was.")
    left_over = fields.BigIntField(description="What was left of it.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "budget_alert"
        constraints = (UniqueConstraint(fields=("budget_id", "revision", "kind"), name="budget_alert_once"),)
        indexes = (Index(fields=("created_at", "id"), name="budget_alert_by_time"),)

    @classmethod
    async def raise_once(cls, balance: "BudgetBalance", kind: BudgetAlertKind, *, at: datetime) -> bool:
        """Leave an alert of a kind about a budget; False where that had been done."""
        sql = insertion("budget_alert", _COLUMNS) + " ON CONFLICT (budget_id, revision, kind) DO NOTHING"
        values = (new_id(), balance.id, balance.revision, kind, balance.amount, balance.left, at)
        is_first = await execute(sql, *values) == 1
        if is_first:
            _log.warning("budget alert", kind=str(kind), budget=balance.name, left=balance.left, amount=balance.amount)
        return is_first
