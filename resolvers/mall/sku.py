"""Variants of goods, their stock and their codes, as staff fill them."""

import strawberry
from strawberry import Info

from auth.scope import demand_whole_brand
from engine.declare import mirrored
from models.mall.code_batch import CodeBatch as CodeBatchRecord
from models.mall.sku import Sku as SkuRecord
from models.mall.stock_change import StockChange as StockChangeRecord
from resolvers.mall.good import WRITING
from schema.ids import id_of
from schema.mall.sku import AddSkuInput, AddSkuPayload, ChangeSkuInput, ChangeSkuPayload, prices_of
from schema.mall.stock import ChangeStockInput, ChangeStockPayload, ImportCodesInput, ImportCodesPayload
from schema.payload import mutation


@strawberry.type
class SkuMutations:
    @mutation(allow=WRITING, description="Add a variant to a good.")
    async def add_sku(self, info: Info, input: AddSkuInput) -> AddSkuPayload:
        demand_whole_brand(info.context)
        sku = await SkuRecord.add(
            id_of("Good", input.good_id, field="goodId"),
            name=input.name,
            price=input.price,
            level_prices=prices_of(input.level_prices),
            cash_minor=input.cash_minor,
            stock=input.stock,
            sort=input.sort,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return AddSkuPayload(sku=mirrored(sku))

    @mutation(allow=WRITING, description="Say all of a variant anew, but its stock.")
    async def change_sku(self, info: Info, input: ChangeSkuInput) -> ChangeSkuPayload:
        demand_whole_brand(info.context)
        sku = await SkuRecord.change(
            id_of("Sku", input.sku_id, field="skuId"),
            expected_version=input.expected_version,
            name=input.name,
            price=input.price,
            level_prices=prices_of(input.level_prices),
            cash_minor=input.cash_minor,
            sort=input.sort,
            is_active=input.is_active,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return ChangeSkuPayload(sku=mirrored(sku))

    @mutation(allow=WRITING, description="Add to a stock, take from it, limit it or lift its limit.")
    async def change_stock(self, info: Info, input: ChangeStockInput) -> ChangeStockPayload:
        demand_whole_brand(info.context)
        once = info.context.once(input)
        change = await StockChangeRecord.make(
            id_of("Sku", input.sku_id, field="skuId"),
            input.act,
            input.amount,
            reason=input.reason,
            staff_id=info.context.staff_id,
            at=info.context.at,
            once=once,
        )
        return ChangeStockPayload(change=mirrored(change), is_replay=once.replayed)

    @mutation(allow=WRITING, description="Fill codes into a pool; orders that wait for them are served by themselves.")
    async def import_codes(self, info: Info, input: ImportCodesInput) -> ImportCodesPayload:
        demand_whole_brand(info.context)
        once = info.context.once(input)
        batch = await CodeBatchRecord.take_in(
            id_of("Sku", input.sku_id, field="skuId"),
            input.codes,
            raises_stock=input.raises_stock,
            staff_id=info.context.staff_id,
            at=info.context.at,
            once=once,
        )
        return ImportCodesPayload(batch=mirrored(batch), is_replay=once.replayed)
