"""Pictures of members that are to go: a deletion in SQL takes the picture in the storage with it, through the outbox.

Records know under which folder their pictures lie, and nothing of the storage; whoever opens the storage says how it is
cleared. A process without a storage leaves the row to one that has it.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from store.outbox import Outbox, Payload, effect

TOPIC = "forget_pictures"

Clear = Callable[[str], Awaitable[None]]

_clears: list[Clear] = []


class NoStorage(Exception):
    """This process has opened no storage."""


def forgets_pictures(clear: Clear | None) -> None:
    """Have this delete all that lies below a folder."""
    _clears[:] = [clear] if clear else []


async def forget_pictures(folders: Sequence[str], *, at: datetime) -> None:
    """Delete what lies below these folders once the caller's transaction is committed; none is nothing to do."""
    if folders:
        await Outbox.put(TOPIC, {"folders": list(folders)}, at=at)


@effect(TOPIC)
async def _forget(payloads: Sequence[Payload]) -> None:
    if not _clears:
        raise NoStorage
    for payload in payloads:
        folders = payload["folders"]
        assert isinstance(folders, list)
        for folder in folders:
            await _clears[-1](str(folder))
