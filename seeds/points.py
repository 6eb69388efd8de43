"""Points beside the check-ins: levels, what behaviours earn, the release of what waited, what staff gave or took."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from models.points.adjustment import PointAdjustment
from models.points.earn_rule import Behaviour, EarnRule, EarnTerms
from models.points.earning import release_due
from models.points.level import Level
from seeds.community import Act, Community
from seeds.personas import Habit, Persona
from seeds.texts import GRANT_REASONS

TERMS = {
    Behaviour.PROFILE_COMPLETED: EarnTerms(20, growth=10, lifetime_most=1),
    Behaviour.INTRODUCED: EarnTerms(20, growth=20, lifetime_most=1),
    Behaviour.INVITE_INTRODUCED: EarnTerms(10, growth=5, month_most=20),
    Behaviour.INVITE_FIRST_CHECK_IN: EarnTerms(50, growth=20, month_most=20, release_days=3),
    Behaviour.POSTED: EarnTerms(5, growth=2, day_most=3),
    Behaviour.INTERACTED: EarnTerms(2, growth=1, day_most=5, cooldown_minutes=5),
    Behaviour.TASK_DONE: EarnTerms(10, growth=5, day_most=3),
    Behaviour.PURCHASED: EarnTerms(100, growth=100, release_days=7),
    Behaviour.COURSE_ATTENDED: EarnTerms(20, growth=10, week_most=3),
    Behaviour.QUIZ_PASSED: EarnTerms(15, growth=10, week_most=3),
}


async def found(community: Community) -> None:
    await Level.plant_default(at=community.founded_at)
    for behaviour, terms in TERMS.items():
        await EarnRule.put(behaviour, terms, at=community.founded_at, staff_id=community.owner.id)


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
