"""Forgetting who visited: after some months the hashes of devices and addresses go, and the figures stay.

What is counted are the numbers of visitors, which lead to no device, so no figure changes. A run goes on from one
bounded batch to the next for a while; what is left over then is due the next time.
"""

from datetime import datetime
from time import monotonic
from uuid import UUID

from models.spread.member_device import KEPT_FOR
from store.database import execute

BATCH = 500
SECONDS = 20.0

_FORGET = """
UPDATE visit SET visitor = NULL, device_hash = NULL, address_hash = NULL, is_forgotten = TRUE
WHERE id IN (SELECT v.id FROM visit v WHERE v.visited_at < $1 AND NOT v.is_forgotten
    ORDER BY v.visited_at, v.id LIMIT $2)
"""
_FORGET_DEVICES = """
UPDATE visit SET visitor = NULL, device_hash = NULL, address_hash = NULL
WHERE member_id IS NULL AND device_hash IN (SELECT d.hash FROM member_device d WHERE d.member_id = $1
    AND NOT EXISTS (SELECT 1 FROM member_device o WHERE o.hash = d.hash AND o.member_id <> $1))
"""


async def forget_visitors(*, at: datetime) -> int:
    """Drop the hashes of visits that are old enough; returns of how many."""
    forgotten, end = 0, monotonic() + SECONDS
    while True:
        some = await execute(_FORGET, at - KEPT_FOR, BATCH)
        forgotten += some
        if some < BATCH or monotonic() > end:
            return forgotten


async def forget_devices(member_id: UUID) -> None:
    """Drop the hashes of visits that are nobody's and came from the devices of a member who goes, and of no other's."""
    await execute(_FORGET_DEVICES, member_id)
