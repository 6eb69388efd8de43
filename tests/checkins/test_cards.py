"""Cards: explained before they are bought or used, bought within limits, and used for what they are good for."""

import asyncio
from datetime import date, timedelta

import pytest

from models.checkins.card import CardKind, CheckInCard
from models.checkins.check_in import CheckIn
from models.checkins.plan import CheckInPlan
from models.checkins.streak import Streak
from models.errors import DomainError
from models.members.member import Member
from models.points.account import Account, Bucket, of_member, of_platform
from models.points.entry import Move, PointEntry
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from store.clock import FixedClock
from store.database import fetch_value, transaction
from store.ids import new_id
from tests.build import a_member, a_plan, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON

DAY = timedelta(days=1)
BOUGHT = "isReplay card { kind source usedAt } viewer { account { available } }"
MONDAY = date(2026, 11, 23)
EXPLAIN = """query($kind: CardKind!) { cardEligibility(kind: $kind) {
    price held heldMost purchase { isAllowed reasons { code } }
    mendings { day isAllowed points streakDays reasons { code } } protectedDays lostDays } }"""


async def rich(member: Member, points: int = 500) -> Member:
    async with transaction():
        gift = Move(of_platform(Bucket.ISSUED), of_member(member.id), points, "gift", f"test:{new_id()}")
        await PointEntry.post([gift], at=NOON)
    return member


async def a_card(member: Member, plan: CheckInPlan, kind: CardKind, **about: object) -> CheckInCard:
    given = {"member_id": member.id, "plan_id": plan.id, "kind": kind, "source": "granted", "acquired_at": NOON}
    card = CheckInCard(**given | about)
    await card.save(force_create=True)
    return card


async def checked_in(member: Member, plan: CheckInPlan, *days: int) -> list[CheckIn]:
    return [await CheckIn.record(member.id, plan, at=NOON + DAY * day) for day in days]


async def test_a_card_is_bought_for_its_price(callers: Callers) -> None:
    member, _ = await rich(await a_member()), await a_plan(make_up_price=50)
    caller, given = await callers.member(member), {"idempotencyKey": new_key(), "kind": "MAKE_UP"}

    bought = await caller.do("buyCheckInCard", given, BOUGHT)
    again = await caller.do("buyCheckInCard", given, BOUGHT)

    assert bought["card"] == {"kind": "MAKE_UP", "source": "BOUGHT", "usedAt": None}
    assert bought["viewer"] == {"account": {"available": "450"}}
    assert again == {**bought, "isReplay": True}
    assert await CheckInCard.all().count() == 1


@pytest.mark.parametrize(
    ("rules", "points", "code"),
    [
        ({"make_up_price": None}, 500, "CARD_NOT_SOLD"),
        ({"is_active": False}, 500, "CARD_NOT_SOLD"),
        ({"make_up_held_most": 0}, 500, "CARD_LIMIT_REACHED"),
        ({}, 49, "INSUFFICIENT_POINTS"),
    ],
)
async def test_a_card_that_is_not_to_be_had_costs_nothing(
    database: str, rules: dict[str, object], points: int, code: str
) -> None:
    member, plan = await rich(await a_member(), points), await a_plan(**rules)

    with pytest.raises(DomainError) as refused:
        await CheckInCard.buy(member.id, plan, CardKind.MAKE_UP, at=NOON, once=None)

    assert refused.value.code == code
    assert await CheckInCard.all().count() == 0
    assert (await Account.get(id=of_member(member.id).id)).balance == points


async def test_the_limit_of_cards_is_exact_when_bought_at_once(database: str) -> None:
    member, plan = await rich(await a_member()), await a_plan(freeze_held_most=2, freeze_price=30)

    await asyncio.gather(
        *(CheckInCard.buy(member.id, plan, CardKind.FREEZE, at=NOON, once=None) for _ in range(8)),
        return_exceptions=True,
    )

    assert await fetch_value("SELECT count(*) FROM check_in_card") == 2
    assert (await Account.get(id=of_member(member.id).id)).balance == 440


async def test_a_made_up_day_restores_the_streak_and_its_bonus(callers: Callers, clock: FixedClock) -> None:
    member, plan = await a_member(), await a_plan()
    await checked_in(member, plan, 0, 1, 2, 4, 5, 6)
    await a_card(member, plan, CardKind.MAKE_UP)
    clock.advance(days=6)
    caller, thursday = await callers.member(member), MONDAY + DAY * 3

    told = await caller.data(EXPLAIN, kind="MAKE_UP")
    payload = await caller.do(
        "makeUpCheckIn",
        {"idempotencyKey": new_key(), "day": thursday.isoformat()},
        "checkIn { kind businessDay pointsPaid streakDays } viewer { streakDays account { available } }",
    )

    [mending] = [one for one in told["cardEligibility"]["mendings"] if one["day"] == thursday.isoformat()]
    assert mending == {"day": "2026-11-26", "isAllowed": True, "points": 40, "streakDays": 7, "reasons": []}
    assert payload["checkIn"] == {"kind": "MAKE_UP", "businessDay": "2026-11-26", "pointsPaid": 10, "streakDays": 4}
    assert payload["viewer"] == {"streakDays": 7, "account": {"available": "100"}}
    assert await reconcile() == []


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (3, "DAY_CANNOT_BE_MADE_UP"),  # today
        (4, "DAY_CANNOT_BE_MADE_UP"),  # to come
        (-5, "DAY_CANNOT_BE_MADE_UP"),  # beyond reach
        (0, "ALREADY_CHECKED_IN"),
    ],
)
async def test_a_day_that_cannot_be_made_up_costs_no_card(database: str, day: int, code: str) -> None:
    member, plan = await a_member(), await a_plan()
    await checked_in(member, plan, 0)
    card = await a_card(member, plan, CardKind.MAKE_UP)

    with pytest.raises(DomainError) as refused:
        await CheckIn.make_up(member.id, plan, MONDAY + DAY * day, at=NOON + DAY * 3, once=None)

    assert refused.value.code == code
    assert (await CheckInCard.get(id=card.id)).used_for is None


async def test_days_before_one_came_were_not_missed(database: str) -> None:
    member, plan = await a_member(at=NOON), await a_plan()
    await a_card(member, plan, CardKind.MAKE_UP)

    with pytest.raises(DomainError) as refused:
        await CheckIn.make_up(member.id, plan, MONDAY - DAY, at=NOON + DAY, once=None)

    assert refused.value.code == "DAY_CANNOT_BE_MADE_UP"


async def test_make_ups_have_a_limit_by_cycle(database: str) -> None:
    member, plan = await a_member(), await a_plan(make_up_per_cycle=1, cycle="iso_week")
    for _ in range(3):
        await a_card(member, plan, CardKind.MAKE_UP)
    nextweek = NOON + DAY * 8

    await CheckIn.make_up(member.id, plan, MONDAY + DAY * 4, at=nextweek, once=None)
    with pytest.raises(DomainError) as refused:
        await CheckIn.make_up(member.id, plan, MONDAY + DAY * 5, at=nextweek, once=None)
    await CheckIn.make_up(member.id, plan, MONDAY + DAY * 7, at=nextweek, once=None)

    assert refused.value.code == "MAKE_UP_LIMIT_REACHED"


async def test_a_closed_week_is_paid_when_it_is_mended(database: str) -> None:
    member, plan = await a_member(), await a_plan(cycle="iso_week")
    await checked_in(member, plan, 0, 1, 2, 3, 4, 5, 7)
    await a_card(member, plan, CardKind.MAKE_UP)

    mended = await CheckIn.make_up(member.id, plan, MONDAY + DAY * 6, at=NOON + DAY * 8, once=None)

    assert (mended.points_paid, mended.day_index) == (40, 7)
    streak = await Streak.get(member_id=member.id)
    assert (streak.current_days, streak.cycle_done) == (8, 1)


async def test_a_month_is_full_by_its_own_length(database: str) -> None:
    member, plan = await a_member(), await a_plan(cycle="month", finish_bonus=300)
    first = NOON + DAY * 8  # 1 December
    made = [await CheckIn.record(member.id, plan, at=first + DAY * day) for day in range(32)]

    assert [(one.business_day.day, one.points_paid) for one in made if one.points_paid > 10] == [(31, 310)]
    assert made[-1].day_index == 1


async def test_a_freeze_keeps_the_streak_over_the_next_miss(callers: Callers, clock: FixedClock) -> None:
    member, plan = await a_member(), await a_plan()
    await checked_in(member, plan, 0, 1)
    await a_card(member, plan, CardKind.FREEZE)
    clock.advance(days=3)
    caller = await callers.member(member)

    told = await caller.data(EXPLAIN, kind="FREEZE")
    shown = await caller.data("{ viewer { streakDays } checkInEligibility { preview { points } } }")
    await caller.do("checkIn", {"idempotencyKey": new_key()})

    assert (told["cardEligibility"]["protectedDays"], told["cardEligibility"]["lostDays"]) == (["2026-11-25"], [])
    assert shown["viewer"] == {"streakDays": 2}
    assert (await Streak.get(member_id=member.id)).current_days == 3
    cards = await caller.data("{ viewer { checkInCards(first: 5) { edges { node { usedFor } } } } }")
    assert cards["viewer"]["checkInCards"]["edges"] == [{"node": {"usedFor": "2026-11-25"}}]


async def test_a_freeze_bought_after_the_miss_mends_nothing_and_says_so(callers: Callers, clock: FixedClock) -> None:
    member, plan = await a_member(), await a_plan()
    await checked_in(member, plan, 0)
    await a_card(member, plan, CardKind.FREEZE, acquired_at=NOON + DAY * 2)
    clock.advance(days=2)

    told = await (await callers.member(member)).data(EXPLAIN, kind="FREEZE")
    check_in = await CheckIn.record(member.id, plan, at=NOON + DAY * 2)

    assert (told["cardEligibility"]["protectedDays"], told["cardEligibility"]["lostDays"]) == ([], ["2026-11-24"])
    assert check_in.streak_days == 1
    assert (await CheckInCard.get(member_id=member.id)).used_for is None


async def test_each_freeze_covers_the_days_it_was_held_on(database: str) -> None:
    member, plan = await a_member(), await a_plan()
    await checked_in(member, plan, 0)
    await a_card(member, plan, CardKind.FREEZE, acquired_at=NOON)
    await a_card(member, plan, CardKind.FREEZE, acquired_at=NOON + DAY * 2)

    [third] = await checked_in(member, plan, 3)

    assert third.streak_days == 2
    assert await CheckInCard.covered_days(member.id, plan.id) == {MONDAY + DAY, MONDAY + DAY * 2}


@pytest.mark.parametrize(("expires_on", "streak"), [(3, 2), (1, 1)])
async def test_a_freeze_covers_the_days_before_it_expired(database: str, expires_on: int, streak: int) -> None:
    member, plan = await a_member(), await a_plan()
    await checked_in(member, plan, 0)
    await a_card(member, plan, CardKind.FREEZE, expires_at=NOON + DAY * expires_on - timedelta(hours=6))

    [second] = await checked_in(member, plan, 2)

    assert second.streak_days == streak


async def test_freezes_cover_the_whole_gap_or_nothing(database: str) -> None:
    member, plan = await a_member(), await a_plan(freeze_gap_most=3)
    await checked_in(member, plan, 0)
    for _ in range(5):
        await a_card(member, plan, CardKind.FREEZE)

    [after] = await checked_in(member, plan, 5)

    assert after.streak_days == 1
    assert await CheckInCard.filter(used_for__isnull=False).count() == 0


async def test_staff_grant_a_card(callers: Callers) -> None:
    member, _ = await a_member(), await a_plan()
    staff = await callers.staff(await a_staff("checkins.write", "checkins.read"))
    given = {"idempotencyKey": new_key(), "memberId": public_id(member), "kind": "FREEZE", "reason": "系统故障补偿"}

    payload = await staff.do("grantCheckInCard", given, "card { kind source }")

    assert payload["card"] == {"kind": "FREEZE", "source": "GRANTED"}
    assert (await AuditRow.get(action="grant_check_in_card")).reason == "系统故障补偿"


async def test_cards_are_not_granted_without_the_right(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("checkins.read"))
    given = 'idempotencyKey: "12345678", memberId: "x", kind: FREEZE, reason: "x"'

    assert await staff.error(f"mutation {{ grantCheckInCard(input: {{{given}}}) {{ isReplay }} }}") == "FORBIDDEN"
