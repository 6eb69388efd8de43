"""How many newcomers have not spoken, by the days that are left to them; and how many count as zombies by now."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from models.members.condition_sql import Clause
from models.spread.newcomer_policy import NewcomerRules
from store.clock import as_instant
from store.database import fetch

_COUNTED = """
SELECT due_at, zone, day_start_hour, COUNT(*) AS newcomers FROM newcomer n WHERE n.state = 'underway' AND ({within})
GROUP BY due_at, zone, day_start_hour
UNION ALL SELECT NULL, NULL, NULL, COUNT(*) FROM newcomer n WHERE n.state = 'zombie' AND ({within})
"""


@dataclass(frozen=True)
class DaysLeft:
    """So many newcomers with so many days after today; 0: today is the last. They are due at these instants."""

    days_left: int
    newcomers: int
    due_at: frozenset[datetime]


@dataclass(frozen=True)
class NewcomerCounts:
    """Those under way, the most urgent first, and the zombies."""

    underway: list[DaysLeft]
    zombies: int


async def newcomer_counts(within: Clause, *, at: datetime) -> NewcomerCounts:
    """Count the newcomers for whose row a clause holds, by one statement.

    Days end at few instants, as many as there are zones and days on the way, so few rows come back.
    """
    rows = await fetch(_COUNTED.format(within=within.of("n", first=1)), *within.values)
    counts, instants, zombies = Counter[int](), dict[int, set[datetime]](), 0
    for row in rows:
        if row["due_at"] is None:
            zombies = int(row["newcomers"])
            continue
        due_at = as_instant(row["due_at"])
        left = days_left(due_at, row["zone"], row["day_start_hour"], at=at)
        counts[left] += int(row["newcomers"])
        instants.setdefault(left, set()).add(due_at)
    found = [DaysLeft(left, counts[left], frozenset(instants[left])) for left in sorted(counts)]
    return NewcomerCounts(found, zombies)


def days_left(due_at: datetime, zone: str, day_start_hour: int, *, at: datetime) -> int:
    """How many business days of a zone follow that of an instant until the last one before `due_at`; 0 once over."""
    rules = NewcomerRules(zone, day_start_hour)
    last: date = rules.day_of(due_at) - date.resolution
    return max((last - rules.day_of(at)).days, 0)
