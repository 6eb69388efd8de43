"""Levels in the contract: the ladder, where a member stands on it, and how it came there."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import strawberry

from auth.scope import own_or_in_scope
from engine.declare import Node, batch, record_type
from engine.relation import Condition
from models.members.member import Member as MemberRecord
from models.points.level import Level as LevelRecord
from models.points.level import LevelTerms
from models.points.level_change import LevelChange as LevelChangeRecord
from models.points.level_standing import LevelCause
from models.points.member_level import LevelView, level_views
from models.staff.right import StaffRight
from schema.enums import publish
from schema.payload import Payload, changed
from schema.scalars import BigInt

if TYPE_CHECKING:
    from auth.context import Context

publish(
    LevelCause,
    "Why a level began.",
    reached="The growth reached its threshold.",
    kept="The growth of a period kept it for another.",
    lapsed="Its validity and grace were over, and the growth did not keep the one above.",
    taken_back="Growth was taken back that the one above rested on.",
    ladder_changed="Staff changed the levels.",
    moved="Staff put the member there.",
)


@record_type(LevelRecord, description="A name for how much growth a member has.")
class Level(Node):
    position: int = strawberry.field(description="From 1, the lowest.")
    name: str = strawberry.field(description="Its name.")
    threshold: BigInt = strawberry.field(description="Growth from which one has it.")
    valid_days: int | None = strawberry.field(description="Days for which it stands; absent: without end.")
    keep_growth: BigInt | None = strawberry.field(
        description="Growth within those days that keeps it; 0: it is always kept, absent: nothing keeps it."
    )
    grace_days: int = strawberry.field(description="Days more in which that growth may come.")
    speed_percent: int = strawberry.field(description="Of the points of earn rules; 100 is what the rules say.")
    gift_points: BigInt = strawberry.field(description="Points that are paid once, on entering it.")
    benefits: list[str] = strawberry.field(description="What else it brings, in words.")


@strawberry.type(description="Where a member stands among the levels.")
class LevelStanding:
    growth: BigInt = strawberry.field(description="The member's growth.")
    growth_counted: BigInt = strawberry.field(
        description="The growth that counts for the next level: all of it, until a level is lost."
    )
    level: Level | None = strawberry.field(description="The level it has; none below the first.")
    next_level: Level | None = strawberry.field(description="The level that comes next; none at the top.")
    growth_to_next: BigInt | None = strawberry.field(description="How much growth is missing for it.")
    since: datetime | None = strawberry.field(description="When the period of its level began, once it has growth.")
    valid_until: datetime | None = strawberry.field(description="Until when its level stands; absent: without end.")
    ends_at: datetime | None = strawberry.field(description="When its level is lost unless it is kept by then.")
    growth_in_period: BigInt = strawberry.field(description="The growth since then, which may keep its level.")
    growth_to_keep: BigInt | None = strawberry.field(
        description="How much growth is missing to keep its level; absent where nothing can, or need."
    )

    @classmethod
    def of(cls, view: LevelView, ladder: Sequence[LevelRecord]) -> Self:
        standing, position = view.standing, view.standing.position
        by_position: dict[int, Any] = {level.position: level for level in ladder}
        ahead, level = by_position.get(position + 1), by_position.get(position)
        earned = standing.earned(view.growth)
        keep = standing.keep_growth if standing.valid_until else None
        return cls(
            growth=BigInt(view.growth),
            growth_counted=BigInt(view.counted),
            level=level,
            next_level=ahead,
            growth_to_next=BigInt(max(0, ahead.threshold - view.counted)) if ahead else None,
            since=standing.since if view.is_written else None,
            valid_until=standing.valid_until,
            ends_at=standing.ends_at,
            growth_in_period=BigInt(earned),
            growth_to_keep=None if keep is None else BigInt(max(0, keep - earned)),
        )


async def level_standings(members: Sequence[MemberRecord], context: Any) -> list[LevelStanding]:
    """Where members stand, in their order, in two statements."""
    views = await level_views([member.id for member in members], at=context.at)
    ladder = await LevelRecord.ladder()
    return [LevelStanding.of(view, ladder) for view in views]


def _own(context: "Context") -> Condition:
    """A member sees its own history; staff who may see points that of the members in their scope."""
    return own_or_in_scope(context, StaffRight.POINTS_READ)


async def levels_of(changes: Sequence[LevelChangeRecord], context: object) -> list[LevelRecord | None]:
    ladder = {level.position: level for level in await LevelRecord.ladder()}
    return [ladder.get(change.position) for change in changes]


@record_type(LevelChangeRecord, description="How a member came to a level, or kept it.", visible=_own)
class LevelChange(Node):
    position_before: int = strawberry.field(description="The position of the level before; 0: below the first.")
    position: int = strawberry.field(description="The position of the level; the same where it was kept.")
    level: Level | None = batch(levels_of, needs=("position",), description="The level as it is called today.")
    cause: LevelCause = strawberry.field(description="Why.")
    growth: BigInt = strawberry.field(description="The member's growth then.")
    changed_at: datetime = strawberry.field(description="When.")


@strawberry.input(description="A level, whose position is its place in the list.")
class LevelInput:
    name: str = strawberry.field(description="Its name, 1 to 20 characters.")
    threshold: BigInt = strawberry.field(description="Growth from which one has it; above that of the one before.")
    valid_days: int | None = strawberry.field(default=None, description="Days for which it stands; absent: no end.")
    keep_growth: BigInt | None = strawberry.field(
        default=None, description="Growth within those days that keeps it; 0: it is always kept, absent: nothing does."
    )
    grace_days: int = strawberry.field(default=0, description="Days more in which that growth may come.")
    speed_percent: int = strawberry.field(default=100, description="Of the points of earn rules, 1 to 1000.")
    gift_points: BigInt = strawberry.field(default=BigInt(0), description="Points paid once, on entering it.")
    benefits: list[str] = strawberry.field(default_factory=list, description="What else it brings; at most 20 lines.")

    def terms(self) -> LevelTerms:
        return LevelTerms(**{**vars(self), "benefits": tuple(self.benefits)})


@strawberry.input(description="All levels, the lowest first, instead of those there are.")
class PutLevelsInput:
    levels: list[LevelInput] = strawberry.field(description="1 to 30; a position keeps its meaning for gates.")
    expected_version: int = strawberry.field(description="`levelsVersion` as it was read.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit; up to 200 characters.")


@strawberry.type(description="The levels from now on; members are fitted to them within minutes.")
class PutLevelsPayload(Payload):
    levels: list[Level] | None = changed("All levels, the lowest first.")
    version: int | None = changed("The new version.")


@strawberry.input(description="A level for a member, by hand.")
class MoveMemberLevelInput:
    member_id: strawberry.ID = strawberry.field(description="Whose level.")
    position: int = strawberry.field(description="The position of the level.")
    reason: str = strawberry.field(description="Why, for the audit; 1 to 200 characters.")


@strawberry.type(description="A member who was put on another level.")
class MoveMemberLevelPayload(Payload):
    level: LevelStanding | None = changed("Where the member stands after it.")
