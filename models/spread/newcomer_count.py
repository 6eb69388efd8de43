"""How many newcomers have not spoken, by the days that are left to them; and how many count as zombies by now.

Who stands at risk is an ordinary member of a group in use who may speak. Offices, accounts of staff, and whoever is
muted or frozen will not be marked as things stand, so they are nobody's worry.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from models.members.condition_sql import Clause
from models.spread.newcomer_policy import NewcomerRules
from store.clock import as_instant
from store.database import fetch

IN_USE = "EXISTS (SELECT 1 FROM chat_group u WHERE u.id = {row}.group_id AND u.status = 'active')"
"""Whether the group of a newcomer's row is in use, as SQL."""

_AT_RISK = (
    "EXISTS (SELECT 1 FROM membership s JOIN member p ON p.id = s.member_id WHERE s.id = {row}.membership_id "  # noqa: S608 - own text, values are bound
    "AND s.role = 'member' AND (s.muted_until IS NULL OR s.muted_until <= ?) AND NOT p.is_staff "
    "AND (p.status = 'normal' OR (p.status = 'muted' AND p.muted_until <= ?))) AND " + IN_USE
)
_UNDERWAY = """
SELECT due_at, zone, day_start_hour, COUNT(*) AS newcomers FROM newcomer n WHERE n.state = 'underway' AND ({within})
GROUP BY due_at, zone, day_start_hour
"""
_ZOMBIES = """
UNION ALL SELECT NULL, NULL, NULL, COUNT(*) FROM newcomer n WHERE n.state = 'zombie' AND ({zombies})
"""
_DUE = """
SELECT DISTINCT due_at, zone, day_start_hour FROM newcomer n
WHERE n.state = 'underway' AND n.due_at > $1 AND ({within})
"""


@dataclass(frozen=True)
class DaysLeft:
    """So many newcomers with so many days after today; 0: today is the last."""

    days_left: int
    newcomers: int


@dataclass(frozen=True)
class NewcomerCounts:
    """Those under way, the most urgent first; those whose days are over and not settled yet; the zombies, if asked."""

    underway: list[DaysLeft]
    overdue: int
    zombies: int | None


def at_risk(at: datetime) -> Clause:
    """Newcomers who would be marked if it were up to the present."""
    return Clause(_AT_RISK, (at, at))


async def newcomer_counts(within: Clause, *, with_zombies: bool, at: datetime) -> NewcomerCounts:
    """Count the newcomers for whose row a clause holds, by one statement; zombies are as many as ever were silent.

    Days end at few instants, as many as there are zones and days on the way, so few rows come back.
    """
    risky = Clause(f"({within.sql}) AND {_AT_RISK}", (*within.values, at, at))
    sql, values = _UNDERWAY.format(within=risky.of("n", first=1)), list(risky.values)
    if with_zombies:
        kept = Clause(f"({within.sql}) AND {IN_USE}", within.values)
        sql += _ZOMBIES.format(zombies=kept.of("n", first=len(values) + 1))
        values += kept.values
    counts, overdue, zombies = Counter[int](), 0, None
    for row in await fetch(sql, *values):
        number = int(row["newcomers"])
        if row["due_at"] is None:
            zombies = number
        elif (due_at := as_instant(row["due_at"])) <= at:
            overdue += number
        else:
            counts[days_left(due_at, row["zone"], row["day_start_hour"], at=at)] += number
    return NewcomerCounts([DaysLeft(left, counts[left]) for left in sorted(counts)], overdue, zombies)


async def due_with(left: int, within: Clause, *, at: datetime) -> list[datetime]:
    """At which instants the days of those end who have so many left, by one statement."""
    rows = await fetch(_DUE.format(within=within.of("n", first=2)), at, *within.values)
    found = ((as_instant(row["due_at"]), row["zone"], row["day_start_hour"]) for row in rows)
    return sorted({due_at for due_at, zone, hour in found if days_left(due_at, zone, hour, at=at) == left})


def days_left(due_at: datetime, zone: str, day_start_hour: int, *, at: datetime) -> int:
    """How many business days of a zone follow that of an instant until the last one before `due_at`; 0 once over."""
    rules = NewcomerRules(zone, day_start_hour)
    last: date = rules.day_of(due_at) - date.resolution
    return max((last - rules.day_of(at)).days, 0)
