"""The turn of a month: its budgets close when it is over, and those that renew have a successor by then."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.one_by_one import OneByOne
from models.points.budget import Budget, BudgetClosed
from models.points.budget_change import BudgetChangeKind
from store.brand_day import brand_day
from store.database import transaction, violates
from store.ids import new_id

RENEWED_AHEAD = timedelta(days=3)


async def turn_months(*, at: datetime) -> int:
    """Open the month's budgets for those that renew, a few days ahead, and close the past ones; how many of both."""
    months, run = [brand_day(day).replace(day=1) for day in (at, at + RENEWED_AHEAD)], OneByOne("turn months")
    renewed = sum([await _renew(month, run, at=at) for month in dict.fromkeys(months)])
    # Only open budgets renew, so one whose successor failed stays open for the next run.
    over = Budget.filter(closed_at__isnull=True, month__lt=months[0]).exclude(id__in=run.failed)
    ended = [await run.do(budget.id, _close_ended(budget.id, at=at)) for budget in await over.order_by("month", "id")]
    return renewed + sum(map(bool, ended))


async def _renew(month: date, run: OneByOne, *, at: datetime) -> int:
    """Open the budgets of a month for earlier ones that renew, where it never had one; of several the latest counts."""
    earlier = await Budget.filter(renews=True, month__lt=month, closed_at__isnull=True).order_by("-month", "id")
    return sum([bool(await run.do(budget.id, _succeed(budget, month, at=at))) for budget in earlier])


async def _succeed(budget: Budget, month: date, *, at: datetime) -> bool:
    plan = replace(budget.plan, month=month)
    if await Budget.exists(name=plan.name, circle_id=plan.circle_id, month=month):
        return False
    try:
        async with transaction():
            await Budget.opened(new_id(), plan, BudgetChangeKind.RENEWED, staff_id=None, at=at)
    except IntegrityError as error:
        if not violates(error, Budget, "budget_one_open"):
            raise
        return False
    return True


async def _close_ended(budget_id: UUID, *, at: datetime) -> bool:
    async with transaction():
        try:
            budget = await Budget.held(budget_id)
        except BudgetClosed:
            return False
        await budget.shut(None, staff_id=None, reason=None, at=at)
        return True
