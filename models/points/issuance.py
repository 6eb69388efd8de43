"""The issuance report: how many points came into members' hands and out of them, by day and reason.

Issued is what was paid out of the pool or out of a budget; filling a budget issues nothing yet. What staff or a void
took back stands beside it under its own kind, so that a day's figures never change afterwards. Everything is read from
the sides of the movements that no member holds, which one index has in the order of time.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from models.errors import Invalid
from models.points.account import Currency
from models.points.budget import MOVED_INSIDE
from store.brand_day import brand_day_start
from store.database import fetch

DAYS_MOST = 92


class FlowKind(StrEnum):
    """Which way points went."""

    ISSUED = "issued"
    TAKEN_BACK = "taken_back"
    SPENT = "spent"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Flow:
    """Points of one kind, day and reason; `points` is above 0, below it where more was returned than spent."""

    day: date
    kind: FlowKind
    reason: str
    points: int
    movements: int


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What members hold now, and what budgets and packets hold for them."""

    available: int
    pending: int
    held: int
    set_aside: int

    @property
    def of_members(self) -> int:
        return self.available + self.pending + self.held


async def flows(first: date, last: date, *, currency: Currency = Currency.POINTS) -> list[Flow]:
    """What moved on the business days from `first` to `last`, by day, kind and reason. Raises `Invalid`."""
    days = (last - first).days + 1
    if not 1 <= days <= DAYS_MOST:
        raise Invalid("to", zh=f"应为 1–{DAYS_MOST} 天", en=f"a report has 1 to {DAYS_MOST} days")
    ends = [brand_day_start(first + timedelta(days=number)) for number in range(days + 1)]
    windows = [value for number in range(days) for value in (number, ends[number], ends[number + 1])]
    rows = await fetch(_flows_text(days), currency, ends[0], ends[-1], *windows)
    found = [
        Flow(first + timedelta(row["number"]), FlowKind(row["kind"]), row["reason"], row["points"], row["movements"])
        for row in rows
    ]
    return sorted(found, key=lambda flow: (flow.day, flow.kind, flow.reason))


async def outstanding(*, currency: Currency = Currency.POINTS) -> Outstanding:
    """What is in accounts at this moment."""
    rows = await fetch(
        "SELECT holder, bucket, CAST(SUM(balance) AS BIGINT) AS points FROM account "
        "WHERE currency = $1 AND holder <> 'platform' GROUP BY holder, bucket",
        currency,
    )
    of_members = {row["bucket"]: row["points"] for row in rows if row["holder"] == "member"}
    aside = sum(row["points"] for row in rows if row["holder"] != "member")
    available, pending, held = (of_members.get(bucket, 0) for bucket in ("available", "pending", "held"))
    return Outstanding(available, pending, held, aside)


@lru_cache(maxsize=DAYS_MOST)
def _flows_text(days: int) -> str:
    """The days are rows beside the entries: the database knows nothing of zones."""
    places = (f"(${3 * n + 4}::int, ${3 * n + 5}::timestamptz, ${3 * n + 6}::timestamptz)" for n in range(days))
    return _FLOWS.replace("{days}", ", ".join(places))


_INSIDE = ", ".join(f"'{reason}'" for reason in MOVED_INSIDE)
_KIND = (
    "CASE WHEN e.bucket = 'spent' THEN 'spent' WHEN e.bucket = 'expired' THEN 'expired' "
    "WHEN e.amount > 0 THEN 'taken_back' ELSE 'issued' END"
)
_FLOWS = (
    f"SELECT d.column1 AS number, {_KIND} AS kind, e.reason, COUNT(*) AS movements, "  # noqa: S608 - own text
    f"CAST(SUM(CASE WHEN e.bucket IN ('spent', 'expired') OR e.amount > 0 THEN e.amount ELSE -e.amount END) AS BIGINT) "
    "AS points FROM point_entry e JOIN account a ON a.id = e.account_id AND a.holder IN ('platform', 'budget') "
    "JOIN (VALUES {days}) d ON e.posted_at >= d.column2 AND e.posted_at < d.column3 "
    "WHERE e.member_id IS NULL AND e.currency = $1 AND e.posted_at >= $2 AND e.posted_at < $3 "
    f"AND e.reason NOT IN ({_INSIDE}) GROUP BY d.column1, {_KIND}, e.reason"
)
