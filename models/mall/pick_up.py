"""A pick-up: the code that a member shows at the counter or the door, good once, for one order.

The code is long and random, sealed at rest and found by a keyed hash. Who handed the thing over, in which store, and
when stands beside it.
"""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.groups.invitation import ALPHABET
from models.mall.store import Store
from models.qr_code import svg_of
from models.record import Record
from store.vault import vault

if TYPE_CHECKING:
    from models.mall.order import Order

PURPOSE = "pick_up.code"
CODE_LENGTH = 12
QR_BEGINS = "shequn:pick-up:"
"""What stands in the QR code in front of the code."""


class PickUp(Record):
    order: "fields.ForeignKeyRelation[Order]" = fields.ForeignKeyField(
        "models.Order", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    order_id: UUID
    member_id: UUID = fields.UUIDField(db_index=True, description="Whose order it is.")
    sealed_code = fields.CharField(max_length=200)
    code_hash = fields.CharField(max_length=64)
    expires_at: datetime | None = fields.DatetimeField(null=True)
    used_at: datetime | None = fields.DatetimeField(null=True)
    staff_id: UUID | None = fields.UUIDField(null=True)
    store: fields.ForeignKeyNullableRelation[Store] = fields.ForeignKeyField(
        "models.Store", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True, db_index=True
    )
    store_id: UUID | None
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "pick_up"
        constraints = (
            UniqueConstraint(fields=("order_id",), name="pick_up_one"),
            UniqueConstraint(fields=("code_hash",), name="pick_up_code_once"),
        )

    @classmethod
    async def issue(cls, order_id: UUID, member_id: UUID, *, expires_at: datetime | None, at: datetime) -> Self:
        """A new code for an order, inside the caller's transaction."""
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        return await cls.create(
            order_id=order_id,
            member_id=member_id,
            sealed_code=vault().encrypt(code, purpose=PURPOSE),
            code_hash=hash_of(code),
            expires_at=expires_at,
            created_at=at,
        )

    @classmethod
    async def found(cls, code: str) -> Self | None:
        """The pick-up of a code as it was typed or scanned."""
        text = "".join(code.split()).removeprefix(QR_BEGINS).upper()
        return await cls.get_or_none(code_hash=hash_of(text)) if len(text) == CODE_LENGTH else None

    @classmethod
    def unsealed(cls, sealed_code: str) -> str:
        """The code, for its owner alone."""
        return vault().decrypt(sealed_code, purpose=PURPOSE)

    @property
    def code(self) -> str:
        return self.unsealed(self.sealed_code)


def in_qr(code: str) -> str:
    """The text of a code's QR code."""
    return f"{QR_BEGINS}{code}"


def qr_picture(code: str) -> str:
    """A code's QR code as SVG of whatever size."""
    return svg_of(in_qr(code))


def hash_of(code: str) -> str:
    return vault().keyed_hash(f"pick_up:{code}")
