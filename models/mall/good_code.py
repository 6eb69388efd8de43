"""The code pool: codes that staff took in for a SKU, each given to one order or one prize and never to another.

A code is sealed at rest and found by a keyed hash, since many are short enough to be guessed. It is taken by one
statement that skips what others are just taking, so buyers do not wait for each other, and an empty pool is an answer.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.mall.sku import Sku
from models.record import Record
from store.database import dialect, fetch
from store.ids import as_id, new_id
from store.together import insertion
from store.vault import vault

if TYPE_CHECKING:
    from models.mall.order import Order

PURPOSE = "good_code.code"
CODE_MOST = 120

FREE = "order_id IS NULL AND result_id IS NULL AND voided_at IS NULL"
_NOBODY_WAITS = "NOT EXISTS (SELECT 1 FROM mall_order o WHERE o.sku_id = $1 AND o.status = 'awaiting_code')"
_COLUMNS = ("id", "sku_id", "batch_id", "sealed_code", "code_hash", "created_at")


class GoodCode(Record):
    sku: fields.ForeignKeyRelation[Sku] = fields.ForeignKeyField(
        "models.Sku", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    sku_id: UUID
    batch_id: UUID = fields.UUIDField()
    sealed_code = fields.CharField(max_length=400)
    code_hash = fields.CharField(max_length=64)
    order: "fields.ForeignKeyNullableRelation[Order]" = fields.ForeignKeyField(
        "models.Order", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True, db_index=True
    )
    order_id: UUID | None
    result_id: UUID | None = fields.UUIDField(null=True, description="The result of a draw that won it.")
    issued_at: datetime | None = fields.DatetimeField(null=True)
    voided_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "good_code"
        constraints = (
            UniqueConstraint(fields=("sku_id", "code_hash"), name="good_code_once"),
            UniqueConstraint(fields=("result_id",), name="good_code_one_per_result"),
        )
        indexes = (Index(fields=("sku_id", "order_id", "id"), name="good_code_by_use"),)

    @classmethod
    async def put_in(cls, sku_id: UUID, batch_id: UUID, codes: Iterable[str], *, at: datetime) -> set[str]:
        """Put codes into a SKU's pool, inside the caller's transaction; returns the hashes of those that are new."""
        rows = sorted(
            (hash_of(code), (new_id(), sku_id, batch_id, vault().encrypt(code, purpose=PURPOSE), hash_of(code), at))
            for code in codes
        )
        if not rows:
            return set()
        # Two batches with the same codes take them in one order, so neither waits for the other in a circle.
        sql = f"{insertion('good_code', _COLUMNS, len(rows))} ON CONFLICT DO NOTHING RETURNING code_hash"
        return {str(row["code_hash"]) for row in await fetch(sql, *(value for _, row in rows for value in row))}

    @classmethod
    async def take(cls, sku_id: UUID, order_id: UUID, wanted: int, *, at: datetime) -> int:
        """Give an order up to so many codes, the oldest first, inside the caller's transaction; returns how many."""
        return len(await fetch(_taking("order_id", FREE), sku_id, wanted, order_id, at))

    @classmethod
    async def take_for_result(cls, sku_id: UUID, result_id: UUID, *, at: datetime) -> bool:
        """Give the result of a draw a code, inside the caller's transaction; False where there is none to give.

        Orders that wait for a code were paid for, so they stand in front.
        """
        return bool(await fetch(_taking("result_id", f"{FREE} AND {_NOBODY_WAITS}"), sku_id, 1, result_id, at))

    @classmethod
    async def of_results(cls, result_ids: Sequence[UUID]) -> dict[UUID, Self]:
        """The codes that results of draws won, by result."""
        return {as_id(code.result_id): code for code in await cls.filter(result_id__in=list(result_ids))}

    @classmethod
    async def of_orders(cls, order_ids: Sequence[UUID]) -> dict[UUID, list[Self]]:
        """The codes that orders were given and that still hold, by order."""
        found: dict[UUID, list[Self]] = {}
        for code in await cls.filter(order_id__in=list(order_ids), voided_at__isnull=True).order_by("id"):
            found.setdefault(as_id(code.order_id), []).append(code)
        return found

    @classmethod
    async def void_of(cls, order_id: UUID, count: int, *, at: datetime) -> None:
        """Make so many codes of an order worthless to us, the last ones first; the caller holds the member's row."""
        holding = await cls.filter(order_id=order_id, voided_at__isnull=True).order_by("-id").limit(count)
        await cls.filter(id__in=[code.id for code in holding]).update(voided_at=at)

    @property
    def code(self) -> str:
        """For its owner alone."""
        return vault().decrypt(self.sealed_code, purpose=PURPOSE)


def _taking(owner: str, condition: str) -> str:
    """The statement that gives up to `$2` codes of the SKU `$1` to the owner `$3` at `$4`."""
    skipping = " FOR UPDATE SKIP LOCKED" if dialect() == "postgres" else ""
    return (
        "WITH free AS (SELECT id AS code_id FROM good_code "  # noqa: S608 - own text, values are bound
        f"WHERE sku_id = $1 AND {condition} ORDER BY id LIMIT $2{skipping}) "
        f"UPDATE good_code SET {owner} = $3, issued_at = $4 FROM free WHERE id = code_id RETURNING id"
    )


def hash_of(code: str) -> str:
    return vault().keyed_hash(f"good_code:{code}")
