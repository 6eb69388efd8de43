"""Codes out of a pool as prizes: given with the result, each once, never in front of an order that was paid for."""

import asyncio
from dataclasses import replace

import pytest

from models.errors import DomainError, Invalid
from models.mall.code_batch import NoCodePool
from models.mall.good import GoodKind
from models.mall.good_code import GoodCode
from models.mall.moving_on import issue_waiting_codes
from models.mall.order import Order
from models.mall.order_status import OrderStatus
from models.mall.sku import Sku
from models.play.draw import Draw
from models.play.draw_prize import DrawPrize, Wanting
from models.play.draw_result import DrawResult
from models.play.draw_terms import DrawKind, PrizeKind, PrizeTerms
from models.play.draw_version import create_draw
from models.play.draw_void import DrawResultVoid, DrawVoid, unwind_due
from models.play.prize_claim import ClaimState, PrizeClaim
from tests.build import a_member, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.mall.build import a_buyer, a_good, an_order
from tests.mall.test_good_code import a_pool, filled
from tests.play.draws import DAY, STAFF, THANKS, a_draw, terms

pytestmark = pytest.mark.usefixtures("empty_redis")

NEVER = PrizeTerms("谢谢参与", weight=0, is_fallback=True)


def card_of(sku: Sku, **about: object) -> PrizeTerms:
    return replace(PrizeTerms("视频月卡", kind=PrizeKind.CODE, weight=1, worth=300, sku_id=sku.id), **about)  # type: ignore[arg-type]


async def test_the_winner_gets_the_oldest_code_at_once(database: str) -> None:
    sku, member = await a_pool("VIP-1", "VIP-2"), await a_member()
    draw = await a_draw(NEVER, card_of(sku), free_per_day=1)

    result = await DrawResult.draw_once(member.id, draw.id, at=NOON)

    claim = await PrizeClaim.get(result_id=result.id)
    assert (claim.state, claim.fulfilled_at, claim.expires_at) == (ClaimState.FULFILLED, NOON, None)
    assert [(code.code, code.result_id, code.issued_at) for code in await GoodCode.all().order_by("id")] == [
        ("VIP-1", result.id, NOON),
        ("VIP-2", None, None),
    ]


@pytest.mark.parametrize("stock", [None, 10])
async def test_of_more_winners_than_codes_the_others_get_what_stands_in(database: str, stock: int | None) -> None:
    sku, members = await a_pool("VIP-1", "VIP-2"), [await a_member() for _ in range(5)]
    draw = await a_draw(NEVER, card_of(sku, stock=stock), free_per_day=1)

    results = await asyncio.gather(*(DrawResult.draw_once(one.id, draw.id, at=NOON) for one in members))

    assert sorted(str(one.wanting) for one in results) == ["None", "None", *[str(Wanting.OUT_OF_STOCK)] * 3]
    given = [code.result_id for code in await GoodCode.all()]
    assert sorted(given, key=str) == sorted((one.id for one in results if not one.wanting), key=str)
    assert await PrizeClaim.all().count() == 2
    assert (await DrawPrize.get(sku_id=sku.id)).taken == (2 if stock else 0)


async def test_what_an_order_waits_for_is_not_won(database: str) -> None:
    sku, buyer, member = await a_pool(), await a_buyer(), await a_member()
    draw = await a_draw(NEVER, card_of(sku), free_per_day=2)
    order = await an_order(buyer, sku)
    await filled(sku, "VIP-1", "VIP-2")

    early = await DrawResult.draw_once(member.id, draw.id, at=NOON)
    await issue_waiting_codes(at=NOON)
    late = await DrawResult.draw_once(member.id, draw.id, at=NOON)

    assert early.wanting is Wanting.OUT_OF_STOCK
    assert not late.wanting
    assert (await Order.get(id=order.id)).status is OrderStatus.ISSUED
    assert await GoodCode.filter(order_id=order.id).count() == 1
    assert await issue_waiting_codes(at=NOON) == 0


async def test_a_code_that_was_won_is_none_for_an_order(database: str) -> None:
    sku, buyer, member = await a_pool("VIP-1"), await a_buyer(), await a_member()
    draw = await a_draw(NEVER, card_of(sku), free_per_day=1)
    await DrawResult.draw_once(member.id, draw.id, at=NOON)

    order = await an_order(buyer, sku)

    assert (await Order.get(id=order.id)).status is OrderStatus.AWAITING_CODE
    assert await issue_waiting_codes(at=NOON) == 0
    assert await GoodCode.filter(order_id__isnull=True).count() == 1


async def test_a_code_stays_with_its_winner_when_the_draw_is_voided(database: str) -> None:
    sku, member = await a_pool("VIP-1"), await a_member()
    draw = await a_draw(NEVER, card_of(sku), free_per_day=1)
    await DrawResult.draw_once(member.id, draw.id, at=NOON)

    await DrawVoid.record(draw.id, reason="奖品设置有误", staff_id=STAFF, at=NOON + DAY, once=None)
    await unwind_due(at=NOON + DAY)

    assert (await DrawResultVoid.get()).kept
    assert (await PrizeClaim.get()).state is ClaimState.FULFILLED


async def test_only_codes_have_a_pool_and_each_needs_one(database: str) -> None:
    pool, mug = await a_pool("VIP-1"), await a_good(GoodKind.PHYSICAL)
    card = card_of(pool)
    scheduled: dict[str, object] = {"kind": DrawKind.SCHEDULED}
    wrong: list[tuple[tuple[PrizeTerms, ...], dict[str, object], type[DomainError], str]] = [
        ((THANKS, replace(card, sku_id=None)), {}, Invalid, "prizes.skuId"),
        ((THANKS, replace(card, kind=PrizeKind.COUPON)), {}, Invalid, "prizes.skuId"),
        ((replace(card, is_fallback=True),), {}, Invalid, "prizes.isFallback"),
        ((THANKS, card_of(mug)), {}, NoCodePool, "prizes.skuId"),
        ((replace(card, stock=1),), scheduled, Invalid, "prizes.kind"),
    ]

    for prizes, rules, refusal, field in wrong:
        with pytest.raises(refusal) as refused:
            await create_draw(terms(*prizes, **rules), staff_id=STAFF, at=NOON, once=None)
        assert refused.value.field == field

    assert await Draw.all().count() == 0


async def test_a_code_is_read_by_its_winner_alone(callers: Callers) -> None:
    sku, member = await a_pool("VIP-1"), await a_member()
    draw = await a_draw(NEVER, card_of(sku), free_per_day=1)
    await DrawResult.draw_once(member.id, draw.id, at=NOON)
    read = "query($id: ID!) { node(id: $id) { ... on PrizeClaim { code state prize { kind } } } }"
    claim_id = public_id(await PrizeClaim.get())
    winner, other = await callers.member(member), await callers.member(await a_member())
    staff = await callers.staff(await a_staff("draws.read", "members.read"))

    answers = [(await caller.data(read, id=claim_id))["node"] for caller in (winner, other, staff)]

    told = {"state": "FULFILLED", "prize": {"kind": "CODE"}}
    assert answers == [{"code": "VIP-1", **told}, None, {"code": None, **told}]
    assert await callers.nobody().error(read, id=claim_id) == "UNAUTHENTICATED"


async def test_staff_say_out_of_which_pool_a_code_is_given(callers: Callers) -> None:
    sku = await a_pool("VIP-1")
    staff = await callers.staff(await a_staff("draws.read", "draws.write", "mall.read"))
    prizes = [
        {"name": "谢谢参与", "weight": "1", "isFallback": True},
        {"name": "视频月卡", "kind": "CODE", "weight": "1", "skuId": public_id(sku)},
    ]
    given = {
        "title": "幸运大转盘",
        "kind": "WHEEL",
        "startsAt": "2026-11-24T04:00:00Z",
        "endsAt": "2026-11-25T04:00:00Z",
    }

    made = await staff.do(
        "createDraw",
        {"idempotencyKey": new_key(), "terms": {**given, "prizes": prizes}},
        "draw { prizes { kind sku { id } } }",
    )

    assert made["userErrors"] == []
    assert made["draw"]["prizes"] == [{"kind": "NONE", "sku": None}, {"kind": "CODE", "sku": {"id": public_id(sku)}}]
