"""The audit of the ledger: every promise of it is computed anew from the entries, by the database, in one pass each.

It reads and mends nothing: what it finds is somebody else's write or a bug, and a person has to look.
"""

from collections.abc import Mapping
from typing import Any

from models.play.red_packet_promise import PACKET_PROMISES
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
        # What came from an issue, a budget or a release counts as earned, what went back to the first two is taken off.
        "SELECT a.id, a.holder, a.holder_id, a.currency, a.earned_total, CAST(COALESCE(e.total, 0) AS BIGINT) AS total "
        "FROM account a LEFT JOIN (SELECT m.account_id, SUM(m.amount) AS total FROM point_entry m "
        "JOIN point_entry o ON o.transfer_id = m.transfer_id AND o.id <> m.id "
        "LEFT JOIN account b ON b.id = o.account_id AND b.holder = 'budget' "
        "WHERE m.bucket = 'available' AND (m.amount > 0 AND (o.bucket IN ('issued', 'pending') OR b.id IS NOT NULL) "
        "OR m.amount < 0 AND (o.bucket = 'issued' OR b.id IS NOT NULL)) GROUP BY m.account_id) e "
        "ON e.account_id = a.id AND a.holder <> 'budget' "
        "WHERE a.earned_total <> COALESCE(e.total, 0) ORDER BY a.id LIMIT 100",
    ),
    (
        "Account {id} of member {holder_id} has {balance}; its lots hold {total}.",
        "SELECT a.id, a.holder_id, a.balance, CAST(COALESCE(l.total, 0) AS BIGINT) AS total FROM account a "
        "LEFT JOIN (SELECT account_id, SUM(remaining) AS total FROM point_lot GROUP BY account_id) l "
        "ON l.account_id = a.id WHERE a.balance <> COALESCE(l.total, 0) "
        "AND a.holder = 'member' AND a.currency = 'points' AND a.bucket = 'available' ORDER BY a.id LIMIT 100",
    ),
    (
        "Lot {id} of member {member_id} is below zero, or of an account that has no lots: {remaining}.",
        "SELECT l.id, l.member_id, l.remaining FROM point_lot l JOIN account a ON a.id = l.account_id "
        "WHERE l.remaining < 0 OR l.member_id <> a.holder_id OR a.holder <> 'member' OR a.currency <> 'points' "
        "OR a.bucket <> 'available' ORDER BY l.id LIMIT 100",
    ),
    (
        "Line {id} of member {member_id} took {amount}; of lots it took {total}.",
        "SELECT e.id, e.member_id, -e.amount AS amount, CAST(COALESCE(u.total, 0) AS BIGINT) AS total "
        "FROM point_entry e LEFT JOIN (SELECT entry_id, SUM(amount) AS total FROM point_lot_use GROUP BY entry_id) u "
        "ON u.entry_id = e.id WHERE e.amount < 0 AND e.member_id IS NOT NULL AND e.currency = 'points' "
        "AND e.bucket = 'available' AND -e.amount <> COALESCE(u.total, 0) ORDER BY e.id LIMIT 100",
    ),
    (
        "Lot {lot_id} was used for {entry_id}, which is no line that took from its account, or gave too much back.",
        "SELECT u.lot_id, u.entry_id FROM point_lot_use u JOIN point_lot l ON l.id = u.lot_id "
        "LEFT JOIN point_entry e ON e.id = u.entry_id AND e.account_id = l.account_id AND e.amount < 0 "
        "WHERE e.id IS NULL OR u.given_back NOT BETWEEN 0 AND u.amount ORDER BY u.id LIMIT 100",
    ),
    (
        "Member {holder_id} has {balance} set aside; its open holds are {total}.",
        "SELECT a.holder_id, a.balance, CAST(COALESCE(h.total, 0) AS BIGINT) AS total FROM account a LEFT JOIN "
        "(SELECT member_id, SUM(amount) AS total FROM point_hold WHERE ended_at IS NULL GROUP BY member_id) h "
        "ON h.member_id = a.holder_id WHERE a.holder = 'member' AND a.currency = 'points' AND a.bucket = 'held' "
        "AND a.balance <> COALESCE(h.total, 0) ORDER BY a.holder_id LIMIT 100",
    ),
    (
        "Budget {id} ({name}) holds {balance}; of {amount} given it has paid {paid} and overdrawn {overdrawn}.",
        # Everything but what moved between it and the pool is payment, whoever paid.
        "SELECT b.id, b.name, b.amount, b.overdrawn, COALESCE(a.balance, 0) AS balance, "
        "CAST(COALESCE(e.paid, 0) AS BIGINT) AS paid FROM budget b "
        "LEFT JOIN account a ON a.holder_id = b.id AND a.holder = 'budget' AND a.currency = 'points' "
        "LEFT JOIN (SELECT account_id, -SUM(amount) AS paid FROM point_entry "
        "WHERE reason NOT IN ('budget_fund', 'budget_return', 'budget_overdraft') AND account_id IN "
        "(SELECT id FROM account WHERE holder = 'budget') GROUP BY account_id) e ON e.account_id = a.id "
        "WHERE COALESCE(a.balance, 0) <> CASE WHEN b.closed_at IS NOT NULL THEN 0 "
        "ELSE b.amount + b.overdrawn - COALESCE(e.paid, 0) END ORDER BY b.id LIMIT 100",
    ),
    *PACKET_PROMISES,
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
    """One pass over millions of entries takes longer than a request may, so the limit of statements is lifted.

    Every question is about whole tables, which are joined by hashing; where PostgreSQL knows too little of a table that
    was filled just now, it would look up row by row instead, and take hours.
    """
    if dialect() == "sqlite":
        return await fetch(sql)
    async with transaction():
        await execute("SET LOCAL statement_timeout = 0")
        await execute("SET LOCAL enable_nestloop = off")
        return await fetch(sql)
