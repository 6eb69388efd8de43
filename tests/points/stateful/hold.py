"""Points are set aside, captured in whole or in part, released, or lapse."""

from datetime import timedelta
from uuid import UUID

from models.points.hold import HoldEnded, PointHold
from store.database import transaction
from tests.points.stateful.world import World, operation

HOLDS = "holds"


@operation(weight=8)
async def authorise(world: World) -> None:
    member_id, amount = world.member(), world.chance.randrange(1, 120)
    held = world.model.spendable(member_id, world.at)
    if amount > held:
        await world.refused(_authorised(world, member_id, amount), held)
        return
    hold = await _authorised(world, member_id, amount)
    world.model.taken[hold.entry_id] = world.model.take(member_id, amount, at=world.at)
    world.noted(HOLDS).append(hold)


@operation(weight=4)
async def capture(world: World) -> None:
    if (hold := _some(world)) is None:
        return
    amount = world.chance.choice([hold.amount, world.chance.randrange(1, hold.amount + 1)])
    try:
        async with transaction():
            await hold.capture(at=world.at, amount=amount)
    except HoldEnded:
        assert hold.ended_at or world.at >= hold.until
        return
    world.noted(HOLDS).remove(hold)
    world.model.give_back(hold.entry_id, hold.member_id, hold.amount - amount, at=world.at)


@operation(weight=3)
async def release(world: World) -> None:
    if (hold := _some(world)) is None:
        return
    async with transaction():
        await hold.release(at=world.at)
    world.noted(HOLDS).remove(hold)
    world.model.give_back(hold.entry_id, hold.member_id, hold.amount, at=world.at)


@operation(weight=1)
async def release_lapsed(world: World) -> None:
    lapsed = [hold for hold in _open(world) if hold.until <= world.at]
    assert await PointHold.release_lapsed(at=world.at) == len(lapsed)
    for hold in sorted(lapsed, key=lambda one: (one.until, one.id)):
        world.noted(HOLDS).remove(hold)
        world.model.give_back(hold.entry_id, hold.member_id, hold.amount, at=world.at)


async def _authorised(world: World, member_id: UUID, amount: int) -> PointHold:
    async with transaction():
        until = world.at + timedelta(hours=world.chance.randrange(1, 60))
        return await PointHold.authorise(member_id, amount, source=world.source(), until=until, at=world.at)


def _open(world: World) -> list[PointHold]:
    return [hold for hold in world.noted(HOLDS) if isinstance(hold, PointHold)]


def _some(world: World) -> PointHold | None:
    return world.chance.choice(_open(world)) if _open(world) else None
