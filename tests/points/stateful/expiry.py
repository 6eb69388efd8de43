"""What has lapsed is swept, sometimes late, and sometimes twice."""

from models.points.expiry import expire_due
from tests.points.stateful.world import World, operation


@operation(weight=2)
async def expire(world: World) -> None:
    assert await expire_due(at=world.at) == world.model.lapse(world.at)
    assert await expire_due(at=world.at) == 0
