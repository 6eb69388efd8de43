"""The expiry of points: lots whose instant has come are emptied into the platform's pool of expired points.

Nothing hangs on its being punctual, since lapsed lots cannot be spent anyway. A lot is emptied together with its line
of the ledger, behind the rows of its member and its account: a run that is repeated, killed or doubled finds it empty,
or finds it whole.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from models.one_by_one import OneByOne
from models.points.account import Bucket, of_member, of_platform
from models.points.entry import Move, PointEntry
from models.points.lot_taking import EVER
from store.clock import as_instant
from store.database import among, dialect, fetch, transaction
from store.ids import as_id

EXPIRED = "expired"
LOTS_AT_ONCE = 100

_DUE = (
    "SELECT id, account_id, member_id, expires_at FROM point_lot WHERE remaining > 0 AND expires_at <= $1 "
    "AND (expires_at, id) > ($2, $3) ORDER BY expires_at, id LIMIT $4"
)

Row = Mapping[str, Any]


async def expire_due(*, at: datetime) -> int:
    """Empty all lots that have lapsed by `at`, some in each transaction; returns how many.

    Where some together fail, each goes alone, so that one keeps no other from its turn.
    """
    emptied, after, run = 0, (EVER, UUID(int=0)), OneByOne("expire points")
    while due := await fetch(_DUE, at, *after, LOTS_AT_ONCE):
        together = await run.do(as_id(due[0]["id"]), _emptied(due, at=at))
        if together is None:
            alone = [await run.do(as_id(row["id"]), _emptied([row], at=at)) for row in due]
            together = sum(one or 0 for one in alone)
        emptied += together
        after = as_instant(due[-1]["expires_at"]), as_id(due[-1]["id"])
    return emptied


async def _emptied(due: Sequence[Row], *, at: datetime) -> int:
    async with transaction():
        await _take(due)
        lots = await fetch(
            f"SELECT id, member_id, expires_at, remaining FROM point_lot WHERE {among('id', 1, 'uuid')} "  # noqa: S608 - own text
            "AND remaining > 0 ORDER BY id",
            [row["id"] for row in due],
        )
        await PointEntry.post([_move(lot, at) for lot in lots], at=at)
    return len(lots)


async def _take(due: Sequence[Row]) -> None:
    """Take the rows of members, then of accounts, each in the order of their ids; SQLite has one writer at a time."""
    if dialect() == "postgres":
        for table, column in (("member", "member_id"), ("account", "account_id")):
            sql = f"SELECT id FROM {table} WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"  # noqa: S608 - own text
            await fetch(sql, [row[column] for row in due])


def _move(lot: Row, at: datetime) -> Move:
    """Something may come into a lapsed lot still, by a clock that is late; so the source names the run too."""
    return Move(
        debit=of_member(as_id(lot["member_id"])),
        credit=of_platform(Bucket.EXPIRED),
        amount=int(lot["remaining"]),
        reason=EXPIRED,
        source=f"lot:{lot['id']}:{at.isoformat()}",
        from_lot=as_instant(lot["expires_at"]),
    )
