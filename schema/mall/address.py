"""Addresses in the contract: whole for their owner, masked for everybody else."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from auth.scope import own_or_in_scope
from engine.declare import Node, computed, record_type
from engine.relation import NO_ROW, Condition
from models.mall.address import Address as AddressRecord
from models.mall.order_address import OrderAddress
from models.mall.sealed_address import Destination as DestinationFound
from models.staff.right import StaffRight
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context


@strawberry.type(description="Where to send something.")
class Destination:
    recipient: str = strawberry.field(description="Who receives it.")
    phone: str = strawberry.field(description="The recipient's phone.")
    region: str = strawberry.field(description="Province, city and district.")
    street: str = strawberry.field(description="Street, house and room.")
    is_masked: bool = strawberry.field(description="Whether parts are hidden from the caller.")

    @classmethod
    def of(cls, found: DestinationFound, *, is_masked: bool) -> Self:
        shown = found.masked if is_masked else found
        return cls(
            recipient=shown.recipient,
            phone=shown.phone,
            region=shown.region,
            street=shown.street,
            is_masked=is_masked,
        )


async def destinations_of(sent: Sequence[Any], context: "Context") -> list[Destination | None]:
    """Where orders, or prizes, go: in one statement, and masked for all but their member."""
    found = {one.order_id: one for one in await OrderAddress.filter(order_id__in=[one.id for one in sent])}
    return [
        Destination.of(found[one.id].destination, is_masked=one.member_id != context.caller.id)
        if one.id in found
        else None
        for one in sent
    ]


def _own(context: "Context") -> Condition:
    """A member's own; staff may see those of the members in their scope, masked; partners none, whatever they read."""
    is_partner = context.caller.kind is CallerKind.PARTNER
    return NO_ROW if is_partner else own_or_in_scope(context, StaffRight.MEMBERS_READ)


@record_type(AddressRecord, description="An address of a member's address book.", visible=_own)
class Address(Node):
    is_default: bool = strawberry.field(description="Whether it is used where an order names none.")
    updated_at: datetime = strawberry.field(description="When it was last written.")

    @computed(needs=("member_id", "sealed"), description="Where it is.")
    def destination(self: Any, info: Info) -> Destination:
        found = DestinationFound.unsealed(self.sealed)
        return Destination.of(found, is_masked=info.context.caller.id != self.member_id)


@strawberry.input(description="An address to keep, or to write anew.")
class PutAddressInput:
    address_id: strawberry.ID | None = strawberry.field(default=None, description="The one to write anew; absent: new.")
    recipient: str = strawberry.field(description="Who receives it, 1 to 30 characters.")
    phone: str = strawberry.field(description="The recipient's phone, 5 to 15 digits.")
    region: str = strawberry.field(description="Province, city and district, 1 to 60 characters.")
    street: str = strawberry.field(description="Street, house and room, 1 to 120 characters.")
    is_default: bool = strawberry.field(default=False, description="Whether it becomes the default.")

    def destination(self) -> DestinationFound:
        return DestinationFound(self.recipient, self.phone, self.region, self.street)


@strawberry.input(description="An address to forget.")
class RemoveAddressInput:
    address_id: strawberry.ID = strawberry.field(description="The address.")


@strawberry.input(description="A whole address, for a reason.")
class RevealAddressInput:
    id: strawberry.ID = strawberry.field(
        description="An order or a claim of a prize, for where it goes, or an address of an address book."
    )
    reason: str = strawberry.field(description="Why, 1 to 200 characters; kept in the audit.")


@strawberry.type(description="An address that was kept.")
class PutAddressPayload(Payload):
    address: Address | None = changed("The address.")


@strawberry.type(description="An address that was forgotten.")
class RemoveAddressPayload(Payload):
    removed_id: strawberry.ID | None = changed("The id that it had.")


@strawberry.type(description="What came of revealing an address.")
class RevealAddressPayload(Payload):
    destination: Destination | None = changed("Where it is, whole.")
