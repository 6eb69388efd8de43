"""Streaks as they stand now, under the default plan: what a home screen shows, in one statement for all members."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from models.checkins.card import CheckInCard
from models.checkins.plan import CheckInPlan
from models.checkins.streak import Progress, Streak
from models.errors import NotFound
from store.database import among, fetch

_PROGRESS = [column.name for column in fields(Progress)]


async def current_streaks(member_ids: Sequence[UUID], *, at: datetime) -> list[int]:
    """The days in a row of members until now, in the members' order; 0 for a run that was broken or none.

    Raises `NotFound` where there is no default plan.
    """
    kept = ", ".join(f"s.{name} AS kept_{name}" for name in ("member_id", *_PROGRESS))
    rows = await fetch(
        f"SELECT p.*, {kept} FROM "  # noqa: S608 - columns of the program
        "(SELECT * FROM check_in_plan WHERE is_default AND is_active ORDER BY id DESC LIMIT 1) p "
        f"LEFT JOIN streak s ON s.plan_id = p.id AND {among('s.member_id', 1, 'uuid')}",
        list(member_ids),
    )
    if not rows:
        raise NotFound(field="planId")
    plan = CheckInPlan.from_row({name: value for name, value in rows[0].items() if not name.startswith("kept_")})
    days = {row["kept_member_id"]: await _current(row, plan, at) for row in rows if row["kept_member_id"]}
    by_id = {UUID(str(member_id)): found for member_id, found in days.items()}
    return [by_id.get(member_id, 0) for member_id in member_ids]


async def _current(row: Mapping[str, Any], plan: CheckInPlan, at: datetime) -> int:
    member_id = UUID(str(row["kept_member_id"]))
    kept = {name: row[f"kept_{name}"] for name in _PROGRESS}
    streak = Streak.from_row({"member_id": member_id, "plan_id": plan.id, **kept})
    day = plan.day_of(at)
    cover = await CheckInCard.cover(member_id, plan, streak.progress, day)
    return streak.current_on(day, plan, cover.days)
