"""The mall over HTTP: what members order, what staff write and send, what partners confirm, and who may not."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models.mall.good import Good, GoodKind, GoodStatus
from models.mall.good_code import GoodCode
from models.mall.order import Order
from models.mall.order_status import OrderStatus
from models.mall.pick_up import PickUp, qr_picture
from models.mall.shelf import shelve
from models.mall.sku import Sku
from models.mall.stock_change import StockAct, StockChange
from models.mall.store import Store
from models.members.audience import Audience
from models.points.level import Level
from models.points.reconciliation import reconcile
from models.staff.api_key import ApiKey
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.clock import FixedClock
from tests.build import LONG_AGO, a_member, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.mall.build import HOME, STAFF_ID, a_buyer, a_good, an_address, an_order, points_of, rows_of, stock_of
from tests.mall.test_good_code import a_pool
from tests.statements import WITH_PLANS, statements

ORDERED = "isReplay order { status points quantity goodName isCancellable } viewer { account { available } }"
OFFERS = """{ goods(first: 20) { edges { node { name viewerHasWished skus { stock viewerOffer {
    points piecesMost eligibility { isAllowed nextAt reasons { code } } } } } } } }"""
DESTINATION = "destination { recipient phone region street isMasked }"
ADDRESS = {"recipient": HOME.recipient, "phone": HOME.phone, "region": HOME.region, "street": HOME.street}


def placing(sku: Sku, **about: object) -> dict[str, Any]:
    return {"idempotencyKey": new_key(), "skuId": public_id(sku), **about}


def about(order: Order, **more: object) -> dict[str, Any]:
    return {"orderId": public_id(order), **more}


def keyed(order: Order, **more: object) -> dict[str, Any]:
    return about(order, idempotencyKey=new_key(), **more)


async def test_a_member_orders_once_per_key(callers: Callers) -> None:
    member, sku = await a_buyer(), await a_good(price=120)
    caller, given = await callers.member(member), placing(sku, quantity=2, expectedPoints="240")

    first = await caller.do("placeOrder", given, ORDERED)
    again = await caller.do("placeOrder", given, ORDERED)

    assert first["order"] == {
        "status": "READY",
        "points": "240",
        "quantity": 2,
        "goodName": (await Good.get()).name,
        "isCancellable": True,
    }
    assert first["viewer"] == {"account": {"available": "760"}}
    assert again == {**first, "isReplay": True}
    assert await stock_of(sku) == (8, 0, 2)


async def test_one_key_a_hundred_times_at_once_is_one_order(callers: Callers) -> None:
    member, sku = await a_buyer(), await a_good()
    caller, given = await callers.member(member), placing(sku)

    answers = await asyncio.gather(*(caller.do("placeOrder", given, "order { id } ") for _ in range(100)))

    assert len({answer["order"]["id"] for answer in answers}) == 1
    assert (await points_of(member), await rows_of("mall_order")) == (900, 1)


async def test_a_refusal_says_why_and_when_next(callers: Callers) -> None:
    member, sku = await a_buyer(), await a_good(day_most=1)
    caller = await callers.member(member)
    await caller.do("placeOrder", placing(sku))

    [error] = (await caller.do("placeOrder", placing(sku)))["userErrors"]

    assert (error["code"], error["field"]) == ("ORDER_LIMIT_REACHED", "quantity")
    assert error["retryAt"] == "2026-11-23T16:00:00Z"


async def test_a_page_of_goods_says_what_may_be_ordered_in_so_many_statements(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Level.plant_default(at=LONG_AGO)
    member = await a_buyer(250)
    caller = await callers.member(member)
    await a_good(price=100, stock=None, day_most=5)
    await a_good(price=300)
    await a_good(stock=0)
    await a_good(price=90, audience=Audience(level_least=2))
    await a_good(month_first_day=-3, month_last_day=-1)
    with statements(monkeypatch) as few:
        await caller.data(OFFERS)
    for _ in range(10):
        await a_good(price=90, audience=Audience(level_least=2), level_prices={2: 80}, member_most=2)
    with statements(monkeypatch) as many:
        found = await caller.data(OFFERS)

    offers = [edge["node"]["skus"][0]["viewerOffer"] for edge in found["goods"]["edges"]]
    assert [(one["points"], one["piecesMost"]) for one in offers[:4]] == [("100", 2), ("300", 0), ("100", 0), ("90", 0)]
    reasons = [[reason["code"] for reason in one["eligibility"]["reasons"]] for one in offers[:5]]
    assert reasons == [[], ["INSUFFICIENT_POINTS"], ["OUT_OF_STOCK"], ["LEVEL_TOO_LOW"], ["NOT_ON_SALE"]]
    assert offers[4]["eligibility"]["nextAt"] == "2026-11-27T16:00:00Z"
    # Ten goods more with level prices ask once what the member's level is.
    assert len(many) <= len(few) + 1
    assert len(few) <= 13


async def test_members_see_the_shelf_and_staff_the_store_room(callers: Callers) -> None:
    shown, hidden = await a_good(name="保温杯"), await a_good(name="礼盒", is_shelved=False)
    gone = await a_good(name="雨伞", visible_until=NOON)
    member, staff = await callers.member(await a_buyer()), await callers.staff(await a_staff("mall.read"))
    names = "{ goods(first: 10) { totalCount edges { node { name } } } goodCategories { name goodCount } }"

    seen, all_of_them = await member.data(names), await staff.data(names)

    assert seen["goods"] == {"totalCount": 1, "edges": [{"node": {"name": "保温杯"}}]}
    assert seen["goodCategories"] == [{"name": "生活", "goodCount": 1}]
    assert all_of_them["goods"]["totalCount"] == 3
    for sku in (hidden, gone):
        good = await Good.get(id=sku.good_id)
        assert (await member.data("query($id: ID!) { good(id: $id) { name } }", id=public_id(good)))["good"] is None
        assert (await member.data("query($id: ID!) { node(id: $id) { id } }", id=public_id(sku)))["node"] is None
    assert (await member.data("query($id: ID!) { node(id: $id) { id } }", id=public_id(shown)))["node"]


async def test_goods_are_found_by_shelf_kind_and_name(callers: Callers) -> None:
    await a_good(name="龙井礼盒", category="茶酒")
    await a_good(GoodKind.CARD, name="补签卡", category="权益", is_shelved=False)
    staff = await callers.staff(await a_staff("mall.read"))
    query = """query($category: String, $kind: GoodKind, $search: String, $status: GoodStatus) {
        goods(first: 10, category: $category, kind: $kind, search: $search, status: $status) {
            edges { node { name } } } }"""

    async def names(**asked: object) -> list[str]:
        return [edge["node"]["name"] for edge in (await staff.data(query, **asked))["goods"]["edges"]]

    assert await names(category="茶酒") == ["龙井礼盒"]
    assert await names(kind="CARD") == ["补签卡"]
    assert await names(search="龙井") == ["龙井礼盒"]
    assert await names(search="%") == []
    assert await names(status="DRAFT") == ["补签卡"]


async def test_a_code_is_its_buyers_alone(callers: Callers) -> None:
    member, sku = await a_buyer(), await a_pool("SECRET-1")
    coded, collected = await an_order(member, sku), await an_order(member, await a_good())
    query = "query($id: ID!) { order(id: $id) { codes pickUp { code qrText qrSvg } } }"
    owner, staff = await callers.member(member), await callers.staff(await a_staff("orders.read"))
    stranger = await callers.member(await a_member())
    code = (await PickUp.get()).code

    assert (await owner.data(query, id=public_id(coded)))["order"] == {"codes": ["SECRET-1"], "pickUp": None}
    assert (await owner.data(query, id=public_id(collected)))["order"]["pickUp"] == {
        "code": code,
        "qrText": f"shequn:pick-up:{code}",
        "qrSvg": qr_picture(code),
    }
    assert (await staff.data(query, id=public_id(coded)))["order"] == {"codes": [], "pickUp": None}
    nothing = {"code": None, "qrText": None, "qrSvg": None}
    assert (await staff.data(query, id=public_id(collected)))["order"]["pickUp"] == nothing
    for order in (coded, collected):
        assert (await stranger.data(query, id=public_id(order)))["order"] is None


async def test_an_address_is_whole_for_its_owner_and_revealed_for_a_reason(callers: Callers) -> None:
    member, sku = await a_buyer(), await a_good(GoodKind.PHYSICAL)
    owner = await callers.member(member)
    staff = await callers.staff(await a_staff("orders.read", "members.read", "members.reveal"))
    put = await owner.do("putAddress", ADDRESS, f"address {{ id isDefault {DESTINATION} }}")
    placed = await owner.do("placeOrder", placing(sku), f"order {{ id {DESTINATION} }}")
    query = f"query($id: ID!) {{ order(id: $id) {{ {DESTINATION} }} node(id: $id) {{ id }} }}"

    seen = (await staff.data(query, id=placed["order"]["id"]))["order"]["destination"]
    asked = {"id": placed["order"]["id"], "reason": "补寄"}
    told = await staff.do("revealAddress", asked, DESTINATION)
    silent = await staff.refusal("revealAddress", {**asked, "reason": " "})
    of_the_book = await staff.do("revealAddress", {"id": put["address"]["id"], "reason": "核对"}, DESTINATION)

    assert put["address"]["destination"] == placed["order"]["destination"] == {**ADDRESS, "isMasked": False}
    assert seen == {
        "recipient": "王**",
        "phone": "138****8000",
        "region": HOME.region,
        "street": "****",
        "isMasked": True,
    }
    assert told["destination"] == of_the_book["destination"] == {**ADDRESS, "isMasked": False}
    assert silent == "INVALID_INPUT"
    assert await AuditRow.filter(action__in=["reveal_order_address", "reveal_address"]).count() == 2


async def test_a_member_keeps_and_forgets_addresses(callers: Callers) -> None:
    member = await a_buyer()
    caller, address = await callers.member(member), await an_address(member)
    given = {**ADDRESS, "addressId": public_id(address), "street": "建国路 1 号"}

    await caller.do("putAddress", given)
    shown = await caller.data("{ viewer { addresses { isDefault destination { street } } } }")
    await caller.do("removeAddress", {"addressId": public_id(address)}, "removedId")
    after = await caller.data("{ viewer { addresses { id } } }")

    assert shown["viewer"]["addresses"] == [{"isDefault": True, "destination": {"street": "建国路 1 号"}}]
    assert after["viewer"]["addresses"] == []


async def test_staff_see_the_orders_of_the_members_in_their_scope(callers: Callers) -> None:
    near, far = await a_group(region="华东"), await a_group(region="华南")
    sku = await a_good(GoodKind.PHYSICAL)
    orders = []
    for group in (near, far):
        member = await a_place(group, member=await a_buyer())
        await an_address(member)
        orders.append(await an_order(member, sku))
    rights = ("orders.read", "orders.write")
    staff = await callers.staff(await a_staff(*rights, scope=DataScope.REGION, region="华东"))
    rows = [about(order, carrier="顺丰", trackingNumber="SF1") for order in orders]

    seen = await staff.data("{ orders(first: 10) { totalCount edges { node { number } } } }")
    single = await staff.refusal("shipOrder", rows[1])
    refund = await staff.refusal("refundOrder", keyed(orders[1], reason="退"))
    batch = await staff.do("shipOrders", {"rows": rows}, "rows { orderId error { code } }")

    assert seen["orders"] == {"totalCount": 1, "edges": [{"node": {"number": orders[0].number}}]}
    assert (single, refund) == ("NOT_FOUND", "NOT_FOUND")
    assert [row["error"] for row in batch["rows"]] == [None, {"code": "NOT_FOUND"}]
    assert (await Order.get(id=orders[1].id)).status == "confirmed"


async def test_orders_are_filtered_and_paged(callers: Callers) -> None:
    member, sku, cash = await a_buyer(), await a_good(), await a_good(cash_minor=100)
    orders = [await an_order(member, one, at=NOON + timedelta(minutes=n)) for n, one in enumerate((sku, cash, sku))]
    caller = await callers.member(member)
    query = """query($filter: OrderFilter, $after: String) { orders(first: 2, filter: $filter, after: $after) {
        pageInfo { hasNextPage endCursor } edges { node { number status } } } }"""

    async def numbers(**filter: object) -> list[str]:
        return [edge["node"]["number"] for edge in (await caller.data(query, filter=filter))["orders"]["edges"]]

    first = (await caller.data(query))["orders"]
    second = (await caller.data(query, after=first["pageInfo"]["endCursor"]))["orders"]

    newest_first = [order.number for order in reversed(orders)]
    assert [edge["node"]["number"] for page in (first, second) for edge in page["edges"]] == newest_first
    assert await numbers(statuses=["AWAITING_CASH"]) == [orders[1].number]
    assert await numbers(number=orders[0].number) == [orders[0].number]
    assert await numbers(goodId=public_id(await Good.get(id=cash.good_id))) == [orders[1].number]
    assert await numbers(placedFrom="2026-11-23T12:02:00+08:00") == [orders[2].number]
    assert await numbers(placedUntil="2026-11-23T04:01:00Z") == [orders[0].number]
    assert await numbers(kind="CARD") == []


@WITH_PLANS
async def test_a_page_of_orders_takes_as_many_statements_as_one_order(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, sku, pool = await a_buyer(), await a_good(GoodKind.PHYSICAL, stock=None), await a_pool("Q-1", "Q-2", "Q-3")
    await an_address(member)
    caller = await callers.member(member)
    query = f"""{{ viewer {{ orders(first: 20) {{ edges {{ node {{ number codes {DESTINATION}
        pickUp {{ code }} changes {{ status }} refunds {{ points }} good {{ name }} sku {{ name }} }} }} }} }} }}"""
    await an_order(member, sku)
    with statements(monkeypatch) as one:
        await caller.data(query)
    for _ in range(3):
        await an_order(member, sku)
        await an_order(member, pool)
    with statements(monkeypatch) as many:
        found = await caller.data(query)

    assert len(found["viewer"]["orders"]["edges"]) == 7
    assert len(many) == len(one) == 6


async def test_a_member_cancels_and_receives(callers: Callers) -> None:
    member, sku = await a_buyer(), await a_good(GoodKind.PHYSICAL)
    await an_address(member)
    caller, staff = await callers.member(member), await callers.staff(await a_staff("orders.write"))
    gone, kept = await an_order(member, sku), await an_order(member, sku)
    cancelling = keyed(gone, reason="拍错了")

    cancelled = await caller.do("cancelOrder", cancelling, ORDERED)
    again = await caller.do("cancelOrder", cancelling, ORDERED)
    await staff.do("takeOrderUp", about(kept))
    await staff.do("shipOrder", about(kept, carrier="顺丰", trackingNumber="SF1"))
    received = await caller.do("confirmReceipt", about(kept), "order { status changes { status byKind reason } }")

    assert cancelled["order"]["status"] == "CANCELLED"
    assert cancelled["viewer"] == {"account": {"available": "900"}}
    assert again == {**cancelled, "isReplay": True}
    assert [change["byKind"] for change in received["order"]["changes"]] == [
        "MEMBER",
        "SYSTEM",
        "STAFF",
        "STAFF",
        "MEMBER",
    ]
    assert await reconcile() == []


async def test_a_partner_confirms_by_the_number_and_nothing_else(callers: Callers) -> None:
    member, sku = await a_buyer(), await a_good(cash_minor=990)
    order = await an_order(member, sku)
    _, text = await ApiKey.issue(name="商城", scopes=["orders.confirm"], days=1, staff_id=None, at=NOON)
    _, other = await ApiKey.issue(name="门店", scopes=["members.read"], days=1, staff_id=None, at=NOON)
    partner = callers.with_token(text)
    given = {"orderNumber": order.number, "reference": "wx-420001", "cashMinor": "990"}

    wrong = await partner.refusal("confirmOrder", {**given, "cashMinor": "1"})
    first = await partner.do("confirmOrder", given, "isReplay order { status number }")
    again = await partner.do("confirmOrder", given, "isReplay order { status number }")

    assert wrong == "CASH_MISMATCH"
    assert first == {"isReplay": False, "order": {"status": "READY", "number": order.number}, "userErrors": []}
    assert again == {**first, "isReplay": True}
    query = 'mutation { confirmOrder(input: {orderNumber: "1", reference: "r", cashMinor: 1}) { isReplay } }'
    assert await callers.with_token(other).error(query) == "FORBIDDEN"
    assert await partner.error("{ orders(first: 1) { totalCount } }") == "FORBIDDEN"
    assert (await partner.data("query($id: ID!) { node(id: $id) { id } }", id=public_id(order)))["node"] is None


async def test_staff_confirm_the_cash_of_members_in_their_scope_alone(callers: Callers) -> None:
    order = await an_order(await a_buyer(), await a_good(cash_minor=990))
    part = await callers.staff(await a_staff("orders.confirm", scope=DataScope.REGION, region="华东"))
    given = {"orderNumber": order.number, "reference": "wx-420001", "cashMinor": "990"}

    outside = await part.do("confirmOrder", given)
    unknown = await part.do("confirmOrder", given | {"orderNumber": "261123NONE"})

    assert outside == unknown
    assert outside["userErrors"][0]["code"] == "NOT_FOUND"
    assert (await Order.get()).status is OrderStatus.AWAITING_CASH
    whole = await callers.staff(await a_staff("orders.confirm"))
    assert (await whole.do("confirmOrder", given, "order { status }"))["order"] == {"status": "READY"}


async def test_staff_write_a_good_and_put_it_on_the_shelf(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("mall.read", "mall.write"))
    terms = {
        "name": "月末福袋",
        "category": "福利",
        "pictures": ["/files/a.jpg"],
        "monthFirstDay": -3,
        "monthLastDay": -1,
        "audience": {"newWithinDays": 30},
    }

    drafted = await staff.do("draftGood", {"kind": "PICK_UP", "terms": terms}, "good { id status version }")
    good_id = drafted["good"]["id"]
    empty = await staff.refusal("shelveGood", {"goodId": good_id, "status": "ON_SHELF"})
    sku = {
        "goodId": good_id,
        "name": "大",
        "price": "500",
        "stock": 3,
        "levelPrices": [{"position": 3, "points": "400"}],
    }
    added = await staff.do("addSku", sku, "sku { id version stock levelPrices { position points } }")
    shelved = await staff.do("shelveGood", {"goodId": good_id, "status": "ON_SHELF"}, "good { status }")
    change = {"goodId": good_id, "expectedVersion": 1, "terms": {**terms, "name": "福袋"}}
    changed = await staff.do(
        "changeGood", change, "good { name version pictures monthFirstDay audience { newWithinDays } }"
    )
    stale = await staff.refusal("changeGood", change)

    assert (drafted["good"]["status"], empty, shelved["good"]) == ("DRAFT", "NOTHING_TO_SELL", {"status": "ON_SHELF"})
    assert added["sku"]["levelPrices"] == [{"position": 3, "points": "400"}]
    assert changed["good"] == {
        "name": "福袋",
        "version": 2,
        "pictures": ["/files/a.jpg"],
        "monthFirstDay": -3,
        "audience": {"newWithinDays": 30},
    }
    assert stale == "GOOD_CHANGED"
    resold = {"skuId": added["sku"]["id"], "expectedVersion": 1, "name": "小", "price": "9", "isActive": False}
    assert (await staff.do("changeSku", resold, "sku { name isActive stock }"))["sku"] == {
        "name": "小",
        "isActive": False,
        "stock": 3,
    }
    assert await staff.refusal("changeSku", resold) == "SKU_CHANGED"
    assert await staff.refusal("addSku", {**sku, "name": "小"}) == "SKU_NAME_TAKEN"


@pytest.mark.parametrize(
    "change",
    [
        {"name": " "},
        {"pictures": ["javascript:alert(1)"]},
        {"pictures": ["/a.jpg"] * 10},
        {"orderMost": 0},
        {"payMinutes": 0},
        {"sellsFrom": "2026-11-23T04:00:00Z", "sellsUntil": "2026-11-23T04:00:00Z"},
        {"monthFirstDay": 3},
    ],
)
async def test_bad_goods_are_refused(callers: Callers, change: dict[str, Any]) -> None:
    staff = await callers.staff(await a_staff("mall.write"))
    terms = {"name": "杯子", "category": "生活"} | change

    assert await staff.refusal("draftGood", {"kind": "PHYSICAL", "terms": terms}) == "INVALID_INPUT"
    assert (await rows_of("good"), await rows_of("audit_row")) == (0, 0)


async def test_what_nobody_hands_over_does_not_come_on_the_shelf(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("mall.write"))
    chance, card = [await a_good(kind, is_shelved=False) for kind in (GoodKind.CHANCE, GoodKind.CARD)]

    for sku, code in ((chance, "NOT_FOUND"), (card, "NOT_FOUND")):
        good = await Good.get(id=sku.good_id)
        assert await staff.refusal("shelveGood", {"goodId": public_id(good), "status": "ON_SHELF"}) == code
        assert (await Good.get(id=good.id)).status is GoodStatus.DRAFT


async def test_an_archived_good_stays_so(callers: Callers) -> None:
    staff, sku = await callers.staff(await a_staff("mall.write")), await a_good()
    good = await shelve(sku.good_id, GoodStatus.ARCHIVED, staff_id=STAFF_ID, at=NOON)
    given = {"goodId": public_id(good), "expectedVersion": 1, "terms": {"name": "杯子", "category": "生活"}}

    assert await staff.refusal("shelveGood", {"goodId": public_id(good), "status": "ON_SHELF"}) == "GOOD_ARCHIVED"
    assert await staff.refusal("changeGood", given) == "GOOD_ARCHIVED"
    assert await staff.refusal("addSku", {"goodId": public_id(good), "name": "大", "price": "1"}) == "GOOD_ARCHIVED"


async def test_staff_fill_stock_and_codes(callers: Callers) -> None:
    staff, sku = await callers.staff(await a_staff("mall.read", "mall.write")), await a_pool(stock=0)
    stock = {"idempotencyKey": new_key(), "skuId": public_id(sku), "amount": 5, "reason": "到货"}
    codes = {"idempotencyKey": new_key(), "skuId": public_id(sku), "codes": ["A", "B", "A"], "raisesStock": True}

    changed = [await staff.do("changeStock", stock, "isReplay change { stockAfter act }") for _ in range(2)]
    imported = [
        await staff.do("importCodes", codes, "isReplay batch { rows takenIn refused { row fault } sku { stock } }")
        for _ in range(2)
    ]

    assert [one["isReplay"] for one in (*changed, *imported)] == [False, True, False, True]
    assert changed[0]["change"] == {"stockAfter": 5, "act": "ADD"}
    assert imported[0]["batch"] == {
        "rows": 3,
        "takenIn": 2,
        "refused": [{"row": 3, "fault": "REPEATED"}],
        "sku": {"stock": 7},
    }
    assert await GoodCode.all().count() == 2


async def test_staff_refund_and_take_codes_at_the_counter(callers: Callers) -> None:
    member, sku = await a_buyer(), await a_good()
    first, second = await an_order(member, sku), await an_order(member, sku)
    staff = await callers.staff(await a_staff("orders.read", "orders.write", "mall.write"))
    store = await staff.do("putStore", {"name": "徐汇店", "region": "上海", "address": "漕溪北路 1 号"}, "store { id }")
    code = (await PickUp.get(order_id=first.id)).code
    writing = {"idempotencyKey": new_key(), "code": code, "storeId": store["store"]["id"]}

    taken = await staff.do("writeOffPickUp", writing, "order { status pickUp { usedAt store { name } } }")
    refund = await staff.do("refundOrder", keyed(second, reason="缺货", points="40"), "refund { number points pieces }")
    whole = await staff.do(
        "refundOrder", keyed(second, reason="缺货"), "order { status } refund { number points pieces }"
    )

    assert taken["order"]["pickUp"] == {"usedAt": "2026-11-23T04:00:00Z", "store": {"name": "徐汇店"}}
    assert refund["refund"] == {"number": 1, "points": "40", "pieces": 0}
    assert (whole["order"], whole["refund"]) == ({"status": "REFUNDED"}, {"number": 2, "points": "60", "pieces": 1})
    assert await points_of(member) == 900
    shown = await (await callers.member(member)).data("{ stores(first: 5) { edges { node { name region } } } }")
    assert shown["stores"]["edges"] == [{"node": {"name": "徐汇店", "region": "上海"}}]


async def test_wishes_and_notices_are_their_members_alone(callers: Callers, clock: FixedClock) -> None:
    member, sku = await a_buyer(), await a_good(name="保温杯", stock=0)
    good = await Good.get(id=sku.good_id)
    caller, stranger = await callers.member(member), await callers.member(await a_member())
    staff = await callers.staff(await a_staff())
    wish, ask = {"goodId": public_id(good)}, {"skuId": public_id(sku)}

    entry = (await caller.do("addToWishList", wish, "entry { id good { viewerHasWished } }"))["entry"]
    notice = (await caller.do("askRestockNotice", ask, "notice { id dueAt }"))["notice"]
    clock.advance(hours=1)
    await StockChange.make(sku.id, StockAct.ADD, 2, reason="到货", staff_id=STAFF_ID, at=clock.now(), once=None)
    mine = await caller.data(
        "{ viewer { wishList(first: 5) { edges { node { good { name } } } }"
        " restockNotices(first: 5) { edges { node { dueAt sku { stock } } } } } }"
    )

    assert (entry["good"], notice["dueAt"]) == ({"viewerHasWished": True}, None)
    assert mine["viewer"]["wishList"]["edges"] == [{"node": {"good": {"name": "保温杯"}}}]
    assert mine["viewer"]["restockNotices"]["edges"] == [
        {"node": {"dueAt": "2026-11-23T05:00:00Z", "sku": {"stock": 2}}}
    ]
    for other in (stranger, staff):
        for hidden in (entry["id"], notice["id"]):
            assert (await other.data("query($id: ID!) { node(id: $id) { id } }", id=hidden))["node"] is None
    await caller.do("removeFromWishList", wish, "good { viewerHasWished }")
    await caller.do("dropRestockNotice", ask, "sku { id }")
    assert (await rows_of("wish_list_entry"), await rows_of("restock_notice")) == (0, 0)


async def test_the_acts_of_members_are_not_done_for_others(callers: Callers) -> None:
    member, sku = await a_buyer(), await a_good()
    order, address = await an_order(member, sku), await an_address(member)
    stranger = await callers.member(await a_buyer())

    refusals = [
        await stranger.refusal("cancelOrder", keyed(order)),
        await stranger.refusal("confirmReceipt", about(order)),
        await stranger.refusal("putAddress", {**ADDRESS, "addressId": public_id(address)}),
        await stranger.refusal("removeAddress", {"addressId": public_id(address)}),
        await stranger.refusal("placeOrder", placing(sku, addressId=public_id(order))),
    ]

    assert refusals == ["NOT_FOUND"] * 5
    assert await rows_of("mall_order") == 1


STAFF_ACTS = {
    "draftGood": 'kind: PHYSICAL, terms: {name: "x", category: "x"}',
    "changeGood": 'goodId: "x", expectedVersion: 1, terms: {name: "x", category: "x"}',
    "shelveGood": 'goodId: "x", status: ON_SHELF',
    "addSku": 'goodId: "x", name: "x", price: 1',
    "changeSku": 'skuId: "x", expectedVersion: 1, name: "x", price: 1',
    "changeStock": 'idempotencyKey: "12345678", skuId: "x", amount: 1, reason: "x"',
    "importCodes": 'idempotencyKey: "12345678", skuId: "x", codes: ["x"]',
    "putStore": 'name: "x", region: "x", address: "x"',
    "takeOrderUp": 'orderId: "x"',
    "shipOrder": 'orderId: "x", carrier: "x", trackingNumber: "x"',
    "shipOrders": "rows: []",
    "refundOrder": 'idempotencyKey: "12345678", orderId: "x", reason: "x"',
    "writeOffPickUp": 'idempotencyKey: "12345678", code: "x"',
    "confirmOrder": 'orderNumber: "x", reference: "x", cashMinor: 1',
    "revealAddress": 'id: "x", reason: "x"',
}
MEMBER_ACTS = {
    "placeOrder": 'idempotencyKey: "12345678", skuId: "x"',
    "cancelOrder": 'idempotencyKey: "12345678", orderId: "x"',
    "confirmReceipt": 'orderId: "x"',
    "putAddress": 'recipient: "x", phone: "12345", region: "x", street: "x"',
    "removeAddress": 'addressId: "x"',
    "addToWishList": 'goodId: "x"',
    "removeFromWishList": 'goodId: "x"',
    "askRestockNotice": 'skuId: "x"',
    "dropRestockNotice": 'skuId: "x"',
}


async def test_nobody_does_what_is_anothers_to_do(callers: Callers) -> None:
    nobody, member = callers.nobody(), await callers.member(await a_member())
    reader = await callers.staff(await a_staff("mall.read", "orders.read", "members.read"))

    for acts, wrong in ((STAFF_ACTS, (member, reader)), (MEMBER_ACTS, (reader,))):
        for name, given in acts.items():
            query = f"mutation {{ {name}(input: {{{given}}}) {{ userErrors {{ code }} }} }}"
            assert await nobody.error(query) == "UNAUTHENTICATED", name
            for caller in wrong:
                assert await caller.error(query) == "FORBIDDEN", name
    assert await Store.all().count() == 0


async def test_a_part_of_the_brand_does_not_write_the_mall(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("mall.write", scope=DataScope.OWN_GROUPS))
    sku = await a_good()
    stock = {"idempotencyKey": new_key(), "skuId": public_id(sku), "amount": 5, "reason": "到货"}

    assert await staff.refusal("changeStock", stock) == "NOT_FOUND"
    assert await staff.refusal("putStore", {"name": "店", "region": "上海", "address": "路"}) == "NOT_FOUND"
    assert await stock_of(sku) == (10, 0, 0)
