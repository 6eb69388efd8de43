"""The streak that a board shows: the current one under the default plan, as long as the member can still carry it on.

The row of a streak holds what the last check-in made of it; that it is broken follows from the days gone by since. A
missed day is forgiven while the plan's grace and the freezes the member held in time cover it, exactly as the next
check-in would find. So the figure changes with the day, without an act, and `lapse_streaks` publishes that.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from models.insight.board_score import Score
from store.clock import as_instant, business_day, day_start
from store.database import dialect

_COLUMNS = (
    "t.current_days AS streak, t.last_day AS streak_day, t.grace_days, t.freeze_gap_most, t.zone, t.day_start_hour, "
    "CASE WHEN t.current_days > 0 THEN (SELECT max(k.created_at) FROM check_in k WHERE k.member_id = t.member_id "
    "AND k.plan_id = t.plan_id AND k.voided_at IS NULL "
    "AND k.business_day BETWEEN t.run_started_on AND t.last_day) END AS streak_at, {freezes} AS freezes"
)

_TABLE = (
    "LEFT JOIN (SELECT s.*, p.grace_days, p.freeze_gap_most, p.zone, p.day_start_hour FROM streak s "
    "JOIN check_in_plan p ON p.id = s.plan_id WHERE {members} AND p.id = (SELECT d.id FROM check_in_plan d "
    "WHERE d.is_default AND d.is_active ORDER BY d.id DESC LIMIT 1)) t ON t.member_id = c.id"
)
_FREEZES = (
    "(SELECT {list} FROM check_in_card f WHERE f.member_id = t.member_id AND f.plan_id = t.plan_id "
    "AND f.kind = 'freeze' AND f.used_for IS NULL AND (f.expires_at IS NULL OR f.expires_at > {at}))"
)


def columns(*, at: str) -> str:
    """The columns to select, with the placeholder of the instant they are read for."""
    return _COLUMNS.format(freezes=_FREEZES.format(list=listed("f.acquired_at"), at=at))


def joined(members: str) -> str:
    """The join that the columns need; `members` is a condition on `s.member_id`."""
    return _TABLE.format(members=members)


def listed(column: str, *, distinct: bool = False) -> str:
    """The aggregate that lists a column's values as text with commas between."""
    unique = "DISTINCT " if distinct else ""
    if dialect() == "postgres":
        return f"string_agg({unique}CAST({column} AS text), ',')"
    return f"group_concat({unique}{column})"


def standing_streak(row: Mapping[str, Any], *, at: datetime) -> Score | None:
    """The streak of a row as it stands at `at`; nothing once it is broken."""
    if not row["streak"] or not row["streak_at"]:
        return None
    zone, hour, last_day = row["zone"], row["day_start_hour"], _day(row["streak_day"])
    missed = (business_day(at, zone, hour) - last_day).days - 1
    lost = missed - int(row["grace_days"])
    if lost > 0:
        first_lost = last_day + timedelta(days=1 + int(row["grace_days"]))
        lost_at = day_start(first_lost + timedelta(days=1), zone, hour)
        usable = [text for text in (row["freezes"] or "").split(",") if text and as_instant(text) < lost_at]
        if lost > min(len(usable), int(row["freeze_gap_most"])):
            return None
    return Score(int(row["streak"]), as_instant(row["streak_at"]))


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
