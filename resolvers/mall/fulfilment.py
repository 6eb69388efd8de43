"""Orders as staff pack, send, hand out and refund them, and as partners confirm their cash."""

from uuid import UUID

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from auth.context import Context
from auth.permissions import Can, StaffCan
from auth.scope import demand_member, rows_in_scope
from engine.declare import mirrored
from models.actor import Actor
from models.mall.order import Order as OrderRecord
from models.mall.order_payment import OrderPayment
from models.mall.order_refund import OrderRefund as OrderRefundRecord
from models.mall.shipment import ship, ship_all, take_up
from models.mall.write_off import write_off
from models.staff.right import StaffRight
from schema.ids import id_of, optional_id_of
from schema.mall.fulfilment import (
    ConfirmOrderInput,
    ConfirmOrderPayload,
    RefundOrderInput,
    RefundOrderPayload,
    ShipOrderInput,
    ShipOrderPayload,
    ShipOrdersInput,
    ShipOrdersPayload,
    ShippedRow,
    TakeOrderUpInput,
    TakeOrderUpPayload,
    WriteOffPickUpInput,
    WriteOffPickUpPayload,
)
from schema.payload import mutation

FULFILLING = StaffCan(StaffRight.ORDERS_WRITE)


@strawberry.type
class FulfilmentMutations:
    @mutation(allow=FULFILLING, description="Begin to pack an order; its member cannot cancel it any more.")
    async def take_order_up(self, info: Info, input: TakeOrderUpInput) -> TakeOrderUpPayload:
        order_id = await _in_scope(info.context, id_of("Order", input.order_id, field="orderId"))
        await take_up(order_id, staff_id=info.context.staff_id, at=info.context.at)
        return TakeOrderUpPayload(order=mirrored(await OrderRecord.get(id=order_id)))

    @mutation(allow=FULFILLING, description="Send an order.")
    async def ship_order(self, info: Info, input: ShipOrderInput) -> ShipOrderPayload:
        parcel = input.parcel()
        await _in_scope(info.context, parcel.order_id)
        await ship(parcel, staff_id=info.context.staff_id, at=info.context.at)
        return ShipOrderPayload(order=mirrored(await OrderRecord.get(id=parcel.order_id)))

    @mutation(allow=FULFILLING, description="Send many orders, each for itself.")
    async def ship_orders(self, info: Info, input: ShipOrdersInput) -> ShipOrdersPayload:
        context, parcels = info.context, [row.parcel() for row in input.rows]
        seen = await rows_in_scope(context, "mall_order", [parcel.order_id for parcel in parcels])
        sent = await ship_all(parcels, among=seen, staff_id=context.staff_id, at=context.at)
        return ShipOrdersPayload(rows=[ShippedRow.of(one, context.locale) for one in sent])

    @mutation(allow=FULFILLING, description="Refund an order, whole or in part.")
    async def refund_order(self, info: Info, input: RefundOrderInput) -> RefundOrderPayload:
        context, once = info.context, info.context.once(input)
        order_id = await _in_scope(context, id_of("Order", input.order_id, field="orderId"))
        refund = await OrderRefundRecord.by_staff(
            order_id,
            input.portion(),
            returns_stock=input.returns_stock,
            voids_codes=input.voids_codes,
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
            once=once,
        )
        order = await OrderRecord.get(id=order_id)
        return RefundOrderPayload(order=mirrored(order), refund=mirrored(refund), is_replay=once.replayed)

    @mutation(allow=FULFILLING, description="Take a code that was shown at the counter or the door, once.")
    async def write_off_pick_up(self, info: Info, input: WriteOffPickUpInput) -> WriteOffPickUpPayload:
        context, once = info.context, info.context.once(input)
        store_id = optional_id_of("Store", input.store_id, field="storeId")
        change = await write_off(input.code, store_id, staff_id=context.staff_id, at=context.at, once=once)
        order = await OrderRecord.get(id=change.order_id)
        return WriteOffPickUpPayload(order=mirrored(order), is_replay=once.replayed)

    @mutation(allow=Can(StaffRight.ORDERS_CONFIRM), description="Say that the cash of an order has come.")
    async def confirm_order(self, info: Info, input: ConfirmOrderInput) -> ConfirmOrderPayload:
        if known := await OrderRecord.get_or_none(number=input.order_number.strip()):
            await demand_member(info.context, known.member_id, field="orderNumber")
        payment = await OrderPayment.confirm(
            input.order_number, input.reference, input.cash_minor, actor=_teller(info.context), at=info.context.at
        )
        order = await OrderRecord.get(id=payment.order_id)
        return ConfirmOrderPayload(order=mirrored(order), is_replay=payment.replayed)


def _teller(context: Context) -> Actor:
    if context.caller.kind is CallerKind.PARTNER and context.caller.id:
        return Actor.partner(context.caller.id)
    return Actor.staff(context.staff_id)


async def _in_scope(context: Context, order_id: UUID) -> UUID:
    """The order's id; raises `NotFound` for one of a member outside the caller's scope."""
    order = await OrderRecord.existing(order_id, field="orderId")
    await demand_member(context, order.member_id, field="orderId")
    return order_id
