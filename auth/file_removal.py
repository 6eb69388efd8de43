"""Documents whose rows are gone are deleted here, where the storage is known."""

from collections.abc import Sequence
from typing import Any

from auth.platforms import documents
from models.file_removal import TOPIC
from store.outbox import effect


@effect(TOPIC)
async def delete_files(payloads: Sequence[dict[str, Any]]) -> None:
    """Delete the files that the payloads name; one that is gone is no error. Raises `Unavailable`."""
    for payload in payloads:
        for key in payload["keys"]:
            await documents().delete(key)
