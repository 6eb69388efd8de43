"""Before a draw: whether it is allowed, the chances, the odds; and for staff what a draw would cost, or has."""

from typing import Self

import strawberry

from engine.declare import mirrored
from models.play.draw_eligibility import DrawEligibility as DrawEligibilityFound
from models.play.draw_prize import DrawPrize as DrawPrizeRecord
from models.play.draw_report import DrawReport as DrawReportFound
from models.play.draw_simulation import Simulation
from schema.eligibility import Eligibility
from schema.play.draw import Draw
from schema.play.draw_prize import DrawPrize
from schema.scalars import BigInt


@strawberry.type(description="How likely a roll of the caller falls on a prize.")
class DrawOdds:
    prize: DrawPrize = strawberry.field(description="The prize.")
    weight: BigInt = strawberry.field(description="The weight that holds for the caller.")
    odds_ppm: int = strawberry.field(description="How likely, in millionths.")


@strawberry.type(description="Whether the caller may draw now, and where it stands.")
class DrawEligibility:
    draw: Draw = strawberry.field(description="The draw.")
    eligibility: Eligibility = strawberry.field(description="Whether it is allowed, every reason, and when next.")
    chances: int = strawberry.field(description="The chances that the caller can use now.")
    price: int | None = strawberry.field(description="Points for one more chance; absent where none is sold.")
    drawn: int = strawberry.field(description="How often the caller has drawn, or entered.")
    drawn_today: int = strawberry.field(description="How often today.")
    entrant: str = strawberry.field(description="The caller's name in the log of this draw, known beforehand.")
    pity_left: int | None = strawberry.field(description="Draws before the guarantee decides; absent where none.")
    odds: list[DrawOdds] = strawberry.field(description="What can be won, and how likely; none if scheduled.")

    @classmethod
    def of(cls, found: DrawEligibilityFound, locale: str) -> Self:
        weights = [prize.odds.weight_in(found.segment) for prize in found.prizes]
        shown = [] if found.draw.is_scheduled else list(zip(found.prizes, weights, strict=True))
        total = sum(weights) or 1
        return cls(
            draw=mirrored(found.draw),
            eligibility=Eligibility.of(found.eligibility, locale),
            chances=found.chances,
            price=found.draw.price,
            drawn=found.drawn,
            drawn_today=found.drawn_today,
            entrant=found.entrant,
            pity_left=found.pity_left,
            odds=[
                DrawOdds(prize=mirrored(prize), weight=BigInt(weight), odds_ppm=weight * 1_000_000 // total)
                for prize, weight in shown
            ],
        )


@strawberry.type(description="How often a prize is given.")
class PrizeCount:
    prize: DrawPrize = strawberry.field(description="The prize.")
    given: int = strawberry.field(description="How often.")
    points: BigInt = strawberry.field(description="Points that it pays.")
    worth: BigInt = strawberry.field(description="What it costs the brand, in points.")


@strawberry.type(description="What so many draws would give and cost.")
class DrawSimulation:
    draws: int = strawberry.field(description="How many were simulated.")
    wanting: int = strawberry.field(description="How often the prize rolled was wanting.")
    forced: int = strawberry.field(description="How often the guarantee decided.")
    points: BigInt = strawberry.field(description="Points paid as prizes.")
    worth: BigInt = strawberry.field(description="What all prizes cost the brand, in points.")
    prizes: list[PrizeCount] = strawberry.field(description="How often each prize was given.")

    @classmethod
    def of(cls, found: Simulation, prizes: list[DrawPrizeRecord]) -> Self:
        return cls(
            draws=found.draws,
            wanting=found.wanting,
            forced=found.forced,
            points=BigInt(found.points),
            worth=BigInt(found.worth),
            prizes=[_count(prize, found.given[prize.id]) for prize in prizes],
        )


@strawberry.type(description="What a draw has brought and cost so far.")
class DrawReport:
    draws: int = strawberry.field(description="How often was drawn.")
    members: int = strawberry.field(description="How many members have drawn.")
    earned: BigInt = strawberry.field(description="Points spent on chances, less what was returned.")
    points: BigInt = strawberry.field(description="Points paid as prizes, less what was taken back.")
    worth: BigInt = strawberry.field(description="What all prizes cost the brand, in points.")
    shortfall: BigInt = strawberry.field(description="Points that a void could not take back.")
    wanting: int = strawberry.field(description="How often the prize rolled was wanting.")
    prizes: list[PrizeCount] = strawberry.field(description="How often each prize was given.")

    @classmethod
    def of(cls, found: DrawReportFound) -> Self:
        return cls(
            draws=found.draws,
            members=found.members,
            earned=BigInt(found.earned),
            points=BigInt(found.points),
            worth=BigInt(found.worth),
            shortfall=BigInt(found.shortfall),
            wanting=found.wanting,
            prizes=[
                PrizeCount(
                    prize=mirrored(one.prize), given=one.given, points=BigInt(one.points), worth=BigInt(one.worth)
                )
                for one in found.prizes
            ],
        )


def _count(prize: DrawPrizeRecord, given: int) -> PrizeCount:
    points = given * prize.amount if prize.kind == "points" else 0
    return PrizeCount(prize=mirrored(prize), given=given, points=BigInt(points), worth=BigInt(given * prize.worth))
