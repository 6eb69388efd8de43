"""Budgets: points set aside for a purpose, of a circle or of the brand, for a month or for good.

A budget is an account. What it is given is issued into it, what is paid under it moves out of it to members, and what
is left when it closes goes back. The account cannot go below zero, so however many causes come at one instant, not a
point more is paid than the budget holds. One that does not stop is topped up by what a payment needs, and says how far
it was overdrawn.

A purpose is a name: a rule names it, and the budget that pays is found by the member's circle and the month. Whoever
gives back to a budget or closes it takes its row first, before accounts.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError, Invalid, bounded_text, within
from models.groups.circle import Circle
from models.idempotency import Once, perform_once
from models.points.account import AccountKey, Bucket, of_budget, of_platform
from models.points.budget_change import BudgetChange, BudgetChangeKind
from models.points.earn_terms import BUDGET_NAME_MOST
from models.points.entry import Move, PointEntry
from models.points.posting import POINTS_LIMIT
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow, columns_of
from store.database import execute, fetch_value, violates
from store.ids import new_id

ALERT_PERCENT = 80

FUND, GIVE_BACK, OVERDRAFT = "budget_fund", "budget_return", "budget_overdraft"
MOVED_INSIDE = (FUND, GIVE_BACK, OVERDRAFT)
"""Reasons of movements between a budget and the pool that it is filled from."""

_TAKE_ACCOUNT = "UPDATE account SET balance = balance WHERE id = $1 RETURNING balance"


class BudgetExists(DomainError):
    code = "BUDGET_EXISTS"
    zh = "该圈层该月已有同名预算"
    en = "There is a budget of this name, circle and month."


class BudgetClosed(DomainError):
    code = "BUDGET_CLOSED"
    zh = "该预算已关闭"
    en = "This budget is closed."


@dataclass(frozen=True)
class BudgetPlan:
    """What a budget is for, how large it is and what happens at its end; `month` is any day of the month."""

    name: str
    amount: int
    circle_id: UUID | None = None
    month: date | None = None
    alert_percent: int = ALERT_PERCENT
    stops: bool = True
    renews: bool = False

    def checked(self) -> "BudgetPlan":
        """This plan, its month by the first day; or `Invalid`."""
        name = bounded_text(self.name, "name", least=1, most=BUDGET_NAME_MOST) or ""
        within("amount", self.amount, 1, POINTS_LIMIT)
        within("alertPercent", self.alert_percent, 1, 100)
        if self.renews and self.month is None:
            raise Invalid("renews", zh="仅按月的预算可续期", en="only a month's budget can be renewed")
        return replace(self, name=name, month=self.month.replace(day=1) if self.month else None)

    @property
    def slot(self) -> str:
        """What at most one open budget has: the name, the circle and the month."""
        return f"{self.circle_id or '-'}:{self.month or '-'}:{self.name}"


class Budget(Record):
    name = fields.CharField(max_length=BUDGET_NAME_MOST)
    circle: fields.ForeignKeyNullableRelation[Circle] = fields.ForeignKeyField(
        "models.Circle", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True, db_index=True
    )
    circle_id: UUID | None
    month: date | None = fields.DateField(null=True, description="Its first day; None: good until it is closed.")
    amount = fields.BigIntField(description="What it was given in all, overdrafts aside.")
    overdrawn = fields.BigIntField(default=0, description="What was paid beyond the amount.")
    alert_percent = fields.SmallIntField(default=ALERT_PERCENT)
    stops = fields.BooleanField(default=True, description="Whether nothing is paid beyond the amount.")
    renews = fields.BooleanField(default=False, description="Whether the next month gets one of the same size.")
    revision = fields.IntField(default=1, description="Rises with every change of the amount.")
    slot: str | None = fields.CharField(max_length=100, null=True, description="What one open budget has at a time.")  # type: ignore[assignment]  # Tortoise types it as never null
    opened_at: datetime = fields.DatetimeField()
    closed_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "budget"
        constraints = (
            UniqueConstraint(fields=("slot",), name="budget_one_open"),
            CheckConstraint(check="amount > 0 AND overdrawn >= 0", name="budget_holds_something"),
            CheckConstraint(check="alert_percent BETWEEN 1 AND 100", name="budget_alert_within"),
        )
        indexes = (
            Index(fields=("name", "closed_at"), name="budget_by_name"),
            Index(fields=("closed_at", "month"), name="budget_by_month"),
            Index(fields=("opened_at", "id"), name="budget_by_opened"),
        )

    @classmethod
    async def open(cls, plan: BudgetPlan, *, at: datetime, staff_id: UUID, once: Once | None = None) -> Self:
        """Open a budget and fill it with newly issued points. Raises `BudgetExists`, `Invalid`, `NotFound`."""
        checked = plan.checked()
        if checked.circle_id:
            await Circle.existing(checked.circle_id, field="circleId")

        async def act(id: UUID) -> Self:
            budget = await cls.opened(id, checked, BudgetChangeKind.OPENED, staff_id=staff_id, at=at)
            await budget._audit("open_budget", None, staff_id=staff_id, reason=None, at=at)
            return budget

        try:
            return await perform_once(once, cls, act, at=at)
        except IntegrityError as error:
            if violates(error, cls, "budget_one_open"):
                raise BudgetExists() from None
            raise

    @classmethod
    async def resize(
        cls, budget_id: UUID, amount: int, *, reason: str, at: datetime, staff_id: UUID, once: Once | None = None
    ) -> Self:
        """Change how much a budget is given in all; what was paid stays paid.

        Raises `BudgetClosed`, `Invalid`, `NotFound`, and `InsufficientPoints` where less is left than would go back.
        """
        within("amount", amount, 1, POINTS_LIMIT)
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)

        async def act(id: UUID) -> BudgetChange:
            budget = await cls.held(budget_id)
            before, moved = budget.told(), amount - budget.amount
            budget.amount, budget.revision = amount, budget.revision + 1
            await budget.save(update_fields=["amount", "revision"])
            await budget._move(moved, f"{budget.id}#{budget.revision}", at=at)
            await budget._audit("resize_budget", before, staff_id=staff_id, reason=why, at=at)
            return await budget._changed(id, BudgetChangeKind.RESIZED, moved, staff_id=staff_id, reason=why, at=at)

        await perform_once(once, BudgetChange, act, at=at)
        return await cls.get(id=budget_id)

    @classmethod
    async def close(
        cls, budget_id: UUID, *, reason: str, at: datetime, staff_id: UUID, once: Once | None = None
    ) -> Self:
        """Close a budget: nothing is paid from it any more, and what is left goes back.

        Raises `BudgetClosed`, `Invalid`, `NotFound`.
        """
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)

        async def act(id: UUID) -> BudgetChange:
            budget = await cls.held(budget_id)
            before = budget.told()
            change = await budget.shut(id, staff_id=staff_id, reason=why, at=at)
            await budget._audit("close_budget", before, staff_id=staff_id, reason=why, at=at)
            return change

        await perform_once(once, BudgetChange, act, at=at)
        return await cls.get(id=budget_id)

    @classmethod
    async def demand_open(cls, budget_id: UUID | None, *, field: str = "budgetId") -> None:
        """Raise `NotFound` or `BudgetClosed` for a budget that pays nothing; none at all stands for the platform."""
        if budget_id and (await cls.existing(budget_id, field=field)).closed_at:
            raise BudgetClosed(field=field)

    @classmethod
    async def home_of(cls, budget_id: UUID | None) -> AccountKey:
        """Where points go back to that a budget paid: to it while it is open, else to where points come from.

        It takes the budget's row, so call it inside the transaction that gives back, before accounts are changed.
        """
        taken = "UPDATE budget SET revision = revision WHERE id = $1 AND closed_at IS NULL"
        is_open = budget_id is not None and await execute(taken, budget_id)
        return of_budget(budget_id) if budget_id and is_open else of_platform(Bucket.ISSUED)

    @classmethod
    async def overdraft(cls, budget_id: UUID, points: int, source: str) -> list[Move]:
        """The movement that lends a budget what it lacks for a payment, while it is open and does not stop.

        It takes the budget's row.
        """
        lends = "UPDATE budget SET revision = revision WHERE id = $1 AND closed_at IS NULL AND NOT stops"
        if not await execute(lends, budget_id):
            return []
        left = int(await fetch_value(_TAKE_ACCOUNT, of_budget(budget_id).id) or 0)
        lacking = max(points - left, 0)
        if not lacking:
            return []
        await execute("UPDATE budget SET overdrawn = overdrawn + $1 WHERE id = $2", lacking, budget_id)
        return [Move(of_platform(Bucket.ISSUED), of_budget(budget_id), lacking, OVERDRAFT, source)]

    def told(self) -> dict[str, object]:
        """What the audit keeps of a budget."""
        return columns_of(self, *BudgetPlan.__dataclass_fields__, "closed_at")

    @classmethod
    async def held(cls, budget_id: UUID) -> Self:
        """The open budget, its row taken."""
        await execute("UPDATE budget SET revision = revision WHERE id = $1", budget_id)
        budget = await cls.existing(budget_id, field="budgetId")
        if budget.closed_at:
            raise BudgetClosed(field="budgetId")
        return budget

    @classmethod
    async def opened(
        cls, id: UUID, plan: BudgetPlan, kind: BudgetChangeKind, *, staff_id: UUID | None, at: datetime
    ) -> Self:
        budget = await cls.create(id=id, slot=plan.slot, opened_at=at, **vars(plan))
        await budget._move(plan.amount, str(id), at=at)
        await budget._changed(None, kind, plan.amount, staff_id=staff_id, reason=None, at=at)
        return budget

    async def shut(self, id: UUID | None, *, staff_id: UUID | None, reason: str | None, at: datetime) -> BudgetChange:
        """Close it inside the caller's transaction, which holds its row."""
        # Payments take the account alone, so what is left is true only once that is taken.
        left = int(await fetch_value(_TAKE_ACCOUNT, of_budget(self.id).id) or 0)
        self.closed_at, self.slot = at, None
        await self.save(update_fields=["closed_at", "slot"])
        await self._move(-left, f"{self.id}#closed", at=at)
        return await self._changed(id, BudgetChangeKind.CLOSED, -left, staff_id=staff_id, reason=reason, at=at)

    async def _move(self, points: int, cause: str, *, at: datetime) -> None:
        """Issue points into it, or give some back where `points` is below 0."""
        own, pool = of_budget(self.id), of_platform(Bucket.ISSUED)
        if points > 0:
            await PointEntry.post([Move(pool, own, points, FUND, f"budget:{cause}")], at=at)
        elif points < 0:
            await PointEntry.post([Move(own, pool, -points, GIVE_BACK, f"budget:{cause}")], at=at)

    async def _changed(
        self,
        id: UUID | None,
        kind: BudgetChangeKind,
        moved: int,
        *,
        staff_id: UUID | None,
        reason: str | None,
        at: datetime,
    ) -> BudgetChange:
        return await BudgetChange.create(
            id=id or new_id(),
            budget_id=self.id,
            kind=kind,
            amount=self.amount,
            moved=moved,
            staff_id=staff_id,
            reason=reason,
            created_at=at,
        )

    async def _audit(
        self, action: str, before: dict[str, object] | None, *, staff_id: UUID, reason: str | None, at: datetime
    ) -> None:
        await AuditRow.write(
            staff_id=staff_id, action=action, subject=self, before=before, after=self.told(), reason=reason, at=at
        )

    @property
    def plan(self) -> BudgetPlan:
        return BudgetPlan(**{name: getattr(self, name) for name in BudgetPlan.__dataclass_fields__})
