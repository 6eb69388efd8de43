"""An export of orders: who took which out, whether with whole phones, and why; and the sheet that it becomes.

The sheet is written row by row in constant memory. Every cell is text or a number, never a formula; text that a
spreadsheet would take for one is put behind an apostrophe, so it stays text when the sheet is saved as another kind.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import IO, Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

import xlsxwriter
from tortoise import fields
from tortoise.indexes import Index

from models.errors import bounded_text
from models.mall.order_address import OrderAddress
from models.mall.sealed_address import Destination
from models.plain_cell import plain_cell
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.clock import as_instant, zone_named
from store.database import fetch, transaction
from store.ids import as_id
from store.settings import settings

ROWS_MOST = 50_000
ROWS_AT_ONCE = 500

TITLES = (
    *("订单号", "状态", "类型", "商品", "规格", "数量", "积分", "现金(分)", "已退积分", "会员", "下单时间", "发货时间"),
    *("快递公司", "快递单号", "收件人", "电话", "地区", "详细地址", "备注"),
)


class OrderExport(Record):
    staff_id: UUID = fields.UUIDField()
    asked_for: dict[str, Any] = fields.JSONField(default=dict)
    has_whole_addresses = fields.BooleanField()
    reason = fields.CharField(max_length=REASON_MOST)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "order_export"
        indexes = (Index(fields=("created_at", "id"), name="order_export_by_time"),)

    @classmethod
    async def begin(
        cls, asked_for: Mapping[str, Any], *, has_whole_addresses: bool, reason: str, staff_id: UUID, at: datetime
    ) -> Self:
        """Keep who takes orders out, before the first is read. Raises `Invalid` for an empty reason."""
        export = cls(
            staff_id=staff_id,
            asked_for=dict(asked_for),
            has_whole_addresses=has_whole_addresses,
            reason=bounded_text(reason, "reason", least=1, most=REASON_MOST),
            created_at=at,
        )
        async with transaction():
            await export.save(force_create=True)
            after = {**asked_for, "has_whole_addresses": has_whole_addresses}
            await AuditRow.write(
                staff_id=staff_id,
                action="export_orders",
                subject=export,
                before=None,
                after=after,
                reason=reason,
                at=at,
            )
        return export


Cells = Sequence[str | int | float]


class OrderSheet:
    """The rows of an export, read in pages; `where` is SQL over the order `o`, whose values begin at `$4`."""

    def __init__(self, where: str, values: Sequence[object], *, has_whole_addresses: bool) -> None:
        self._where, self._values = where, values
        self._is_whole = has_whole_addresses
        self._zone = zone_named(settings().brand_zone)
        self._behind: tuple[object, object] = (datetime.max.replace(tzinfo=self._zone, year=9000), UUID(int=2**128 - 1))

    async def next_rows(self) -> list[Cells]:
        """The next page, newest first; empty at the end."""
        rows = await fetch(
            "SELECT o.*, m.nickname FROM mall_order o JOIN member m ON m.id = o.member_id "  # noqa: S608 - own text, values are bound
            "WHERE (o.placed_at < $1 OR (o.placed_at = $1 AND o.id < $2)) "
            f"AND ({self._where}) ORDER BY o.placed_at DESC, o.id DESC LIMIT $3",
            *self._behind,
            ROWS_AT_ONCE,
            *self._values,
        )
        if not rows:
            return []
        self._behind = (as_instant(rows[-1]["placed_at"]), as_id(rows[-1]["id"]))
        sent_to = await OrderAddress.filter(order_id__in=[as_id(row["id"]) for row in rows])
        destinations = {one.order_id: one.destination for one in sent_to}
        return [self._cells(row, destinations.get(as_id(row["id"]))) for row in rows]

    def _cells(self, row: Mapping[str, Any], destination: Destination | None) -> Cells:
        to = destination if self._is_whole or destination is None else destination.masked
        where = (to.recipient, to.phone, to.region, to.street) if to else ("", "", "", "")
        return (
            *(row["number"], row["status"], row["kind"], row["good_name"], row["sku_name"], row["quantity"]),
            *(row["points"], row["cash_minor"], row["refunded_points"], row["nickname"]),
            *(_local(row["placed_at"], self._zone), _local(row["shipped_at"], self._zone)),
            *(row["carrier"] or "", row["tracking_number"] or "", *where, row["note"] or ""),
        )


class Workbook:
    """A sheet in an open file, to which rows are added; it is whole once it is closed, and the file stays open."""

    def __init__(self, file: IO[bytes], name: str = "订单", titles: Cells = TITLES) -> None:
        self._book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
        self._sheet = self._book.add_worksheet(name)
        self._row = 0
        self.add([titles])

    def add(self, rows: Sequence[Cells]) -> None:
        for cells in rows:
            for column, cell in enumerate(cells):
                if isinstance(cell, int | float):
                    self._sheet.write_number(self._row, column, cell)
                else:
                    self._sheet.write_string(self._row, column, plain_cell(cell))
            self._row += 1

    def close(self) -> None:
        self._book.close()


def _local(at: datetime | str | None, zone: ZoneInfo) -> str:
    return as_instant(at).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at else ""
