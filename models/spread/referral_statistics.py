"""Figures of the spread: how many a member brings (K), and how many of those brought stay, generation by generation.

K of a period is said of those who came in it: how many members each of them brought within thirty days of coming, on
average. Whoever came less than thirty days ago is left out, since its thirty days are not over. Above 1 a community
grows by itself.

Somebody stays to day 7 or 30 who has checked in on that day since it came, or in the six days after it; it is counted
among those whose window is over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.errors import Invalid
from store.brand_day import brand_day
from store.database import dialect, fetch

K_DAYS = 30
STAY_DAYS = (7, 30)
WINDOW_DAYS = 7
PERIOD_MOST = timedelta(days=366)
GENERATIONS_SHOWN = 100

_K = """
SELECT COUNT(*) AS members, CAST(COALESCE(SUM(brought), 0) AS BIGINT) AS invitees FROM (
    SELECT (SELECT COUNT(*) FROM referral r WHERE r.inviter_id = m.id AND r.created_at < {after}) AS brought
    FROM member m WHERE m.joined_at >= $1 AND m.joined_at < $2 AND NOT m.is_staff
) cohort
"""
_AFTER = {
    "postgres": f"m.joined_at + INTERVAL '{K_DAYS} days'",
    "sqlite": f"strftime('%Y-%m-%d %H:%M:%f', m.joined_at, '+{K_DAYS} days')",
}
_DAY = {"postgres": "CAST(r.created_at AT TIME ZONE 'UTC' AS date) + {0}", "sqlite": "date(r.created_at, '+{0} days')"}
_STAYED = """
SELECT r.depth AS generation, COUNT(*) AS members, {stays} FROM referral r
WHERE r.created_at >= $1 AND r.created_at < $2 GROUP BY r.depth ORDER BY r.depth LIMIT 100
"""
_STAY = """
SUM(CASE WHEN {until} <= $3 THEN 1 ELSE 0 END) AS ripe_{days},
SUM(CASE WHEN {until} <= $3 AND EXISTS (SELECT 1 FROM check_in k WHERE k.member_id = r.invitee_id
    AND k.voided_at IS NULL AND k.business_day >= {day} AND k.business_day < {until})
    THEN 1 ELSE 0 END) AS stayed_{days}
"""


@dataclass(frozen=True)
class Growth:
    """How many came in a period, as far as their thirty days are over, and how many they brought in those."""

    members: int
    invitees: int

    @property
    def k(self) -> float | None:
        return self.invitees / self.members if self.members else None


@dataclass(frozen=True)
class Staying:
    """Of those of a generation who were brought in a period: how many are old enough, and how many of them stayed."""

    generation: int
    members: int
    ripe_7: int
    stayed_7: int
    ripe_30: int
    stayed_30: int


async def growth(since: datetime, until: datetime, *, at: datetime) -> Growth:
    """The K-factor of those who came from `since` until before `until`. Raises `Invalid`."""
    _check(since, until)
    ripe = min(until, at - timedelta(days=K_DAYS))
    [row] = await fetch(_K.format(after=_AFTER[dialect()]), since, ripe)
    return Growth(int(row["members"]), int(row["invitees"]))


async def staying(since: datetime, until: datetime, *, at: datetime) -> list[Staying]:
    """By generation below the root, who stayed of those brought from `since` until before `until`. Raises `Invalid`."""
    _check(since, until)
    day = _DAY[dialect()]
    stays = ", ".join(
        _STAY.format(days=days, day=day.format(days), until=day.format(days + WINDOW_DAYS)) for days in STAY_DAYS
    )
    rows = await fetch(_STAYED.format(stays=stays), since, until, brand_day(at))
    return [Staying(**{name: int(row[name]) for name in Staying.__dataclass_fields__}) for row in rows]


def _check(since: datetime, until: datetime) -> None:
    if not timedelta() < until - since <= PERIOD_MOST:
        raise Invalid("until", zh="应晚于起点，且不超过 366 天", en="it must be later, by 366 days at most")
