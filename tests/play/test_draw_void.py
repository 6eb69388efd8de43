"""A void unwinds everything once: purchases, points as far as they are there, prizes, chances."""

import asyncio
from typing import Any

import pytest

from models.checkins.card import CheckInCard
from models.errors import DomainError, NotFound
from models.play import draw_void
from models.play.draw import DrawVoided
from models.play.draw_chance import DrawChance
from models.play.draw_entry import DrawEntry
from models.play.draw_prize import DrawPrize
from models.play.draw_report import draw_report
from models.play.draw_result import DrawResult
from models.play.draw_seed import DrawSeed
from models.play.draw_terms import DrawKind, PrizeKind, PrizeTerms
from models.play.draw_version import create_draw, end_due
from models.play.draw_void import DrawResultVoid, DrawVoid, unwind_due
from models.play.drawing import draw_due
from models.play.prize_claim import ClaimState, PrizeClaim
from models.points.account import Account, Bucket, of_budget, of_member, of_platform
from models.points.adjustment import PointAdjustment
from models.points.budget import Budget, BudgetPlan
from models.points.entry import Move, PointEntry
from models.points.expiry_policy import ExpiryKind, ExpiryPolicy, ExpiryTerms
from models.points.lot import PointLot
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from store.database import transaction
from store.ids import new_id
from tests.build import a_member, a_plan
from tests.conftest import NOON
from tests.play.draws import DAY, STAFF, THANKS, a_draw, chances, points_of, rich, terms

pytestmark = pytest.mark.usefixtures("empty_redis")

NEVER = PrizeTerms("谢谢参与", weight=0, is_fallback=True)
FIFTY = PrizeTerms("50 积分", kind=PrizeKind.POINTS, amount=50, weight=1, stock=10)


async def void(draw_id: Any) -> DrawVoid:
    return await DrawVoid.record(draw_id, reason="奖品设置有误", staff_id=STAFF, at=NOON + DAY, once=None)


async def test_points_purchases_and_stock_come_back(database: str) -> None:
    draw, members = await a_draw(NEVER, FIFTY, price=20), [await rich(await a_member(), 100) for _ in range(3)]
    for member in members:
        await DrawChance.buy(member.id, draw.id, 2, at=NOON, once=None)
        await DrawResult.draw_once(member.id, draw.id, at=NOON)

    await void(draw.id)
    done = [await unwind_due(at=NOON + DAY), await unwind_due(at=NOON + 2 * DAY)]

    assert done == [1, 0]
    assert [await points_of(member) for member in members] == [100, 100, 100]
    prize = await DrawPrize.get(draw_id=draw.id, stock=10)
    assert (prize.taken, prize.returned) == (3, 3)
    assert {(one.used, one.given_back) for one in await DrawChance.all()} == {(1, 1)}
    assert {(one.points_back, one.shortfall) for one in await DrawResultVoid.all()} == {(50, 0)}
    report = await draw_report(draw.id)
    assert (report.earned, report.points, report.shortfall) == (0, 0, 0)
    assert (await DrawSeed.get(draw_id=draw.id)).revealed_at == NOON + DAY
    assert await reconcile() == []


async def test_a_row_that_fails_keeps_no_other_from_being_unwound(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw, members = await a_draw(NEVER, FIFTY, price=20), [await rich(await a_member(), 100) for _ in range(3)]
    for member in members:
        await DrawResult.draw_once(member.id, draw.id, at=NOON, buys=True)
    await void(draw.id)
    refund, first = draw_void._refund, await DrawChance.all().order_by("id").first()

    async def failing(chance: DrawChance, *, at: Any) -> bool:
        if first and chance.id == first.id:
            raise RuntimeError("一笔退款出错")
        return await refund(chance, at=at)

    with monkeypatch.context() as patch:
        patch.setattr(draw_void, "_refund", failing)
        done = [await unwind_due(at=NOON + DAY)]
    points, unwound = [await points_of(member) for member in members], await DrawResultVoid.all().count()
    done.append(await unwind_due(at=NOON + 2 * DAY))

    # Whose price is not returned keeps the prize until it is.
    assert (done, points, unwound) == ([0, 1], [130, 100, 100], 2)
    assert [await points_of(member) for member in members] == [100, 100, 100]
    assert await reconcile() == []


async def test_what_was_spent_is_written_down_and_nobody_goes_below_zero(database: str) -> None:
    member, draw = await rich(await a_member(), 20), await a_draw(NEVER, FIFTY, price=20)
    await DrawResult.draw_once(member.id, draw.id, at=NOON, buys=True)
    await PointAdjustment.deduct(member.id, 45, reason="兑换", staff_id=STAFF, at=NOON, once=None)

    await void(draw.id)
    await unwind_due(at=NOON + DAY)

    # Five were left and the purchase brought twenty back: twenty-five of the fifty.
    row = await DrawResultVoid.get()
    assert (row.points_back, row.shortfall, await points_of(member)) == (25, 25, 0)
    assert await reconcile() == []


async def test_points_of_a_prize_are_taken_out_of_the_lot_that_they_came_in(database: str) -> None:
    member, draw = await a_member(), await a_draw(NEVER, FIFTY)
    await chances(member, draw, 1)
    async with transaction():
        old = Move(of_platform(Bucket.ISSUED), of_member(member.id), 60, "gift", "test:old", expires_at=NOON + 3 * DAY)
        await PointEntry.post([old], at=NOON)
    await DrawResult.draw_once(member.id, draw.id, at=NOON)

    await void(draw.id)
    await unwind_due(at=NOON + DAY)

    lots = await PointLot.filter(member_id=member.id, remaining__gt=0)
    assert [(lot.expires_at, lot.remaining) for lot in lots] == [(NOON + 3 * DAY, 60)]


@pytest.mark.parametrize("repeat", range(5))
async def test_a_draw_is_voided_once_and_unwound_once(database: str, repeat: int) -> None:
    draw, members = await a_draw(NEVER, FIFTY, price=20), [await rich(await a_member(), 100) for _ in range(4)]
    for member in members:
        await DrawResult.draw_once(member.id, draw.id, at=NOON, buys=True)

    outcomes = await asyncio.gather(*(void(draw.id) for _ in range(4)), return_exceptions=True)
    await asyncio.gather(*(unwind_due(at=NOON + DAY) for _ in range(4)))

    assert sorted(type(one).__name__ for one in outcomes) == ["DrawVoid", *["DrawVoided"] * 3]
    assert await DrawResultVoid.all().count() == 4
    assert [await points_of(member) for member in members] == [100] * 4
    assert await AuditRow.filter(action="void_draw").count() == 1
    with pytest.raises(DrawVoided):
        await DrawResult.draw_once(members[0].id, draw.id, at=NOON, buys=True)


async def test_what_was_handed_over_or_used_stays_and_is_said(database: str) -> None:
    await a_plan()
    mug = PrizeTerms("马克杯", kind=PrizeKind.GOOD, weight=1, stock=2)
    card = PrizeTerms("补签卡", kind=PrizeKind.MAKE_UP_CARD, amount=2, weight=1)
    goods, cards = await a_draw(NEVER, mug, free_per_day=1), await a_draw(NEVER, card, free_per_day=1)
    members = [await a_member(), await a_member()]
    for member in members:
        for draw in (goods, cards):
            await DrawResult.draw_once(member.id, draw.id, at=NOON)
    claim = await PrizeClaim.get(member_id=members[0].id)
    await PrizeClaim.claim(members[0].id, claim.id, note="公司前台", at=NOON)
    await PrizeClaim.fulfil(claim.id, code=None, reason=None, staff_id=STAFF, at=NOON)
    first = await CheckInCard.filter(member_id=members[0].id).first()
    assert first is not None
    await first.use((NOON - DAY).date(), at=NOON)

    for draw in (goods, cards):
        await void(draw.id)
    await unwind_due(at=NOON + DAY)

    kept = {(one.member_id, one.kept) for one in await DrawResultVoid.all()}
    assert kept == {(members[0].id, True), (members[1].id, False)}
    assert (await PrizeClaim.get(member_id=members[1].id)).state is ClaimState.VOIDED
    assert (await DrawPrize.get(stock=2)).returned == 1
    unused = await CheckInCard.filter(used_at__isnull=True)
    assert {one.expires_at for one in unused} == {NOON + DAY}


async def test_a_scheduled_draw_that_is_void_is_not_drawn_and_one_that_was_drawn_unwinds(database: str) -> None:
    prize = PrizeTerms("50 积分", kind=PrizeKind.POINTS, amount=50, stock=1)
    first, second = [await a_draw(prize, kind=DrawKind.SCHEDULED, price=10) for _ in range(2)]
    members = [await rich(await a_member(), 100) for _ in range(2)]
    for member in members:
        for draw in (first, second):
            await DrawEntry.enter(member.id, draw.id, at=NOON, buys=True)
    await end_due(at=NOON + 7 * DAY)

    await void(first.id)
    await draw_due(at=NOON + 7 * DAY)
    await void(second.id)
    await unwind_due(at=NOON + 8 * DAY)

    assert await DrawResult.filter(draw_id=first.id).count() == 0
    assert await DrawResult.filter(draw_id=second.id).count() == 1
    assert [await points_of(member) for member in members] == [100, 100]
    assert {one.left for one in await DrawChance.all()} == {1}
    assert await reconcile() == []


async def test_a_draft_is_not_there_to_be_voided(database: str) -> None:
    draft = await create_draw(terms(THANKS), staff_id=STAFF, at=NOON, once=None)

    with pytest.raises(NotFound):
        await void(draft.id)
    with pytest.raises(DomainError):
        await void(new_id())
    assert await DrawVoid.all().count() == 0


async def test_chances_of_no_use_any_more_are_not_lost_from_the_record(database: str) -> None:
    member, draw = await a_member(), await a_draw(NEVER, FIFTY)
    await chances(member, draw, 3)
    await DrawResult.draw_once(member.id, draw.id, at=NOON)

    await void(draw.id)
    await unwind_due(at=NOON + DAY)

    [gift] = await DrawChance.all()
    assert (gift.count, gift.used, gift.given_back, gift.left) == (3, 1, 1, 3)


async def test_a_prize_of_a_budget_goes_back_to_it_or_where_points_come_from_once_it_is_closed(database: str) -> None:
    budget = await Budget.open(BudgetPlan("抽奖", 200), staff_id=STAFF, at=NOON - DAY)
    draw, members = await a_draw(NEVER, FIFTY, budget_id=budget.id), [await a_member() for _ in range(2)]
    other = await a_draw(NEVER, FIFTY, budget_id=budget.id)
    for one, member in zip((draw, other), members, strict=True):
        await chances(member, one, 1)
        await DrawResult.draw_once(member.id, one.id, at=NOON)

    await void(draw.id)
    await unwind_due(at=NOON + DAY)
    held = (await Account.get(id=of_budget(budget.id).id)).balance
    await Budget.close(budget.id, reason="活动结束", staff_id=STAFF, at=NOON + DAY)
    await void(other.id)
    await unwind_due(at=NOON + DAY)

    assert (held, (await Account.get(id=of_budget(budget.id).id)).balance) == (150, 0)
    assert [await points_of(member) for member in members] == [0, 0]
    assert await reconcile() == []


async def test_what_is_taken_back_is_the_lot_that_the_prize_brought(database: str) -> None:
    """Points that were there before and lapse sooner are left alone."""
    await ExpiryPolicy.put(ExpiryTerms(ExpiryKind.DAYS, days=90), staff_id=STAFF, reason="测试", at=NOON - 3 * DAY)
    member, draw = await rich(await a_member(), 20), await a_draw(NEVER, FIFTY)
    before = await PointLot.get(member_id=member.id)
    await chances(member, draw, 1)
    await DrawResult.draw_once(member.id, draw.id, at=NOON)

    await void(draw.id)
    await unwind_due(at=NOON + DAY)

    assert [(lot.expires_at, lot.remaining) for lot in await PointLot.filter(remaining__gt=0)] == [
        (before.expires_at, 20)
    ]
    assert await reconcile() == []
