"""The funnel: what came of the visits of a period, by channel, by code or by campaign.

A row tells of the visits of the period, and of the members who came by one of them: whoever registered later belongs to
the channel of its first touch, or of its last one before it registered. Each further step is counted among those who
registered, whenever it was taken, and the funnels of two periods never share a member. Visits by programs, by the
inviter itself and by codes that had ended are not in it, nor are staff, and whoever came back after an erasure.

What was spent is booked by whole days of the brand: all of a day's counts where the period has any part of it.

Somebody stays to day 7 or 30 as in `referral_statistics.py`: it has checked in on that day since it registered, or in
the six days after it; only those are counted whose window is over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from models.errors import Invalid
from models.spread.referral_statistics import PERIOD_MOST, STAY_DAYS, WINDOW_DAYS
from models.spread.visit import TOUCHES
from store.brand_day import brand_day
from store.database import dialect, fetch

_FUNNEL = """
WITH came AS (
    SELECT {key} AS key, COUNT(*) AS visits, COUNT(DISTINCT v.visitor_no) AS visitors,
        SUM(CASE WHEN v.counts THEN 1 ELSE 0 END) AS counted
    FROM visit v JOIN scene_code c ON c.id = v.code_id
    WHERE v.visited_at >= $1 AND v.visited_at < $2 AND {touches}{where}
    GROUP BY 1
), became AS (
    SELECT {key} AS key, COUNT(*) AS registered, {steps}, {stays}
    FROM arrival a JOIN scene_code c ON c.id = a.{touch}_code_id JOIN member m ON m.id = a.member_id
    WHERE a.{touch}_at >= $1 AND a.{touch}_at < $2 AND NOT m.is_staff AND NOT m.is_returning{where}
    GROUP BY 1
), spent AS (
    {spent}
), ways AS (
    SELECT key FROM came UNION SELECT key FROM spent
)
SELECT ways.key AS key, {names}, spent.cost AS cost FROM ways
LEFT JOIN came ON came.key = ways.key LEFT JOIN became ON became.key = ways.key LEFT JOIN spent ON spent.key = ways.key
ORDER BY COALESCE(came.visits, 0) DESC, ways.key LIMIT 100
"""
_STEPS = {
    "introduced": "SELECT 1 FROM introduction i WHERE i.member_id = a.member_id",
    "checked_in": "SELECT 1 FROM check_in k WHERE k.member_id = a.member_id AND k.voided_at IS NULL",
    "purchased": "SELECT 1 FROM mall_order o WHERE o.member_id = a.member_id AND o.confirmed_at IS NOT NULL "
    "AND o.status NOT IN ('cancelled', 'refunded')",
}
_AND_STAGE = " OR EXISTS (SELECT 1 FROM referral_stage s WHERE s.invitee_id = a.member_id AND s.stage = 'introduced')"
"""An introduction is gone with an erased member; that it was reached stays, where somebody had invited it."""
_STAY = """
SUM(CASE WHEN {until} <= $3 THEN 1 ELSE 0 END) AS ripe_{days},
SUM(CASE WHEN {until} <= $3 AND EXISTS (SELECT 1 FROM check_in k WHERE k.member_id = a.member_id
    AND k.voided_at IS NULL AND k.business_day >= {day} AND k.business_day < {until})
    THEN 1 ELSE 0 END) AS retained_{days}"""
_DAY = {"postgres": "a.day + {0}", "sqlite": "date(a.day, '+{0} days')"}
_SPENT = """SELECT CAST(t.channel_id AS TEXT) AS key, CAST(SUM(t.amount) AS BIGINT) AS cost FROM channel_cost t
    WHERE t.day >= ${first} AND t.day <= ${last}{where} GROUP BY 1"""
_NOT_SPENT = "SELECT CAST(NULL AS TEXT) AS key, CAST(NULL AS BIGINT) AS cost WHERE 1 = 0"


class FunnelBy(StrEnum):
    """What a row of the funnel tells of."""

    CHANNEL = "channel"
    CODE = "code"
    CAMPAIGN = "campaign"


class Touch(StrEnum):
    """Which touch a newcomer is counted for."""

    FIRST = "first"
    LAST = "last"


_KEYS = {
    FunnelBy.CHANNEL: "COALESCE(CAST(c.channel_id AS TEXT), '')",
    FunnelBy.CODE: "CAST(c.id AS TEXT)",
    FunnelBy.CAMPAIGN: "COALESCE(c.campaign, '')",
}


@dataclass(frozen=True)
class Ways:
    """Which codes a funnel is about; all of them where nothing is named."""

    channel_id: UUID | None = None
    campaign: str | None = None
    code_id: UUID | None = None

    def where(self, first: int) -> tuple[str, list[object]]:
        """The condition on a code, whose values are passed from `$first` on."""
        named = {"channel_id": self.channel_id, "campaign": self.campaign, "id": self.code_id}
        given = {column: value for column, value in named.items() if value is not None}
        parts = [f" AND c.{column} = ${position}" for position, column in enumerate(given, start=first)]
        return "".join(parts), list(given.values())

    @property
    def are_channels(self) -> bool:
        """Whether what was spent on channels is spent on these."""
        return self.campaign is None and self.code_id is None


@dataclass(frozen=True)
class FunnelRow:
    """What came of the visits by the codes of a channel, a campaign, or one code; without a key: of none of these.

    `visits` are those by which somebody may have come, of so many `visitors`; `counted` of them count. The rest are
    members: who registered, and how many of these went how far. `cost` is what was spent in the days of the period.
    """

    key: str = ""
    visits: int = 0
    visitors: int = 0
    counted: int = 0
    registered: int = 0
    introduced: int = 0
    checked_in: int = 0
    purchased: int = 0
    ripe_7: int = 0
    retained_7: int = 0
    ripe_30: int = 0
    retained_30: int = 0
    cost: int | None = None

    @property
    def cost_per_registered(self) -> int | None:
        """In whole minor units, rounded; None where nothing is known to be spent, or nobody came."""
        return round(self.cost / self.registered) if self.cost is not None and self.registered else None


async def funnel(
    since: datetime,
    until: datetime,
    *,
    by: FunnelBy = FunnelBy.CHANNEL,
    touch: Touch = Touch.FIRST,
    ways: Ways = Ways(),
    at: datetime,
) -> list[FunnelRow]:
    """The funnel of visits from `since` until before `until`: the hundred rows with the most visits, the most first.

    By channel, those that nobody came by although something was spent are among them, last. Raises `Invalid`.
    """
    if not timedelta() < until - since <= PERIOD_MOST:
        raise Invalid("until", zh="应晚于起点，且不超过 366 天", en="it must be later, by 366 days at most")
    where, values = ways.where(4)
    spent, days = _NOT_SPENT, list[object]()
    if by is FunnelBy.CHANNEL and ways.are_channels:
        spent = _spent(4 + len(values), of_one=ways.channel_id is not None)
        days = [brand_day(since), brand_day(until - timedelta(microseconds=1))]
    rows = await fetch(_statement(by, touch, where, spent), since, until, brand_day(at), *values, *days)
    return [_row(row) for row in rows]


def _spent(first: int, *, of_one: bool) -> str:
    """What was spent in the days passed as `$first` and after it; on the channel passed as `$4`, or on any."""
    return _SPENT.format(first=first, last=first + 1, where=" AND t.channel_id = $4" if of_one else "")


def _statement(by: FunnelBy, touch: Touch, where: str, spent: str = _NOT_SPENT) -> str:
    day = _DAY[dialect()]
    steps = [
        f"SUM(CASE WHEN EXISTS ({sql}){_AND_STAGE if name == 'introduced' else ''} THEN 1 ELSE 0 END) AS {name}"
        for name, sql in _STEPS.items()
    ]
    stays = [_STAY.format(days=days, day=day.format(days), until=day.format(days + WINDOW_DAYS)) for days in STAY_DAYS]
    names = ["registered", *_STEPS, *(f"{name}_{days}" for days in STAY_DAYS for name in ("ripe", "retained"))]
    told = [*(f"came.{name}" for name in ("visits", "visitors", "counted")), *(f"became.{name}" for name in names)]
    return _FUNNEL.format(
        key=_KEYS[by],
        touches=TOUCHES.format(row="v"),
        where=where,
        touch=touch,
        steps=", ".join(steps),
        stays=", ".join(stays),
        spent=spent,
        names=", ".join(f"COALESCE({one}, 0) AS {one.partition('.')[2]}" for one in told),
    )


def _row(row: Any) -> FunnelRow:
    counts = {name: int(row[name]) for name in FunnelRow.__dataclass_fields__ if name not in ("key", "cost")}
    return FunnelRow(key=row["key"], cost=None if row["cost"] is None else int(row["cost"]), **counts)
