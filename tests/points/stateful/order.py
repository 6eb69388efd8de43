"""The mall: orders are placed, paid in time or late or not at all, called off, refunded in parts; stock is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from models.actor import SYSTEM
from models.mall.cancellation import cancel
from models.mall.good import GoodKind
from models.mall.moving_on import move_orders_on
from models.mall.order import Order, OrderStateConflict
from models.mall.order_payment import OrderPayment
from models.mall.order_refund import CannotRefund, OrderRefund
from models.mall.portion import Portion
from models.mall.sku import OutOfStock, Sku
from models.mall.stock_change import StockAct, StockChange
from store.ids import new_id
from tests.mall.build import a_good
from tests.points.stateful.world import World, operation, promise

SHELVES, ORDERS = "shelves", "orders"
PICK_UP_DAYS = 3


@dataclass
class Shelf:
    """A SKU as the model knows it: what was put in, and where the pieces are. None put in never runs out."""

    sku: Sku
    put_in: int | None
    pick_up_days: int | None = None
    reserved: int = 0
    sold: int = 0

    @property
    def stock(self) -> int | None:
        return None if self.put_in is None else self.put_in - self.reserved - self.sold


@dataclass
class Placed:
    """An order that has not ended: what it may still give back."""

    id: UUID
    number: str
    member_id: UUID
    shelf: Shelf
    entry_id: UUID
    points: int
    cash: int
    pieces: int
    is_waiting: bool
    due_at: datetime | None


@operation(weight=12)
async def place_order(world: World) -> None:
    shelf, member_id, pieces = world.chance.choice(await _shelves(world)), world.member(), world.chance.randrange(1, 4)
    act = Order.place(member_id, shelf.sku.id, pieces, at=world.at, once=None)
    points, held = shelf.sku.price * pieces, world.model.spendable(member_id, world.at)
    if shelf.stock is not None and shelf.stock < pieces:
        with pytest.raises(OutOfStock):
            await act
        return
    if points > held:
        await world.refused(act, held)
        return
    order = await act
    assert (order.points, order.cash_minor, order.is_waiting_for_cash) == (
        points,
        shelf.sku.cash_minor * pieces,
        bool(shelf.sku.cash_minor),
    )
    assert order.debit_entry_id is not None
    world.model.taken[order.debit_entry_id] = world.model.take(member_id, points, at=world.at)
    placed = Placed(
        order.id,
        order.number,
        member_id,
        shelf,
        order.debit_entry_id,
        points,
        order.cash_minor,
        pieces,
        order.is_waiting_for_cash,
        None,
    )
    if placed.is_waiting:
        shelf.reserved += pieces
        placed.due_at = world.at + timedelta(minutes=30)
    else:
        shelf.sold += pieces
        placed.due_at = _lapses_at(shelf, world.at)
    world.noted(ORDERS).append(placed)


@operation(weight=4)
async def confirm_cash(world: World) -> None:
    """A partner says that it was paid, maybe late, and says so again."""
    order = _some(world, is_waiting=True)
    if order is None:
        return
    for _ in range(2):
        await OrderPayment.confirm(order.number, f"pay:{order.number}", order.cash, actor=SYSTEM, at=world.at)
    order.is_waiting, order.due_at = False, _lapses_at(order.shelf, world.at)
    order.shelf.reserved -= order.pieces
    order.shelf.sold += order.pieces


@operation(weight=3)
async def cancel_order(world: World) -> None:
    order = world.chance.choice(_standing(world)[-30:]) if _standing(world) else None
    if order is None:
        return
    await cancel(order.member_id, order.id, at=world.at, once=None)
    _end(world, order)
    with pytest.raises(OrderStateConflict):
        await cancel(order.member_id, order.id, at=world.at, once=None)


@operation(weight=6)
async def refund_order(world: World) -> None:
    """Staff give back a part of a paid order, or all that is left of it; never more."""
    order = _some(world, is_waiting=False)
    if order is None:
        return
    portion = Portion(*(world.chance.randrange(most + 1) for most in (order.points, order.cash, order.pieces)))
    if portion == Portion():
        portion = Portion(order.points + 1, 0, 0)
        with pytest.raises(CannotRefund):
            await _refund(world, order, portion)
        return
    await _refund(world, order, portion)
    price_left = (order.points, order.cash)
    _give_back(world, order, portion)
    if any(price_left) and (portion.points, portion.cash_minor) == price_left:
        world.noted(ORDERS).remove(order)


@operation(weight=3)
async def move_on(world: World) -> None:
    """Cash that did not come in time, and orders that nobody fetched; twice, to no further effect."""
    due = [order for order in _standing(world) if order.due_at and order.due_at <= world.at]
    assert await move_orders_on(at=world.at) == len(due)
    for order in due:
        _end(world, order)
    assert await move_orders_on(at=world.at) == 0


@operation(weight=2)
async def restock(world: World) -> None:
    shelf, amount = world.chance.choice(await _shelves(world)), world.chance.randrange(1, 8)
    if shelf.put_in is None:
        return
    await StockChange.make(shelf.sku.id, StockAct.ADD, amount, reason="补货", staff_id=new_id(), at=world.at, once=None)
    shelf.put_in += amount


@promise
async def stock_is_what_was_put_in_less_what_is_out(world: World) -> None:
    found = {sku.id: (sku.stock, sku.reserved, sku.sold) for sku in await Sku.all()}
    shelves = [one for one in world.noted(SHELVES) if isinstance(one, Shelf)]
    assert found == {shelf.sku.id: (shelf.stock, shelf.reserved, shelf.sold) for shelf in shelves}


async def _shelves(world: World) -> Sequence[Shelf]:
    """One that is plenty, one that nobody need fetch, one that never runs out, one that is paid in cash as well."""
    shelves = world.noted(SHELVES)
    if not shelves:
        lapsing = await a_good(GoodKind.PICK_UP, price=30, stock=15, pick_up_days=PICK_UP_DAYS)
        shelves += [
            Shelf(lapsing, 15, PICK_UP_DAYS),
            Shelf(await a_good(GoodKind.PICK_UP, price=7, stock=3), 3),
            Shelf(await a_good(GoodKind.PICK_UP, price=20, stock=None), None),
            Shelf(await a_good(GoodKind.PICK_UP, price=25, stock=6, cash_minor=100), 6),
        ]
    return [one for one in shelves if isinstance(one, Shelf)]


async def _refund(world: World, order: Placed, portion: Portion) -> None:
    await OrderRefund.by_staff(order.id, portion, reason="售后", staff_id=new_id(), at=world.at, once=None)


def _end(world: World, order: Placed) -> None:
    """All that is left of it goes back."""
    world.noted(ORDERS).remove(order)
    _give_back(world, order, Portion(order.points, order.cash, order.pieces))


def _give_back(world: World, order: Placed, portion: Portion) -> None:
    world.model.give_back(order.entry_id, order.member_id, portion.points, at=world.at)
    if order.is_waiting:
        order.shelf.reserved -= portion.pieces
    else:
        order.shelf.sold -= portion.pieces
    order.points -= portion.points
    order.cash -= portion.cash_minor
    order.pieces -= portion.pieces


def _lapses_at(shelf: Shelf, at: datetime) -> datetime | None:
    return at + timedelta(days=shelf.pick_up_days) if shelf.pick_up_days else None


def _standing(world: World) -> list[Placed]:
    return [order for order in world.noted(ORDERS) if isinstance(order, Placed)]


def _some(world: World, *, is_waiting: bool) -> Placed | None:
    orders = [order for order in _standing(world) if order.is_waiting is is_waiting][-30:]
    return world.chance.choice(orders) if orders else None
