"""Forgetting who visited: after some months the hashes of devices and addresses go, and the figures stay.

In the place of a visitor's hash comes the id of its first visit, so that the visits of one visitor are still told from
those of another, while nothing leads back to a device. Bounded for each run; what is left over is due the next time.
"""

from datetime import datetime

from models.spread.member_device import KEPT_FOR
from store.database import execute

BATCH = 500

_FORGET = """
UPDATE visit SET visitor = known.name, device_hash = NULL, address_hash = NULL, is_forgotten = TRUE
FROM (SELECT v.visitor, MIN(CAST(v.id AS TEXT)) AS name FROM visit v WHERE v.visited_at < $1 AND NOT v.is_forgotten
    AND v.visitor IN (SELECT o.visitor FROM visit o WHERE o.visited_at < $1 AND NOT o.is_forgotten
        ORDER BY o.visited_at, o.id LIMIT $2) GROUP BY v.visitor) known
WHERE visit.visitor = known.visitor AND visit.visited_at < $1 AND NOT visit.is_forgotten
"""
_FORGET_ERASED = """
UPDATE visit SET device_hash = NULL, address_hash = NULL, is_forgotten = TRUE
WHERE visited_at < $1 AND NOT is_forgotten AND visitor IS NULL
"""


async def forget_visitors(*, at: datetime) -> int:
    """Drop the hashes of visits that are old enough; returns of how many."""
    before = at - KEPT_FOR
    erased = await execute(_FORGET_ERASED, before)
    return erased + await execute(_FORGET, before, BATCH)
