"""Where pictures are drawn and read: in threads, two at a time, with a bound on how many wait.

A picture takes some tens of megabytes while it is worked on, so what is at work is bounded whatever is asked for. Who
goes away while it waits or is served does not free a place before the thread has ended.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from api.errors import ErrorCode, RequestRefused

PLACES = 2
WAITING_MOST = 24

T = TypeVar("T")


class DrawingRoom:
    def __init__(self, places: int = PLACES, *, waiting_most: int = WAITING_MOST) -> None:
        self._places, self._most, self._inside = asyncio.Semaphore(places), places + waiting_most, 0

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gives, in a thread, when it is its turn; raises `RequestRefused` where too many wait."""
        if self._inside >= self._most:
            raise RequestRefused(ErrorCode.SERVICE_UNAVAILABLE, "Too many pictures at once.", {"retry-after": "2"})
        self._inside += 1
        return await asyncio.shield(asyncio.ensure_future(self._in_turn(work)))

    async def _in_turn(self, work: Callable[[], T]) -> T:
        try:
            async with self._places:
                return await asyncio.to_thread(work)
        finally:
            self._inside -= 1


room = DrawingRoom()
"""The one of this process."""
