"""Orders as a sheet: for those who may, within their scope, masked, harmless, and told to the audit."""

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree

import httpx2
import pytest

from api.app import app
from models.mall import order_export
from models.mall.good import GoodKind
from models.mall.order import Order
from models.mall.order_export import OrderExport
from models.members.session import Session, SubjectKind
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from models.staff.staff import Staff
from tests.build import a_staff
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.mall.build import HOME, a_buyer, a_good, an_address, an_order

NAMESPACE = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture
async def http(callers: object) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://shequn.test") as client:
        yield client


async def asked(http: httpx2.AsyncClient, staff: Staff | None, **body: Any) -> httpx2.Response:
    headers = {}
    if staff:
        token = (await Session.start(SubjectKind.STAFF, staff.id, at=NOON)).access
        headers["authorization"] = f"Bearer {token}"
    return await http.post("/exports/orders", json=body, headers=headers)


def rows_in(answer: httpx2.Response) -> list[list[str]]:
    """The cells of the sheet, as any reader of such files sees them."""
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        assert sheet.findall(".//x:f", NAMESPACE) == []
        return [
            ["".join(cell.itertext()) for cell in row.findall("x:c", NAMESPACE)]
            for row in sheet.findall(".//x:row", NAMESPACE)
        ]


async def two_orders() -> list[Order]:
    sku = await a_good(GoodKind.PHYSICAL, name="=HYPERLINK(1)")
    found = []
    for region in ("华东", "华南"):
        member = await a_place(await a_group(region=region), member=await a_buyer(nickname="小红"))
        await an_address(member)
        found.append(await an_order(member, sku, note="请放前台"))
    return found


async def test_a_sheet_holds_the_orders_masked_and_harmless(http: httpx2.AsyncClient) -> None:
    orders, staff = await two_orders(), await a_staff("orders.read")

    answer = await asked(http, staff, reason="月度对账")
    titles, *rows = rows_in(answer)

    assert answer.headers["content-disposition"] == 'attachment; filename="orders.xlsx"'
    assert answer.headers["cache-control"] == "no-store"
    assert titles[0] == "订单号"
    assert [row[0] for row in rows] == [order.number for order in reversed(orders)]
    assert rows[0][3] == "'=HYPERLINK(1)"
    assert "2026-11-23 12:00:00" in rows[0]
    assert "138****8000" in rows[0]
    assert not {HOME.phone, HOME.recipient, HOME.street} & set(rows[0])
    row = await AuditRow.get(action="export_orders")
    assert (row.actor_id, row.reason) == (staff.id, "月度对账")
    assert (await OrderExport.get()).has_whole_addresses is False


async def test_whole_addresses_need_the_right_to_reveal(http: httpx2.AsyncClient) -> None:
    await two_orders()
    reader, revealer = await a_staff("orders.read"), await a_staff("orders.read", "members.reveal")

    refused = await asked(http, reader, reason="发货", wholeAddresses=True)
    _, *rows = rows_in(await asked(http, revealer, reason="发货", wholeAddresses=True))

    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")
    assert {HOME.phone, HOME.recipient, HOME.region, HOME.street} <= set(rows[0])
    assert await OrderExport.all().count() == 1


async def test_a_sheet_holds_what_is_asked_for_within_the_scope(http: httpx2.AsyncClient) -> None:
    near, _ = await two_orders()
    staff = await a_staff("orders.read", scope=DataScope.REGION, region="华东")

    _, *own = rows_in(await asked(http, staff, reason="对账"))
    _, *none = rows_in(await asked(http, staff, reason="对账", statuses=["SHIPPED"]))
    _, *late = rows_in(await asked(http, staff, reason="对账", placedFrom="2026-11-24T00:00:00+08:00"))

    assert [row[0] for row in own] == [near.number]
    assert (none, late) == ([], [])


async def test_a_long_sheet_is_read_page_by_page(http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_export, "ROWS_AT_ONCE", 2)
    member, sku = await a_buyer(), await a_good()
    numbers = [(await an_order(member, sku)).number for _ in range(5)]

    _, *rows = rows_in(await asked(http, await a_staff("orders.read"), reason="对账"))

    assert sorted(row[0] for row in rows) == sorted(numbers)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "INVALID_INPUT"),
        ({"reason": 5}, "INVALID_INPUT"),
        ({"reason": "对账", "statuses": "SHIPPED"}, "INVALID_INPUT"),
        ({"reason": "对账", "statuses": ["x"]}, "INVALID_INPUT"),
        ({"reason": "对账", "kind": ["x"]}, "INVALID_INPUT"),
        ({"reason": "对账", "placedFrom": "2026-11-24"}, "INVALID_INPUT"),
        ({"reason": "对账", "goodId": "x"}, "NOT_FOUND"),
        ({"reason": "对账", "drop": "table"}, "BAD_USER_INPUT"),
    ],
)
async def test_bad_bodies_are_refused(http: httpx2.AsyncClient, body: dict[str, Any], code: str) -> None:
    answer = await asked(http, await a_staff("orders.read"), **body)

    assert answer.status_code in (400, 404)
    assert answer.json()["errors"][0]["extensions"]["code"] == code
    assert await OrderExport.all().count() == 0


async def test_nobody_else_takes_orders_out(http: httpx2.AsyncClient) -> None:
    member = await a_buyer()
    token = (await Session.start(SubjectKind.MEMBER, member.id, at=NOON)).access
    as_member = await http.post("/exports/orders", json={"reason": "x"}, headers={"authorization": f"Bearer {token}"})
    as_text = await http.post("/exports/orders", content="x", headers={"content-type": "text/plain"})

    assert (await asked(http, None, reason="x")).status_code == 401
    assert (as_member.status_code, as_text.status_code) == (403, 415)
    assert (await asked(http, await a_staff("mall.read"), reason="x")).status_code == 403
    assert (await http.get("/exports/orders")).status_code == 405


@pytest.mark.parametrize(
    "change",
    [
        {"placedFrom": "0001-01-01T00:00:00+14:00"},
        {"placedUntil": "9999-12-31T23:59:59-14:00"},
        {"placedFrom": "2026-11-23T00:00:00"},
        {"wholeAddresses": "yes"},
    ],
)
async def test_what_cannot_be_meant_takes_nothing_out(http: httpx2.AsyncClient, change: dict[str, object]) -> None:
    answer = await asked(http, await a_staff("orders.read", "members.reveal"), reason="对账", **change)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "INVALID_INPUT")
    assert await OrderExport.all().count() == await AuditRow.all().count() == 0
