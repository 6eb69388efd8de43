"""One draw: chance, roll, prize and points in one transaction, exact however many come at one instant."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from models.errors import DomainError
from models.idempotency import IdempotencyMismatch, Once
from models.play.draw import DrawLimitReached, DrawVoided
from models.play.draw_chance import DrawChance, NoDrawChance
from models.play.draw_prize import DrawPrize, Wanting
from models.play.draw_result import DrawResult
from models.play.draw_terms import PrizeKind, PrizeTerms, Release
from models.play.prize_claim import PrizeClaim
from models.points.budget import Budget, BudgetPlan
from models.points.entry import InsufficientPoints
from models.points.reconciliation import reconcile
from store.database import fetch_value
from store.ids import new_id
from tests.build import a_member
from tests.conftest import NOON
from tests.play.draws import DAY, MUG, TEN, THANKS, a_draw, chances, points_of, rich

pytestmark = pytest.mark.usefixtures("empty_redis")

REPEATS = 5
SURE = PrizeTerms("马克杯", kind=PrizeKind.GOOD, weight=1, tier=1, stock=20)
NEVER = PrizeTerms("谢谢参与", weight=0, is_fallback=True)
FIFTY = PrizeTerms("50 积分", kind=PrizeKind.POINTS, amount=50, weight=1, tier=2)


async def refused(*acts: Any) -> list[DomainError]:
    outcomes = await asyncio.gather(*acts, return_exceptions=True)
    errors = [one for one in outcomes if isinstance(one, BaseException)]
    assert [one for one in errors if not isinstance(one, DomainError)] == []
    return [one for one in errors if isinstance(one, DomainError)]


async def test_a_draw_uses_a_chance_and_pays_its_prize(database: str) -> None:
    member, draw = await a_member(), await a_draw(NEVER, FIFTY)
    await chances(member, draw, 2)

    result = await DrawResult.draw_once(member.id, draw.id, at=NOON, client_text="my-luck")

    assert (result.sequence, result.day_index, result.version, result.points) == (1, 1, 1, 50)
    assert (result.roll_number, result.roll_bound) == (0, 1)
    assert not await DrawResult.filter(wanting__isnull=False).exists()
    assert await points_of(member) == 50
    assert await DrawChance.held(member.id, draw, at=NOON) == 1
    assert await reconcile() == []


async def test_results_are_never_altered(database: str) -> None:
    member, draw = await a_member(), await a_draw(free_per_day=1)
    await DrawResult.draw_once(member.id, draw.id, at=NOON)

    with pytest.raises(Exception, match="append-only"):
        await DrawResult.all().update(points=1_000)


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_five_hundred_draws_never_give_more_than_the_stock(database: str, repeat: int) -> None:
    draw = await a_draw(NEVER, SURE)
    members = [await a_member() for _ in range(25)]
    for member in members:
        await chances(member, draw, 20)

    acts = [DrawResult.draw_once(member.id, draw.id, at=NOON) for member in members for _ in range(20)]
    assert await refused(*acts) == []

    prize = await DrawPrize.get(draw_id=draw.id, kind=PrizeKind.GOOD)
    assert await fetch_value("SELECT count(*) FROM draw_result") == 500
    assert (prize.taken, prize.returned) == (20, 0)
    won = await DrawResult.filter(prize_id=prize.id)
    assert sorted(one.prize_number or 0 for one in won) == list(range(1, 21))
    assert await PrizeClaim.all().count() == 20
    assert Counter(one.wanting for one in await DrawResult.all()) == {None: 20, Wanting.OUT_OF_STOCK: 480}
    assert await fetch_value("SELECT sum(used) FROM draw_chance") == 500


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_three_a_day_are_three_when_fifty_come_at_once(database: str, repeat: int) -> None:
    member, draw = await a_member(), await a_draw(NEVER, FIFTY, day_most=3)
    await chances(member, draw, 50)

    refusals = await refused(*(DrawResult.draw_once(member.id, draw.id, at=NOON) for _ in range(50)))

    assert len(refusals) == 47
    assert {type(one) for one in refusals} == {DrawLimitReached}
    assert {one.retry_at for one in refusals} == {NOON + timedelta(hours=12)}
    assert await fetch_value("SELECT count(*) FROM draw_result") == 3
    assert await DrawChance.held(member.id, draw, at=NOON) == 47
    assert await points_of(member) == 150


async def test_one_key_sent_a_hundred_times_at_once_has_one_effect(database: str) -> None:
    member, draw = await rich(await a_member()), await a_draw(NEVER, FIFTY, price=20)

    async def send(text: str) -> DrawResult:
        once = Once.of(f"member:{member.id}", "Draw", "the-same-key", {"text": text})
        return await DrawResult.draw_once(member.id, draw.id, at=NOON, once=once, client_text=text, buys=True)

    outcomes = await asyncio.gather(*(send("a") for _ in range(100)))
    [other] = await refused(send("b"))

    assert len({one.id for one in outcomes}) == 1
    assert isinstance(other, IdempotencyMismatch)
    assert await points_of(member) == 1_030
    assert await fetch_value("SELECT count(*) FROM draw_chance") == 1


async def test_the_last_points_buy_one_draw_however_many_come(database: str) -> None:
    member, draw = await rich(await a_member(), 100), await a_draw(THANKS, price=100)

    refusals = await refused(*(DrawResult.draw_once(member.id, draw.id, at=NOON, buys=True) for _ in range(20)))

    assert [type(one) for one in refusals] == [InsufficientPoints] * 19
    assert (await points_of(member), await DrawResult.all().count(), await DrawChance.all().count()) == (0, 1, 1)
    assert await reconcile() == []


async def test_without_a_chance_nothing_is_drawn_and_it_is_told_when_the_next_comes(database: str) -> None:
    member, draw = await a_member(), await a_draw(free_per_day=1)
    await DrawResult.draw_once(member.id, draw.id, at=NOON)

    [refusal] = await refused(DrawResult.draw_once(member.id, draw.id, at=NOON))
    again = await DrawResult.draw_once(member.id, draw.id, at=NOON + DAY)

    assert isinstance(refusal, NoDrawChance)
    assert refusal.retry_at == NOON + timedelta(hours=12)
    assert (again.sequence, again.day_index) == (2, 1)


@pytest.mark.parametrize(
    ("rules", "hours", "code"),
    [
        ({}, -1, "DRAW_NOT_OPEN"),
        ({}, 7 * 24, "DRAW_OVER"),
        ({"total_most": 1}, 1, "DRAW_LIMIT_REACHED"),
        ({"audience": None}, 1, "NEW_MEMBERS_ONLY"),
    ],
)
async def test_who_may_not_draw_keeps_the_chance(database: str, rules: dict[str, Any], hours: int, code: str) -> None:
    from models.members.audience import Audience

    if "audience" in rules:
        rules = {"audience": Audience(new_within_days=1)}
    member, draw = await a_member(), await a_draw(**rules)
    await chances(member, draw, 5)
    if "total_most" in rules:
        await DrawResult.draw_once(member.id, draw.id, at=NOON)
    before = await DrawChance.held(member.id, draw, at=NOON)

    [refusal] = await refused(DrawResult.draw_once(member.id, draw.id, at=NOON + timedelta(hours=hours)))

    assert refusal.code == code
    assert await DrawChance.held(member.id, draw, at=NOON) == before


@pytest.mark.parametrize(("stock", "won"), [(None, 5), (0, 0), (2, 2)])
async def test_no_stock_and_none_at_all_differ(database: str, stock: int | None, won: int) -> None:
    prize = PrizeTerms("50 积分", kind=PrizeKind.POINTS, amount=50, weight=1, stock=stock)
    member, draw = await a_member(), await a_draw(NEVER, prize)
    await chances(member, draw, 5)

    results = [await DrawResult.draw_once(member.id, draw.id, at=NOON) for _ in range(5)]

    assert [one.points for one in results] == [50] * won + [0] * (5 - won)
    assert {one.wanting for one in results[won:]} <= {Wanting.OUT_OF_STOCK}
    assert await points_of(member) == 50 * won


@pytest.mark.parametrize(
    ("release", "hours", "won"),
    [
        ({"release": Release.EVENLY}, 0, 1),
        ({"release": Release.EVENLY}, 84, 6),  # half of the week: five of ten and the next one
        ({"release": Release.HOURLY, "release_count": 2}, 1, 4),
        ({"release": Release.DAILY, "release_count": 3}, 11, 3),
        ({"release": Release.DAILY, "release_count": 3}, 12, 6),  # the business day turns at midnight
    ],
)
async def test_a_stock_comes_into_play_over_time(database: str, release: dict[str, Any], hours: int, won: int) -> None:
    prize = PrizeTerms("50 积分", kind=PrizeKind.POINTS, amount=50, weight=1, stock=10, **release)
    member, draw = await a_member(), await a_draw(NEVER, prize)
    await chances(member, draw, 12)

    results = [await DrawResult.draw_once(member.id, draw.id, at=NOON + timedelta(hours=hours)) for _ in range(12)]

    assert sum(one.points == 50 for one in results) == won
    assert {one.wanting for one in results if not one.points} == {Wanting.NOT_RELEASED}


async def test_a_member_wins_a_prize_no_more_often_than_its_cap(database: str) -> None:
    prize = PrizeTerms("50 积分", kind=PrizeKind.POINTS, amount=50, weight=1, member_most=2)
    draw, members = await a_draw(NEVER, prize), [await a_member(), await a_member()]
    for member in members:
        await chances(member, draw, 4)
        await asyncio.gather(*(DrawResult.draw_once(member.id, draw.id, at=NOON) for _ in range(4)))

    assert [await points_of(member) for member in members] == [100, 100]
    assert await DrawResult.filter(wanting=Wanting.MEMBER_CAP).count() == 4


async def test_a_budget_that_is_used_up_stops_the_prizes_and_not_the_draw(database: str) -> None:
    budget = await Budget.open(BudgetPlan("抽奖", 120), staff_id=new_id(), at=NOON)
    limited = PrizeTerms("50 积分", kind=PrizeKind.POINTS, amount=50, weight=1, stock=100)
    draw = await a_draw(NEVER, limited, budget_id=budget.id)
    members = [await a_member() for _ in range(6)]
    for member in members:
        await chances(member, draw, 1)

    assert await refused(*(DrawResult.draw_once(member.id, draw.id, at=NOON) for member in members)) == []

    assert sorted([await points_of(member) for member in members]) == [0, 0, 0, 0, 50, 50]
    assert Counter(one.wanting for one in await DrawResult.all()) == {None: 2, Wanting.BUDGET: 4}
    assert (await DrawPrize.get(draw_id=draw.id, stock=100)).taken == 2
    assert await reconcile() == []


async def test_the_guarantee_counts_until_its_own_tier_is_won(database: str) -> None:
    mug, ten = PrizeTerms(**{**vars(MUG), "weight": 1}), PrizeTerms(**{**vars(TEN), "weight": 10**9})
    member, draw = await a_member(), await a_draw(NEVER, ten, mug, pity_tier=1, pity_after=4)
    await chances(member, draw, 10)

    results = [await DrawResult.draw_once(member.id, draw.id, at=NOON) for _ in range(10)]

    assert [one.is_forced for one in results] == [False] * 4 + [True] + [False] * 4 + [True]
    assert [one.pity_after for one in results] == [1, 2, 3, 4, 0, 1, 2, 3, 4, 0]
    assert [one.points for one in results] == [10] * 4 + [0] + [10] * 4 + [0]
    assert (await DrawPrize.get(draw_id=draw.id, kind=PrizeKind.GOOD)).taken == 2


async def test_a_guarantee_that_cannot_be_met_is_kept(database: str) -> None:
    # The guarantee rolls the mug both times, and finds it gone the second time.
    mug = PrizeTerms(**{**vars(MUG), "stock": 1, "weight": 10_000})
    ten = PrizeTerms(**{**vars(TEN), "weight": 10**9 - 10**5})
    cup = PrizeTerms("搪瓷杯", kind=PrizeKind.GOOD, weight=1, tier=1, stock=1)
    member, draw = await a_member(), await a_draw(NEVER, ten, mug, cup, pity_tier=1, pity_after=1)
    await chances(member, draw, 6)

    results = [await DrawResult.draw_once(member.id, draw.id, at=NOON) for _ in range(6)]

    assert [one.is_forced for one in results] == [False, True, False, True, False, False]
    # Both pieces of the tier are given, whichever was rolled; the third time there is none, and the guarantee stands.
    assert [one.pity_after for one in results] == [1, 0, 1, 0, 1, 2]
    assert [one.unmet for one in results[:5]] == [None] * 5
    # What is drawn then is rolled as if there were no guarantee, and nearly always the ten points.
    assert (results[-1].unmet, results[-1].points) == (Wanting.OUT_OF_STOCK, 10)
    assert await PrizeClaim.all().count() == 2


async def test_other_weights_hold_for_a_segment(database: str) -> None:
    from models.members.audience import Audience
    from models.play.draw_terms import Segment

    newcomers = Segment("新人", Audience(new_within_days=7))
    prize = PrizeTerms("50 积分", kind=PrizeKind.POINTS, amount=50, weight=0, segment_weights={"新人": 1_000})
    thanks = PrizeTerms("谢谢参与", weight=1, segment_weights={"新人": 0}, is_fallback=True)
    draw = await a_draw(thanks, prize, segments=(newcomers,), free_per_day=1)
    old, new = await a_member(), await a_member(at=NOON - DAY)

    results = [await DrawResult.draw_once(member.id, draw.id, at=NOON) for member in (old, new)]

    assert [(one.segment, one.points, one.roll_bound) for one in results] == [(None, 0, 1), ("新人", 50, 1_000)]


async def test_nothing_is_drawn_after_a_void_that_came_between(database: str) -> None:
    from models.play.draw_void import DrawVoid

    draw, members = await a_draw(NEVER, FIFTY, free_per_day=1), [await a_member() for _ in range(20)]

    void = DrawVoid.record(draw.id, reason="奖品设置有误", staff_id=new_id(), at=NOON, once=None)
    refusals = await refused(*(DrawResult.draw_once(member.id, draw.id, at=NOON) for member in members), void)

    assert {type(one) for one in refusals} <= {DrawVoided}
    assert await DrawResult.all().count() == 20 - len(refusals)
