"""The ledger: sums that hold under any concurrency, and lines nobody can alter."""

import asyncio
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from models.points.account import Account, AccountKey, Bucket, of_member, of_platform
from models.points.entry import InsufficientPoints, Move, PointEntry
from models.points.reconciliation import reconcile
from store.database import execute, fetch_value, transaction
from store.ids import new_id
from tests.build import a_member
from tests.conftest import NOON

REPEATS = 20


async def move(debit: AccountKey, credit: AccountKey, amount: int, *, reason: str = "gift") -> None:
    async with transaction():
        await PointEntry.post([Move(debit, credit, amount, reason, f"test:{new_id()}")], at=NOON)


async def a_member_with(points: int) -> UUID:
    member = await a_member()
    await move(of_platform(Bucket.ISSUED), of_member(member.id), points)
    return member.id


async def balance_of(member_id: UUID) -> int:
    return int((await Account.get(id=of_member(member_id).id)).balance)


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_twenty_spend_a_hundred_of_a_hundred_and_one_does(database: str, repeat: int) -> None:
    member_id = await a_member_with(100)
    spend = (move(of_member(member_id), of_platform(Bucket.SPENT), 100, reason="order") for _ in range(20))

    outcomes = await asyncio.gather(*spend, return_exceptions=True)

    assert outcomes.count(None) == 1
    assert sum(isinstance(one, InsufficientPoints) for one in outcomes) == 19
    assert await fetch_value("SELECT balance FROM account WHERE id = $1", str(of_member(member_id).id)) == 0
    assert await fetch_value("SELECT count(*) FROM point_entry WHERE reason = 'order'") == 2
    assert await reconcile() == []


@pytest.mark.parametrize("repeat", range(5))
async def test_crossing_transfers_wait_for_nobody_for_ever(database: str, repeat: int) -> None:
    one, other = await a_member_with(1000), await a_member_with(1000)
    here = [move(of_member(one), of_member(other), 3) for _ in range(30)]
    there = [move(of_member(other), of_member(one), 2) for _ in range(30)]

    await asyncio.gather(*(each for pair in zip(here, there, strict=True) for each in pair))

    assert (await balance_of(one), await balance_of(other)) == (1000 - 30, 1000 + 30)
    assert await reconcile() == []


async def test_a_posting_that_one_account_cannot_bear_changes_none(database: str) -> None:
    rich, poor = await a_member_with(50), await a_member_with(5)
    spent = of_platform(Bucket.SPENT)
    moves = [Move(of_member(rich), spent, 20, "order", "test:1"), Move(of_member(poor), spent, 20, "order", "test:2")]

    async def post() -> None:
        async with transaction():
            await PointEntry.post(moves, at=NOON)

    with pytest.raises(InsufficientPoints) as refused:
        await post()

    assert refused.value.facts == {"needed": 20, "available": 5}
    assert (await balance_of(rich), await balance_of(poor)) == (50, 5)
    assert await reconcile() == []


async def test_an_account_is_opened_by_the_first_that_comes_in(database: str) -> None:
    member_id = await a_member_with(5)
    pending, other = of_member(member_id, bucket=Bucket.PENDING), of_member(member_id)
    issued = of_platform(Bucket.ISSUED)

    async with transaction():
        moves = [Move(issued, pending, 3, "gift", "test:1"), Move(issued, other, 4, "gift", "test:2")]
        moves.append(Move(issued, other, 6, "gift", "test:3"))
        posted = await PointEntry.post(moves, at=NOON)

    assert [entry.balance_after for entry in posted if entry.amount > 0] == [3, 9, 15]
    assert (await Account.get(id=pending.id)).balance == 3
    assert (await Account.get(id=other.id)).earned_total == 15
    assert await reconcile() == []


async def test_a_long_posting_is_written_whole(database: str) -> None:
    member_id = await a_member_with(1)
    issued = of_platform(Bucket.ISSUED)

    async with transaction():
        await PointEntry.post([Move(issued, of_member(member_id), 1, "gift", f"test:{n}") for n in range(130)], at=NOON)

    assert await balance_of(member_id) == 131
    assert await fetch_value("SELECT count(*) FROM point_entry") == 2 + 260
    assert await reconcile() == []


@pytest.mark.parametrize("repeat", range(5))
async def test_postings_over_several_accounts_in_any_order_wait_for_nobody_for_ever(database: str, repeat: int) -> None:
    ids = [await a_member_with(1000) for _ in range(4)]

    async def post(order: list[UUID]) -> None:
        pairs = zip(order, [*order[1:], order[0]], strict=True)
        moves = [Move(of_member(one), of_member(other), 2, "gift", f"test:{new_id()}") for one, other in pairs]
        async with transaction():
            await PointEntry.post(moves, at=NOON)

    await asyncio.gather(*(post(ids[n % 4 :] + ids[: n % 4]) for n in range(15)), *(post(ids[::-1]) for _ in range(15)))

    assert [await balance_of(one) for one in ids] == [1000] * 4
    assert await reconcile() == []


@pytest.mark.parametrize("change", ["UPDATE point_entry SET amount = 1", "DELETE FROM point_entry"])
async def test_the_database_refuses_to_alter_lines(database: str, change: str) -> None:
    await a_member_with(5)

    with pytest.raises(IntegrityError, match="append-only"):
        await execute(change)

    assert await fetch_value("SELECT count(*) FROM point_entry") == 2


async def test_a_cause_moves_points_once(database: str) -> None:
    member = await a_member()
    gift = Move(of_platform(Bucket.ISSUED), of_member(member.id), 7, "gift", "festival:2026")

    async def post() -> None:
        async with transaction():
            await PointEntry.post([gift], at=NOON)

    await post()
    with pytest.raises(IntegrityError):
        await post()

    assert await balance_of(member.id) == 7


async def test_a_holder_never_goes_below_zero_whoever_writes(database: str) -> None:
    member_id = await a_member_with(5)

    with pytest.raises(IntegrityError):
        await execute("UPDATE account SET balance = -1 WHERE id = $1", str(of_member(member_id).id))

    assert await balance_of(member_id) == 5


@pytest.mark.parametrize("amount", [0, -5, 2**53])
async def test_amounts_out_of_bounds_are_bugs(database: str, amount: int) -> None:
    member = await a_member()

    with pytest.raises(ValueError, match="a movement of"):
        await move(of_platform(Bucket.ISSUED), of_member(member.id), amount)
