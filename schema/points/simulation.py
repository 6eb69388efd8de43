"""Simulations of earn rules in the contract."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from engine.declare import mirrored
from models.members.member import Member as MemberRecord
from models.points.behaviour import Behaviour
from models.points.earn_decision import RuleVersion
from models.points.earn_rule import EVERYDAY
from models.points.replay import Paid
from models.points.simulation import Band, MemberChange
from models.points.simulation import Simulation as SimulationFound
from schema.members.member import Member
from schema.points.earn_terms import EarnTermsInput
from schema.scalars import BigInt


@strawberry.input(description="A rule as it might be.")
class EarnRuleDraftInput(EarnTermsInput):
    behaviour: Behaviour = strawberry.field(description="What is paid for.")
    code: str = strawberry.field(default=EVERYDAY, description="Its name among the behaviour's rules.")
    is_paused: bool = strawberry.field(default=False, description="Whether it pays nothing.")

    async def draft(self) -> RuleVersion:
        return RuleVersion(self.behaviour, self.code, await self.terms(), self.is_paused)


@strawberry.input(description="Rules to try over a past period.")
class SimulateEarnRulesInput:
    rules: list[EarnRuleDraftInput] = strawberry.field(
        description="1 to 60 drafts. They take the place of all rules of the behaviours they name; the others stay."
    )
    begins_at: datetime = strawberry.field(name="from", description="From when; causes are kept for 100 days.")
    ends_at: datetime = strawberry.field(name="to", description="Until when, at most 92 days later.")


@strawberry.type(description="What a set of rules would have paid.")
class SimulatedTotals:
    points: BigInt = strawberry.field(description="Points in all: what the rules cost.")
    growth: BigInt = strawberry.field(description="Growth in all.")
    payments: int = strawberry.field(description="How many payments.")
    members: int = strawberry.field(description="How many members would have been paid.")

    @classmethod
    def of(cls, paid: Paid) -> Self:
        members = sum(points > 0 for points in paid.of_member.values())
        return cls(points=BigInt(paid.points), growth=BigInt(paid.growth), payments=paid.times, members=members)


@strawberry.type(description="One behaviour under both sets of rules.")
class SimulatedBehaviour:
    behaviour: Behaviour = strawberry.field(description="Which.")
    causes: int = strawberry.field(description="How often it happened.")
    points_before: BigInt = strawberry.field(description="Points by the rules in force.")
    points_after: BigInt = strawberry.field(description="Points by the drafts.")
    payments_before: int = strawberry.field(description="Payments by the rules in force.")
    payments_after: int = strawberry.field(description="Payments by the drafts.")


@strawberry.type(description="A member under both sets of rules.")
class SimulatedMember:
    member: Member = strawberry.field(description="Who.")
    points_before: BigInt = strawberry.field(description="Points by the rules in force.")
    points_after: BigInt = strawberry.field(description="Points by the drafts.")
    change: BigInt = strawberry.field(description="What the drafts bring beside that; below 0 a loss.")

    @classmethod
    def of(cls, found: MemberChange, member: MemberRecord) -> Self:
        return cls(
            member=mirrored(member),
            points_before=BigInt(found.before),
            points_after=BigInt(found.after),
            change=BigInt(found.change),
        )


@strawberry.type(description="How many members gain or lose so much.")
class SimulatedBand:
    least: BigInt | None = strawberry.field(description="The least change; absent below all bands.")
    most: BigInt | None = strawberry.field(description="The largest change; absent above all bands.")
    members: int = strawberry.field(description="How many members.")

    @classmethod
    def of(cls, band: Band) -> Self:
        least = None if band.least is None else BigInt(band.least)
        return cls(least=least, most=None if band.most is None else BigInt(band.most), members=band.members)


@strawberry.type(description="A budget under both sets of rules, had it been whole at the beginning.")
class SimulatedBudget:
    name: str = strawberry.field(description="Its name.")
    points_before: BigInt = strawberry.field(description="Points by the rules in force.")
    points_after: BigInt = strawberry.field(description="Points by the drafts.")


@strawberry.type(description="What drafts of rules would have changed over a past period.")
class Simulation:
    causes: int = strawberry.field(description="How many causes were replayed.")
    before: SimulatedTotals = strawberry.field(description="By the rules in force.")
    after: SimulatedTotals = strawberry.field(description="By the drafts.")
    behaviours: list[SimulatedBehaviour] = strawberry.field(description="By behaviour.")
    budgets: list[SimulatedBudget] = strawberry.field(description="By name of the budget.")
    winners: list[SimulatedMember] = strawberry.field(description="The ten who gain the most.")
    losers: list[SimulatedMember] = strawberry.field(description="The ten who lose the most.")
    distribution: list[SimulatedBand] = strawberry.field(description="How the changes are spread over members.")

    @classmethod
    async def of(cls, found: SimulationFound) -> Self:
        winners, losers = found.winners(), found.losers()
        members = {one.id: one for one in await MemberRecord.filter(id__in=[one.member_id for one in winners + losers])}

        def named(changes: Sequence[MemberChange]) -> list[SimulatedMember]:
            return [SimulatedMember.of(one, members[one.member_id]) for one in changes if one.member_id in members]

        return cls(
            causes=found.cause_count,
            before=SimulatedTotals.of(found.before),
            after=SimulatedTotals.of(found.after),
            behaviours=_behaviours(found),
            budgets=_budgets(found),
            winners=named(winners),
            losers=named(losers),
            distribution=[SimulatedBand.of(band) for band in found.distribution()],
        )


def _behaviours(found: SimulationFound) -> list[SimulatedBehaviour]:
    return [
        SimulatedBehaviour(
            behaviour=one,
            causes=found.causes_of[one],
            points_before=BigInt(found.before.of_behaviour[one]),
            points_after=BigInt(found.after.of_behaviour[one]),
            payments_before=found.before.times_of_behaviour[one],
            payments_after=found.after.times_of_behaviour[one],
        )
        for one in sorted(found.causes_of)
    ]


def _budgets(found: SimulationFound) -> list[SimulatedBudget]:
    before, after = found.before.of_budget, found.after.of_budget
    return [
        SimulatedBudget(name=name, points_before=BigInt(before[name]), points_after=BigInt(after[name]))
        for name in sorted(before.keys() | after.keys())
    ]
