"""Ways to earn in the contract."""

from datetime import datetime
from typing import Self

import strawberry

from models.points.behaviour import Behaviour, Fact
from models.points.earn_decision import Candidate, Standing
from models.points.earn_way import EarnWay as EarnWayFound
from schema.eligibility import Eligibility
from schema.scalars import BigInt


@strawberry.type(description="One rule as the caller meets it: what it pays and how much of its limits is used.")
class EarnWayRule:
    code: str = strawberry.field(description="Its name among the behaviour's rules.")
    title: str | None = strawberry.field(description="What it is, to show.")
    adds: bool = strawberry.field(description="Whether it pays beside the others.")
    points: BigInt = strawberry.field(description="Points each time, before limits; 0 where they follow from a fact.")
    growth: BigInt = strawberry.field(description="Growth each time.")
    basis: Fact | None = strawberry.field(description="The fact that the points follow from.")
    ends_at: datetime | None = strawberry.field(description="Until when it pays.")
    day_times: int = strawberry.field(description="How often it paid the caller today.")
    day_most: int | None = strawberry.field(description="How often it pays a day.")
    day_points: BigInt = strawberry.field(description="Points that it paid the caller today.")
    day_points_most: BigInt | None = strawberry.field(description="Most points that it pays a day.")

    @classmethod
    def of(cls, one: Candidate, *, standing: Standing, at: datetime) -> Self:
        rule, terms, today = one.rule, one.rule.terms, one.tally.day
        points, growth = standing.due(terms, {}, at=at)
        return cls(
            code=rule.code,
            title=rule.title,
            adds=terms.combining == "adds",
            points=BigInt(points),
            growth=BigInt(growth),
            basis=terms.basis,
            ends_at=terms.ends_at,
            day_times=today.times,
            day_most=terms.day_most,
            day_points=BigInt(today.points),
            day_points_most=BigInt(terms.day_points_most) if terms.day_points_most is not None else None,
        )


@strawberry.type(description="A behaviour that pays, and what it pays the caller now.")
class EarnWay:
    behaviour: Behaviour = strawberry.field(description="What is paid for.")
    eligibility: Eligibility = strawberry.field(description="Whether it would pay now, why not, and when next.")
    rules: list[EarnWayRule] = strawberry.field(description="Its rules in force.")

    @classmethod
    def of(cls, found: EarnWayFound, locale: str, at: datetime) -> Self:
        return cls(
            behaviour=found.behaviour,
            eligibility=Eligibility.of(found.eligibility, locale),
            rules=[EarnWayRule.of(one, standing=found.standing, at=at) for one in found.candidates],
        )
