"""What staff and partners do with orders, in the contract."""

from typing import Self

import strawberry

from engine.cursor import encode_id
from models.mall.portion import Portion
from models.mall.shipment import Parcel, Sent
from schema.errors import UserError
from schema.ids import id_of
from schema.mall.order import Order, OrderRefund
from schema.payload import Payload, changed
from schema.scalars import BigInt


@strawberry.input(description="An order to pack.")
class TakeOrderUpInput:
    order_id: strawberry.ID = strawberry.field(description="The order, which is to be sent.")


@strawberry.input(description="An order that was sent.")
class ParcelInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    carrier: str = strawberry.field(description="With whom, 1 to 30 characters.")
    tracking_number: str = strawberry.field(description="Under which number, 1 to 40 characters.")

    def parcel(self) -> Parcel:
        return Parcel(id_of("Order", self.order_id, field="orderId"), self.carrier, self.tracking_number)


@strawberry.input(description="An order to send.")
class ShipOrderInput(ParcelInput):
    pass


@strawberry.input(description="Orders to send, each for itself.")
class ShipOrdersInput:
    rows: list[ParcelInput] = strawberry.field(description="1 to 250 orders.")


@strawberry.type(description="What became of one row of a batch.")
class ShippedRow:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    error: UserError | None = strawberry.field(description="Why it was not sent; absent where it was.")

    @classmethod
    def of(cls, sent: Sent, locale: str) -> Self:
        error = UserError.of(sent.refusal, locale) if sent.refusal else None
        return cls(order_id=strawberry.ID(encode_id("Order", sent.order_id)), error=error)


@strawberry.input(description="What of an order goes back; all that is left where no portion is given.")
class RefundOrderInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never refunds twice.")
    order_id: strawberry.ID = strawberry.field(description="The order.")
    points: BigInt | None = strawberry.field(default=None, description="So many points only.")
    cash_minor: BigInt | None = strawberry.field(default=None, description="So much cash only, in minor units.")
    pieces: int | None = strawberry.field(default=None, description="So many pieces back into the stock only.")
    returns_stock: bool | None = strawberry.field(
        default=None, description="With the whole: whether the pieces return; by default where nothing was sent."
    )
    voids_codes: bool = strawberry.field(
        default=False, description="Whether the codes of the pieces that go back are void from now on."
    )
    reason: str = strawberry.field(description="Why, 1 to 200 characters, for the member and the audit.")

    def portion(self) -> Portion | None:
        given = (self.points, self.cash_minor, self.pieces)
        return None if given == (None, None, None) else Portion(*(one or 0 for one in given))


@strawberry.input(description="A code that was shown.")
class WriteOffPickUpInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    code: str = strawberry.field(description="The code as it was typed or scanned.")
    store_id: strawberry.ID | None = strawberry.field(default=None, description="The store where it was shown.")


@strawberry.input(description="Cash that came for an order.")
class ConfirmOrderInput:
    order_number: str = strawberry.field(description="The order's number.")
    reference: str = strawberry.field(description="What the payment is called, up to 64 characters; known once.")
    cash_minor: BigInt = strawberry.field(description="How much came, in minor units.")


@strawberry.type
class OrderPayload(Payload):
    order: Order | None = changed("The order.")


@strawberry.type(description="An order that is being packed.")
class TakeOrderUpPayload(OrderPayload):
    pass


@strawberry.type(description="An order that was sent.")
class ShipOrderPayload(OrderPayload):
    pass


@strawberry.type(description="What became of each row.")
class ShipOrdersPayload(Payload):
    rows: list[ShippedRow] | None = changed("A row for each that was given, in their order.")


@strawberry.type(description="What went back.")
class RefundOrderPayload(OrderPayload):
    refund: OrderRefund | None = changed("The refund.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="An order that was collected.")
class WriteOffPickUpPayload(OrderPayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="An order that was paid.")
class ConfirmOrderPayload(OrderPayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this payment had been told before.")
