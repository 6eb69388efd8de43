"""Changes of a SKU's stock by staff: by so many, with a reason, once per key; not what is sold and given back."""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.errors import DomainError, Invalid, bounded_text
from models.idempotency import Once, perform_once
from models.mall.sku import STOCK_MOST, Sku, tell_restocked
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.database import fetch
from store.engines.guards import AppendOnly


class StockAct(StrEnum):
    """What staff did to a stock."""

    ADD = "add"
    LIMIT = "limit"
    UNLIMIT = "unlimit"


class StockNotChanged(DomainError):
    code = "STOCK_NOT_CHANGED"
    zh = "当前库存不支持该调整（不得为负；不限库存的规格须先设为限量）"
    en = "This stock cannot be changed so: it would fall below 0, or it has no limit, or has one already."
    field = "amount"


_CHANGES = {
    StockAct.ADD: ("stock + $1", "stock + $1 BETWEEN 0 AND $3"),
    StockAct.LIMIT: ("$1", "stock IS NULL AND $1 BETWEEN 0 AND $3"),
    StockAct.UNLIMIT: ("NULL", "stock IS NOT NULL AND $1::int <= $3::int"),
}
"""What the stock becomes, and the condition that decides, for the amount `$1` and the most `$3`."""


class StockChange(Record):
    sku: fields.ForeignKeyRelation[Sku] = fields.ForeignKeyField(
        "models.Sku", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    sku_id: UUID
    act = fields.CharEnumField(StockAct, max_length=10)
    amount = fields.IntField(description="Added or taken, or the new limit; 0 where the limit was lifted.")
    stock_after: int | None = fields.IntField(null=True)
    reason = fields.CharField(max_length=REASON_MOST)
    staff_id: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "stock_change"
        indexes = (Index(fields=("sku_id", "created_at", "id"), name="stock_change_by_sku"),)
        guards = (AppendOnly("stock_change"),)

    @classmethod
    async def make(
        cls, sku_id: UUID, act: StockAct, amount: int, *, reason: str, staff_id: UUID, at: datetime, once: Once | None
    ) -> Self:
        """Change a stock. Raises `StockNotChanged`, `Invalid`, `NotFound`."""

        async def write(id: UUID) -> Self:
            change = cls(id=id, sku_id=sku_id, act=act, amount=amount, staff_id=staff_id, created_at=at)
            change.reason = bounded_text(reason, "reason", least=1, most=REASON_MOST) or ""
            return await change._kept()

        if abs(amount) > STOCK_MOST or ((act is StockAct.UNLIMIT) != (amount == 0) and act is not StockAct.LIMIT):
            raise Invalid("amount", zh="数量不正确", en="add some, or name the limit; lifting it takes 0")
        return await perform_once(once, cls, write, at=at)

    async def _kept(self) -> Self:
        sku = await Sku.existing(self.sku_id, field="skuId")
        stock, condition = _CHANGES[self.act]
        sql = f"UPDATE sku SET stock = {stock} WHERE id = $2 AND {condition} RETURNING stock"  # noqa: S608 - own text
        rows = await fetch(sql, self.amount, self.sku_id, STOCK_MOST)
        if not rows:
            raise StockNotChanged()
        self.stock_after = rows[0]["stock"]
        await self.save(force_create=True)
        await AuditRow.write(
            staff_id=self.staff_id,
            action="change_stock",
            subject=sku,
            before={"stock": sku.stock},
            after={"stock": self.stock_after, "act": self.act, "amount": self.amount},
            reason=self.reason,
            at=self.created_at,
        )
        if self.act is StockAct.UNLIMIT or (self.act is StockAct.ADD and self.stock_after == self.amount):
            await tell_restocked(self.sku_id, at=self.created_at)
        return self
