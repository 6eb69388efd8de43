"""Points beside the check-ins: levels, the release of what waited, what staff gave or took."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from models.points.adjustment import PointAdjustment
from models.points.earning import release_due
from models.points.level import Level
from seeds.community import Act, Community
from seeds.personas import Habit, Persona
from seeds.texts import GRANT_REASONS


async def found(community: Community) -> None:
    await Level.plant_default(at=community.founded_at)


def acts(community: Community) -> Iterator[Act]:
    calendar = community.calendar
    for day in calendar.days:
        yield Act(calendar.at(day, 3), release_due)
    rewarded = community.with_habit(Habit.ACTIVE, joined_before=calendar.today - timedelta(days=8))
    for number, persona in enumerate(community.chance.sample(rewarded, min(len(rewarded), 12))):
        at = calendar.at(calendar.today - timedelta(days=1 + number % 6), 17 + number / 8)
        yield Act(at, partial(_adjust, community, persona, number))


async def _adjust(community: Community, persona: Persona, number: int, *, at: datetime) -> None:
    """Staff reward somebody; every sixth had been rewarded twice."""
    amount, member = 10 * (1 + number % 5), community.member_of(persona)
    is_twice = number % 6 == 5
    give = PointAdjustment.deduct if is_twice else PointAdjustment.grant
    reason = "重复奖励，扣回" if is_twice else GRANT_REASONS[number % len(GRANT_REASONS)]
    await give(member.id, amount, reason=reason, staff_id=community.owner.id, at=at, once=None)
