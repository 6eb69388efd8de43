"""What pays, whether it would pay the caller now, and who decides it."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import Can, IsMember, IsMemberOrStaff, StaffCan
from auth.scope import demand_whole_brand
from engine.declare import Connection, mirrored
from engine.relation import Condition
from models.points.behaviour import Behaviour
from models.points.earn_rule import EarnRule as EarnRuleRecord
from models.points.earn_way import ways_to_earn
from models.points.earning import Earning
from models.points.level import Level as LevelRecord
from models.points.simulation import simulate
from models.staff.right import StaffRight
from schema.eligibility import Eligibility
from schema.payload import listed, mutation, query
from schema.points.earn_rule import EarnRule, PutEarnRuleInput, PutEarnRulePayload
from schema.points.earn_terms import FactInput, facts_of
from schema.points.earn_way import EarnWay
from schema.points.level import Level
from schema.points.simulation import SimulateEarnRulesInput, Simulation

BehaviourAsked = Annotated[Behaviour, strawberry.argument(description="What would be paid for.")]
FactsAsked = Annotated[
    list[FactInput] | None, strawberry.argument(description="Facts that the amount may go by, where they are known.")
]
Period = Annotated[SimulateEarnRulesInput, strawberry.argument(description="Which rules, over which period.")]


@strawberry.type
class EarnRuleQueries:
    earn_rules: Connection[EarnRule] = listed(
        EarnRuleRecord,
        order=("behaviour", "code", "id"),
        where=Condition("{row}.is_active"),
        allow=IsMemberOrStaff(),
        description="The rules in force, by behaviour.",
    )
    levels: Connection[Level] = listed(
        LevelRecord, order=("threshold", "id"), allow=IsMemberOrStaff(), description="All levels, the lowest first."
    )

    @query(allow=IsMember(), description="Whether the caller would be paid for a behaviour now, and when next.")
    async def earn_eligibility(self, info: Info, behaviour: BehaviourAsked, facts: FactsAsked = None) -> Eligibility:
        context, given = info.context, facts_of(facts)
        found = await Earning.eligibility(context.member_id, behaviour, at=context.at, facts=given)
        return Eligibility.of(found, context.locale)

    @query(allow=IsMember(), description="Everything that pays at present, and what it would pay the caller now.")
    async def ways_to_earn(self, info: Info) -> list[EarnWay]:
        context = info.context
        found = await ways_to_earn(context.member_id, at=context.at)
        return [EarnWay.of(one, context.locale, context.at) for one in found]

    @query(
        allow=StaffCan(StaffRight.POINTS_RULES),
        description="Replay a past period against changed rules: cost, winners, losers. Nothing is written.",
    )
    async def simulate_earn_rules(self, info: Info, input: Period) -> Simulation:
        demand_whole_brand(info.context)
        drafts = [await rule.draft() for rule in input.rules]
        found = await simulate(drafts, begins_at=input.begins_at, ends_at=input.ends_at, at=info.context.at)
        return await Simulation.of(found)


@strawberry.type
class EarnRuleMutations:
    @mutation(allow=Can(StaffRight.POINTS_RULES), description="Decide what a behaviour pays from now on.")
    async def put_earn_rule(self, info: Info, input: PutEarnRuleInput) -> PutEarnRulePayload:
        demand_whole_brand(info.context)
        rule = await EarnRuleRecord.put(
            input.behaviour,
            await input.terms(),
            code=input.code,
            title=input.title,
            is_paused=input.is_paused,
            staff_id=info.context.staff_id,
            expected_version=input.expected_version,
            reason=input.reason,
            at=info.context.at,
        )
        return PutEarnRulePayload(rule=mirrored(rule))
