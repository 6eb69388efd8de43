"""A store: where members come to collect what they ordered."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, NotFound, bounded_text
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from store.database import transaction, violates

TOLD = ("name", "region", "address", "is_active")


class StoreNameTaken(DomainError):
    code = "STORE_NAME_TAKEN"
    zh = "已有同名门店"
    en = "There is a store of this name."
    field = "name"


class Store(Record):
    name = fields.CharField(max_length=40)
    region = fields.CharField(max_length=80)
    address = fields.CharField(max_length=120)
    is_active = fields.BooleanField(default=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "store"
        constraints = (UniqueConstraint(fields=("name",), name="store_name_once"),)

    @classmethod
    async def open(cls, store_id: UUID) -> Self:
        """A store in use, or `NOT_FOUND`."""
        store = await cls.existing(store_id, field="storeId")
        if not store.is_active:
            raise NotFound(field="storeId")
        return store

    @classmethod
    async def put(
        cls,
        *,
        name: str,
        region: str,
        address: str,
        staff_id: UUID,
        at: datetime,
        store_id: UUID | None = None,
        is_active: bool = True,
    ) -> Self:
        """Open a store, or say all of it anew. Raises `StoreNameTaken`, `Invalid`, `NotFound`."""
        said: dict[str, object] = {
            "name": bounded_text(name, "name", least=1, most=40),
            "region": bounded_text(region, "region", least=1, most=80),
            "address": bounded_text(address, "address", least=1, most=120),
            "is_active": is_active,
        }
        try:
            async with transaction():
                known = await cls.existing(store_id, field="storeId") if store_id else None
                before = columns_of(known, *TOLD) if known else None
                store = known or cls(created_at=at)
                await store.update_from_dict(said).save(force_create=known is None)
                await AuditRow.write(
                    staff_id=staff_id, action="put_store", subject=store, before=before, after=said, reason=None, at=at
                )
        except IntegrityError as error:
            if violates(error, cls, "store_name_once"):
                raise StoreNameTaken() from None
            raise
        return store
