"""Files that nobody may see any more: their keys go to the outbox, in the transaction in which their rows go.

The storage is not the database: a file is deleted after the commit, and tried again until it is gone.
"""

from collections.abc import Sequence
from datetime import datetime

from store.outbox import Outbox

TOPIC = "remove files"
KEYS_AT_ONCE = 200


async def remove_files(keys: Sequence[str], *, at: datetime) -> None:
    """Have the documents under some keys deleted, after the caller's transaction."""
    for first in range(0, len(keys), KEYS_AT_ONCE):
        await Outbox.put(TOPIC, {"keys": list(keys[first : first + KEYS_AT_ONCE])}, at=at)
