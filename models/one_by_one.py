"""One by one: a job works off what is due row by row, and a row that fails keeps no other from its turn.

What fails is told to the log and left out for the rest of the run; the next run tries it again. Where the database
itself cannot be reached the run ends, since every other row would fail as well.
"""

from collections.abc import Awaitable
from typing import TypeVar
from uuid import UUID

import structlog

from store.database import is_unavailable

T = TypeVar("T")

_log = structlog.get_logger("jobs")


class OneByOne:
    """One run over rows of one kind; `failed` are those that the run leaves out from then on."""

    def __init__(self, act: str) -> None:
        self._act = act
        self.failed: list[UUID] = []

    async def do(self, id: UUID, act: Awaitable[T]) -> T | None:
        """What the act on a row comes to; None where it failed."""
        try:
            return await act
        except Exception as error:
            if is_unavailable(error):
                raise
            self.failed.append(id)
            _log.error("row failed", act=self._act, row=str(id), exc_info=error)
            return None
