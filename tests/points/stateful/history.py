"""A history of so many operations of all kinds."""

import tests.points.stateful.credit
import tests.points.stateful.draw
import tests.points.stateful.expiry
import tests.points.stateful.gift
import tests.points.stateful.hold
import tests.points.stateful.order
import tests.points.stateful.packet
import tests.points.stateful.reversal
import tests.points.stateful.spend  # noqa: F401 - each declares its operations
from tests.points.stateful.world import World


async def history(operations: int, seed: int) -> World:
    """Live through it in the open database; raises `AssertionError` where the ledger and the model part."""
    world = await World.begin(seed)
    await world.run(operations)
    return world
