"""The demo's squads: some have come through 21 days, some are on their way, and for one challenge they form."""

from collections import Counter

import pytest

from models.checkins.squad import Squad
from models.checkins.squad_challenge import ChallengeStatus, SquadChallenge
from models.checkins.squad_diploma import SquadDiploma
from models.checkins.squad_notice import SquadNotice
from models.checkins.squad_place import SquadPlace
from models.checkins.squad_progress import squad_today
from models.checkins.squad_tally import SquadState
from models.members.member import Member
from models.points.reconciliation import reconcile
from seeds.demo import plant_demo
from seeds.squads import NAMES, OPEN, OVER, RUNNING
from tests.conftest import NOON


async def test_the_demo_has_challenges_of_each_age(database: str, empty_redis: str) -> None:
    await plant_demo(now=NOON, size=90, days=30)

    challenges = {one.title: one for one in await SquadChallenge.all()}
    assert {title: one.status for title, one in challenges.items()} == {
        OVER: ChallengeStatus.ENDED,
        RUNNING: ChallengeStatus.PUBLISHED,
        OPEN: ChallengeStatus.PUBLISHED,
    }
    over = Counter(squad.state for squad in await Squad.filter(challenge_id=challenges[OVER].id))
    assert over[SquadState.FINISHED] >= 3
    assert await SquadDiploma.all().count() >= 8
    finished = await SquadPlace.filter(challenge_id=challenges[OVER].id, state="finished").values_list(
        "tier", flat=True
    )
    assert None not in finished
    running = await Squad.filter(challenge_id=challenges[RUNNING].id, state=SquadState.RUNNING)
    assert len(running) >= 3
    assert {squad.settled_through for squad in running} == {9}
    assert await SquadNotice.filter(kind="nudged").count() >= 3
    assert await Squad.filter(challenge_id=challenges[OPEN].id, state=SquadState.FORMING).count() == 2
    assert await reconcile() == []


async def test_who_tries_the_demo_leads_a_squad(database: str, empty_redis: str) -> None:
    await plant_demo(now=NOON, size=90, days=30)
    challenge, first = await SquadChallenge.get(title=RUNNING), await Member.all().order_by("joined_at", "id").first()
    assert first is not None

    found = await squad_today(first.id, challenge.id, at=NOON)

    assert found is not None
    assert (found.squad.captain_id, found.squad.name, found.day) == (first.id, NAMES[0], 10)
    assert [mate.is_done for mate in found.mates if mate.place.member_id == first.id] == [False]


@pytest.mark.parametrize(("size", "days"), [(1, 2), (12, 15)])
async def test_a_small_demo_has_its_challenges_all_the_same(
    database: str, empty_redis: str, size: int, days: int
) -> None:
    await plant_demo(now=NOON, size=size, days=days)

    assert await SquadChallenge.all().count() == 3
