"""A batch of codes that staff took in: how many, and what became of each row that was not taken."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Self, TypedDict
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.errors import DomainError, Invalid
from models.idempotency import Once, perform_once
from models.mall.good import Good, GoodKind
from models.mall.good_code import CODE_MOST, GoodCode, hash_of
from models.mall.sku import Sku
from models.mall.stock_change import StockAct, StockChange
from models.record import Record
from models.staff.audit import AuditRow, columns_of

ROWS_MOST = 250
WITH_CODES = (GoodKind.CODE, GoodKind.COUPON)


class RowFault(StrEnum):
    """Why a row was not taken in."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    REPEATED = "repeated"
    KNOWN = "known"


class RefusedRow(TypedDict):
    """A row from 1, and what is wrong with it; the code itself is not kept."""

    row: int
    fault: RowFault


class NoCodePool(DomainError):
    code = "NO_CODE_POOL"
    zh = "该商品不使用兑换码"
    en = "This good is not handed over by codes."
    field = "skuId"


class CodeBatch(Record):
    sku: fields.ForeignKeyRelation[Sku] = fields.ForeignKeyField(
        "models.Sku", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    sku_id: UUID
    rows = fields.IntField(description="How many rows were given.")
    taken_in = fields.IntField()
    refused: list[RefusedRow] = fields.JSONField(default=list)
    staff_id: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "code_batch"
        indexes = (Index(fields=("sku_id", "created_at", "id"), name="code_batch_by_sku"),)

    @classmethod
    async def take_in(
        cls,
        sku_id: UUID,
        codes: Sequence[str],
        *,
        staff_id: UUID,
        at: datetime,
        once: Once | None,
        raises_stock: bool = False,
    ) -> Self:
        """Take codes into a SKU's pool, each once; with `raises_stock` as many more may be sold.

        Raises `NoCodePool`, `StockNotChanged` for a stock without a limit, `NotFound`, `Invalid` for too many rows.
        """
        if not 1 <= len(codes) <= ROWS_MOST:
            raise Invalid("codes", zh=f"每次 1–{ROWS_MOST} 行", en=f"give 1 to {ROWS_MOST} rows")

        async def write(id: UUID) -> Self:
            sku = await Sku.existing(sku_id, field="skuId")
            if (await Good.get(id=sku.good_id)).kind not in WITH_CODES:
                raise NoCodePool()
            batch = cls(id=id, sku_id=sku_id, rows=len(codes), staff_id=staff_id, created_at=at)
            await batch._fill([code.strip() for code in codes])
            if raises_stock and batch.taken_in:
                await StockChange.make(
                    sku_id, StockAct.ADD, batch.taken_in, reason="导入兑换码", staff_id=staff_id, at=at, once=None
                )
            after = columns_of(batch, "rows", "taken_in")
            await AuditRow.write(
                staff_id=staff_id, action="import_codes", subject=sku, before=None, after=after, reason=None, at=at
            )
            return batch

        return await perform_once(once, cls, write, at=at)

    async def _fill(self, codes: Sequence[str]) -> None:
        good: dict[str, int] = {}
        refused: list[RefusedRow] = []
        for row, code in enumerate(codes, start=1):
            fault = _fault(code, good)
            if fault:
                refused.append({"row": row, "fault": fault})
            else:
                good[code] = row
        fresh = await GoodCode.put_in(self.sku_id, self.id, good, at=self.created_at)
        refused += [{"row": row, "fault": RowFault.KNOWN} for code, row in good.items() if hash_of(code) not in fresh]
        self.taken_in, self.refused = len(fresh), sorted(refused, key=lambda one: one["row"])
        await self.save(force_create=True)


def _fault(code: str, before: dict[str, int]) -> RowFault | None:
    if not code:
        return RowFault.EMPTY
    if len(code) > CODE_MOST:
        return RowFault.TOO_LONG
    return RowFault.REPEATED if code in before else None
