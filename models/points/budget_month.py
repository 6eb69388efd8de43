"""The turn of a month: its budgets close when it is over, and those that renew have a successor by then."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.points.budget import Budget, BudgetClosed
from models.points.budget_change import BudgetChangeKind
from store.brand_day import brand_day
from store.database import transaction, violates
from store.ids import new_id

RENEWED_AHEAD = timedelta(days=3)


async def turn_months(*, at: datetime) -> int:
    """Open the month's budgets for those that renew, a few days ahead, and close the past ones; how many of both."""
    months = [brand_day(day).replace(day=1) for day in (at, at + RENEWED_AHEAD)]
    renewed = sum([await _renew(month, at=at) for month in dict.fromkeys(months)])
    ended = Budget.filter(closed_at__isnull=True, month__lt=months[0]).order_by("month", "id")
    return renewed + sum([await _close_ended(budget.id, at=at) for budget in await ended])


async def _renew(month: date, *, at: datetime) -> int:
    """Open the budgets of a month for earlier ones that renew, where it never had one; of several the latest counts."""
    opened = 0
    earlier = Budget.filter(renews=True, month__lt=month, closed_at__isnull=True).order_by("-month", "id")
    for budget in await earlier:
        plan = replace(budget.plan, month=month)
        if await Budget.exists(name=plan.name, circle_id=plan.circle_id, month=month):
            continue
        try:
            async with transaction():
                await Budget.opened(new_id(), plan, BudgetChangeKind.RENEWED, staff_id=None, at=at)
            opened += 1
        except IntegrityError as error:
            if not violates(error, Budget, "budget_one_open"):
                raise
    return opened


async def _close_ended(budget_id: UUID, *, at: datetime) -> bool:
    async with transaction():
        try:
            budget = await Budget.held(budget_id)
        except BudgetClosed:
            return False
        await budget.shut(None, staff_id=None, reason=None, at=at)
        return True
