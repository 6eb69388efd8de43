"""The address book, and whole addresses for staff with a reason."""

import strawberry
from strawberry import Info

from auth.permissions import IsMember, StaffCan
from auth.scope import demand_member
from engine.cursor import decode_id
from engine.declare import mirrored
from models.errors import NotFound
from models.mall.address import Address as AddressRecord
from models.mall.order_address import OrderAddress
from models.staff.right import StaffRight
from schema.ids import id_of, optional_id_of
from schema.mall.address import (
    Destination,
    PutAddressInput,
    PutAddressPayload,
    RemoveAddressInput,
    RemoveAddressPayload,
    RevealAddressInput,
    RevealAddressPayload,
)
from schema.payload import mutation


@strawberry.type
class AddressMutations:
    @mutation(allow=IsMember(), description="Keep an address, or write one anew.")
    async def put_address(self, info: Info, input: PutAddressInput) -> PutAddressPayload:
        address = await AddressRecord.put(
            info.context.member_id,
            input.destination(),
            address_id=optional_id_of("Address", input.address_id, field="addressId"),
            is_default=input.is_default,
            at=info.context.at,
        )
        return PutAddressPayload(address=mirrored(address))

    @mutation(allow=IsMember(), description="Forget an address.")
    async def remove_address(self, info: Info, input: RemoveAddressInput) -> RemoveAddressPayload:
        address_id = id_of("Address", input.address_id, field="addressId")
        await AddressRecord.remove(info.context.member_id, address_id, at=info.context.at)
        return RemoveAddressPayload(removed_id=input.address_id)

    @mutation(allow=StaffCan(StaffRight.MEMBERS_REVEAL), description="A whole address; the audit keeps it.")
    async def reveal_address(self, info: Info, input: RevealAddressInput) -> RevealAddressPayload:
        kept = await _kept(input.id)
        await demand_member(info.context, kept.member_id, field="id")
        found = await kept.reveal(staff_id=info.context.staff_id, reason=input.reason, at=info.context.at)
        return RevealAddressPayload(destination=Destination.of(found, is_masked=False))


async def _kept(public_id: str) -> AddressRecord | OrderAddress:
    decoded = decode_id(public_id)
    if decoded and decoded[0] == "Address":
        return await AddressRecord.existing(decoded[1], field="id")
    if decoded and decoded[0] in ("Order", "PrizeClaim"):
        return await OrderAddress.of(decoded[1], field="id")
    raise NotFound(field="id")
