"""Checking in."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import IsMember
from engine.declare import mirrored
from models.checkins.check_in import CheckIn as CheckInRecord
from models.checkins.check_in_eligibility import check_in_eligibility as may_check_in
from schema.checkins.check_in import CheckInInput, CheckInPayload
from schema.checkins.plan import chosen_plan
from schema.eligibility import Eligibility
from schema.ids import optional_id_of
from schema.payload import mutation, query
from schema.points.account import known_after

PlanId = Annotated[
    strawberry.ID | None, strawberry.argument(description="The check-in plan; the default one if absent.")
]


@strawberry.type
class CheckInQueries:
    @query(allow=IsMember(), description="Whether the caller may check in now, and what it would pay.")
    async def check_in_eligibility(self, info: Info, plan_id: PlanId = None) -> Eligibility:
        plan = await chosen_plan(info, optional_id_of("CheckInPlan", plan_id, field="planId"))
        found = await may_check_in(info.context.member_id, plan, at=info.context.at)
        return Eligibility.of(found, info.context.locale)


@strawberry.type
class CheckInMutations:
    @mutation(allow=IsMember(), description="Check in for today and be paid for it.")
    async def check_in(self, info: Info, input: CheckInInput) -> CheckInPayload:
        context = info.context
        plan = await chosen_plan(info, optional_id_of("CheckInPlan", input.plan_id, field="planId"))
        once = context.once(input)
        check_in = await CheckInRecord.record(
            context.member_id,
            plan,
            at=context.at,
            once=once,
            content=input.content,
            photo_url=input.photo_url,
            group_id=optional_id_of("Group", input.group_id, field="groupId"),
        )
        context.loads.know(plan)
        if made := check_in.just_made:
            member = made.member(is_default_plan=input.plan_id is None)
            context.loads.know(member)
            for derived, value in known_after(member.id, made.posting.balances):
                context.loads.know_derived(derived, member, value)
        return CheckInPayload(check_in=mirrored(check_in), is_replay=once.replayed)
