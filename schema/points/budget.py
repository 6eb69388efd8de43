"""Budgets in the contract."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import strawberry

from auth.caller import CallerKind
from auth.scope import is_whole_brand
from engine.declare import Connection, Node, batch, connection, derived, mirrored, one, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.groups.circle import Circle as CircleRecord
from models.points.budget import ALERT_PERCENT, BudgetPlan
from models.points.budget import Budget as BudgetRecord
from models.points.budget_alert import BudgetAlert as BudgetAlertRecord
from models.points.budget_alert import BudgetAlertKind
from models.points.budget_balance import BudgetReading as BudgetReadingRecord
from models.points.budget_balance import balances_of, forecasts
from models.points.budget_change import BudgetChange as BudgetChangeRecord
from models.points.budget_change import BudgetChangeKind
from models.staff.right import StaffRight
from schema.enums import publish
from schema.groups.circle import Circle
from schema.ids import optional_id_of
from schema.payload import Payload, changed
from schema.scalars import BigInt

if TYPE_CHECKING:
    from auth.context import Context

publish(
    BudgetAlertKind,
    "What staff should know of a budget.",
    threshold="So much of it was paid that it alerts.",
    used_up="It is empty, or could not bear what was due.",
)
publish(
    BudgetChangeKind,
    "What was done to a budget.",
    opened="It was opened.",
    renewed="It was opened in the place of last month's.",
    resized="It was made larger or smaller.",
    closed="It was closed.",
)

_LEFT = (
    "COALESCE((SELECT a.balance FROM account a WHERE a.holder_id = {row}.id AND a.holder = 'budget' "
    "AND a.currency = 'points' AND a.bucket = 'available'), 0)"
)
_SPENT = (
    f"{{row}}.amount + {{row}}.overdrawn - {_LEFT} + COALESCE((SELECT SUM(c.moved) FROM budget_change c "  # noqa: S608 - own text
    "WHERE c.budget_id = {row}.id AND c.kind = 'closed'), 0)"
)


def _read_by_staff(context: "Context") -> Condition:
    """Budgets are of the whole brand, so staff who see a part only see none."""
    caller = context.caller
    is_meant = caller.kind is CallerKind.STAFF and caller.may(StaffRight.POINTS_READ) and is_whole_brand(context)
    return EVERY_ROW if is_meant else NO_ROW


@strawberry.type(description="Where a budget is heading at the pace of the last seven days.")
class BudgetForecast:
    day_rate: BigInt = strawberry.field(description="Points paid a day.")
    days_left: int | None = strawberry.field(description="Whole days until it is empty; absent where nothing is paid.")
    used_up_on: date | None = strawberry.field(description="The day on which it will be empty.")


@record_type(BudgetReadingRecord, description="What a budget had paid by the end of a day.", visible=_read_by_staff)
class BudgetReading(Node):
    day: date = strawberry.field(description="The business day.")
    spent: BigInt = strawberry.field(description="What had been paid in all.")


@record_type(BudgetChangeRecord, description="What was done to a budget.", visible=_read_by_staff)
class BudgetChange(Node):
    kind: BudgetChangeKind = strawberry.field(description="What was done.")
    amount: BigInt = strawberry.field(description="How large the budget was after it.")
    moved: BigInt = strawberry.field(description="What came in, or below 0 what went back.")
    reason: str | None = strawberry.field(description="Why.")
    created_at: datetime = strawberry.field(description="When.")


async def forecasts_of(budgets: Sequence[BudgetRecord], context: "Context") -> list[BudgetForecast]:
    """Where budgets are heading, in their order."""
    balances = await balances_of([budget.id for budget in budgets])
    found = await forecasts([balances[budget.id] for budget in budgets], at=context.at)
    shown: list[BudgetForecast] = mirrored(found)
    return shown


@record_type(BudgetRecord, description="Points set aside for a purpose.", visible=_read_by_staff)
class Budget(Node):
    name: str = strawberry.field(description="What it is for; rules name it.")
    circle: Circle | None = one(CircleRecord, "circle_id", description="Whose members it pays; absent for all.")
    month: date | None = strawberry.field(description="The first day of its month; absent where it has none.")
    amount: BigInt = strawberry.field(description="What it was given in all.")
    left: BigInt = derived(_LEFT, description="What it still holds.")
    spent: BigInt = derived(_SPENT, description="What it has paid; what came back to it is taken off.")
    overdrawn: BigInt = strawberry.field(description="What was paid beyond the amount.")
    alert_percent: int = strawberry.field(description="At how many percent paid it alerts.")
    stops: bool = strawberry.field(description="Whether nothing is paid beyond the amount.")
    renews: bool = strawberry.field(description="Whether the next month gets one of the same size.")
    opened_at: datetime = strawberry.field(description="When it was opened.")
    closed_at: datetime | None = strawberry.field(description="When it was closed.")
    forecast: BudgetForecast = batch(forecasts_of, needs=("id",), description="Where it is heading.")
    readings: Connection[BudgetReading] = connection(
        BudgetReadingRecord,
        "budget_id",
        order=("-day", "-id"),
        description="What it had paid by each day.",
    )
    changes: Connection[BudgetChange] = connection(
        BudgetChangeRecord, "budget_id", order=("-created_at", "-id"), description="What was done to it, newest first."
    )


@record_type(BudgetAlertRecord, description="That a budget was nearly paid out, or quite.", visible=_read_by_staff)
class BudgetAlert(Node):
    budget: Budget = one(BudgetRecord, "budget_id", description="Which budget.")
    kind: BudgetAlertKind = strawberry.field(description="What happened.")
    amount: BigInt = strawberry.field(description="How large it was.")
    left_over: BigInt = strawberry.field(description="What was left.")
    created_at: datetime = strawberry.field(description="When.")


@strawberry.input(description="Points to set aside for a purpose.")
class OpenBudgetInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never opens twice.")
    name: str = strawberry.field(description="What it is for; up to 40 characters. Rules name it.")
    amount: BigInt = strawberry.field(description="How many points, above 0.")
    circle_id: strawberry.ID | None = strawberry.field(
        default=None, description="The circle whose members it pays; all if absent."
    )
    month: date | None = strawberry.field(default=None, description="Any day of its month; good for ever if absent.")
    alert_percent: int = strawberry.field(default=ALERT_PERCENT, description="At how many percent paid it alerts.")
    stops: bool = strawberry.field(default=True, description="Whether nothing is paid beyond the amount.")
    renews: bool = strawberry.field(default=False, description="Whether the next month gets one of the same size.")

    def plan(self) -> BudgetPlan:
        circle_id = optional_id_of("Circle", self.circle_id, field="circleId")
        return BudgetPlan(
            self.name, self.amount, circle_id, self.month, self.alert_percent, stops=self.stops, renews=self.renews
        )


@strawberry.input(description="A budget, and how large it is to be.")
class ResizeBudgetInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    budget_id: strawberry.ID = strawberry.field(description="Which.")
    amount: BigInt = strawberry.field(description="What it is given in all; not less than it has paid.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.input(description="A budget to close.")
class CloseBudgetInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    budget_id: strawberry.ID = strawberry.field(description="Which.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.type
class BudgetPayload(Payload):
    budget: Budget | None = changed("The budget after it.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A budget that was opened.")
class OpenBudgetPayload(BudgetPayload):
    pass


@strawberry.type(description="A budget that was resized.")
class ResizeBudgetPayload(BudgetPayload):
    pass


@strawberry.type(description="A budget that was closed; what was left went back.")
class CloseBudgetPayload(BudgetPayload):
    pass
