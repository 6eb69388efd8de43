"""The demo community: eight circles, twelve groups, three hundred people and the history of their last sixty days.

It is planted whole or not at all: everything lies in one transaction, which opens with the official circle, of which
there is one. So a planting that is killed leaves nothing, and of two at one instant the second finds the first one's.
The boards are filled at the end by one rebuild instead of thousands of round trips.
"""

from collections.abc import Iterator
from datetime import datetime
from random import Random

from models.groups.circle import CircleSlugTaken, OfficialCircleExists
from models.insight.standing import TOPIC, standing_changed
from models.points.account import Account
from models.spread.invite_stage import ASSIST_LOST
from models.spread.invite_stage import TOPIC as INVITE_STAGE
from models.spread.referral_team import fold_referrals
from seeds import (
    channels,
    checkins,
    draws,
    earning,
    expiry,
    forwarding,
    gifts,
    group_life,
    groups,
    ladder,
    learning_bank,
    learning_camps,
    learning_classroom,
    learning_courses,
    learning_quizzes,
    learning_series,
    levels,
    mall,
    mall_shelves,
    members,
    points,
    posters,
    red_packets,
    segments,
    spread,
    squads,
    staff,
    tags,
)
from seeds.boards import fill_boards
from seeds.calendar import Calendar
from seeds.community import Act, AlreadyPlanted, Community
from seeds.personas import cast
from store.database import in_this_thread, transaction
from store.outbox import held_back

SIZE = 300
DAYS = 60
SEED = 20240610
"""Of the chance that makes the story: planted twice at one instant, it tells the same."""


async def plant_demo(*, now: datetime, size: int = SIZE, days: int = DAYS) -> None:
    """Plant the demo, whose history ends at `now`. Raises `AlreadyPlanted`."""
    chance, calendar = Random(SEED), Calendar(now, days)
    community = Community(calendar, chance, cast(size, calendar, chance))
    try:
        async with transaction():
            # Inviters are paid by the acts themselves, in the order of the story and not at its end.
            with held_back(TOPIC, INVITE_STAGE, ASSIST_LOST), in_this_thread():
                await _found(community)
                for act in sorted(act for act in _acts(community) if act.at < now):
                    await act.deed(at=act.at)
                await segments.freeze(community)
                await fold_referrals(at=now)
            await standing_changed([member.id for member in community.members], at=now)
    except (CircleSlugTaken, OfficialCircleExists):
        raise AlreadyPlanted() from None
    await fill_boards(at=now)


async def _found(community: Community) -> None:
    await groups.open_circles(community)
    await Account.open_pools()
    await staff.found(community)
    await groups.open_groups(community)
    await members.found(community)
    await points.found(community)
    await expiry.found(community)
    await gifts.found(community)
    await levels.found(community)
    await tags.found(community)
    await segments.found(community)
    await earning.found(community)
    await checkins.found(community)
    await spread.found(community)
    await channels.found(community)
    await posters.found(community)
    await mall_shelves.found(community)
    await red_packets.found(community)
    await learning_bank.found(community)


def _acts(community: Community) -> Iterator[Act]:
    yield from members.acts(community)
    yield from groups.acts(community)
    yield from group_life.acts(community)
    yield from spread.acts(community)
    yield from channels.acts(community)
    yield from posters.acts(community)
    yield from checkins.acts(community)
    yield from points.acts(community)
    yield from expiry.acts(community)
    yield from gifts.acts(community)
    yield from levels.acts(community)
    yield from ladder.acts(community)
    yield from tags.acts(community)
    yield from earning.acts(community)
    yield from mall.acts(community)
    yield from red_packets.acts(community)
    yield from draws.acts(community)
    yield from learning_camps.acts(community)
    yield from learning_courses.acts(community)
    yield from learning_classroom.acts(community)
    yield from learning_quizzes.acts(community)
    yield from learning_series.acts(community)
    yield from squads.acts(community)
    yield from forwarding.acts(community)
