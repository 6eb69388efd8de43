"""What pays, whether it would pay the caller now, and who decides it."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import Can, IsMember, IsMemberOrStaff
from auth.scope import demand_whole_brand
from engine.declare import Connection, mirrored
from engine.relation import Condition
from models.points.earn_rule import Behaviour
from models.points.earn_rule import EarnRule as EarnRuleRecord
from models.points.earning import Earning
from models.points.level import Level as LevelRecord
from models.staff.right import StaffRight
from schema.eligibility import Eligibility
from schema.payload import listed, mutation, query
from schema.points.earn_rule import EarnRule, PutEarnRuleInput, PutEarnRulePayload
from schema.points.level import Level

BehaviourAsked = Annotated[Behaviour, strawberry.argument(description="What would be paid for.")]


@strawberry.type
class EarnRuleQueries:
    earn_rules: Connection[EarnRule] = listed(
        EarnRuleRecord,
        order=("behaviour", "id"),
        where=Condition("{row}.is_active"),
        allow=IsMemberOrStaff(),
        description="What pays at present, one rule for each behaviour.",
    )
    levels: Connection[Level] = listed(
        LevelRecord, order=("threshold", "id"), allow=IsMemberOrStaff(), description="All levels, the lowest first."
    )

    @query(allow=IsMember(), description="Whether the caller would be paid for a behaviour now, and when next.")
    async def earn_eligibility(self, info: Info, behaviour: BehaviourAsked) -> Eligibility:
        found = await Earning.eligibility(info.context.member_id, behaviour, at=info.context.at)
        return Eligibility.of(found, info.context.locale)


@strawberry.type
class EarnRuleMutations:
    @mutation(allow=Can(StaffRight.POINTS_RULES), description="Decide what a behaviour pays from now on.")
    async def put_earn_rule(self, info: Info, input: PutEarnRuleInput) -> PutEarnRulePayload:
        demand_whole_brand(info.context)
        rule = await EarnRuleRecord.put(
            input.behaviour,
            input.terms(),
            is_paused=input.is_paused,
            staff_id=info.context.staff_id,
            expected_version=input.expected_version,
            reason=input.reason,
            at=info.context.at,
        )
        return PutEarnRulePayload(rule=mirrored(rule))
