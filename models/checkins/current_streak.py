"""Streaks as they stand now, under the default plan: what a home screen shows, in one statement for all members."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from models.checkins.card import CheckInCard
from models.checkins.plan import CheckInPlan
from models.checkins.streak import Streak
from models.errors import NotFound
from store.clock import business_day
from store.database import among, fetch


async def current_streaks(member_ids: Sequence[UUID], *, at: datetime) -> list[int]:
    """The days in a row of members until now, in the members' order; 0 for a run that was broken or none.

    Raises `NotFound` where there is no default plan.
    """
    rows = await fetch(
        "SELECT p.id AS plan_id, p.zone, p.day_start_hour, p.grace_days, s.member_id, s.current_days, s.last_day FROM "  # noqa: S608 - SQL of the program; values are bound
        "(SELECT * FROM check_in_plan WHERE is_default AND is_active ORDER BY id DESC LIMIT 1) p "
        f"LEFT JOIN streak s ON s.plan_id = p.id AND {among('s.member_id', 1, 'uuid')}",
        list(member_ids),
    )
    if not rows:
        raise NotFound(field="planId")
    found = {str(row["member_id"]): await _current(row, at) for row in rows if row["member_id"]}
    return [found.get(str(member_id), 0) for member_id in member_ids]


async def _current(row: Mapping[str, Any], at: datetime) -> int:
    last_day = date.fromisoformat(row["last_day"]) if isinstance(row["last_day"], str) else row["last_day"]
    today = business_day(at, row["zone"], row["day_start_hour"])
    if last_day is None or (today - last_day).days - 1 <= row["grace_days"]:
        return int(row["current_days"])
    # More days were missed than are forgiven; freezes may cover them.
    plan = await CheckInPlan.existing(UUID(str(row["plan_id"])))
    streak = await Streak.of(UUID(str(row["member_id"])), plan.id)
    if streak is None:
        return 0
    cover = await CheckInCard.cover(streak.member_id, plan, streak.progress, today)
    return streak.current_on(today, plan, cover.days)
