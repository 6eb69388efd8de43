"""Until when points last: the policy, points of a festival that lapse soon, the sweep, and the notices before it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from models.points.adjustment import PointAdjustment
from models.points.expiry import expire_due
from models.points.expiry_notice import ExpiryNotice
from models.points.expiry_policy import ExpiryKind, ExpiryPolicy, ExpiryTerms
from seeds.community import Act, Community
from seeds.personas import Habit, Persona

TERMS = ExpiryTerms(ExpiryKind.MONTH_END, months=12)
REASON = "周年庆限时积分，请在到期前使用"
_LIVES = (20, 17, 33, 26, 41, 15, 60)
_UNSPENT_LIVES = (12, 21, 10, 29)
"""Days that festival points last, one member after the other; they are given a fortnight before the present. The active
spend theirs; of those who seldom come some have let them lapse."""


async def found(community: Community) -> None:
    await ExpiryPolicy.put(
        TERMS, staff_id=community.owner.id, reason="积分自获得起十二个月后的月底到期", at=community.founded_at
    )


def acts(community: Community) -> Iterator[Act]:
    calendar = community.calendar
    given_on = calendar.today - timedelta(days=min(14, calendar.length - 1))
    lives = [
        *zip(community.with_habit(Habit.ACTIVE, joined_before=given_on), _LIVES, strict=False),
        *zip(community.with_habit(Habit.PASSIVE, joined_before=given_on), _UNSPENT_LIVES, strict=False),
    ]
    for number, (persona, days) in enumerate(lives):
        yield Act(calendar.at(given_on, 10 + number / 60), partial(_give, community, persona, days))
    for day in calendar.days[-15:]:
        yield Act(calendar.at(day, 0.1), expire_due)
        yield Act(calendar.at(day, 9), ExpiryNotice.tell_due)


async def _give(community: Community, persona: Persona, days: int, *, at: datetime) -> None:
    calendar = community.calendar
    given_on = calendar.today - timedelta(days=min(14, calendar.length - 1))
    await PointAdjustment.grant(
        community.member_of(persona).id,
        50 + days,
        reason=REASON,
        staff_id=community.owner.id,
        at=at,
        once=None,
        expires_at=calendar.at(given_on + timedelta(days=days)),
    )
