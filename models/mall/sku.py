"""A SKU: one thing of a good that can be ordered, with its price and its stock.

Stock that is absent never runs out, 0 is sold out. It is taken by one conditional statement whose row count decides, so
of more buyers than pieces exactly as many win. What waits for its cash is `reserved`, what was paid is `sold`; both
return by the same counters, so stock + reserved + sold is always what staff put in.
"""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError, Invalid, bounded_text
from models.mall.good import SORT_MOST, Good, GoodArchived, GoodStatus
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from store.database import execute, fetch, transaction, violates
from store.outbox import Outbox

NAME_MOST = 40
STOCK_MOST = 1_000_000_000
PRICE_MOST = 1_000_000_000
LEVELS_MOST = 50
SKUS_MOST = 20
RESTOCK = "restock"
"""The outbox's topic: a SKU that was sold out can be had again."""


class OutOfStock(DomainError):
    code = "OUT_OF_STOCK"
    zh = "库存不足"
    en = "There is not enough of it left."
    field = "skuId"


class SkuChanged(DomainError):
    code = "SKU_CHANGED"
    zh = "该规格刚被他人修改，请刷新后重试"
    en = "Somebody changed this variant meanwhile; read it again."
    field = "expectedVersion"


class SkuNameTaken(DomainError):
    code = "SKU_NAME_TAKEN"
    zh = "该商品已有同名规格"
    en = "This good has a variant of this name."
    field = "name"


class Counted(StrEnum):
    """Where pieces that left the stock are counted."""

    RESERVED = "reserved"
    SOLD = "sold"


class Sku(Record):
    good: fields.ForeignKeyRelation[Good] = fields.ForeignKeyField(
        "models.Good", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    good_id: UUID
    name = fields.CharField(max_length=NAME_MOST)
    price = fields.BigIntField(description="Points for one.")
    level_prices: dict[str, int] = fields.JSONField(default=dict, description="A level's position → points for one.")
    cash_minor = fields.BigIntField(default=0, description="Cash for one beside the points, in minor units.")
    stock: int | None = fields.IntField(null=True, description="What is left; absent: it never runs out.")
    reserved = fields.IntField(default=0)
    sold = fields.IntField(default=0)
    sort = fields.IntField(default=0)
    is_active = fields.BooleanField(default=True)
    version = fields.IntField(default=1, description="Rises with what staff say of it, not with what is sold.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "sku"
        constraints = (
            UniqueConstraint(fields=("good_id", "name"), name="sku_name_once"),
            CheckConstraint(check="stock IS NULL OR stock >= 0", name="sku_stock_from_zero"),
            CheckConstraint(check="reserved >= 0 AND sold >= 0", name="sku_counts_from_zero"),
            CheckConstraint(check="price >= 0 AND cash_minor >= 0", name="sku_price_from_zero"),
        )
        indexes = (Index(fields=("good_id", "sort", "id"), name="sku_by_sort"),)

    @classmethod
    async def add(
        cls,
        good_id: UUID,
        *,
        name: str,
        price: int,
        staff_id: UUID,
        at: datetime,
        level_prices: dict[int, int] | None = None,
        cash_minor: int = 0,
        stock: int | None = None,
        sort: int = 0,
    ) -> Self:
        """A variant of a good. Raises `SkuNameTaken`, `GoodArchived`, `Invalid`, `NotFound`."""
        said = _said(name, price, level_prices or {}, cash_minor, sort)
        if stock is not None and not 0 <= stock <= STOCK_MOST:
            raise Invalid("stock", zh=f"应为 0–{STOCK_MOST}", en=f"it must be 0 to {STOCK_MOST}")
        sku = cls(good_id=good_id, stock=stock, created_at=at, **said)
        try:
            async with transaction():
                await _open_good(good_id)
                if await cls.filter(good_id=good_id).count() >= SKUS_MOST:
                    raise Invalid(
                        "goodId", zh=f"最多 {SKUS_MOST} 个规格", en=f"a good has at most {SKUS_MOST} variants"
                    )
                await sku.save(force_create=True)
                after = columns_of(sku, "good_id", "stock", *TOLD)
                await sku._audit("add_sku", None, after, staff_id, at=at)
        except IntegrityError as error:
            if violates(error, cls, "sku_name_once"):
                raise SkuNameTaken() from None
            raise
        return sku

    @classmethod
    async def change(
        cls,
        sku_id: UUID,
        *,
        expected_version: int,
        name: str,
        price: int,
        level_prices: dict[int, int],
        cash_minor: int,
        sort: int,
        is_active: bool,
        staff_id: UUID,
        at: datetime,
    ) -> Self:
        """Say all of a variant anew but its stock. Raises `SkuChanged`, `SkuNameTaken`, `Invalid`, `NotFound`."""
        said = _said(name, price, level_prices, cash_minor, sort) | {"is_active": is_active}
        try:
            async with transaction():
                known = await cls.existing(sku_id, field="skuId")
                await _open_good(known.good_id)
                same = cls.filter(id=sku_id, version=expected_version)
                if not await same.update(**said, version=expected_version + 1):
                    raise SkuChanged()
                sku = await cls.get(id=sku_id)
                await sku._audit("change_sku", columns_of(known, *TOLD), columns_of(sku, *TOLD), staff_id, at=at)
        except IntegrityError as error:
            if violates(error, cls, "sku_name_once"):
                raise SkuNameTaken() from None
            raise
        return sku

    @classmethod
    async def take(cls, sku_id: UUID, quantity: int, counted: Counted) -> None:
        """Take pieces out of the stock, inside the caller's transaction. Raises `OutOfStock`."""
        taken = await execute(
            f"UPDATE sku SET stock = stock - $1, {counted} = {counted} + $1 "  # noqa: S608 - a column of the program
            "WHERE id = $2 AND is_active AND (stock IS NULL OR stock >= $1)",
            quantity,
            sku_id,
        )
        if not taken:
            raise OutOfStock()

    @classmethod
    async def sell_reserved(cls, sku_id: UUID, quantity: int) -> None:
        """Reserved pieces were paid."""
        await execute("UPDATE sku SET reserved = reserved - $1, sold = sold + $1 WHERE id = $2", quantity, sku_id)

    @classmethod
    async def put_back(cls, sku_id: UUID, quantity: int, counted: Counted, *, at: datetime) -> None:
        """Pieces return to the stock; whoever waited for them hears of it."""
        rows = await fetch(
            f"UPDATE sku SET stock = stock + $1, {counted} = {counted} - $1 WHERE id = $2 RETURNING stock",  # noqa: S608 - a column of the program
            quantity,
            sku_id,
        )
        if rows and rows[0]["stock"] == quantity:
            await tell_restocked(sku_id, at=at)

    async def _audit(
        self,
        action: str,
        before: dict[str, object] | None,
        after: dict[str, object],
        staff_id: UUID,
        *,
        at: datetime,
    ) -> None:
        await AuditRow.write(
            staff_id=staff_id, action=action, subject=self, before=before, after=after, reason=None, at=at
        )

    def price_at(self, position: int) -> int:
        """Points for one for a member at a level's position: the price of the highest level named up to it."""
        reached = [level for level in map(int, self.level_prices) if level <= position]
        return self.level_prices[str(max(reached))] if reached else int(self.price)


TOLD = ("name", "price", "level_prices", "cash_minor", "sort", "is_active")


async def tell_restocked(sku_id: UUID, *, at: datetime) -> None:
    """Have those who wait for a SKU told after the commit."""
    await Outbox.put(RESTOCK, {"sku_id": str(sku_id), "at": at.isoformat()}, at=at)


async def _open_good(good_id: UUID) -> None:
    good = await Good.existing(good_id, field="goodId")
    if good.status is GoodStatus.ARCHIVED:
        raise GoodArchived()


def _said(name: str, price: int, level_prices: dict[int, int], cash_minor: int, sort: int) -> dict[str, object]:
    if len(level_prices) > LEVELS_MOST or any(position < 1 for position in level_prices):
        raise Invalid("levelPrices", zh="等级序号不正确", en="name levels by their positions")
    for field, value in (
        ("price", price),
        ("cashMinor", cash_minor),
        *(("levelPrices", one) for one in level_prices.values()),
    ):
        if not 0 <= value <= PRICE_MOST:
            raise Invalid(field, zh=f"应为 0–{PRICE_MOST}", en=f"it must be 0 to {PRICE_MOST}")
    if abs(sort) > SORT_MOST:
        raise Invalid("sort", zh=f"应为 ±{SORT_MOST} 以内", en=f"it must be within ±{SORT_MOST}")
    return {
        "name": bounded_text(name, "name", least=1, most=NAME_MOST),
        "price": price,
        "level_prices": {str(position): points for position, points in sorted(level_prices.items())},
        "cash_minor": cash_minor,
        "sort": sort,
    }
