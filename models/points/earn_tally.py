"""What rules have paid a member before, as the database counts it: one statement for all rules that are asked about."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models.points.behaviour import Behaviour
from models.points.earn_decision import Cause, RuleVersion, Tally, Used
from store.brand_day import Windows
from store.clock import as_instant
from store.database import fetch

_EARLIEST = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_STANDS = "e.reversed_at IS NULL"
_COUNTED = ", ".join(
    f"COUNT(CASE WHEN {when} THEN 1 END) AS {name}_times, "
    f"CAST(COALESCE(SUM(CASE WHEN {when} THEN e.amount END), 0) AS BIGINT) AS {name}_points"
    for name, when in (
        ("day", f"{_STANDS} AND e.created_at >= $2"),
        ("week", f"{_STANDS} AND e.created_at >= $3"),
        ("month", f"{_STANDS} AND e.created_at >= $4"),
        ("ever", _STANDS),
        ("target_day", f"{_STANDS} AND e.target = $6 AND e.created_at >= $2"),
        ("target_ever", f"{_STANDS} AND e.target = $6"),
        ("pair_day", f"{_STANDS} AND e.pair_id = $7 AND e.created_at >= $2"),
        ("pair_ever", f"{_STANDS} AND e.pair_id = $7"),
    )
)
_TALLIES = (
    f"SELECT e.behaviour, e.rule_code, {_COUNTED}, "  # noqa: S608 - own text
    f"MAX(CASE WHEN {_STANDS} THEN e.created_at END) AS last_at FROM earning e "
    "WHERE e.member_id = $1 AND e.created_at >= $5 AND ($8 = '' OR e.behaviour = $8) GROUP BY e.behaviour, e.rule_code"
)

Tallies = Mapping[tuple[Behaviour, str], Tally]


async def tallies_of(
    member_id: UUID, rules: Sequence[RuleVersion], *, at: datetime, cause: Cause | None = None
) -> Tallies:
    """What the rules have paid a member, by behaviour and code; for a cause, with its target and pair."""
    windows = Windows.at(at)
    rows = await fetch(
        _TALLIES,
        member_id,
        windows.day_from,
        windows.week_from,
        windows.month_from,
        _counts_from(rules, windows, at),
        cause.target if cause else None,
        cause.pair_id if cause else None,
        cause.behaviour if cause else "",
    )
    return {(Behaviour(row["behaviour"]), row["rule_code"]): _tally(row) for row in rows}


async def paid_behaviours(member_id: UUID, rules: Iterable[RuleVersion]) -> Collection[Behaviour]:
    """Of the behaviours that the rules require, those that the member was paid for."""
    wanted = {required for rule in rules for required in rule.terms.requires}
    if not wanted:
        return ()
    rows = await fetch("SELECT DISTINCT behaviour FROM earning WHERE member_id = $1 AND reversed_at IS NULL", member_id)
    return wanted & {Behaviour(row["behaviour"]) for row in rows}


def _counts_from(rules: Sequence[RuleVersion], windows: Windows, at: datetime) -> datetime:
    """From when earnings matter to these rules: a member's first years need not be counted for a limit of the week."""
    if any(rule.terms.looks_back for rule in rules):
        return _EARLIEST
    coldest = max((rule.terms.cooldown_minutes for rule in rules), default=0)
    return min(windows.month_from, windows.week_from, at - timedelta(minutes=coldest))


def _tally(row: Mapping[str, Any]) -> Tally:
    day, week, month, ever = (
        Used(row[f"{name}_times"], row[f"{name}_points"]) for name in ("day", "week", "month", "ever")
    )
    target_day, target_ever = row["target_day_times"], row["target_ever_times"]
    pair_day, pair_ever = row["pair_day_times"], row["pair_ever_times"]
    last_at = as_instant(row["last_at"]) if row["last_at"] else None
    return Tally(day, week, month, ever, target_day, target_ever, pair_day, pair_ever, last_at)
