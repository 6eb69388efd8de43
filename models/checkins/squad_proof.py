"""Proof: who has checked in for a day of a challenge, told by the check-ins of its plan alone.

One of the day counts that was made between the day's beginning and its end, and one that was made up for it, where the
challenge takes those, until the day is settled. What is voided by then does not count, and what is voided later does.
So the answer for a day that is settled does not depend on when it is asked.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime
from typing import Any
from uuid import UUID

from models.checkins.squad_challenge import SquadChallenge
from models.members.condition_sql import Clause
from store.clock import as_instant
from store.database import among, fetch
from store.ids import as_id


async def done_in(challenge: SquadChallenge, member_ids: Sequence[UUID], days: Sequence[int]) -> dict[int, set[UUID]]:
    """Who of some members has done each of some days, which are settled by now."""
    if not days or not member_ids:
        return {day: set() for day in days}
    rows = await _rows(challenge, member_ids, days[0], days[-1])
    return {day: {as_id(row["member_id"]) for row in rows if _counts(row, challenge, day)} for day in days}


async def done_on(challenge: SquadChallenge, member_ids: Sequence[UUID], day: int, *, until: datetime) -> Set[UUID]:
    """Who of some members has done a day, by what is there at an instant."""
    rows = await _rows(challenge, member_ids, day, day) if member_ids else []
    return {as_id(row["member_id"]) for row in rows if _counts(row, challenge, day, until=until)}


def undone(challenge: SquadChallenge, day: int) -> Clause:
    """That the member of a row `{row}` has not checked in for a day that is open."""
    sql = (
        "NOT EXISTS (SELECT 1 FROM check_in fact WHERE fact.member_id = {row}.member_id AND fact.plan_id = ? "
        "AND fact.kind = 'daily' AND fact.created_at >= ? AND fact.created_at < ? AND fact.voided_at IS NULL)"
    )
    return Clause(sql, (challenge.plan_id, challenge.day_opens(day), challenge.day_ends(day)))


async def _rows(
    challenge: SquadChallenge, member_ids: Sequence[UUID], first: int, last: int
) -> Sequence[Mapping[str, Any]]:
    sql = (
        "SELECT member_id, kind, business_day, created_at, voided_at FROM check_in "  # noqa: S608 - own text, values are bound
        "WHERE plan_id = $1 AND created_at >= $2 AND created_at < $3 AND " + among("member_id", 4, "uuid")
    )
    return await fetch(sql, challenge.plan_id, challenge.day_opens(first), challenge.settles_at(last), list(member_ids))


def _counts(row: Mapping[str, Any], challenge: SquadChallenge, day: int, *, until: datetime | None = None) -> bool:
    settled_at = challenge.settles_at(day)
    voided_at = row["voided_at"] and as_instant(row["voided_at"])
    if voided_at and voided_at < min(settled_at, until or settled_at):
        return False
    made_at = as_instant(row["created_at"])
    if row["kind"] == "make_up":
        is_of_day = date.fromisoformat(str(row["business_day"])) == challenge.date_of(day)
        return is_of_day and made_at < settled_at
    return challenge.day_opens(day) <= made_at < challenge.day_ends(day)
