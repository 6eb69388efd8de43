"""What lapses when: for a member day by day, and for the brand as what it owes, by the month in which it lapses."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from models.errors import within
from models.points.account import of_member
from models.points.issuance import outstanding
from models.points.lot import NEVER
from store.brand_day import brand_day, brand_day_start
from store.clock import as_instant
from store.database import among, fetch
from store.ids import as_id

OUTLOOK_DAYS_MOST = 366


@dataclass(frozen=True)
class LotLeft:
    """Points that lapse together; both are None where they never do."""

    expires_at: datetime | None
    last_day: date | None
    amount: int


@dataclass(frozen=True)
class LapsingDay:
    """What lapses at the end of a business day, and in how many lots: those of so many members, or nearly."""

    last_day: date
    amount: int
    lots: int


@dataclass(frozen=True)
class OwedMonth:
    """What lapses in a month, whose first day stands for it; None for what never lapses."""

    month: date | None
    amount: int
    lots: int


@dataclass(frozen=True)
class Liability:
    """What members hold: to spend, waiting for a review, set aside; and what has lapsed but lies there still."""

    available: int
    pending: int
    held: int
    lapsed: int
    months: Sequence[OwedMonth]


async def lots_left(member_ids: Sequence[UUID], *, at: datetime) -> dict[UUID, list[LotLeft]]:
    """What members can spend, by when it lapses, the earliest first."""
    rows = await fetch(
        f"SELECT member_id, expires_at, remaining FROM point_lot WHERE {among('account_id', 1, 'uuid')} "  # noqa: S608 - own text
        "AND expires_at > $2 AND remaining > 0 ORDER BY expires_at",
        [of_member(member_id).id for member_id in member_ids],
        at,
    )
    found: dict[UUID, list[LotLeft]] = {member_id: [] for member_id in member_ids}
    for row in rows:
        until = as_instant(row["expires_at"])
        never = until == NEVER
        lot = LotLeft(None if never else until, None if never else _last_day(until), int(row["remaining"]))
        found[as_id(row["member_id"])].append(lot)
    return found


async def lapsing(days: int, *, at: datetime, member_id: UUID | None = None) -> list[LapsingDay]:
    """What lapses by the end of so many days from today, of a member or of everybody, day by day. Raises `Invalid`."""
    within("days", days, 1, OUTLOOK_DAYS_MOST)
    until = brand_day_start(brand_day(at) + timedelta(days=days + 1))
    of_whom, values = ("", ()) if member_id is None else (" AND account_id = $3", (of_member(member_id).id,))
    rows = await fetch(
        "SELECT expires_at, CAST(SUM(remaining) AS BIGINT) AS points, COUNT(*) AS lots FROM point_lot "  # noqa: S608 - own text
        f"WHERE remaining > 0 AND expires_at > $1 AND expires_at <= $2{of_whom} GROUP BY expires_at",
        at,
        until,
        *values,
    )
    found: defaultdict[date, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        day = found[_last_day(as_instant(row["expires_at"]))]
        day[0], day[1] = day[0] + int(row["points"]), day[1] + int(row["lots"])
    return [LapsingDay(day, *found[day]) for day in sorted(found)]


async def liability(*, at: datetime) -> Liability:
    """All that members hold, counted from every open lot and every account."""
    rows = await fetch(
        "SELECT expires_at, CAST(SUM(remaining) AS BIGINT) AS points, COUNT(*) AS lots FROM point_lot "
        "WHERE remaining > 0 GROUP BY expires_at ORDER BY expires_at"
    )
    months: dict[date | None, OwedMonth] = {}
    lapsed = 0
    for row in rows:
        until, points, lots = as_instant(row["expires_at"]), int(row["points"]), int(row["lots"])
        if until <= at:
            lapsed += points
            continue
        month = None if until == NEVER else _last_day(until).replace(day=1)
        known = months.get(month, OwedMonth(month, 0, 0))
        months[month] = OwedMonth(month, known.amount + points, known.lots + lots)
    owed, held = list(months.values()), await outstanding()
    return Liability(sum(one.amount for one in owed), held.pending, held.held, lapsed, owed)


def _last_day(expires_at: datetime) -> date:
    """The business day at whose end points lapse, or in whose course."""
    return brand_day(expires_at - timedelta(microseconds=1))
