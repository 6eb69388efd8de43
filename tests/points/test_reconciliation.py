"""The audit of the ledger finds what the ledger itself would never let happen."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from models.checkins.check_in import CheckIn
from models.points.account import of_member
from models.points.reconciliation import reconcile
from store.database import dialect, execute
from store.ids import new_id
from tests.build import a_member, a_plan
from tests.conftest import NOON
from tests.points.build import a_holder, spent

ROOT = Path(__file__).resolve().parents[2]


async def open_the_ledger() -> None:
    """What a person with the database's password can do: switch the guard off."""
    if dialect() == "postgres":
        await execute("ALTER TABLE point_entry DISABLE TRIGGER USER")
    else:
        await execute("DROP TRIGGER point_entry_refuses_update")
        await execute("DROP TRIGGER point_entry_refuses_delete")


async def a_ledger() -> str:
    member, plan = await a_member(), await a_plan()
    await CheckIn.record(member.id, plan, at=NOON)
    return str(of_member(member.id).id)


async def test_a_right_ledger_has_no_faults(database: str) -> None:
    await a_ledger()

    assert await reconcile() == []


async def test_a_changed_amount_is_found_in_every_sum_it_breaks(database: str) -> None:
    account_id = await a_ledger()
    await open_the_ledger()

    await execute("UPDATE point_entry SET amount = 11 WHERE account_id = $1", account_id)

    faults = await reconcile()
    assert len(faults) == 4
    assert faults[0] == "All entries of points sum to 1, not to 0."
    assert faults[1].endswith("has 2 entries that sum to 1, not 2 that sum to 0.")
    assert faults[2].endswith("(points, available) has 10; its entries sum to 11.")
    assert faults[3].endswith("(points) says 10 earned; its entries say 11.")


async def test_a_lost_entry_is_found(database: str) -> None:
    account_id = await a_ledger()
    await open_the_ledger()

    await execute("DELETE FROM point_entry WHERE account_id = $1", account_id)

    assert any("has 1 entries that sum to -10" in fault for fault in await reconcile())


async def test_a_changed_balance_is_found(database: str) -> None:
    account_id = await a_ledger()

    await execute("UPDATE account SET balance = 500, earned_total = 9 WHERE id = $1", account_id)

    balance, earned, lots = await reconcile()
    assert balance.endswith("(points, available) has 500; its entries sum to 10.")
    assert earned.endswith("(points) says 9 earned; its entries say 10.")
    assert lots.endswith("has 500; its lots hold 10.")


async def test_lots_that_part_from_the_ledger_are_found(database: str) -> None:
    member = await a_holder((10, 7), (20, 30))
    await spent(member.id, 12)

    await execute("UPDATE point_lot SET remaining = remaining + 3 WHERE remaining = 0")
    await execute("UPDATE point_lot_use SET entry_id = lot_id WHERE amount = 2")

    lots, took, used = await reconcile()
    assert lots.endswith("has 18; its lots hold 21.")
    assert took.endswith("took 12; of lots it took 10.")
    assert "which is no line that took from its account" in used


async def test_an_entry_of_no_pair_is_found(database: str) -> None:
    account_id = await a_ledger()

    await execute(
        "INSERT INTO point_entry (id, transfer_id, account_id, currency, bucket, amount, reason, source, posted_at) "
        "VALUES ($1, $2, $3, 'points', 'available', 5, 'gift', 'nowhere', $4)",
        str(new_id()),
        str(new_id()),
        account_id,
        NOON,
    )

    assert any("has 1 entries that sum to 5" in fault for fault in await reconcile())


@pytest.mark.parametrize(("balance", "code"), [(10, 0), (11, 1)])
async def test_the_command_exits_with_1_on_drift(database: str, tmp_path: Path, balance: int, code: int) -> None:
    if dialect() == "postgres":
        pytest.skip("the command is the same on both; this asks it about a file")
    account_id = await a_ledger()
    await execute("UPDATE account SET balance = $1 WHERE id = $2", balance, account_id)
    copy = tmp_path / "copy.db"
    with (
        closing(sqlite3.connect(database.removeprefix("sqlite://"))) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)

    done = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "api", "reconcile"),
        cwd=ROOT,
        env={"DATABASE_URL": f"sqlite://{copy}", "DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await done.communicate()

    assert (done.returncode, b"balanced" in said) == (code, code == 0), said
