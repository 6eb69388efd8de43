"""Conversion of newcomers: of those whose days are over, how many did each step and spoke within them.

By group, by inviter or by the week of joining; members who are staff of the brand are left out. Days are those that
each was given in the end, so one who was given time counts by that. Whoever's days are not over is still open, whether
it has spoken or not, and was spared who was silent for a good reason; neither counts in the steps, so that a share is
to be read against those who are `closed`. A step counts that was done before the newcomer joined, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.errors import Invalid
from models.members.condition_sql import Clause
from models.spread.newcomer_path import DONE_AT, INVITER
from models.spread.newcomer_step import NewcomerStep
from store.database import dialect, fetch

PERIOD_MOST = timedelta(days=366)
WIDE_PERIOD_MOST = timedelta(days=92)
"""Of more than one group: what each newcomer did is read one by one."""

PARTS_MOST = 100


class ReportPart(StrEnum):
    """By what the newcomers are told apart."""

    GROUP = "group"
    INVITER = "inviter"
    WEEK = "week"


_WEEK = {
    "postgres": "CAST(CAST(date_trunc('week', n.joined_on) AS date) AS TEXT)",
    "sqlite": "date(n.joined_on, 'weekday 0', '-6 days')",
}
_SPARED = (
    "(n.state = 'spared' OR (n.state IN ('spoke', 'left') AND n.marked_at IS NULL "
    "AND COALESCE(n.spoke_at, n.left_at) >= n.due_at))"
)
"""Whether it was silent to the end and not marked, whatever came of it since."""

_CLOSED = f"n.due_at <= $1 AND NOT {_SPARED}"
_STEPS = ", ".join(
    f"CASE WHEN {_CLOSED} AND {sql} < n.due_at THEN 1 ELSE 0 END AS {step}" for step, sql in DONE_AT.items()
)
_SUMS = ", ".join(f"SUM({step}) AS {step}" for step in NewcomerStep)
_REPORT = """
WITH facts AS (
    SELECT COALESCE({part}, '') AS part, n.spoke_day, n.state,
        CASE WHEN n.due_at > $1 THEN 1 ELSE 0 END AS is_open,
        CASE WHEN n.due_at <= $1 AND {spared} THEN 1 ELSE 0 END AS is_spared,
        CASE WHEN {closed} THEN 1 ELSE 0 END AS is_closed,
        CASE WHEN n.lifted_at IS NOT NULL THEN 1 ELSE 0 END AS is_woken, {steps}
    FROM newcomer n JOIN member m ON m.id = n.member_id AND NOT m.is_staff
    WHERE n.joined_at >= $2 AND n.joined_at < $3 AND ({within})
), ranked AS (
    SELECT part, spoke_day, ROW_NUMBER() OVER (PARTITION BY part ORDER BY spoke_day) AS place,
        COUNT(*) OVER (PARTITION BY part) AS heard
    FROM facts WHERE spoke_day IS NOT NULL AND is_closed = 1
), medians AS (
    SELECT part, AVG(spoke_day) AS median FROM ranked WHERE place IN ((heard + 1) / 2, (heard + 2) / 2) GROUP BY part
)
SELECT f.part, COUNT(*) AS joined, SUM(is_open) AS still_open, SUM(is_spared) AS spared, SUM(is_closed) AS closed,
    SUM(is_woken) AS woken, SUM(CASE WHEN state = 'zombie' THEN 1 ELSE 0 END) AS zombies,
    SUM(CASE WHEN state = 'left' THEN 1 ELSE 0 END) AS gone, {sums}, MAX(d.median) AS median
FROM facts f LEFT JOIN medians d ON d.part = f.part GROUP BY f.part ORDER BY {order} LIMIT {most}
"""


@dataclass(frozen=True)
class ReportRow:
    """Newcomers of one part: `part` is an id, the Monday of a week, or empty for those who came alone."""

    part: str
    joined: int
    still_open: int
    spared: int
    closed: int
    steps: Mapping[NewcomerStep, int]
    zombies: int
    woken: int
    gone: int
    median_days: float | None


async def newcomer_report(
    part: ReportPart, since: datetime, until: datetime, within: Clause, *, at: datetime, most: timedelta = PERIOD_MOST
) -> list[ReportRow]:
    """The largest parts of those who joined from `since` until before `until`; weeks in order. Raises `Invalid`."""
    if not timedelta() < until - since <= most:
        zh, en = f"应晚于起点，且不超过 {most.days} 天", f"it must be later, by {most.days} days at most"
        raise Invalid("until", zh=zh, en=en)
    sql = _REPORT.format(
        part=_part(part),
        steps=_STEPS,
        spared=_SPARED,
        closed=_CLOSED,
        sums=_SUMS,
        within=within.of("n", first=4),
        order="f.part" if part is ReportPart.WEEK else "COUNT(*) DESC, f.part",
        most=PARTS_MOST,
    )
    return [_row(row) for row in await fetch(sql, at, since, until, *within.values)]


def _part(part: ReportPart) -> str:
    columns = {ReportPart.GROUP: "CAST(n.group_id AS TEXT)", ReportPart.INVITER: f"CAST({INVITER} AS TEXT)"}
    return columns.get(part) or _WEEK[dialect()]


def _row(row: Mapping[str, object]) -> ReportRow:
    names = ("joined", "still_open", "spared", "closed", "zombies", "woken", "gone")
    number = {name: int(str(row[name])) for name in names}
    return ReportRow(
        part=str(row["part"]),
        steps={step: int(str(row[step])) for step in NewcomerStep},
        median_days=None if row["median"] is None else float(str(row["median"])),
        **number,
    )
