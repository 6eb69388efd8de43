"""A turnstile: many who want one thing at one instant pass a few abreast, and nobody waits for long.

A thousand transactions that wait for one row would hold every connection of the process, and whoever wants something
else would wait with them. Here they queue in memory, in the order in which they came, before they take a connection.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class TurnstileCrowded(Exception):
    """One has waited long enough."""


class Turn:
    """One's turn. `has_waited` says that what was read before it may be old."""

    def __init__(self, gate: asyncio.Semaphore, *, has_waited: bool) -> None:
        self.has_waited = has_waited
        self._gate: asyncio.Semaphore | None = gate

    async def leave(self) -> None:
        """Let the next one pass; once the row is let go of, say after the commit. Leaving twice does nothing."""
        if self._gate is not None:
            self._gate.release()
            self._gate = None


class Turnstile:
    """For each thing `abreast` at once in this process; whoever has waited `seconds` gets `TurnstileCrowded`."""

    def __init__(self, *, abreast: int, seconds: float) -> None:
        self._abreast = abreast
        self._seconds = seconds
        self._gates: dict[Hashable, asyncio.Semaphore] = {}
        self._users: dict[Hashable, int] = {}

    @asynccontextmanager
    async def turn(self, thing: Hashable) -> AsyncIterator[Turn]:
        """Wait for one's turn at a thing, and leave at the end of the block if not before."""
        gate = self._gates.setdefault(thing, asyncio.Semaphore(self._abreast))
        self._users[thing] = self._users.get(thing, 0) + 1
        try:
            turn = Turn(gate, has_waited=gate.locked())
            await self._passed(gate)
            try:
                yield turn
            finally:
                await turn.leave()
        finally:
            self._users[thing] -= 1
            if not self._users[thing]:
                del self._users[thing], self._gates[thing]

    async def _passed(self, gate: asyncio.Semaphore) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await gate.acquire()
        except TimeoutError:
            raise TurnstileCrowded from None
