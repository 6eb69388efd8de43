"""Budgets: opened, resized, closed, watched."""

import strawberry
from strawberry import Info

from auth.permissions import StaffCan
from auth.scope import demand_whole_brand
from engine.declare import Connection, mirrored
from engine.relation import Condition
from models.points.budget import Budget as BudgetRecord
from models.points.budget_alert import BudgetAlert as BudgetAlertRecord
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.payload import listed, mutation
from schema.points.budget import (
    Budget,
    BudgetAlert,
    CloseBudgetInput,
    CloseBudgetPayload,
    OpenBudgetInput,
    OpenBudgetPayload,
    ResizeBudgetInput,
    ResizeBudgetPayload,
)


@strawberry.type
class BudgetQueries:
    budgets: Connection[Budget] = listed(
        BudgetRecord,
        order=("-opened_at", "-id"),
        where=Condition("{row}.closed_at IS NULL"),
        allow=StaffCan(StaffRight.POINTS_READ),
        description="The open budgets, newest first.",
    )
    closed_budgets: Connection[Budget] = listed(
        BudgetRecord,
        order=("-opened_at", "-id"),
        where=Condition("{row}.closed_at IS NOT NULL"),
        allow=StaffCan(StaffRight.POINTS_READ),
        description="The budgets of the past, newest first.",
    )
    budget_alerts: Connection[BudgetAlert] = listed(
        BudgetAlertRecord,
        order=("-created_at", "-id"),
        allow=StaffCan(StaffRight.POINTS_READ),
        description="Alerts of budgets, newest first.",
    )


@strawberry.type
class BudgetMutations:
    @mutation(allow=StaffCan(StaffRight.POINTS_BUDGETS), description="Set points aside for a purpose.")
    async def open_budget(self, info: Info, input: OpenBudgetInput) -> OpenBudgetPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        budget = await BudgetRecord.open(input.plan(), staff_id=context.staff_id, at=context.at, once=once)
        return OpenBudgetPayload(budget=mirrored(budget), is_replay=once.replayed)

    @mutation(allow=StaffCan(StaffRight.POINTS_BUDGETS), description="Make a budget larger or smaller.")
    async def resize_budget(self, info: Info, input: ResizeBudgetInput) -> ResizeBudgetPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        budget = await BudgetRecord.resize(
            id_of("Budget", input.budget_id, field="budgetId"),
            input.amount,
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
            once=once,
        )
        return ResizeBudgetPayload(budget=mirrored(budget), is_replay=once.replayed)

    @mutation(allow=StaffCan(StaffRight.POINTS_BUDGETS), description="Close a budget; what is left goes back.")
    async def close_budget(self, info: Info, input: CloseBudgetInput) -> CloseBudgetPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        budget_id = id_of("Budget", input.budget_id, field="budgetId")
        budget = await BudgetRecord.close(
            budget_id, reason=input.reason, staff_id=context.staff_id, at=context.at, once=once
        )
        return CloseBudgetPayload(budget=mirrored(budget), is_replay=once.replayed)
