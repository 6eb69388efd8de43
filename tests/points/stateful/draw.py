"""Draws: chances are given and bought, prizes drawn, and now and then a draw is voided and all of it unwound."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest

from models.play.draw import Draw, DrawVoided
from models.play.draw_chance import REASON, DrawChance, NoDrawChance
from models.play.draw_prize import DrawPrize
from models.play.draw_result import DrawResult
from models.play.draw_terms import ChanceSource, DrawKind, DrawTerms, PrizeKind, PrizeTerms
from models.play.draw_version import create_draw, publish_draw
from models.play.draw_void import DrawResultVoid, DrawVoid, unwind_due
from models.points.entry import PointEntry
from models.points.lot import NEVER
from store.ids import new_id
from tests.points.stateful.model import Model
from tests.points.stateful.world import World, operation, promise

WHEELS = "wheels"
PRICE = 15
LASTS = timedelta(days=5)
PRIZES = (
    PrizeTerms("谢谢参与", weight=40, is_fallback=True),
    PrizeTerms("积分", kind=PrizeKind.POINTS, amount=12, weight=30),
    PrizeTerms("限量积分", kind=PrizeKind.POINTS, amount=50, weight=10, stock=3),
    PrizeTerms("马克杯", kind=PrizeKind.GOOD, weight=10, stock=2),
    PrizeTerms("再来一次", kind=PrizeKind.CHANCE, amount=2, weight=10),
)


@dataclass
class Bought:
    member_id: UUID
    entry_id: UUID
    points: int


@dataclass
class Wheel:
    """A draw as the model knows it: chances by member, those used among them, what was bought, what was won."""

    draw: Draw
    given: Counter[UUID] = field(default_factory=Counter)
    used: Counter[UUID] = field(default_factory=Counter)
    given_back: Counter[UUID] = field(default_factory=Counter)
    bought: dict[UUID, Bought] = field(default_factory=dict)
    results: list[DrawResult] = field(default_factory=list)
    out: Counter[UUID] = field(default_factory=Counter)
    """Pieces by the prize that is counted."""

    def left(self, member_id: UUID) -> int:
        return self.given[member_id] - self.used[member_id]


@operation(weight=5)
async def give_chances(world: World) -> None:
    """For a cause, which gives nothing the second time."""
    wheel, member_id, count = await _wheel(world), world.member(), world.chance.randrange(1, 4)
    gifts = [
        await DrawChance.give(
            member_id, wheel.draw.id, source=ChanceSource.EVENT, cause=world.source(), count=count, at=world.at
        )
        for _ in range(2)
    ]
    assert [gift is None for gift in gifts] == [False, True]
    wheel.given[member_id] += count


@operation(weight=3)
async def buy_chances(world: World) -> None:
    wheel, member_id, count = await _wheel(world), world.member(), world.chance.randrange(1, 4)
    held, points = world.model.spendable(member_id, world.at), PRICE * count
    act = DrawChance.buy(member_id, wheel.draw.id, count, at=world.at, once=None)
    if points > held:
        await world.refused(act, held)
        return
    await _note_purchase(world, wheel, member_id, await act)


@operation(weight=14)
async def draw_prize(world: World) -> None:
    """Use a chance, or buy one where none is left."""
    wheel, member_id = await _wheel(world), world.member()
    left, held, buys = wheel.left(member_id), world.model.spendable(member_id, world.at), world.chance.random() < 0.2
    act = DrawResult.draw_once(member_id, wheel.draw.id, at=world.at, buys=buys)
    if not left and not buys:
        with pytest.raises(NoDrawChance):
            await act
        return
    if not left and held < PRICE:
        await world.refused(act, held)
        return
    result = await act
    if not left:
        await _note_purchase(world, wheel, member_id, await DrawChance.get(id=result.chance_id))
    wheel.used[member_id] += 1
    wheel.results.append(result)
    await _note_prize(world, wheel, result)


@operation(weight=1)
async def void_draw(world: World) -> None:
    """All that came of it is unwound: purchases, points as far as they are there, pieces, chances."""
    wheel = await _wheel(world)
    if len(wheel.results) < 4:
        return
    void = await DrawVoid.record(wheel.draw.id, reason="奖品有误", staff_id=new_id(), at=world.at, once=None)
    assert await unwind_due(at=world.at) == 1
    assert await unwind_due(at=world.at) == 0
    for _, one in sorted(wheel.bought.items()):
        world.model.give_back(one.entry_id, one.member_id, one.points, at=world.at)
    back = {one.result_id: one for one in await DrawResultVoid.filter(void_id=void.id)}
    assert back.keys() == {result.id for result in wheel.results}
    for result in sorted(wheel.results, key=lambda one: one.id):
        taken = await _take_back(world.model, result)
        assert (back[result.id].points_back, back[result.id].shortfall) == (taken, result.points - taken)
        wheel.given_back[result.member_id] += 1
    wheel.out.clear()
    with pytest.raises(DrawVoided):
        await DrawResult.draw_once(world.member(), wheel.draw.id, at=world.at)
    await _open(world)


@promise
async def chances_are_given_less_used_and_pieces_within_their_stock(world: World) -> None:
    for wheel in world.noted(WHEELS)[-3:]:
        assert isinstance(wheel, Wheel)
        found = Wheel(wheel.draw)
        for gift in await DrawChance.filter(draw_id=wheel.draw.id):
            found.given[gift.member_id] += gift.count
            found.used[gift.member_id] += gift.used
            found.given_back[gift.member_id] += gift.given_back
        assert (found.given, found.used, found.given_back) == (wheel.given, wheel.used, wheel.given_back)
        for prize in await DrawPrize.filter(draw_id=wheel.draw.id, stock__isnull=False):
            assert prize.taken - prize.returned == wheel.out[prize.id] <= (prize.stock or 0)
        drawn = await DrawResult.filter(draw_id=wheel.draw.id).order_by("created_at", "id")
        assert {one.id for one in drawn} == {one.id for one in wheel.results}


async def _wheel(world: World) -> Wheel:
    """The draw that goes on; a new one where the last is over."""
    wheels = world.noted(WHEELS)
    last = wheels[-1] if wheels else None
    return last if isinstance(last, Wheel) and world.at < last.draw.ends_at else await _open(world)


async def _open(world: World) -> Wheel:
    terms = DrawTerms("幸运大转盘", DrawKind.WHEEL, world.at, world.at + LASTS, PRIZES, price=PRICE)
    draft = await create_draw(terms, staff_id=new_id(), at=world.at, once=None)
    wheel = Wheel(await publish_draw(draft.id, staff_id=new_id(), at=world.at))
    world.noted(WHEELS).append(wheel)
    return wheel


async def _note_purchase(world: World, wheel: Wheel, member_id: UUID, chance: DrawChance) -> None:
    [line] = await PointEntry.filter(member_id=member_id, source=f"{REASON}:{chance.id}")
    points = PRICE * chance.count
    assert line.amount == -points
    world.model.taken[line.id] = world.model.take(member_id, points, at=world.at)
    wheel.given[member_id] += chance.count
    wheel.bought[chance.id] = Bought(member_id, line.id, points)


async def _note_prize(world: World, wheel: Wheel, result: DrawResult) -> None:
    prize = await DrawPrize.get(id=result.prize_id)
    assert result.points == (prize.amount if prize.kind is PrizeKind.POINTS else 0)
    if prize.stock is not None:
        wheel.out[prize.id] += 1
    if prize.kind is PrizeKind.CHANCE:
        wheel.given[result.member_id] += prize.amount
    if result.points:
        world.model.put(result.member_id, result.points, world.model.terms.expiry_of(world.at))


async def _take_back(model: Model, result: DrawResult) -> int:
    """A prize's points, from its own lot first."""
    points = min(result.points, model.total(result.member_id))
    if points:
        [won] = await PointEntry.filter(source=f"draw_result:{result.id}", member_id=result.member_id, amount__gt=0)
        model.take(result.member_id, points, at=None, first=won.expires_at or NEVER)
    return points
