"""Processes that settle squads are killed at any moment, two at a time; each squad is settled and paid once."""

import asyncio
import sys
from datetime import datetime
from random import Random

from models.checkins.squad_challenge import SquadChallenge
from models.checkins.squad_day import SquadDay
from models.checkins.squad_diploma import SquadDiploma
from models.checkins.squad_place import SquadPlace
from models.checkins.squad_terms import Milestone, SquadMode, Tier
from models.checkins.squad_unwinding import move_squads_on
from models.points.account import Bucket
from models.points.entry import PointEntry
from models.points.reconciliation import reconcile
from tests.checkins.squads import DAY, a_challenge, a_squad, checked_in
from tests.groups.conftest import boards_elsewhere  # noqa: F401  # an autouse fixture, for this file as well
from tests.mall.build import points_of

SQUADS, KILLS = 8, 3

PROCESS = """
import asyncio, sys
from datetime import datetime

from models.checkins.squad_unwinding import move_squads_on
from models.insight.standing import TOPIC
from store import outbox
from store.database import close_database, open_database

async def told(payloads):
    return None

async def run():
    outbox._effects[TOPIC] = told
    await open_database(sys.argv[1], pool_size=2)
    print("ready", flush=True)
    await move_squads_on(at=datetime.fromisoformat(sys.argv[2]))
    await close_database()

asyncio.run(run())
"""


async def killed(url: str, at: datetime, seconds: float) -> bool:
    """Run a process on the database and kill it so long after it has opened that; whether it had not ended before."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROCESS, url, at.isoformat(), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        process.kill()
        await process.wait()
        return True
    return False


async def test_no_kill_settles_or_pays_anything_twice_or_never(database: str) -> None:
    challenge = await a_challenge(
        3,
        mode=SquadMode.TOTAL_DAYS,
        misses_allowed=1,
        goal_percent=50,
        stake=10,
        milestones=(Milestone(2, 7),),
        tiers=(Tier("完赛", 0, 50),),
        every_finish_points=30,
    )
    places = [await a_squad(challenge, name=f"第{number}组") for number in range(SQUADS)]
    for first, second in places:
        await checked_in(first, 1, 2, 3)
        await checked_in(second, 1)
    chance, end = Random(8), challenge.ends_at + DAY

    cut = [
        await asyncio.gather(*(killed(database, end, chance.uniform(0.0, 0.25)) for _ in range(2)))
        for _ in range(KILLS)
    ]
    await move_squads_on(at=end)
    await move_squads_on(at=end + DAY)

    assert any(any(two) for two in cut)
    assert (await SquadDay.all().count(), await SquadDiploma.all().count()) == (3 * SQUADS, SQUADS)
    for first, second in places:
        winner, loser = await first.member, await second.member
        assert [await points_of(one) for one in (winner, loser)] == [1_000 + 10 + 7 + 50, 1_000 - 10 + 7]
        assert [await points_of(one, Bucket.HELD) for one in (winner, loser)] == [0, 0]
    assert await PointEntry.filter(reason="squad_finish", amount__gt=0).count() == SQUADS
    assert await SquadPlace.filter(state="out").count() == SQUADS
    assert (await SquadChallenge.get()).status == "ended"
    assert await reconcile() == []
