"""What is left of budgets: read for a payment, watched for alerts, noted each day for the forecast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.points.budget_alert import BudgetAlert, BudgetAlertKind
from models.points.earn_decision import Purse
from models.record import Record
from store.brand_day import brand_day
from store.clock import as_instant
from store.database import among, execute, fetch
from store.ids import as_id, new_id
from store.together import insertion

RATE_DAYS = 7
"""The days whose pace a forecast goes by."""

_LEAST_SPAN = timedelta(hours=1)
_BALANCE = (
    "b.id, b.name, b.amount, b.overdrawn, b.alert_percent, b.stops, b.revision, b.opened_at, "
    "COALESCE(a.balance, 0) AS left_over FROM budget b "
    "LEFT JOIN account a ON a.holder_id = b.id AND a.holder = 'budget' AND a.currency = 'points'"
)
_FOR_MEMBER = (
    f"SELECT {_BALANCE} LEFT JOIN (SELECT g.circle_id, MIN(m.joined_at) AS joined_at FROM membership m "  # noqa: S608 - own text
    "JOIN chat_group g ON g.id = m.group_id AND g.status = 'active' WHERE m.member_id = $3 GROUP BY g.circle_id) p "
    "ON p.circle_id = b.circle_id WHERE b.name = $1 AND b.closed_at IS NULL AND (b.month IS NULL OR b.month = $2) "
    "AND (b.circle_id IS NULL OR p.circle_id IS NOT NULL) "
    "ORDER BY CASE WHEN b.circle_id IS NULL THEN 1 ELSE 0 END, p.joined_at, "
    "CASE WHEN b.month IS NULL THEN 1 ELSE 0 END, b.id LIMIT 1"
)
_FOR_CIRCLE = (
    f"SELECT {_BALANCE} WHERE b.name = $1 AND b.closed_at IS NULL AND (b.month IS NULL OR b.month = $2) "
    "AND (b.circle_id IS NULL OR b.circle_id = $3) ORDER BY CASE WHEN b.circle_id IS NULL THEN 1 ELSE 0 END, "
    "CASE WHEN b.month IS NULL THEN 1 ELSE 0 END, b.id LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class BudgetBalance:
    """A budget as it stood: `amount` is what it was given, `left` what it still holds."""

    id: UUID
    name: str
    amount: int
    left: int
    overdrawn: int
    alert_percent: int
    stops: bool
    revision: int
    opened_at: datetime

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        return cls(
            as_id(row["id"]),
            row["name"],
            row["amount"],
            row["left_over"],
            row["overdrawn"],
            row["alert_percent"],
            bool(row["stops"]),
            row["revision"],
            as_instant(row["opened_at"]),
        )

    @classmethod
    async def that_pays(cls, name: str, member_id: UUID, *, at: datetime, circle_id: UUID | None = None) -> Self | None:
        """The open budget of a name that pays a member: of the circle, or of its earliest one; else the brand's."""
        month = brand_day(at).replace(day=1)
        rows = await fetch(_FOR_CIRCLE if circle_id else _FOR_MEMBER, name, month, circle_id or member_id)
        return cls.of_row(rows[0]) if rows else None

    @property
    def spent(self) -> int:
        return self.amount + self.overdrawn - self.left

    @property
    def purse(self) -> Purse:
        return Purse(self.id, self.left if self.stops else None)

    @property
    def is_past_threshold(self) -> bool:
        return self.spent * 100 >= self.amount * self.alert_percent

    @property
    def is_used_up(self) -> bool:
        return self.left == 0

    async def watch(self, *, at: datetime) -> int:
        """Leave the alerts that are due; returns how many were new."""
        due = ((self.is_past_threshold, BudgetAlertKind.THRESHOLD), (self.is_used_up, BudgetAlertKind.USED_UP))
        return sum([await BudgetAlert.raise_once(self, kind, at=at) for holds, kind in due if holds])


async def balances_of(ids: Sequence[UUID]) -> dict[UUID, BudgetBalance]:
    """The balances of budgets, by id."""
    wanted = among("b.id", 1, "uuid")
    rows = await fetch(f"SELECT {_BALANCE} WHERE {wanted}", list(ids))
    return {found.id: found for found in map(BudgetBalance.of_row, rows)}


class BudgetReading(Record):
    budget_id: UUID = fields.UUIDField()
    day: date = fields.DateField()
    spent = fields.BigIntField(description="What had been paid in all when it was last read that day.")
    taken_at: datetime = fields.DatetimeField()

    class Meta:
        table = "budget_reading"
        constraints = (UniqueConstraint(fields=("budget_id", "day"), name="budget_reading_once_a_day"),)


@dataclass(frozen=True)
class Forecast:
    """At what pace a budget is paid out, and when that leaves nothing; None where it is not paid out at all."""

    day_rate: int
    days_left: int | None
    used_up_on: date | None


async def forecasts(balances: Sequence[BudgetBalance], *, at: datetime) -> list[Forecast]:
    """Where budgets are heading at the pace of the last seven days, or since they were opened; in their order."""
    today = brand_day(at)
    readings = BudgetReading.filter(
        budget_id__in=[one.id for one in balances], day__gte=today - timedelta(days=RATE_DAYS), day__lt=today
    )
    first: dict[UUID, BudgetReading] = {}
    for reading in await readings.order_by("day"):
        first.setdefault(reading.budget_id, reading)
    return [_forecast(one, first.get(one.id), today, at) for one in balances]


def _forecast(balance: BudgetBalance, base: BudgetReading | None, today: date, at: datetime) -> Forecast:
    since, spent = (base.taken_at, base.spent) if base else (balance.opened_at, 0)
    span = max(at - since, _LEAST_SPAN)
    paid = max(balance.spent - spent, 0)
    rate = round(paid * timedelta(days=1) / span)
    if not rate:
        return Forecast(0, None, None)
    days = balance.left // rate
    return Forecast(rate, days, today + timedelta(days=days) if days < 10_000 else None)


async def read_budgets(*, at: datetime) -> int:
    """Note what open budgets have paid by now, and leave alerts that no payment left; returns how many were read."""
    day = brand_day(at)
    sql = insertion("budget_reading", ("id", "budget_id", "day", "spent", "taken_at")) + (
        " ON CONFLICT (budget_id, day) DO UPDATE SET spent = excluded.spent, taken_at = excluded.taken_at"
    )
    rows = await fetch(f"SELECT {_BALANCE} WHERE b.closed_at IS NULL ORDER BY b.id")
    for found in map(BudgetBalance.of_row, rows):
        await execute(sql, new_id(), found.id, day, found.spent, at)
        await found.watch(at=at)
    return len(rows)
