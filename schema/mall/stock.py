"""Stock and codes in the contract, as staff fill them."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from engine.declare import Node, computed, one, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.mall.code_batch import CodeBatch as CodeBatchRecord
from models.mall.code_batch import RowFault
from models.mall.sku import Sku as SkuRecord
from models.mall.stock_change import StockAct
from models.mall.stock_change import StockChange as StockChangeRecord
from models.staff.right import StaffRight
from schema.enums import publish
from schema.mall.sku import Sku
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context

publish(
    StockAct,
    "What staff do to a stock.",
    add="Add so many, or take so many where the amount is below 0.",
    limit="Give a stock without a limit one.",
    unlimit="Let it never run out.",
)
publish(
    RowFault,
    "Why a row was not taken in.",
    empty="There was nothing in it.",
    too_long="It was longer than 120 characters.",
    repeated="The same code stood in a row before.",
    known="The pool had it already.",
)


def _of_staff(context: "Context") -> Condition:
    return EVERY_ROW if context.caller.may(StaffRight.MALL_READ) else NO_ROW


@record_type(StockChangeRecord, description="A change of a stock by staff.", visible=_of_staff)
class StockChange(Node):
    sku: Sku | None = one(SkuRecord, "sku_id", description="The variant.")
    act: StockAct = strawberry.field(description="What was done.")
    amount: int = strawberry.field(description="How many, or the new limit.")
    stock_after: int | None = strawberry.field(description="What there was after it; absent without a limit.")
    reason: str = strawberry.field(description="Why.")
    created_at: datetime = strawberry.field(description="When.")


@strawberry.type(description="A row that was not taken in; the code is not repeated.")
class RefusedCodeRow:
    row: int = strawberry.field(description="Which row, from 1.")
    fault: RowFault = strawberry.field(description="Why.")


@record_type(CodeBatchRecord, description="Codes that were taken into a pool at once.", visible=_of_staff)
class CodeBatch(Node):
    sku: Sku | None = one(SkuRecord, "sku_id", description="The variant.")
    rows: int = strawberry.field(description="How many rows were given.")
    taken_in: int = strawberry.field(description="How many codes were new.")
    created_at: datetime = strawberry.field(description="When.")

    @computed(needs=("refused",), description="The rows that were not taken in.", bound=250)
    def refused(self: Any) -> list[RefusedCodeRow]:
        return [RefusedCodeRow(row=one["row"], fault=RowFault(one["fault"])) for one in self.refused]


@strawberry.input(description="A change of a stock.")
class ChangeStockInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never changes it twice.")
    sku_id: strawberry.ID = strawberry.field(description="The variant.")
    act: StockAct = strawberry.field(default=StockAct.ADD, description="What to do.")
    amount: int = strawberry.field(description="How many to add (below 0: to take), or the new limit; 0 to lift it.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; kept in the audit.")


@strawberry.input(description="Codes for a pool.")
class ImportCodesInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never imports twice.")
    sku_id: strawberry.ID = strawberry.field(description="The variant, of a good that is handed over by codes.")
    codes: list[str] = strawberry.field(description="A code a row, 1 to 250 rows of at most 120 characters.")
    raises_stock: bool = strawberry.field(default=False, description="Whether as many more may be ordered.")


@strawberry.type(description="A stock after a change.")
class ChangeStockPayload(Payload):
    change: StockChange | None = changed("The change.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="What became of codes that were given.")
class ImportCodesPayload(Payload):
    batch: CodeBatch | None = changed("The batch, with the rows that were refused.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")
