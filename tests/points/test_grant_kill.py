"""Whoever pays a grant is killed at any row; others go on from there, and every row is paid once."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from models.points.grant_batch import GrantBatch
from models.points.grant_row import GivenRow, GrantRow, NamedBy, pay_granted
from models.points.reconciliation import reconcile
from store.database import fetch_value
from store.ids import new_id
from tests.build import a_member
from tests.conftest import NOON

ROOT = Path(__file__).resolve().parents[2]
MEMBERS, KILLS = 60, 4
PAYING = """
import asyncio, sys
from datetime import datetime
from store.database import close_database, open_database
from models.points.grant_row import pay_granted

async def pay():
    await open_database(sys.argv[1])
    await pay_granted(at=datetime.fromisoformat(sys.argv[2]))
    await close_database()

asyncio.run(pay())
"""


async def paid() -> int:
    return await GrantRow.filter(paid_at__not_isnull=True).count()


async def killed_while_paying(url: str, rows: int) -> None:
    """Start a process that pays, and kill it once it has paid so many rows more."""
    wanted = await paid() + rows
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PAYING, url, NOON.isoformat()),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    while await paid() < wanted and process.returncode is None:  # noqa: ASYNC110 - it is another process that pays
        await asyncio.sleep(0.002)
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)
    await process.wait()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are killed otherwise here")
async def test_a_kill_at_any_row_costs_and_doubles_nothing(database: str) -> None:
    staff_id = new_id()
    batch = await GrantBatch.draft(name="礼", reason="礼", staff_id=staff_id, at=NOON)
    rows = [GivenRow(NamedBy.MEMBER_ID, str((await a_member()).id), 7) for _ in range(MEMBERS)]
    await GrantRow.add(batch.id, rows, staff_id=staff_id, at=NOON)
    await GrantBatch.submit(batch.id, staff_id=staff_id, at=NOON)

    for rows_more in range(1, KILLS + 1):
        await killed_while_paying(database, 3 * rows_more)
    before = await paid()
    await pay_granted(at=NOON)

    assert before >= 3 * KILLS
    assert await paid() == MEMBERS
    earned = "SELECT COUNT(*) FROM account WHERE holder = 'member' AND currency = 'points' AND balance = 7"
    assert await fetch_value(earned) == MEMBERS
    assert await reconcile() == []
