"""Streaks that a day going by has broken are taken off their boards; nobody acts then, so a job does it."""

from datetime import date, datetime, timedelta
from uuid import UUID

from models.checkins.plan import CheckInPlan
from models.errors import NotFound
from models.insight.board import Board, Metric
from models.insight.board_projection import Change, project
from store.database import fetch
from store.redis import redis

LOOK_BACK_DAYS = 14
"""How far back to look where it is not known when this was done last."""

_BATCH = 200
_LAPSED_ON = "lapsed_on"


async def lapse_streaks(*, at: datetime) -> int:
    """Bring the boards of everybody up to date whose streak may have ended since this was done last.

    Does nothing when it was done on this business day before; returns how many members were looked at. Raises
    `RedisUnavailable`.
    """
    try:
        plan = await CheckInPlan.chosen(None)
    except NotFound:
        return 0
    today, about = plan.day_of(at), Board(Metric.STREAK).keys.about
    done_on = await redis().call(lambda r: r.hget(about, _LAPSED_ON))
    if done_on == today.isoformat():
        return 0
    since = date.fromisoformat(str(done_on)) if done_on else today - timedelta(days=LOOK_BACK_DAYS)
    count = await _lapse(plan, since, today, at)
    await redis().call(lambda r: r.hset(about, _LAPSED_ON, today.isoformat()))
    return count


async def _lapse(plan: CheckInPlan, since: date, today: date, at: datetime) -> int:
    """Look at the members whose last check-in is old enough for a break, and was not when this was done last."""
    forgiven = timedelta(days=int(plan.grace_days) + int(plan.freeze_gap_most))
    after, count = UUID(int=0), 0
    while True:
        rows = await fetch(
            "SELECT member_id FROM streak WHERE plan_id = $1 AND current_days > 0 AND last_day BETWEEN $2 AND $3 "
            "AND member_id > $4 ORDER BY member_id LIMIT $5",
            plan.id,
            since - forgiven - timedelta(days=2),
            today - timedelta(days=2),
            after,
            _BATCH,
        )
        if not rows:
            return count
        member_ids = [UUID(str(row["member_id"])) for row in rows]
        await project(Change(member_id, at) for member_id in member_ids)
        after, count = member_ids[-1], count + len(member_ids)
