"""Points come in: as the policy has it, or with an expiry of their own; and the policy changes."""

from datetime import timedelta

from models.points.account import Bucket, of_member, of_platform
from models.points.entry import Move
from models.points.expiry_policy import ExpiryKind, ExpiryPolicy, ExpiryTerms
from models.points.lot import NEVER
from store.ids import new_id
from tests.points.stateful.world import World, operation

CREDITS = "credits"
POLICIES = (
    ExpiryTerms(),
    ExpiryTerms(ExpiryKind.DAYS, days=1, given_back_days=1),
    ExpiryTerms(ExpiryKind.DAYS, days=10, given_back_days=3),
    ExpiryTerms(ExpiryKind.MONTH_END, months=0, given_back_days=20),
    ExpiryTerms(ExpiryKind.QUARTER_END),
)


@operation(weight=24)
async def credit(world: World) -> None:
    member_id, amount = world.member(), world.chance.randrange(1, 200)
    own = world.chance.choice([None, None, None, NEVER, world.at + timedelta(days=world.chance.random() * 30)])
    move = Move(of_platform(Bucket.ISSUED), of_member(member_id), amount, "credit", world.source(), expires_at=own)
    [_, line] = await world.post(move)
    until = own or world.model.terms.expiry_of(world.at)
    assert (line.expires_at or NEVER) == until
    world.model.put(member_id, amount, until)
    world.noted(CREDITS).append(line)


@operation(weight=1)
async def change_policy(world: World) -> None:
    terms = world.chance.choice(POLICIES)
    await ExpiryPolicy.put(terms, staff_id=new_id(), at=world.at)
    world.model.terms = terms
