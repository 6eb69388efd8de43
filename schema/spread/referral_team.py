"""Teams in the contract: how many came through a member, and what is true of those who were brought in a period."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from models.members.member import Member as MemberRecord
from models.spread.referral_team import ReferralTeam as ReferralTeamRecord

if TYPE_CHECKING:
    from auth.context import Context


@strawberry.type(description="Those so many steps below a member.")
class ReferralGeneration:
    generation: int = strawberry.field(description="Steps below; 100 stands for all from there on.")
    members: int = strawberry.field(description="How many they are.")
    activated: int = strawberry.field(description="How many of them have checked in.")


async def generations_of(parents: list[Any], context: "Context") -> list[list[ReferralGeneration]]:
    """The generations below each of some members."""
    return [await generations_below(parent) for parent in parents]


async def generations_below(member: MemberRecord) -> list[ReferralGeneration]:
    return [
        ReferralGeneration(generation=one.generation, members=one.members, activated=one.activated)
        for one in await ReferralTeamRecord.of(member.id)
    ]


@strawberry.type(description="How many came in a period, and how many these brought within thirty days each.")
class ReferralGrowth:
    members: int = strawberry.field(description="Who came, as far as their thirty days are over.")
    invitees: int = strawberry.field(description="Whom they brought in those days.")
    k: float | None = strawberry.field(description="How many each brought on average; absent where nobody came.")


@strawberry.type(description="Who stayed of those of a generation that were brought in a period.")
class ReferralStaying:
    generation: int = strawberry.field(description="Steps below the root.")
    members: int = strawberry.field(description="How many were brought.")
    ripe_7: int = strawberry.field(name="ripe7", description="Of them, those whose days 7 to 13 are over.")
    stayed_7: int = strawberry.field(name="stayed7", description="Of these, those who checked in on one of them.")
    ripe_30: int = strawberry.field(name="ripe30", description="Those whose days 30 to 36 are over.")
    stayed_30: int = strawberry.field(name="stayed30", description="Of these, those who checked in on one of them.")


@strawberry.input(description="A period of at most 366 days.")
class ReferralPeriod:
    since: datetime = strawberry.field(description="Its first instant.")
    until: datetime = strawberry.field(description="The instant after its last one.")
