"""The audit of the ledger: every promise of it is computed anew from the entries, by the database, in one pass each.

It reads and mends nothing: what it finds is somebody else's write or a bug, and a person has to look.
"""

from collections.abc import Mapping
from typing import Any

from store.database import dialect, execute, fetch, transaction

_PROMISES = (
    (
        "All entries of {currency} sum to {total}, not to 0.",
        "SELECT currency, CAST(SUM(amount) AS BIGINT) AS total FROM point_entry "
        "GROUP BY currency HAVING SUM(amount) <> 0 ORDER BY currency",
    ),
    (
        "Transfer {transfer_id} has {entries} entries that sum to {total}, not 2 that sum to 0.",
        "SELECT transfer_id, COUNT(*) AS entries, CAST(SUM(amount) AS BIGINT) AS total FROM point_entry "
        "GROUP BY transfer_id HAVING SUM(amount) <> 0 OR COUNT(*) <> 2 ORDER BY transfer_id LIMIT 100",
    ),
    (
        "Account {id} of {holder} {holder_id} ({currency}, {bucket}) has {balance}; its entries sum to {total}.",
        "SELECT a.id, a.holder, a.holder_id, a.currency, a.bucket, a.balance, CAST(COALESCE(e.total, 0) AS BIGINT) "
        "AS total FROM account a LEFT JOIN (SELECT account_id, SUM(amount) AS total FROM point_entry "
        "GROUP BY account_id) e ON e.account_id = a.id "
        "WHERE a.balance <> CASE WHEN a.holder = 'platform' THEN 0 ELSE COALESCE(e.total, 0) END "
        "ORDER BY a.id LIMIT 100",
    ),
    (
        "Account {id} of {holder} {holder_id} ({currency}, {bucket}) is below zero: {balance}.",
        "SELECT id, holder, holder_id, currency, bucket, balance FROM account WHERE balance < 0 ORDER BY id LIMIT 100",
    ),
    (
        "Account {id} of {holder} {holder_id} ({currency}) says {earned_total} earned; its entries say {total}.",
        # What came from an issue or a release counts as earned, what went back to the issue is taken off.
        "SELECT a.id, a.holder, a.holder_id, a.currency, a.earned_total, CAST(COALESCE(e.total, 0) AS BIGINT) AS total "
        "FROM account a LEFT JOIN (SELECT m.account_id, SUM(m.amount) AS total FROM point_entry m "
        "JOIN point_entry o ON o.transfer_id = m.transfer_id AND o.id <> m.id "
        "WHERE m.bucket = 'available' AND (m.amount > 0 AND o.bucket IN ('issued', 'pending') "
        "OR m.amount < 0 AND o.bucket = 'issued') GROUP BY m.account_id) e ON e.account_id = a.id "
        "WHERE a.earned_total <> COALESCE(e.total, 0) ORDER BY a.id LIMIT 100",
    ),
)


async def reconcile() -> list[str]:
    """A sentence for each broken promise, at most a hundred of a kind; nothing where the ledger is right.

    Each question is one statement and sees one state of the ledger, so it may be asked while points move.
    """
    faults: list[str] = []
    for sentence, sql in _PROMISES:
        faults += [sentence.format(**row) for row in await _asked(sql)]
    return faults


async def _asked(sql: str) -> list[Mapping[str, Any]]:
    """One pass over millions of entries takes longer than a request may, so the limit of statements is lifted."""
    if dialect() == "sqlite":
        return await fetch(sql)
    async with transaction():
        await execute("SET LOCAL statement_timeout = 0")
        return await fetch(sql)
