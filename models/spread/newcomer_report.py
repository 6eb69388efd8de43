"""Conversion of newcomers: of those who joined in a period, how many did each step and spoke within their days.

By group, by inviter or by the week of joining; members who are staff of the brand are left out. A step counts that was
done before the newcomer's own days ended, also one that was done before it joined. Whoever's days are not over yet and
who has not spoken is still open, so a share is to be read against those who are not.
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
_STEPS = ", ".join(
    f"CASE WHEN {sql} < n.ends_at THEN 1 ELSE 0 END AS {step}"
    for step, sql in DONE_AT.items()
    if step is not NewcomerStep.SPOKE
)
_SUMS = ", ".join(f"SUM({step}) AS {step}" for step in NewcomerStep)
_REPORT = """
WITH facts AS (
    SELECT COALESCE({part}, '') AS part, n.spoke_day, n.state,
        CASE WHEN n.state = 'underway' AND n.due_at > $1 THEN 1 ELSE 0 END AS is_open,
        CASE WHEN n.lifted_at IS NOT NULL THEN 1 ELSE 0 END AS is_woken,
        CASE WHEN n.spoke_day <= n.days THEN 1 ELSE 0 END AS spoke, {steps}
    FROM newcomer n JOIN member m ON m.id = n.member_id AND NOT m.is_staff
    WHERE n.joined_at >= $2 AND n.joined_at < $3 AND ({within})
), ranked AS (
    SELECT part, spoke_day, ROW_NUMBER() OVER (PARTITION BY part ORDER BY spoke_day) AS place,
        COUNT(*) OVER (PARTITION BY part) AS heard
    FROM facts WHERE spoke_day IS NOT NULL
), medians AS (
    SELECT part, AVG(spoke_day) AS median FROM ranked WHERE place IN ((heard + 1) / 2, (heard + 2) / 2) GROUP BY part
)
SELECT f.part, COUNT(*) AS joined, SUM(is_open) AS still_open, SUM(is_woken) AS woken,
    SUM(CASE WHEN state = 'zombie' THEN 1 ELSE 0 END) AS zombies,
    SUM(CASE WHEN state = 'left' THEN 1 ELSE 0 END) AS gone, {sums}, MAX(d.median) AS median
FROM facts f LEFT JOIN medians d ON d.part = f.part GROUP BY f.part ORDER BY {order} LIMIT {most}
"""


@dataclass(frozen=True)
class ReportRow:
    """Newcomers of one part: `part` is an id, the Monday of a week, or empty for those who came alone."""

    part: str
    joined: int
    still_open: int
    steps: Mapping[NewcomerStep, int]
    zombies: int
    woken: int
    gone: int
    median_days: float | None

    @property
    def spoke(self) -> int:
        return self.steps[NewcomerStep.SPOKE]


async def newcomer_report(
    part: ReportPart, since: datetime, until: datetime, within: Clause, *, at: datetime
) -> list[ReportRow]:
    """The largest parts of those who joined from `since` until before `until`; weeks in order. Raises `Invalid`."""
    if not timedelta() < until - since <= PERIOD_MOST:
        raise Invalid("until", zh="应晚于起点，且不超过 366 天", en="it must be later, by 366 days at most")
    sql = _REPORT.format(
        part=_part(part),
        steps=_STEPS,
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
    number = {name: int(str(row[name])) for name in ("joined", "still_open", "zombies", "woken", "gone")}
    return ReportRow(
        part=str(row["part"]),
        steps={step: int(str(row[step])) for step in NewcomerStep},
        median_days=None if row["median"] is None else float(str(row["median"])),
        **number,
    )
