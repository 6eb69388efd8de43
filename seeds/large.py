"""Planting a large set: the frame by the verbs, the crowd by loading rows."""

from datetime import datetime, timedelta
from random import Random

from models.checkins.plan_version import change_plan
from models.groups.circle import CircleSlugTaken, OfficialCircleExists
from models.points.account import Account
from models.points.level import Level
from seeds import crowd_people, groups, staff
from seeds.boards import fill_boards
from seeds.calendar import Calendar
from seeds.checkins import open_daily
from seeds.community import AlreadyPlanted, Community
from seeds.crowd import Crowd
from seeds.crowd_history import History
from store.bulk import load, loading
from store.database import transaction

DAYS = 20
"""On so many days the active third has checked in, and on half of them the passive third: ten check-ins a member."""


async def plant_large(members: int, *, now: datetime, days: int = DAYS) -> dict[str, int]:
    """Plant a large set; returns how many rows went into which table. Raises `AlreadyPlanted`."""
    community = Community(Calendar(now, days + 2), Random(members), [])
    try:
        async with transaction():
            await _frame(community)
            loaded = await _crowd(community, members, days)
    except (CircleSlugTaken, OfficialCircleExists):
        raise AlreadyPlanted() from None
    await fill_boards(at=now)
    return loaded


async def _frame(community: Community) -> None:
    await groups.open_circles(community)
    await Account.open_pools()
    await staff.found(community)
    await Level.plant_default(at=community.founded_at)


async def _crowd(community: Community, members: int, days: int) -> dict[str, int]:
    # The growth that check-ins pay would double the ledger, so the plan's first version paid none; a check-in of
    # today is paid, and weighed, like one of the demo's.
    plan = await open_daily(community, base_growth=0)
    circle_ids = {slug: circle.id for slug, circle in community.circles.items()}
    crowd = Crowd(members, days, community.calendar, circle_ids, plan)
    history = History(crowd)
    tables = [*crowd_people.tables(crowd, history.acts()), *history.tables()]
    async with loading(*(table.name for table in tables)):
        loaded = {table.name: await load(table.name, table.columns, table.whole_rows()) for table in tables}
    today = community.calendar.at(community.calendar.today)
    await change_plan(
        plan.id,
        {"base_growth": 10},
        staff_id=community.owner.id,
        reason="签到开始计成长值",
        at=min(today, community.calendar.now - timedelta(seconds=1)),
    )
    return loaded
