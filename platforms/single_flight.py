"""Many who want the same thing at the same moment wait for one making of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """What is under way in this process, by name. Nothing is remembered: who comes after the end begins anew."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Task[T]] = {}

    async def joined(self, name: str, make: Callable[[], Awaitable[T]]) -> T:
        """What `make` gives or raises, called once for all who ask meanwhile; one who gives up does not end it."""
        task = self._under_way.get(name)
        if task is None:
            task = self._under_way[name] = asyncio.ensure_future(_awaited(make))
            task.add_done_callback(lambda done: self._ended(name, done))
        return await asyncio.shield(task)

    def _ended(self, name: str, task: asyncio.Task[T]) -> None:
        del self._under_way[name]
        if not task.cancelled():
            task.exception()  # The callers have it; where all of them have gone, nobody needs to hear of it.


async def _awaited(make: Callable[[], Awaitable[T]]) -> T:
    return await make()
