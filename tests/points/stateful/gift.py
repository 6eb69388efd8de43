"""Members give each other points, which keep their life."""

from models.points.gift import PointGift
from models.points.gift_policy import GiftPolicy, GiftReach, GiftTerms
from store.ids import new_id
from tests.points.stateful.world import World, operation

OPENED = "gifts"
TERMS = GiftTerms(True, GiftReach.EVERYBODY, 1, 1_000, None, None, None, None)


@operation(weight=8)
async def give(world: World) -> None:
    if not world.noted(OPENED):
        world.noted(OPENED).append(await GiftPolicy.put(TERMS, staff_id=new_id(), at=world.at))
    sender, receiver = world.chance.sample(world.member_ids, 2)
    amount = world.chance.randrange(1, 80)
    gift = PointGift.give(sender, receiver, amount, at=world.at, once=None)
    held = world.model.spendable(sender, world.at)
    if amount > held:
        await world.refused(gift, held)
        return
    await gift
    for expires_at, part in world.model.take(sender, amount, at=world.at).items():
        world.model.put(receiver, part, expires_at)
