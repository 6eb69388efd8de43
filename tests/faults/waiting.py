"""Waiting for what another process does: looked at again and again until a deadline, which is a failure."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

LOOK_SECONDS = 0.05


async def until(holds: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Returns as soon as `holds`."""

    async def look() -> bool:
        return holds()

    await until_async(look, seconds=seconds, what=what)


async def until_async(holds: Callable[[], Awaitable[bool]], *, seconds: float, what: str) -> None:
    began = monotonic()
    while not await holds():
        assert monotonic() - began < seconds, f"{what}: not within {seconds} seconds"
        await asyncio.sleep(LOOK_SECONDS)
