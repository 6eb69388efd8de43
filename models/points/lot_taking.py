"""Taking points out of lots, and giving back what was taken.

Both are one statement over many lots and many wants. Think of the lots of an account, in the order in which they are
drawn on, as one line of points, and of the wants as laid along it: a want takes from each lot what lies under it. What
is given back is laid along what was taken in the same way, the part that lapses last in front.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from store.clock import as_instant
from store.database import dialect, fetch
from store.engines.guards import Dialect
from store.ids import as_id, new_id
from store.together import Write, insertion, write

WANTS_AT_ONCE = 100

EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Before every lot lapses."""


@dataclass(frozen=True, slots=True)
class Want:
    """What the line `entry_id` is to take from an account; or what it took and gives back to an account."""

    entry_id: UUID
    account_id: UUID
    amount: int


@dataclass(frozen=True, slots=True)
class Part:
    """What a want came by of one expiry."""

    entry_id: UUID
    account_id: UUID
    expires_at: datetime
    amount: int


async def take(wants: Sequence[Want], *, after: datetime, first: datetime = EVER) -> list[Part]:
    """Take points from lots that lapse after an instant, the earliest first; the lot that lapses at `first` before all.

    The caller holds the accounts, whose balances it has changed. Where the lots do not suffice, less is taken.
    """
    parts: list[Part] = []
    for some in _runs(wants):
        values = (after, first, *_laid(some, lambda want: want.account_id))
        rows = await fetch(_taking(len(some), dialect()), *values)
        if dialect() == "sqlite" and rows:
            await write(*_taken(rows))
        parts += [_part(row) for row in rows]
    return parts


async def give_back(wants: Sequence[Want]) -> list[Part]:
    """Mark as given back what lines took, the part that lapses last first. Where they took less, less is given.

    It tells what came from where; into which lots it goes is the caller's business.
    """
    parts: list[Part] = []
    for some in _runs(wants):
        rows = await fetch(_giving(len(some), dialect()), *_laid(some, lambda want: want.entry_id))
        if dialect() == "sqlite" and rows:
            values = [(row["use_id"], row["amount"]) for row in rows]
            await write(_change("point_lot_use", "given_back = given_back +", values))
        parts += [_part(row) for row in rows]
    return parts


def _runs(wants: Sequence[Want]) -> Iterator[Sequence[Want]]:
    """One statement takes so many values and no more; what is taken first is gone for the next."""
    return (wants[start : start + WANTS_AT_ONCE] for start in range(0, len(wants), WANTS_AT_ONCE))


def _laid(wants: Sequence[Want], line: Callable[[Want], UUID]) -> list[object]:
    """The wants as the statements want them, each behind the one before it on the same line."""
    values: list[object] = []
    ends: defaultdict[UUID, int] = defaultdict(int)
    for want in wants:
        low = ends[line(want)]
        ends[line(want)] = high = low + want.amount
        values += (want.entry_id, want.account_id, low, high)
    return values


def _wants(count: int, first_place: int) -> str:
    types = ("uuid", "uuid", "bigint", "bigint")
    starts = range(first_place, first_place + 4 * count, 4)
    places = ", ".join(f"({', '.join(f'${start + n}::{cast}' for n, cast in enumerate(types))})" for start in starts)
    return (
        "SELECT column1 AS entry_id, column2 AS account_id, column3 AS low, column4 AS high "  # noqa: S608 - own text
        f"FROM (VALUES {places}) v"
    )


def _under(dialect: Dialect) -> str:
    """How much of the piece `l`, which ends at `upto`, lies under the want `w`."""
    least, most = ("LEAST", "GREATEST") if dialect == "postgres" else ("MIN", "MAX")
    return f"{least}(l.upto, w.high) - {most}(l.upto - l.size, w.low)"


_MEETS = "l.upto > w.low AND l.upto - l.size < w.high"


@lru_cache(maxsize=100)
def _taking(count: int, dialect: Dialect) -> str:
    writes = (
        ", taken AS (UPDATE point_lot SET remaining = remaining - s.amount FROM "
        "(SELECT lot_id, SUM(amount) AS amount FROM part GROUP BY lot_id) s WHERE point_lot.id = s.lot_id), "
        "used AS (INSERT INTO point_lot_use (id, lot_id, entry_id, amount, given_back) "
        "SELECT gen_random_uuid(), lot_id, entry_id, amount, 0 FROM part)"
    )
    return (
        f"WITH want AS ({_wants(count, 3)}), "  # noqa: S608 - own text
        "line AS (SELECT p.id, p.account_id, p.expires_at, p.remaining AS size, CAST(SUM(p.remaining) OVER "
        "(PARTITION BY p.account_id ORDER BY p.expires_at <> $2::timestamptz, p.expires_at) AS BIGINT) AS upto "
        "FROM (SELECT DISTINCT account_id FROM want) a JOIN point_lot p ON p.account_id = a.account_id "
        "WHERE p.remaining > 0 AND p.expires_at > $1::timestamptz), "
        f"part AS (SELECT l.id AS lot_id, w.entry_id, w.account_id, l.expires_at, {_under(dialect)} AS amount "
        f"FROM line l JOIN want w ON w.account_id = l.account_id AND {_MEETS})"
        f"{writes if dialect == 'postgres' else ''} SELECT * FROM part ORDER BY entry_id, expires_at"
    )


@lru_cache(maxsize=100)
def _giving(count: int, dialect: Dialect) -> str:
    """Uses may be given back behind different accounts at once, so PostgreSQL takes their rows before it counts."""
    held, writes = "", ""
    if dialect == "postgres":
        held = " ORDER BY u.id FOR UPDATE OF u"
        writes = (
            ", given AS (UPDATE point_lot_use SET given_back = given_back + s.amount FROM "
            "(SELECT use_id, SUM(amount) AS amount FROM part GROUP BY use_id) s WHERE point_lot_use.id = s.use_id)"
        )
    return (
        f"WITH want AS ({_wants(count, 1)}), "  # noqa: S608 - own text
        "taken AS (SELECT u.id, u.entry_id, u.amount - u.given_back AS size, p.expires_at FROM point_lot_use u "
        "JOIN point_lot p ON p.id = u.lot_id WHERE u.entry_id IN (SELECT entry_id FROM want) "
        f"AND u.amount > u.given_back{held}), "
        "line AS (SELECT *, CAST(SUM(size) OVER (PARTITION BY entry_id ORDER BY expires_at DESC) AS BIGINT) AS upto "
        "FROM taken), "
        f"part AS (SELECT l.id AS use_id, w.entry_id, w.account_id, l.expires_at, {_under(dialect)} AS amount "
        f"FROM line l JOIN want w ON w.entry_id = l.entry_id AND {_MEETS})"
        f"{writes} SELECT * FROM part ORDER BY entry_id, expires_at"
    )


def _taken(rows: Sequence[Mapping[str, Any]]) -> list[Write]:
    """What PostgreSQL writes in the statement that finds it."""
    uses = [(new_id(), row["lot_id"], row["entry_id"], row["amount"], 0) for row in rows]
    insert = insertion("point_lot_use", ("id", "lot_id", "entry_id", "amount", "given_back"), len(uses))
    return [
        _change("point_lot", "remaining = remaining -", [(row["lot_id"], row["amount"]) for row in rows]),
        Write(insert, tuple(value for use in uses for value in use)),
    ]


def _change(table: str, sum_of: str, amounts: Sequence[tuple[object, int]]) -> Write:
    places = ", ".join(f"(${2 * n + 1}, ${2 * n + 2})" for n in range(len(amounts)))
    summed = f"SELECT column1 AS id, SUM(column2) AS amount FROM (VALUES {places}) GROUP BY column1"  # noqa: S608 - own text
    text = f"UPDATE {table} SET {sum_of} s.amount FROM ({summed}) s WHERE {table}.id = s.id"  # noqa: S608 - own text
    return Write(text, tuple(value for amount in amounts for value in amount))


def _part(row: Mapping[str, Any]) -> Part:
    return Part(as_id(row["entry_id"]), as_id(row["account_id"]), as_instant(row["expires_at"]), int(row["amount"]))
