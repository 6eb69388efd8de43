"""Streaks as they stand now, under the default plan: what a home screen shows, read beside the member's own row."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from models.checkins.card import CheckInCard
from models.checkins.plan import CheckInPlan
from models.checkins.streak import Streak
from models.errors import NotFound
from store.clock import business_day
from store.database import among, fetch_short

STREAK_STANDING = (
    "(SELECT CAST(p.id AS TEXT) || ' ' || p.zone || ' ' || CAST(p.day_start_hour AS TEXT) || ' ' || "
    "CAST(p.grace_days AS TEXT) || ' ' || COALESCE(CAST(s.current_days AS TEXT) || ' ' || "
    "COALESCE(CAST(s.last_day AS TEXT), '-'), '0 -') "
    "FROM (SELECT * FROM check_in_plan WHERE is_default AND is_active ORDER BY id DESC LIMIT 1) p "
    "LEFT JOIN streak s ON s.plan_id = p.id AND s.member_id = {row}.id)"
)
"""Over a member's row: the default plan's id, zone, hour and grace, and the member's days in a row and last day, with
spaces between; nothing where there is no default plan."""


async def current_streaks(member_ids: Sequence[UUID], *, at: datetime) -> list[int]:
    """The days in a row of members until now, in the members' order; 0 for a run that was broken or none.

    Raises `NotFound` where there is no default plan.
    """
    standing = STREAK_STANDING.replace("{row}", "m")
    sql = f"SELECT m.id, {standing} AS standing FROM member m WHERE {among('m.id', 1, 'uuid')}"  # noqa: S608 - SQL of the program; values are bound
    found = {str(row["id"]): row["standing"] for row in await fetch_short(sql, list(member_ids))}
    return [await current_streak(member_id, found.get(str(member_id)), at=at) for member_id in member_ids]


async def current_streak(member_id: UUID, standing: str | None, *, at: datetime) -> int:
    """The days in a row of a member until now, from what `STREAK_STANDING` said; raises `NotFound` without a plan."""
    if standing is None:
        raise NotFound(field="planId")
    plan_id, zone, hour, grace_days, days, last_day = standing.split(" ")
    today = business_day(at, zone, int(hour))
    if last_day == "-" or (today - date.fromisoformat(last_day)).days - 1 <= int(grace_days):
        return int(days)
    # More days were missed than are forgiven; freezes may cover them.
    plan = await CheckInPlan.existing(UUID(plan_id))
    streak = await Streak.of(member_id, plan.id)
    if streak is None:
        return 0
    cover = await CheckInCard.cover(member_id, plan, streak.progress, today)
    return streak.current_on(today, plan, cover.days)
