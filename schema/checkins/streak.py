"""Streaks in the contract."""

from datetime import date
from typing import TYPE_CHECKING, Any

import strawberry

from auth.scope import own_or_in_scope
from engine.declare import Node, computed, one, record_type
from engine.relation import Condition
from models.checkins.card import CheckInCard as CheckInCardRecord
from models.checkins.plan import CheckInPlan as CheckInPlanRecord
from models.checkins.streak import Streak as StreakRecord
from models.staff.right import StaffRight
from schema.checkins.plan import CheckInPlan

if TYPE_CHECKING:
    from auth.context import Context


def _own(context: "Context") -> Condition:
    """A member sees its own; staff those of the members in their scope."""
    return own_or_in_scope(context, StaffRight.CHECKINS_READ)


@record_type(StreakRecord, description="How far a member has come under a plan.", visible=_own)
class Streak(Node):
    plan: CheckInPlan = one(CheckInPlanRecord, "plan_id", description="The plan.")
    longest_days: int = strawberry.field(description="The longest streak ever.")
    total_days: int = strawberry.field(description="All check-ins.")
    cycle_done: int = strawberry.field(description="Days done in the cycle of the last check-in.")
    last_day: date | None = strawberry.field(description="The day of the last check-in.")

    @computed(description="Days in a row until today or, while today is open, yesterday; 0 once it is broken.")
    async def current_days(self: Any, info: strawberry.Info) -> int:
        return await current_days(self, info)


async def current_days(streak: StreakRecord, info: strawberry.Info) -> int:
    """The streak as it stands at the request's instant, with the freezes that the next check-in will use."""
    plan = await info.context.loads.by_id(CheckInPlanRecord, streak.plan_id)
    day = plan.day_of(info.context.at)
    cover = await CheckInCardRecord.cover(streak.member_id, plan, streak.progress, day)
    return streak.current_on(day, plan, cover.days)
