"""Lots: what lapses first is spent first, what is given back returns to its lots, and lots add up to the balance."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from models.points.account import Bucket, of_group, of_member
from models.points.entry import InsufficientPoints, Move, PointEntry, undo
from models.points.expiry_policy import ExpiryKind
from models.points.lot import PointLot, PointLotUse
from models.points.reconciliation import reconcile
from store.database import execute, fetch_value
from store.ids import new_id
from tests.conftest import NOON
from tests.points.build import (
    DAY,
    ISSUED,
    SPENT,
    a_holder,
    a_move,
    a_policy,
    balance_of,
    lots_of,
    moved,
    spent,
)


async def given_back(member_id: UUID, amount: int, line: PointEntry, *, days: int = 0) -> None:
    refund = a_move(SPENT, of_member(member_id), amount, "refund", gives_back=line.id)
    await moved(refund, at=NOON + DAY * days)


async def test_without_a_policy_points_never_lapse(database: str) -> None:
    member = await a_holder()

    await moved(a_move(ISSUED, of_member(member.id), 10), a_move(ISSUED, of_member(member.id), 5))

    assert await lots_of(member.id) == [(15, None)]
    assert await reconcile() == []


async def test_what_comes_in_with_one_expiry_is_one_lot(database: str) -> None:
    member = await a_holder()
    await a_policy(ExpiryKind.DAYS, days=2)

    for hours in (0, 11, 12):
        await moved(a_move(ISSUED, of_member(member.id), 10), at=NOON + timedelta(hours=hours))

    assert [points for points, _ in await lots_of(member.id)] == [20, 10]
    credit = await PointEntry.filter(member_id=member.id).order_by("id").first()
    assert credit is not None
    assert credit.expires_at == NOON + timedelta(days=2, hours=12)


async def test_what_lapses_first_is_spent_first(database: str) -> None:
    member = await a_holder((10, None), (20, 30), (5, 7))

    line = await spent(member.id, 12)

    assert await lots_of(member.id) == [(13, 30), (10, None)]
    assert sorted([use.amount for use in await PointLotUse.filter(entry_id=line.id)]) == [5, 7]
    assert await reconcile() == []


async def test_lapsed_points_cannot_be_spent_though_nothing_has_swept_them(database: str) -> None:
    member = await a_holder((100, 1), (10, 9))

    with pytest.raises(InsufficientPoints) as refused:
        await spent(member.id, 11, at=NOON + DAY)
    await spent(member.id, 10, at=NOON + DAY)

    assert refused.value.facts == {"needed": 11, "available": 10}
    assert await lots_of(member.id) == [(100, 1)]
    assert await reconcile() == []


async def test_what_is_wanting_is_told_without_what_has_lapsed(database: str) -> None:
    member = await a_holder((100, 1), (10, 9))

    with pytest.raises(InsufficientPoints) as refused:
        await spent(member.id, 500, at=NOON + DAY)

    assert refused.value.facts == {"needed": 500, "available": 10}
    assert await balance_of(member.id) == 110


async def test_the_last_instant_before_the_expiry_is_good(database: str) -> None:
    member = await a_holder((10, 1))

    await spent(member.id, 10, at=NOON + DAY - timedelta(microseconds=1))

    assert await lots_of(member.id) == []


async def test_a_refund_returns_to_the_same_lots(database: str) -> None:
    member = await a_holder((5, 7), (20, 30))
    line = await spent(member.id, 12)

    await given_back(member.id, 12, line)

    assert await lots_of(member.id) == [(5, 7), (20, 30)]
    assert await reconcile() == []


async def test_a_part_that_is_refunded_is_what_lapses_last(database: str) -> None:
    member = await a_holder((5, 7), (20, 30))
    line = await spent(member.id, 12)

    await given_back(member.id, 4, line)
    first = await lots_of(member.id)
    await given_back(member.id, 8, line)

    assert first == [(17, 30)]
    assert await lots_of(member.id) == [(5, 7), (20, 30)]
    assert await reconcile() == []


async def test_no_more_comes_back_than_was_taken(database: str) -> None:
    member = await a_holder((20, 30))
    line = await spent(member.id, 12)
    await given_back(member.id, 8, line)

    with pytest.raises(ValueError, match="more is given back"):
        await given_back(member.id, 5, line)

    assert await lots_of(member.id) == [(16, 30)]
    assert await reconcile() == []


async def test_what_has_lapsed_meanwhile_comes_back_for_the_promised_days(database: str) -> None:
    member = await a_holder((5, 7), (20, 30))
    await a_policy(ExpiryKind.DAYS, days=365, given_back_days=10)
    line = await spent(member.id, 12)

    await given_back(member.id, 12, line, days=8)

    # Until the end of the tenth day: 10 days and 12 hours from the refund, 8 days after noon.
    assert await lots_of(member.id) == [(5, 19), (20, 30)]
    assert await reconcile() == []


async def test_two_refunds_of_one_line_in_one_posting_share_what_it_took(database: str) -> None:
    member = await a_holder((5, 7), (20, 30))
    line = await spent(member.id, 12)

    await moved(*(a_move(SPENT, of_member(member.id), 6, "refund", gives_back=line.id) for _ in range(2)))

    assert await lots_of(member.id) == [(5, 7), (20, 30)]


async def test_a_reversal_takes_from_the_lot_that_its_credit_came_into(database: str) -> None:
    member = await a_holder((5, 7))
    [_, credit] = await moved(a_move(ISSUED, of_member(member.id), 20, expires_at=NOON + DAY * 30))

    await moved(undo(credit, note="发错人", staff_id=None))

    assert await lots_of(member.id) == [(5, 7)]
    assert await reconcile() == []


async def test_a_reversal_takes_what_is_missing_from_what_lapses_first(database: str) -> None:
    member = await a_holder((5, 7), (30, None))
    [_, credit] = await moved(a_move(ISSUED, of_member(member.id), 20, expires_at=NOON + DAY * 3))
    await spent(member.id, 11)

    await moved(undo(credit, note="发错人", staff_id=None))

    assert await lots_of(member.id) == [(24, None)]
    assert await reconcile() == []


async def test_a_reversal_reaches_what_has_lapsed(database: str) -> None:
    member = await a_holder((5, 7))
    [_, credit] = await moved(a_move(ISSUED, of_member(member.id), 20, expires_at=NOON + DAY * 3))

    await moved(undo(credit, note="发错人", staff_id=None), at=NOON + DAY * 3)

    assert await lots_of(member.id) == [(5, 7)]


async def test_what_a_posting_brings_in_can_go_out_in_it(database: str) -> None:
    member = await a_holder()
    own = of_member(member.id)

    await moved(a_move(own, SPENT, 4, "order"), a_move(ISSUED, own, 10, expires_at=NOON + DAY))

    assert await lots_of(member.id) == [(6, 1)]
    assert await reconcile() == []


async def test_points_that_pass_to_another_member_keep_their_life(database: str) -> None:
    giver, taker = await a_holder((5, 7), (20, 30)), await a_holder((1, 7))

    await moved(a_move(of_member(giver.id), of_member(taker.id), 12))

    assert (await lots_of(giver.id), await lots_of(taker.id)) == ([(13, 30)], [(6, 7), (7, 30)])
    assert await reconcile() == []


async def test_what_lay_elsewhere_meanwhile_keeps_its_life_too(database: str) -> None:
    """A packet or a group's fund: what one member put in can go to another with the life it had."""
    giver, taker, fund = await a_holder((5, 7), (20, 30)), await a_holder(), of_group(new_id())
    [line, _] = await moved(a_move(of_member(giver.id), fund, 12))

    await moved(
        a_move(fund, of_member(taker.id), 9, gives_back=line.id),
        a_move(fund, of_member(giver.id), 3, gives_back=line.id),
    )

    held = await lots_of(giver.id) + await lots_of(taker.id)
    assert sum(points for points, days in held if days == 7) == 5
    assert sum(points for points, days in held if days == 30) == 20
    assert await reconcile() == []


async def test_points_that_are_set_aside_have_no_lots_and_return_to_theirs(database: str) -> None:
    member = await a_holder((5, 7), (20, 30))
    held = of_member(member.id, bucket=Bucket.HELD)
    [line, _] = await moved(a_move(of_member(member.id), held, 12))
    meanwhile = await lots_of(member.id)

    await moved(a_move(held, SPENT, 4), a_move(held, of_member(member.id), 8, gives_back=line.id))

    assert meanwhile == [(13, 30)]
    assert await lots_of(member.id) == [(1, 7), (20, 30)]
    assert await reconcile() == []


@pytest.mark.parametrize("repeat", range(5))
async def test_many_spend_at_once_and_lots_keep_count(database: str, repeat: int) -> None:
    member = await a_holder((30, 7), (30, 9), (40, None))

    outcomes = await asyncio.gather(*(spent(member.id, 9) for _ in range(15)), return_exceptions=True)

    assert sum(isinstance(one, PointEntry) for one in outcomes) == 11
    assert await lots_of(member.id) == [(1, None)]
    assert await reconcile() == []


@pytest.mark.parametrize("repeat", range(5))
async def test_many_give_one_line_back_at_once_and_no_more_than_it_took_comes_back(database: str, repeat: int) -> None:
    giver = await a_holder((50, 7), (50, 30))
    others = [await a_holder() for _ in range(4)]
    [line, _] = await moved(a_move(of_member(giver.id), SPENT, 90))

    refunds = [a_move(SPENT, of_member(one.id), 30, "refund", gives_back=line.id) for one in others]
    outcomes = await asyncio.gather(*(moved(one) for one in refunds), return_exceptions=True)

    assert sorted(type(one).__name__ for one in outcomes) == ["ValueError", "list", "list", "list"]
    assert await fetch_value("SELECT SUM(given_back) AS points FROM point_lot_use") == 90
    assert await reconcile() == []


async def test_points_that_lapse_before_they_come_are_a_bug(database: str) -> None:
    member = await a_holder()

    with pytest.raises(ValueError, match="before they come"):
        await moved(a_move(ISSUED, of_member(member.id), 5, expires_at=NOON))

    assert await PointLot.all().count() == 0


async def test_the_database_keeps_lots_from_going_below_zero(database: str) -> None:
    await a_holder((5, 7))

    with pytest.raises(IntegrityError):
        await execute("UPDATE point_lot SET remaining = -1")
    columns = "id, lot_id, entry_id, amount, given_back"
    with pytest.raises(IntegrityError):
        await execute(f"INSERT INTO point_lot_use ({columns}) SELECT id, id, id, 5, 6 FROM point_lot")


async def test_a_long_posting_fills_and_takes_whole(database: str) -> None:
    member = await a_holder()
    own = of_member(member.id)
    fill = [Move(ISSUED, own, 1, "gift", f"fill:{n}", expires_at=NOON + DAY * (n + 1)) for n in range(450)]

    await moved(*fill, *(Move(own, SPENT, 2, "order", f"take:{n}") for n in range(150)))

    assert await balance_of(member.id) == 150
    assert (await PointLot.filter(remaining__gt=0).order_by("expires_at").values_list("expires_at", flat=True))[
        0
    ] == NOON + DAY * 301
    assert await reconcile() == []


async def test_growth_and_pending_points_have_no_lots(database: str) -> None:
    member = await a_holder()

    await moved(a_move(ISSUED, of_member(member.id, bucket=Bucket.PENDING), 5))

    assert await PointLot.all().count() == 0
