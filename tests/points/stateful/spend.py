"""Points go out, and come back in parts."""

from dataclasses import dataclass
from uuid import UUID

from models.points.account import Bucket, of_member, of_platform
from models.points.entry import Move
from tests.points.stateful.world import World, operation

SPENDINGS = "spendings"


@dataclass
class Spending:
    entry_id: UUID
    member_id: UUID
    left: int


@operation(weight=20)
async def spend(world: World) -> None:
    member_id, amount = world.member(), world.chance.randrange(1, 150)
    move = Move(of_member(member_id), of_platform(Bucket.SPENT), amount, "spend", world.source())
    held = world.model.spendable(member_id, world.at)
    if amount > held:
        await world.refused(world.post(move), held)
        return
    [line, _] = await world.post(move)
    world.model.taken[line.id] = world.model.take(member_id, amount, at=world.at)
    world.noted(SPENDINGS).append(Spending(line.id, member_id, amount))


@operation(weight=10)
async def give_back(world: World) -> None:
    spendings = [one for one in world.noted(SPENDINGS)[-200:] if isinstance(one, Spending) and one.left]
    if not spendings:
        return
    spending = world.chance.choice(spendings)
    amount = world.chance.choice([spending.left, world.chance.randrange(1, spending.left + 1)])
    source, own = of_platform(Bucket.SPENT), of_member(spending.member_id)
    await world.post(Move(source, own, amount, "refund", world.source(), gives_back=spending.entry_id))
    spending.left -= amount
    world.model.give_back(spending.entry_id, spending.member_id, amount, at=world.at)


@operation(weight=1)
async def give_back_too_much(world: World) -> None:
    spendings = [one for one in world.noted(SPENDINGS)[-50:] if isinstance(one, Spending)]
    if not spendings:
        return
    spending = world.chance.choice(spendings)
    source, own = of_platform(Bucket.SPENT), of_member(spending.member_id)
    move = Move(source, own, spending.left + 1, "refund", world.source(), gives_back=spending.entry_id)
    try:
        await world.post(move)
    except ValueError:
        return
    raise AssertionError("more came back than was taken")
