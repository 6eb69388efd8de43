"""Points that are set aside: authorised, and then captured or released, once."""

import asyncio
from datetime import datetime, timedelta

import pytest
from tortoise.exceptions import IntegrityError

from models.members.member import Member
from models.points.account import Bucket, of_member
from models.points.entry import InsufficientPoints
from models.points.hold import HoldEnded, HoldOutcome, PointHold
from models.points.reconciliation import reconcile
from store.database import transaction
from tests.build import a_member, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.points.build import DAY, ISSUED, a_holder, a_move, balance_of, lots_of, moved

HOUR = timedelta(hours=1)


async def held(member: Member, amount: int, source: str = "order:1", *, hours: int = 1) -> PointHold:
    async with transaction():
        return await PointHold.authorise(member.id, amount, source=source, until=NOON + HOUR * hours, at=NOON)


async def captured(hold: PointHold, amount: int | None = None, *, at: datetime = NOON) -> None:
    async with transaction():
        await hold.capture(at=at, amount=amount)


async def released(hold: PointHold) -> None:
    async with transaction():
        await hold.release(at=NOON)


async def test_what_is_set_aside_cannot_be_spent(database: str) -> None:
    member = await a_holder((10, 7), (20, 30))

    await held(member, 12)

    assert (await balance_of(member.id), await balance_of(member.id, Bucket.HELD)) == (18, 12)
    with pytest.raises(InsufficientPoints):
        await held(member, 19, "order:2")
    assert await PointHold.all().count() == 1
    assert await reconcile() == []


async def test_a_capture_spends_it(database: str) -> None:
    member = await a_holder((10, 7), (20, 30))
    hold = await held(member, 12)

    await captured(hold)

    assert (await balance_of(member.id), await balance_of(member.id, Bucket.HELD)) == (18, 0)
    assert (hold.outcome, hold.captured, hold.ended_at) == (HoldOutcome.CAPTURED, 12, NOON)
    assert await reconcile() == []


async def test_what_is_not_captured_returns_to_its_lots(database: str) -> None:
    member = await a_holder((10, 7), (20, 30))

    await captured(await held(member, 12), 11)

    assert await lots_of(member.id) == [(19, 30)]
    assert await reconcile() == []


async def test_a_release_gives_all_back(database: str) -> None:
    member = await a_holder((10, 7), (20, 30))

    await released(await held(member, 12))

    assert await lots_of(member.id) == [(10, 7), (20, 30)]
    assert await balance_of(member.id, Bucket.HELD) == 0
    assert await reconcile() == []


@pytest.mark.parametrize("repeat", range(5))
async def test_a_hold_ends_once_whoever_comes_first(database: str, repeat: int) -> None:
    member = await a_holder((100, 30))
    hold = await held(member, 12)
    copies = [await PointHold.get(id=hold.id) for _ in range(6)]

    outcomes = await asyncio.gather(
        *(captured(one) for one in copies[:3]),
        *(released(one) for one in copies[3:]),
        PointHold.release_lapsed(at=NOON + HOUR),
        return_exceptions=True,
    )

    assert sum(one in (None, 1) for one in outcomes) == 1
    assert await balance_of(member.id, Bucket.HELD) == 0
    assert await reconcile() == []


async def test_a_cause_holds_once(database: str) -> None:
    member = await a_holder((100, 30))
    await held(member, 12)

    with pytest.raises(IntegrityError):
        await held(member, 12)

    assert await balance_of(member.id, Bucket.HELD) == 12


async def test_what_nobody_ends_in_time_lapses(database: str) -> None:
    member = await a_holder((10, 7), (20, 30))
    hold, other = await held(member, 12), await held(member, 3, "order:2", hours=9)

    with pytest.raises(HoldEnded):
        await captured(hold, at=NOON + HOUR)
    counts = [await PointHold.release_lapsed(at=NOON + HOUR - timedelta(microseconds=1))]
    counts += await asyncio.gather(*(PointHold.release_lapsed(at=NOON + HOUR) for _ in range(3)))

    assert sum(counts) == 1
    assert (await PointHold.get(id=hold.id)).outcome is HoldOutcome.LAPSED
    assert (await PointHold.get(id=other.id)).outcome is None
    assert await balance_of(member.id) == 27
    assert await reconcile() == []


async def test_a_hold_without_an_instant_lasts_until_its_cause_ends_it(callers: Callers) -> None:
    member = await a_holder((10, 7))
    async with transaction():
        hold = await PointHold.authorise(member.id, 4, source="order:1", until=None, at=NOON)

    assert await PointHold.release_lapsed(at=NOON + DAY * 3_000) == 0
    mine = "{ viewer { pointHolds(first: 5) { edges { node { until } } } } }"
    found = await (await callers.member(member)).data(mine)
    assert [edge["node"] for edge in found["viewer"]["pointHolds"]["edges"]] == [{"until": None}]
    await captured(hold, at=NOON + DAY * 3)
    assert await reconcile() == []


async def test_what_expired_meanwhile_comes_back_for_some_days(database: str) -> None:
    member = await a_holder((10, 1))
    await held(member, 10, hours=48)

    await PointHold.release_lapsed(at=NOON + DAY * 2)

    assert await lots_of(member.id) == [(10, 33)]


@pytest.mark.parametrize("amount", [0, 13])
async def test_a_capture_has_bounds(database: str, amount: int) -> None:
    hold = await held(await a_holder((100, 30)), 12)

    with pytest.raises(ValueError, match="captured of 12"):
        await captured(hold, amount)

    assert (await PointHold.get(id=hold.id)).ended_at is None


async def test_a_hold_has_to_last(database: str) -> None:
    with pytest.raises(ValueError, match="before it begins"):
        await held(await a_holder((100, 30)), 12, hours=0)


async def test_members_see_their_own_holds_and_staff_the_open_ones(callers: Callers) -> None:
    member, other = await a_holder((100, 30)), await a_holder((100, 30))
    await captured(await held(member, 12), 10)
    await held(member, 5, "order:2")
    await held(other, 7, "order:3", hours=2)
    staff = await callers.staff(await a_staff("points.read"))
    mine = "{ viewer { account { held } pointHolds(first: 5) { edges { node { source amount captured outcome } } } } }"

    found = await (await callers.member(member)).data(mine)
    opened = await staff.data("{ pointHolds(first: 5) { edges { node { source member { id } } } } }")

    assert found["viewer"]["account"] == {"held": "5"}
    assert [edge["node"] for edge in found["viewer"]["pointHolds"]["edges"]] == [
        {"source": "order:2", "amount": "5", "captured": "0", "outcome": None},
        {"source": "order:1", "amount": "12", "captured": "10", "outcome": "CAPTURED"},
    ]
    assert [edge["node"] for edge in opened["pointHolds"]["edges"]] == [
        {"source": "order:2", "member": {"id": public_id(member)}},
        {"source": "order:3", "member": {"id": public_id(other)}},
    ]


async def test_holds_of_others_are_not_there(callers: Callers) -> None:
    hold = await held(await a_holder((100, 30)), 12)
    stranger = await callers.member(await a_member())

    assert await stranger.data("query($id: ID!) { node(id: $id) { id } }", id=public_id(hold)) == {"node": None}
    assert await stranger.error("{ pointHolds(first: 5) { edges { cursor } } }") == "FORBIDDEN"


async def test_the_statement_tells_what_became_of_points_set_aside(callers: Callers) -> None:
    member = await a_holder()
    caller = await callers.member(member)
    query = "{ viewer { pointEntries(first: 10) { edges { node { reason amount state } } } } }"

    async def states() -> list[tuple[str, str, str]]:
        edges = (await caller.data(query))["viewer"]["pointEntries"]["edges"]
        return sorted((edge["node"]["reason"], edge["node"]["amount"], edge["node"]["state"]) for edge in edges)

    await moved(a_move(ISSUED, of_member(member.id), 20))
    hold = await held(member, 12)
    before = await states()
    await captured(hold)
    after = await states()

    assert before == [("gift", "20", "AVAILABLE"), ("hold", "-12", "HELD"), ("hold", "12", "HELD")]
    assert after == [
        ("gift", "20", "AVAILABLE"),
        ("hold", "-12", "SPENT"),
        ("hold", "12", "SPENT"),
        ("hold_capture", "-12", "SPENT"),
    ]
