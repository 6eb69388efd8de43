"""A credit is taken back: from its own lot first, lapsed or not, and from what lapses first besides."""

from models.points.adjustment import EntryReversed, PointAdjustment
from models.points.entry import InsufficientPoints, PointEntry
from models.points.lot import NEVER
from store.ids import new_id
from tests.points.stateful.credit import CREDITS
from tests.points.stateful.world import World, operation


@operation(weight=4)
async def reverse(world: World) -> None:
    lines = [line for line in world.noted(CREDITS)[-60:] if isinstance(line, PointEntry)]
    if not lines:
        return
    line = world.chance.choice(lines)
    assert line.member_id is not None
    reversal = PointAdjustment.reverse(line.id, reason="冲正", staff_id=new_id(), at=world.at, once=None)
    try:
        await reversal
    except InsufficientPoints:
        assert world.model.total(line.member_id) < line.amount
    else:
        assert world.model.total(line.member_id) >= line.amount
        world.noted(CREDITS).remove(line)
        world.model.take(line.member_id, line.amount, at=None, first=line.expires_at or NEVER)


@operation(weight=1)
async def reverse_twice(world: World) -> None:
    """What was taken back once is not taken back again."""
    reversals = await PointEntry.filter(reversal_of__isnull=False).order_by("-id").limit(1)
    for reversal in reversals:
        assert reversal.reversal_of is not None
        try:
            again = PointAdjustment.reverse(
                reversal.reversal_of, reason="再次冲正", staff_id=new_id(), at=world.at, once=None
            )
            await again
        except (EntryReversed, InsufficientPoints):
            continue
        raise AssertionError("a credit was taken back twice")
