"""Files that nobody may see any more go with their rows: what is to go is told to the outbox in the same transaction.

The storage is not the database: a file is deleted after the commit, and tried again until it is gone. How is known
where the storage is opened (`auth/platforms.py`); a process without one leaves the row to one that has it.
"""

from collections.abc import Sequence
from datetime import datetime

from store.outbox import Outbox

DOCUMENTS, PICTURES = "remove files", "forget_pictures"
KEYS_AT_ONCE = 200


async def remove_files(keys: Sequence[str], *, at: datetime) -> None:
    """Have the documents under some keys deleted, after the caller's transaction."""
    for first in range(0, len(keys), KEYS_AT_ONCE):
        await Outbox.put(DOCUMENTS, {"keys": list(keys[first : first + KEYS_AT_ONCE])}, at=at)


async def forget_pictures(folders: Sequence[str], *, at: datetime) -> None:
    """Have the pictures below some folders deleted, after the caller's transaction; none is nothing to do."""
    if folders:
        await Outbox.put(PICTURES, {"folders": list(folders)}, at=at)
