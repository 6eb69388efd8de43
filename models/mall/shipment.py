"""Sending: colleagues take an order up, send it, and the member or time says that it has come.

A batch is its rows: each is sent in a transaction of its own, and one that is refused keeps no other from going.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.actor import SYSTEM, Actor
from models.errors import DomainError, Invalid, NotFound, bounded_text
from models.mall.good import GoodKind
from models.mall.order import Order
from models.mall.order_change import OrderChange
from models.mall.order_status import OrderStatus
from store.database import transaction

ROWS_MOST = 250
ON_THE_WAY = (OrderStatus.SHIPPED, OrderStatus.ISSUED)


class NotToShip(DomainError):
    code = "NOT_TO_SHIP"
    zh = "该订单不需要发货"
    en = "This order is not one to be sent."
    field = "orderId"


@dataclass(frozen=True)
class Parcel:
    """With whom an order was sent, under which number."""

    order_id: UUID
    carrier: str
    tracking_number: str


@dataclass(frozen=True)
class Sent:
    """What became of a row of a batch."""

    order_id: UUID
    refusal: DomainError | None = None


async def take_up(order_id: UUID, *, staff_id: UUID, at: datetime) -> OrderChange:
    """Begin to pack an order; from now on its member cannot cancel it. Raises `OrderStateConflict`, `NotToShip`."""
    async with transaction():
        order = await _to_ship(order_id)
        actor, among = Actor.staff(staff_id), (OrderStatus.CONFIRMED,)
        change = await order.move(OrderStatus.FULFILLING, among=among, actor=actor, at=at)
        await actor.audit("take_order_up", order, before=None, after={"status": order.status}, reason=None, at=at)
        return change


async def ship(parcel: Parcel, *, staff_id: UUID, at: datetime) -> OrderChange:
    """Send an order. Raises `OrderStateConflict`, `NotToShip`, `Invalid`, `NotFound`."""
    carrier = bounded_text(parcel.carrier, "carrier", least=1, most=30)
    tracking_number = bounded_text(parcel.tracking_number, "trackingNumber", least=1, most=40)
    async with transaction():
        order = await _to_ship(parcel.order_id)
        actor = Actor.staff(staff_id)
        change = await order.move(
            OrderStatus.SHIPPED,
            among=(OrderStatus.CONFIRMED, OrderStatus.FULFILLING),
            actor=actor,
            at=at,
            carrier=carrier,
            tracking_number=tracking_number,
            shipped_at=at,
            due_at=at + timedelta(days=order.receive_days),
        )
        after = {"carrier": carrier, "tracking_number": tracking_number}
        await actor.audit("ship_order", order, before=None, after=after, reason=None, at=at)
        return change


async def ship_all(parcels: Sequence[Parcel], *, among: Collection[UUID], staff_id: UUID, at: datetime) -> list[Sent]:
    """Send many; an answer for each row, in their order. Orders that are not `among` are not there.

    Raises `Invalid` for no rows or too many.
    """
    if not 1 <= len(parcels) <= ROWS_MOST:
        raise Invalid("rows", zh=f"每次 1–{ROWS_MOST} 行", en=f"give 1 to {ROWS_MOST} rows")
    return [
        await _sent(parcel, staff_id=staff_id, at=at)
        if parcel.order_id in among
        else Sent(parcel.order_id, NotFound(field="orderId"))
        for parcel in parcels
    ]


async def receive(member_id: UUID, order_id: UUID, *, at: datetime) -> OrderChange:
    """The member says that it has come. Raises `OrderStateConflict`, `NotFound`, `MemberNotActive`."""
    async with transaction():
        order = await Order.own(member_id, order_id, at=at)
        return await arrive(order, actor=Actor.member(member_id), among=ON_THE_WAY, at=at)


async def receive_due(order_id: UUID, *, at: datetime) -> bool:
    """Count what was sent long ago as received; False where somebody was faster."""
    async with transaction():
        order = await Order.held(order_id)
        if order.status not in ON_THE_WAY or order.due_at is None or order.due_at > at:
            return False
        await arrive(order, actor=SYSTEM, among=ON_THE_WAY, at=at)
        return True


async def close_due(order_id: UUID, *, at: datetime) -> bool:
    """Close what was received long enough ago; False where somebody was faster."""
    async with transaction():
        order = await Order.held(order_id)
        if order.status is not OrderStatus.RECEIVED or order.due_at is None or order.due_at > at:
            return False
        await order.move(OrderStatus.CLOSED, among=(OrderStatus.RECEIVED,), actor=SYSTEM, at=at, ended_at=at)
        return True


async def arrive(
    order: Order, *, actor: Actor, among: Sequence[OrderStatus], at: datetime, change_id: UUID | None = None
) -> OrderChange:
    """An order has reached its member, inside the caller's transaction."""
    due_at = at + timedelta(days=order.after_sale_days)
    return await order.move(
        OrderStatus.RECEIVED, among=among, actor=actor, at=at, change_id=change_id, received_at=at, due_at=due_at
    )


async def _to_ship(order_id: UUID) -> Order:
    order = await Order.held(order_id)
    if order.kind is not GoodKind.PHYSICAL:
        raise NotToShip()
    return order


async def _sent(parcel: Parcel, *, staff_id: UUID, at: datetime) -> Sent:
    try:
        await ship(parcel, staff_id=staff_id, at=at)
    except DomainError as refusal:
        return Sent(parcel.order_id, refusal)
    return Sent(parcel.order_id)
