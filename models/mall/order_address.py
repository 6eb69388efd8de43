"""Where an order or a prize is sent: a sealed copy, so that a later change of the address book changes nothing."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, NotFound, bounded_text
from models.mall.address import Address
from models.mall.sealed_address import SEALED_MOST, Destination
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow


class AddressNeeded(DomainError):
    code = "ADDRESS_NEEDED"
    zh = "请先填写收货地址"
    en = "An address is needed to send it to."
    field = "addressId"


class OrderAddress(Record):
    order_id: UUID = fields.UUIDField(description="The order, or the claim of a prize.")
    member_id: UUID = fields.UUIDField(db_index=True)
    sealed = fields.CharField(max_length=SEALED_MOST)

    class Meta:
        table = "order_address"
        constraints = (UniqueConstraint(fields=("order_id",), name="order_address_one"),)

    @classmethod
    async def chosen(cls, member_id: UUID, address_id: UUID | None) -> str:
        """The sealed text of the address to send to. Raises `AddressNeeded`, `NotFound`."""
        address = await Address.chosen(member_id, address_id)
        if address is None:
            raise AddressNeeded()
        return str(address.sealed)

    @classmethod
    async def keep(cls, order_id: UUID, member_id: UUID, sealed: str) -> Self:
        return await cls.create(order_id=order_id, member_id=member_id, sealed=sealed)

    @classmethod
    async def of(cls, order_id: UUID, *, field: str = "orderId") -> Self:
        """Where an order goes, or `NOT_FOUND`."""
        found = await cls.get_or_none(order_id=order_id)
        if found is None:
            raise NotFound(field=field)
        return found

    @property
    def destination(self) -> Destination:
        return Destination.unsealed(self.sealed)

    async def reveal(self, *, staff_id: UUID, reason: str, at: datetime) -> Destination:
        """The whole address for staff with a stated reason, which the audit keeps. Raises `Invalid`."""
        text = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        await AuditRow.write(
            staff_id=staff_id, action="reveal_order_address", subject=self, before=None, after=None, reason=text, at=at
        )
        return self.destination


async def addresses_of(member_id: UUID) -> list[Destination]:
    """Every address that is kept of a member: its book's, and those that orders and prizes were sent to."""
    own = [one.destination for one in await Address.filter(member_id=member_id).order_by("id")]
    return own + [one.destination for one in await OrderAddress.filter(member_id=member_id).order_by("id")]
