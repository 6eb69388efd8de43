"""Orders as their members place, follow and end them; and lists of them."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import IsMember, IsMemberOr
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import EVERY_ROW
from models.mall.cancellation import cancel
from models.mall.order import Order as OrderRecord
from models.mall.shipment import receive
from models.members.member import Member as MemberRecord
from models.staff.right import StaffRight
from schema.ids import id_of, optional_id_of
from schema.mall.order import (
    CancelOrderInput,
    CancelOrderPayload,
    ConfirmReceiptInput,
    ConfirmReceiptPayload,
    Order,
    PlaceOrderInput,
    PlaceOrderPayload,
)
from schema.mall.order_filter import OrderFilter
from schema.payload import mutation, query

READING = IsMemberOr(StaffRight.ORDERS_READ)

Filter = Annotated[OrderFilter | None, strawberry.argument(description="Which orders; all if absent.")]
OrderId = Annotated[strawberry.ID, strawberry.argument(description="Which order.")]


@strawberry.type
class OrderQueries:
    @query(allow=READING, description="Orders, newest first: a member's own, or those in the scope of staff.")
    async def orders(
        self,
        info: Info,
        filter: Filter = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Order]:
        where = filter.condition() if filter else EVERY_ROW
        every = listing(OrderRecord, order=("-placed_at", "-id"), where=where)
        page: Connection[Order] = await info.context.loads.list_page(every, PageArguments(first, after, last, before))
        return page

    @query(allow=READING, description="An order; nothing where it is absent or not for the caller to see.")
    async def order(self, info: Info, id: OrderId) -> Order | None:
        found: Order | None = await info.context.loads.by_id(OrderRecord, id_of("Order", id, field="id"))
        return found


@strawberry.type
class OrderMutations:
    @mutation(allow=IsMember(), single=True, description="Order something for points, or for points and cash.")
    async def place_order(self, info: Info, input: PlaceOrderInput) -> PlaceOrderPayload:
        context, once = info.context, info.context.once(input)
        order = await OrderRecord.place(
            context.member_id,
            id_of("Sku", input.sku_id, field="skuId"),
            input.quantity,
            address_id=optional_id_of("Address", input.address_id, field="addressId"),
            circle_id=optional_id_of("Circle", input.circle_id, field="circleId"),
            expected_points=input.expected_points,
            note=input.note,
            at=context.at,
            once=once,
        )
        viewer = await context.loads.by_id(MemberRecord, context.member_id)
        return PlaceOrderPayload(order=mirrored(order), viewer=viewer, is_replay=once.replayed)

    @mutation(allow=IsMember(), description="Call an order off before it is packed.")
    async def cancel_order(self, info: Info, input: CancelOrderInput) -> CancelOrderPayload:
        context, once = info.context, info.context.once(input)
        order_id = id_of("Order", input.order_id, field="orderId")
        change = await cancel(context.member_id, order_id, reason=input.reason, at=context.at, once=once)
        order = await OrderRecord.get(id=change.order_id)
        viewer = await context.loads.by_id(MemberRecord, context.member_id)
        return CancelOrderPayload(order=mirrored(order), viewer=viewer, is_replay=once.replayed)

    @mutation(allow=IsMember(), description="Say that an order has come.")
    async def confirm_receipt(self, info: Info, input: ConfirmReceiptInput) -> ConfirmReceiptPayload:
        context = info.context
        change = await receive(context.member_id, id_of("Order", input.order_id, field="orderId"), at=context.at)
        order = await OrderRecord.get(id=change.order_id)
        viewer = await context.loads.by_id(MemberRecord, context.member_id)
        return ConfirmReceiptPayload(order=mirrored(order), viewer=viewer)
