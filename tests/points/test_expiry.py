"""The expiry empties what has lapsed, once, and nothing else; members hear of it before."""

import asyncio
from datetime import date, timedelta

import pytest

from models.points import expiry
from models.points.account import of_member
from models.points.expiry import expire_due
from models.points.expiry_notice import ExpiryNotice
from models.points.expiry_policy import ExpiryKind
from models.points.reconciliation import reconcile
from store.database import fetch_value
from tests.build import a_member, a_staff
from tests.callers import Callers
from tests.conftest import NOON
from tests.points.build import DAY, ISSUED, a_holder, a_move, a_policy, balance_of, lines_of, lots_of, moved, spent

EXPIRIES = "pointExpiries(days: 30) { total days { lastDay amount } }"
LOTS = "pointLots { expiresAt lastDay amount }"


async def test_what_has_lapsed_goes_and_the_rest_stays(database: str) -> None:
    member, other = await a_holder((10, 1), (5, 2), (7, None)), await a_holder((3, 1))

    early = await expire_due(at=NOON + DAY - timedelta(microseconds=1))
    emptied = await expire_due(at=NOON + DAY)

    assert (early, emptied) == (0, 2)
    assert (await lots_of(member.id), await lots_of(other.id)) == ([(5, 2), (7, None)], [])
    assert (await lines_of(member.id))[-1] == ("expired", -10)
    assert await reconcile() == []


async def test_only_what_is_left_of_a_lot_expires(database: str) -> None:
    member = await a_holder((10, 1), (20, 9))
    await spent(member.id, 4)

    await expire_due(at=NOON + DAY * 2)

    assert (await lines_of(member.id))[-1] == ("expired", -6)
    assert await balance_of(member.id) == 20


@pytest.mark.parametrize("repeat", range(5))
async def test_many_runs_at_once_expire_once(database: str, repeat: int) -> None:
    members = [await a_holder((10, 1), (20, 2), (5, None)) for _ in range(6)]

    emptied = await asyncio.gather(*(expire_due(at=NOON + DAY * 3) for _ in range(4)))

    assert sum(emptied) == 12
    assert [await balance_of(one.id) for one in members] == [5] * 6
    assert await fetch_value("SELECT SUM(amount) AS points FROM point_entry WHERE bucket = 'expired'") == 180
    assert await reconcile() == []


@pytest.mark.parametrize("repeat", range(5))
async def test_spending_and_expiring_at_once_take_each_point_once(database: str, repeat: int) -> None:
    member = await a_holder((40, 1), (50, 30))

    await asyncio.gather(
        *(spent(member.id, 10, at=NOON) for _ in range(3)),
        *(expire_due(at=NOON + DAY) for _ in range(2)),
        *(spent(member.id, 10, at=NOON + DAY) for _ in range(4)),
        return_exceptions=True,
    )

    assert await reconcile() == []
    assert await fetch_value("SELECT SUM(remaining) AS points FROM point_lot WHERE expires_at <= $1", NOON + DAY) == 0


async def test_a_run_goes_on_until_nothing_is_due(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "LOTS_AT_ONCE", 2)
    members = [await a_holder((1, 1), (1, 2)) for _ in range(4)]

    assert await expire_due(at=NOON + DAY * 9) == 8
    assert [await balance_of(one.id) for one in members] == [0] * 4


async def test_what_comes_late_into_a_lapsed_lot_expires_too(database: str) -> None:
    """A process whose clock is behind still pays into the lot that another one has emptied."""
    member = await a_holder((10, 1))
    await expire_due(at=NOON + DAY)

    late = a_move(ISSUED, of_member(member.id), 10, expires_at=NOON + DAY)
    await moved(late, at=NOON + DAY - timedelta(seconds=1))
    await expire_due(at=NOON + DAY + timedelta(minutes=1))

    assert await balance_of(member.id) == 0
    assert await reconcile() == []


async def test_members_are_told_once_at_each_distance(database: str) -> None:
    member = await a_holder((10, 40))
    # It lapses at noon of the 2nd of January, so the 2nd is the last day on which it can be spent.
    told = {}
    for days in range(42):
        told[days] = await ExpiryNotice.tell_due(at=NOON + DAY * days)
        await ExpiryNotice.tell_due(at=NOON + DAY * days)

    assert {days for days, count in told.items() if count} == {10, 33, 39}
    notices = await ExpiryNotice.filter(member_id=member.id).order_by("created_at")
    assert [(one.last_day, one.days_before, one.amount) for one in notices] == [
        (date(2027, 1, 2), distance, 10) for distance in (30, 7, 1)
    ]


async def test_what_is_new_is_told_at_the_nearest_distance_alone(database: str) -> None:
    await a_holder((10, 5), (4, 6))

    assert await ExpiryNotice.tell_due(at=NOON) == 2
    assert sorted(await ExpiryNotice.all().values_list("days_before", "amount")) == [(7, 4), (7, 10)]


async def test_the_same_day_is_told_as_one(database: str) -> None:
    member = await a_holder((10, 5))
    await moved(a_move(ISSUED, of_member(member.id), 3, expires_at=NOON + DAY * 5 + timedelta(hours=2)))

    await ExpiryNotice.tell_due(at=NOON)

    assert [notice.amount for notice in await ExpiryNotice.all()] == [13]


async def test_who_is_gone_is_told_nothing(database: str) -> None:
    await a_holder((10, 5), status="erased")

    assert await ExpiryNotice.tell_due(at=NOON) == 0


async def test_many_tell_at_once_and_each_hears_it_once(database: str) -> None:
    for _ in range(5):
        await a_holder((10, 5))

    await asyncio.gather(*(ExpiryNotice.tell_due(at=NOON) for _ in range(4)))

    assert await ExpiryNotice.all().count() == 5


async def test_a_member_sees_what_lapses_when(callers: Callers) -> None:
    member = await a_holder((10, -1), (5, 7), (20, 40), (3, None))
    await moved(a_move(ISSUED, of_member(member.id), 2, expires_at=NOON + DAY * 7 + timedelta(hours=1)))
    await ExpiryNotice.tell_due(at=NOON)
    stranger = await callers.member(await a_holder((9, 9)))
    query = (
        f"{{ viewer {{ {LOTS} {EXPIRIES} expiryNotices(first: 5) {{ edges {{ node {{ daysBefore amount }} }} }} }} }}"
    )

    found = await (await callers.member(member)).data(query)
    others = await stranger.data(query)

    assert found["viewer"] == {
        "pointLots": [
            {"expiresAt": "2026-11-30T04:00:00Z", "lastDay": "2026-11-30", "amount": "5"},
            {"expiresAt": "2026-11-30T05:00:00Z", "lastDay": "2026-11-30", "amount": "2"},
            {"expiresAt": "2027-01-02T04:00:00Z", "lastDay": "2027-01-02", "amount": "20"},
            {"expiresAt": None, "lastDay": None, "amount": "3"},
        ],
        "pointExpiries": {"total": "7", "days": [{"lastDay": "2026-11-30", "amount": "7"}]},
        "expiryNotices": {"edges": [{"node": {"daysBefore": 7, "amount": "7"}}]},
    }
    assert others["viewer"]["pointExpiries"] == {"total": "9", "days": [{"lastDay": "2026-12-02", "amount": "9"}]}


async def test_the_days_ahead_have_bounds(callers: Callers) -> None:
    member = await callers.member(await a_holder())

    assert await member.error("{ viewer { pointExpiries(days: 367) { total } } }") == "INVALID_INPUT"


async def test_staff_see_what_the_brand_owes(callers: Callers) -> None:
    await a_holder((10, -1), (5, 7), (20, 40), (3, None))
    await a_holder((1, 7))
    staff = await callers.staff(await a_staff("points.read"))

    found = await staff.data(
        f"{{ {EXPIRIES} pointsLiability {{ available pending held lapsed months {{ month amount lots }} }} }}"
    )

    assert found == {
        "pointExpiries": {"total": "6", "days": [{"lastDay": "2026-11-30", "amount": "6"}]},
        "pointsLiability": {
            "available": "29",
            "pending": "0",
            "held": "0",
            "lapsed": "10",
            "months": [
                {"month": "2026-11-01", "amount": "6", "lots": 2},
                {"month": "2027-01-01", "amount": "20", "lots": 1},
                {"month": None, "amount": "3", "lots": 1},
            ],
        },
    }


@pytest.mark.parametrize("field", ["pointsLiability { available }", "pointExpiries { total }"])
async def test_what_is_owed_is_not_for_everybody(callers: Callers, field: str) -> None:
    query = f"{{ {field} }}"

    assert await callers.nobody().error(query) == "UNAUTHENTICATED"
    assert await (await callers.member(await a_member())).error(query) == "FORBIDDEN"
    assert await (await callers.staff(await a_staff("points.rules"))).error(query) == "FORBIDDEN"


async def test_a_line_says_when_its_points_lapse(callers: Callers) -> None:
    member = await a_holder()
    await a_policy(ExpiryKind.MONTH_END, months=0)
    await moved(a_move(ISSUED, of_member(member.id), 10))

    found = await (await callers.member(member)).data(
        "{ viewer { pointEntries(first: 5) { edges { node { expiresAt state } } } } }"
    )

    assert found["viewer"]["pointEntries"]["edges"] == [
        {"node": {"expiresAt": "2026-11-30T16:00:00Z", "state": "AVAILABLE"}}
    ]
