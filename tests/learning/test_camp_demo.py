"""The demo's camps: one goes on, one is over and brought certificates, one is open for signing up."""

from collections import Counter

import pytest

from models.learning.camp import Camp, CampStatus
from models.learning.camp_certificate import CampCertificate
from models.learning.camp_day import CampDay
from models.learning.camp_finish import CampFinish
from models.learning.camp_notice import CampNotice
from models.learning.camp_place import CampPlace
from models.learning.camp_post import CampPost
from models.learning.camp_progress import camp_progress
from models.learning.camp_tally import DayOutcome, PlaceState
from models.members.member import Member
from models.points.reconciliation import reconcile
from seeds.demo import plant_demo
from seeds.learning_camps import PARENTS, READING, WRITING
from tests.conftest import NOON


async def test_the_demo_has_a_camp_of_each_age(database: str, empty_redis: str) -> None:
    await plant_demo(now=NOON, size=60, days=24)

    camps = {camp.title: camp for camp in await Camp.all()}
    assert {title: camp.status for title, camp in camps.items()} == {
        READING: CampStatus.ENDED,
        WRITING: CampStatus.PUBLISHED,
        PARENTS: CampStatus.PUBLISHED,
    }
    over = Counter(place.state for place in await CampPlace.filter(camp_id=camps[READING].id))
    assert set(over) == {PlaceState.FINISHED, PlaceState.FAILED}
    finished = await CampFinish.filter(camp_id=camps[READING].id).count()
    assert finished == over[PlaceState.FINISHED] == await CampCertificate.all().count() >= 8
    assert await CampCertificate.filter(withdrawn_at__isnull=False).count() == 1
    outcomes = {day.outcome for day in await CampDay.filter(camp_id=camps[WRITING].id)}
    assert outcomes == set(DayOutcome)
    assert (await CampPost.filter(is_showcase=True).count(), await CampPost.exclude(voided_at=None).count()) == (2, 1)
    assert await CampNotice.filter(kind="behind").count() > 3
    assert await CampPlace.filter(camp_id=camps[PARENTS].id, state=PlaceState.WAITING).count() == 1
    assert await reconcile() == []


async def test_who_tries_the_demo_has_a_day_open(database: str, empty_redis: str) -> None:
    await plant_demo(now=NOON, size=60, days=24)
    camp, first = await Camp.get(title=WRITING), await Member.all().order_by("joined_at", "id").first()
    assert first is not None

    found = await camp_progress(first.id, camp.id, at=NOON)

    assert found is not None
    assert [day.state for day in found.days[:7]] == ["done"] * 5 + ["open", "ahead"]


@pytest.mark.parametrize(("size", "days"), [(1, 2), (12, 15)])
async def test_a_small_demo_has_its_camps_all_the_same(database: str, empty_redis: str, size: int, days: int) -> None:
    await plant_demo(now=NOON, size=size, days=days)

    assert await Camp.all().count() == 3
