"""Levels in the contract."""

from collections.abc import Sequence
from typing import Self

import strawberry

from engine.declare import Node, mirrored, record_type
from models.members.member import Member as MemberRecord
from models.points.account import Account as AccountRecord
from models.points.account import Currency, of_member
from models.points.level import Level as LevelRecord
from schema.scalars import BigInt


@record_type(LevelRecord, description="A name for how much growth a member has.")
class Level(Node):
    position: int = strawberry.field(description="From 1, the lowest.")
    name: str = strawberry.field(description="Its name.")
    threshold: BigInt = strawberry.field(description="Growth from which one has it.")


@strawberry.type(description="Where a member stands among the levels.")
class LevelStanding:
    growth: BigInt = strawberry.field(description="The member's growth.")
    level: Level | None = strawberry.field(description="The level it has; none below the first.")
    next_level: Level | None = strawberry.field(description="The level that comes next; none at the top.")
    growth_to_next: BigInt | None = strawberry.field(description="How much growth is missing for it.")

    @classmethod
    def of(cls, growth: int, ladder: Sequence[LevelRecord]) -> Self:
        reached = [level for level in ladder if level.threshold <= growth]
        ahead = [level for level in ladder if level.threshold > growth]
        return cls(
            growth=BigInt(growth),
            level=mirrored(reached[-1]) if reached else None,
            next_level=mirrored(ahead[0]) if ahead else None,
            growth_to_next=BigInt(ahead[0].threshold - growth) if ahead else None,
        )


async def level_standings(members: Sequence[MemberRecord], context: object) -> list[LevelStanding]:
    """Where members stand, in their order, in two statements."""
    keys = {member.id: of_member(member.id, Currency.GROWTH).id for member in members}
    found = dict(await AccountRecord.filter(id__in=list(keys.values())).values_list("id", "balance"))
    ladder = await LevelRecord.ladder()
    return [LevelStanding.of(found.get(keys[member.id], 0), ladder) for member in members]
