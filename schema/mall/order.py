"""Orders in the contract."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import Info

from engine.declare import Node, batch, computed, many, one, one_by, record_type
from models.mall.good import Good as GoodRecord
from models.mall.good_code import GoodCode
from models.mall.order import Order as OrderRecord
from models.mall.order_change import OrderChange as OrderChangeRecord
from models.mall.order_refund import OrderRefund as OrderRefundRecord
from models.mall.order_status import CANCELLABLE
from models.mall.pick_up import PickUp as PickUpRecord
from models.mall.pick_up import in_qr, qr_picture
from models.mall.sku import Sku as SkuRecord
from models.mall.store import Store as StoreRecord
from models.members.member import Member as MemberRecord
from schema.actor import ActorKind
from schema.mall.address import Destination, destinations_of
from schema.mall.good import Good
from schema.mall.good_kind import GoodKind
from schema.mall.order_status import OrderStatus
from schema.mall.sku import Sku
from schema.mall.store import Store
from schema.mall.visibility import own_or_orders
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.scalars import BigInt

if TYPE_CHECKING:
    from schema.viewer import Viewer


@record_type(OrderChangeRecord, description="A change of an order's state.", visible=own_or_orders)
class OrderChange(Node):
    status: OrderStatus = strawberry.field(description="The state after it.")
    by_kind: ActorKind = strawberry.field(description="On whose word.")
    reason: str | None = strawberry.field(description="Why.")
    changed_at: datetime = strawberry.field(description="When.")


@record_type(OrderRefundRecord, description="What of an order went back.", visible=own_or_orders)
class OrderRefund(Node):
    number: int = strawberry.field(description="Which refund of its order it is, from 1.")
    points: BigInt = strawberry.field(description="Points that went back to the member.")
    cash_minor: BigInt = strawberry.field(description="Cash to be returned outside, in minor units.")
    pieces: int = strawberry.field(description="Pieces that went back into the stock.")
    reason: str | None = strawberry.field(description="Why.")
    by_kind: ActorKind = strawberry.field(description="On whose word.")
    created_at: datetime = strawberry.field(description="When.")


def _code(pick_up: PickUpRecord, context: Any) -> str | None:
    if context.caller.id != pick_up.member_id:
        return None
    return PickUpRecord.unsealed(pick_up.sealed_code)


async def _pictures(pick_ups: Sequence[PickUpRecord], context: Any) -> list[str | None]:
    """Drawn beside the loop, since each takes some milliseconds and a page of orders asks for many."""
    codes = [_code(pick_up, context) for pick_up in pick_ups]
    return await asyncio.to_thread(lambda: [qr_picture(code) if code else None for code in codes])


@record_type(PickUpRecord, description="How an order is collected.", visible=own_or_orders)
class PickUp(Node):
    expires_at: datetime | None = strawberry.field(description="Until when; absent: any time.")
    used_at: datetime | None = strawberry.field(description="When it was collected.")
    store: Store | None = one(StoreRecord, "store_id", description="The store where it was collected.")

    @computed(needs=("member_id", "sealed_code"), description="The code to show; for its member alone.")
    def code(self: Any, info: Info) -> str | None:
        return _code(self, info.context)

    @computed(needs=("member_id", "sealed_code"), description="The text of its QR code; for its member alone.")
    def qr_text(self: Any, info: Info) -> str | None:
        code = _code(self, info.context)
        return in_qr(code) if code else None

    qr_svg: str | None = batch(
        _pictures,
        needs=("member_id", "sealed_code"),
        description="A picture of its QR code, an SVG to be shown as it is; for its member alone.",
    )


async def codes_of(orders: Sequence[OrderRecord], context: Any) -> list[list[str]]:
    """For the caller's own orders alone."""
    own = [order.id for order in orders if order.member_id == context.caller.id]
    found = await GoodCode.of_orders(own) if own else {}
    return [[code.code for code in found.get(order.id, ())] for order in orders]


@record_type(OrderRecord, description="What a member ordered, as it stood then.", visible=own_or_orders)
class Order(Node):
    number: str = strawberry.field(description="What people call it by.")
    member: Member | None = one(MemberRecord, "member_id", description="Whose order it is.")
    good: Good | None = one(GoodRecord, "good_id", description="The good as it is now; absent while it is not shown.")
    sku: Sku | None = one(SkuRecord, "sku_id", description="The variant as it is now; absent while it is not shown.")
    status: OrderStatus = strawberry.field(description="Where it stands.")
    kind: GoodKind = strawberry.field(description="What kind of good it is of.")
    good_name: str = strawberry.field(description="The good's name then.")
    sku_name: str = strawberry.field(description="The variant's name then.")
    picture_url: str | None = strawberry.field(description="The good's picture then.")
    quantity: int = strawberry.field(description="How many pieces.")
    unit_points: BigInt = strawberry.field(description="Points for one.")
    points: BigInt = strawberry.field(description="Points in all.")
    cash_minor: BigInt = strawberry.field(description="Cash in all, in minor units.")
    refunded_points: BigInt = strawberry.field(description="Points that went back.")
    refunded_cash_minor: BigInt = strawberry.field(description="Cash that is to go back, in minor units.")
    returned_quantity: int = strawberry.field(description="Pieces that went back into the stock.")
    note: str | None = strawberry.field(description="What the member asked for.")
    carrier: str | None = strawberry.field(description="With whom it was sent.")
    tracking_number: str | None = strawberry.field(description="Under which number it was sent.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    confirmed_at: datetime | None = strawberry.field(description="When it was paid.")
    shipped_at: datetime | None = strawberry.field(description="When it was sent.")
    received_at: datetime | None = strawberry.field(description="When its member had it.")
    ended_at: datetime | None = strawberry.field(description="When it was closed, cancelled or refunded.")
    due_at: datetime | None = strawberry.field(
        description="When it moves on by itself: unpaid it ends, sent it counts as received, received it is closed."
    )
    codes: list[str] = batch(codes_of, needs=("id", "member_id"), description="Its codes; for its member alone.")
    destination: Destination | None = batch(
        destinations_of, needs=("id", "member_id"), description="Where it goes; masked for all but its member."
    )
    pick_up: PickUp | None = one_by(PickUpRecord, "order_id", description="How it is collected, where it is.")
    changes: list[OrderChange] = many(
        OrderChangeRecord, "order_id", order=("changed_at", "id"), bound=50, description="Its states so far."
    )
    refunds: list[OrderRefund] = many(
        OrderRefundRecord, "order_id", order=("created_at", "id"), bound=50, description="What of it went back."
    )

    @computed(needs=("status", "is_cancellable"), description="Whether its member may cancel it now.")
    def is_cancellable(self: Any) -> bool:
        is_unpaid = self.status == OrderStatus.AWAITING_CASH
        return is_unpaid or (bool(self.is_cancellable) and self.status in CANCELLABLE)


@strawberry.input(description="What to order.")
class PlaceOrderInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never orders twice.")
    sku_id: strawberry.ID = strawberry.field(description="The variant.")
    quantity: int = strawberry.field(default=1, description="How many pieces.")
    address_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where to send it; the default address if absent."
    )
    circle_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of which circle's share to take it, where each circle has one."
    )
    expected_points: BigInt | None = strawberry.field(
        default=None, description="The points in all that were shown; refused where the price is another one now."
    )
    note: str | None = strawberry.field(default=None, description="What to bear in mind, up to 100 characters.")


@strawberry.input(description="An order to call off.")
class CancelOrderInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    order_id: strawberry.ID = strawberry.field(description="The order.")
    reason: str | None = strawberry.field(default=None, description="Why, up to 200 characters.")


@strawberry.input(description="An order that has come.")
class ConfirmReceiptInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")


@strawberry.type
class BuyerPayload(Payload):
    order: Order | None = changed("The order.")
    viewer: Annotated["Viewer", strawberry.lazy("schema.viewer")] | None = changed("The caller after it.")


@strawberry.type(description="An order that was placed.")
class PlaceOrderPayload(BuyerPayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="An order that was called off.")
class CancelOrderPayload(BuyerPayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="An order that has come.")
class ConfirmReceiptPayload(BuyerPayload):
    pass
