"""The address book: where a member has things sent, sealed at rest, one of them the default."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, NotFound, bounded_text
from models.mall.sealed_address import SEALED_MOST, Destination
from models.members.member import Member
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.database import transaction

ADDRESSES_MOST = 20


class TooManyAddresses(DomainError):
    code = "TOO_MANY_ADDRESSES"
    zh = "最多保存 {most} 个地址"
    en = "At most {most} addresses are kept."


class Address(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    sealed = fields.CharField(max_length=SEALED_MOST)
    is_default = fields.BooleanField(default=False)
    created_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()

    class Meta:
        table = "address"
        constraints = (UniqueConstraint(fields=("member_id",), condition="is_default", name="address_one_default"),)
        indexes = (Index(fields=("member_id", "updated_at", "id"), name="address_by_member"),)

    @classmethod
    async def put(
        cls,
        member_id: UUID,
        destination: Destination,
        *,
        at: datetime,
        address_id: UUID | None = None,
        is_default: bool = False,
    ) -> Self:
        """Keep a new address, or write one anew; the first one is the default.

        Raises `TooManyAddresses`, `Invalid`, `NotFound`, `MemberNotActive`.
        """
        sealed = destination.checked().sealed()
        async with transaction():
            await Member.touch(member_id, at=at)
            known = await cls.filter(member_id=member_id).order_by("id")
            address = next((one for one in known if one.id == address_id), None)
            if address_id is not None and address is None:
                raise NotFound(field="addressId")
            if address is None and len(known) >= ADDRESSES_MOST:
                raise TooManyAddresses(most=ADDRESSES_MOST)
            becomes_default = is_default or not known or bool(address and address.is_default)
            if becomes_default:
                await cls.filter(member_id=member_id, is_default=True).update(is_default=False)
            made = address or cls(member_id=member_id, created_at=at)
            made.sealed, made.is_default, made.updated_at = sealed, becomes_default, at
            await made.save(force_create=address is None)
        return made

    @classmethod
    async def remove(cls, member_id: UUID, address_id: UUID, *, at: datetime) -> None:
        """Forget an address; where it was the default, the one used last takes its place. Raises `NotFound`."""
        async with transaction():
            await Member.touch(member_id, at=at)
            address = await cls.get_or_none(id=address_id, member_id=member_id)
            if address is None:
                raise NotFound(field="addressId")
            await address.delete()
            last = await cls.filter(member_id=member_id).order_by("-updated_at", "-id").first()
            if address.is_default and last:
                await cls.filter(id=last.id).update(is_default=True)

    @classmethod
    async def chosen(cls, member_id: UUID, address_id: UUID | None) -> Self | None:
        """The member's address of an id, or its default one. Raises `NotFound` for an id that is none of its own."""
        if address_id is None:
            return await cls.get_or_none(member_id=member_id, is_default=True)
        address = await cls.get_or_none(id=address_id, member_id=member_id)
        if address is None:
            raise NotFound(field="addressId")
        return address

    @property
    def destination(self) -> Destination:
        return Destination.unsealed(self.sealed)

    async def reveal(self, *, staff_id: UUID, reason: str, at: datetime) -> Destination:
        """The whole address for staff with a stated reason, which the audit keeps. Raises `Invalid`."""
        text = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        await AuditRow.write(
            staff_id=staff_id, action="reveal_address", subject=self, before=None, after=None, reason=text, at=at
        )
        return self.destination
