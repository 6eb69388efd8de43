"""`POST /exports/orders`: a sheet of orders for staff, since a GraphQL answer bears JSON alone.

The body is JSON: `reason`, and any of `statuses`, `kind`, `goodId`, `memberId`, `placedFrom`, `placedUntil`, which mean
what they mean for the query `orders`, and `wholeAddresses` for those with the right to reveal. Who took what out is
kept before the first row is read; the sheet is written page by page into a file of its own and sent from there.
"""

import asyncio
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import IO, Any, TypeVar

import strawberry
from starlette.requests import Request
from starlette.responses import StreamingResponse

from api.errors import ErrorCode, RequestRefused
from api.guard import exchange_of, headers_of
from api.media import accepted
from api.request import read_object
from auth.context import open_context
from auth.permissions import StaffCan
from auth.scope import members_in_scope
from engine.relation import all_of
from models.errors import Invalid
from models.mall.good import GoodKind
from models.mall.order_export import ROWS_MOST, OrderExport, OrderSheet, Workbook
from models.mall.order_status import OrderStatus
from models.staff.right import StaffRight
from schema.mall.order_filter import OrderFilter
from schema.scalars import read_instant

E = TypeVar("E", bound=StrEnum)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIELDS = frozenset({"reason", "statuses", "kind", "goodId", "memberId", "placedFrom", "placedUntil", "wholeAddresses"})
PIECE = 64 * 1024
READING, REVEALING = StaffCan(StaffRight.ORDERS_READ), StaffCan(StaffRight.MEMBERS_REVEAL)


async def export_orders(request: Request) -> StreamingResponse:
    """The route. What it refuses is answered by the guard in front of it."""
    accepted(request.method, {**headers_of(request.scope), "accept": "*/*"})
    address = request.client.host if request.client else None
    context = await open_context(headers_of(request.scope), address, exchange_of(request.scope).request_id)
    READING.demand(context)
    asked = read_object(await request.body())
    is_whole = asked.get("wholeAddresses") or False
    if not isinstance(is_whole, bool):
        raise _bad("wholeAddresses")
    if is_whole:
        REVEALING.demand(context)
    where = all_of((_filter(asked).condition(), members_in_scope(context, "member_id")))
    await OrderExport.begin(
        {name: value for name, value in asked.items() if name != "reason"},
        has_whole_addresses=is_whole,
        reason=_text(asked.get("reason"), "reason") or "",
        staff_id=context.staff_id,
        at=context.at,
    )
    file = await _written(OrderSheet(where.numbered("o", 4), where.values, has_whole_addresses=is_whole))
    return StreamingResponse(
        pieces(file), media_type=XLSX, headers={"content-disposition": 'attachment; filename="orders.xlsx"'}
    )


async def _written(sheet: OrderSheet) -> IO[bytes]:
    """The sheet in a file without a name, of which nothing is left once it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is read and closed while the answer is sent
    try:
        book, count = Workbook(file), 0
        while count < ROWS_MOST and (rows := await sheet.next_rows()):
            await asyncio.to_thread(book.add, rows)
            count += len(rows)
        await asyncio.to_thread(book.close)
    except BaseException:
        file.close()
        raise
    return file


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def _filter(asked: Mapping[str, Any]) -> OrderFilter:
    if unknown := sorted(asked.keys() - FIELDS):
        raise RequestRefused(ErrorCode.BAD_USER_INPUT, f"`{unknown[0]}` is not known here.")
    good_id, member_id = _text(asked.get("goodId"), "goodId"), _text(asked.get("memberId"), "memberId")
    return OrderFilter(
        statuses=[_one_of(OrderStatus, one, "statuses") for one in _list(asked.get("statuses"))] or None,
        kind=_one_of(GoodKind, asked["kind"], "kind") if asked.get("kind") else None,
        good_id=strawberry.ID(good_id) if good_id else None,
        member_id=strawberry.ID(member_id) if member_id else None,
        placed_from=_instant(asked.get("placedFrom"), "placedFrom"),
        placed_until=_instant(asked.get("placedUntil"), "placedUntil"),
    )


def _list(value: object) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _bad("statuses")
    return value


def _text(value: object, field: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise _bad(field)
    return value


def _one_of(enum: type[E], value: object, field: str) -> E:
    """A value of an enum by the name that the contract gives it."""
    if not isinstance(value, str) or value not in enum.__members__:
        raise _bad(field)
    return enum[value]


def _instant(value: object, field: str) -> datetime | None:
    if value is None:
        return None
    try:
        return read_instant(value)
    except ValueError:
        raise _bad(field) from None


def _bad(field: str) -> Invalid:
    return Invalid(field, zh="取值不正确", en="see the contract of `orders`")
