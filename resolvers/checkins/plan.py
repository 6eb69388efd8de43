"""Check-in plans: read by everybody who is known, managed by staff."""

import strawberry
from strawberry import Info

from auth.permissions import Can, IsMemberOrStaff
from auth.scope import demand_group, demand_whole_brand
from engine.declare import Connection, mirrored
from engine.relation import Condition
from models.checkins.plan import CheckInPlan as CheckInPlanRecord
from models.checkins.plan import PlanScope
from models.checkins.plan_version import change_plan, open_plan
from models.staff.right import StaffRight
from schema.checkins.plan import (
    CheckInPlan,
    CreateCheckInPlanInput,
    CreateCheckInPlanPayload,
    UpdateCheckInPlanInput,
    UpdateCheckInPlanPayload,
)
from schema.ids import id_of, optional_id_of
from schema.payload import listed, mutation


@strawberry.type
class PlanQueries:
    check_in_plans: Connection[CheckInPlan] = listed(
        CheckInPlanRecord,
        order=("-id",),
        where=Condition("{row}.is_active"),
        allow=IsMemberOrStaff(),
        description="The plans under which one may check in, the newest first.",
    )


@strawberry.type
class PlanMutations:
    @mutation(allow=Can(StaffRight.CHECKINS_WRITE), description="Open a check-in plan.")
    async def create_check_in_plan(self, info: Info, input: CreateCheckInPlanInput) -> CreateCheckInPlanPayload:
        kind = "Group" if input.scope is PlanScope.GROUP else "Circle"
        scope_id = optional_id_of(kind, input.scope_id, field="scopeId")
        if input.scope is PlanScope.GROUP and scope_id:
            await demand_group(info.context, scope_id, field="scopeId")
        else:
            demand_whole_brand(info.context)
        plan = await open_plan(
            (input.rules.given() if input.rules else {}) | {"name": input.name},
            scope=input.scope,
            scope_id=scope_id,
            is_default=input.is_default,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return CreateCheckInPlanPayload(plan=mirrored(plan))

    @mutation(allow=Can(StaffRight.CHECKINS_WRITE), description="Give a plan other rules from now on.")
    async def update_check_in_plan(self, info: Info, input: UpdateCheckInPlanInput) -> UpdateCheckInPlanPayload:
        plan_id = id_of("CheckInPlan", input.plan_id, field="planId")
        known = await CheckInPlanRecord.existing(plan_id, field="planId")
        if known.group_id:
            await demand_group(info.context, known.group_id, field="planId")
        else:
            demand_whole_brand(info.context)
        plan = await change_plan(
            plan_id,
            input.rules.given(),
            staff_id=info.context.staff_id,
            reason=input.reason,
            expected_version=input.expected_version,
            at=info.context.at,
        )
        return UpdateCheckInPlanPayload(plan=mirrored(plan))
