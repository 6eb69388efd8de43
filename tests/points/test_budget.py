"""A budget pays what it holds and not a point more, alerts once, and gives back what is left."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest

from models.points.account import Account, Bucket, of_budget, of_member
from models.points.adjustment import PointAdjustment
from models.points.behaviour import Behaviour
from models.points.budget import Budget, BudgetClosed, BudgetExists, BudgetPlan
from models.points.budget_alert import BudgetAlert, BudgetAlertKind
from models.points.budget_balance import BudgetBalance, BudgetReading, balances_of, forecasts, read_budgets
from models.points.budget_change import BudgetChange, BudgetChangeKind
from models.points.budget_month import turn_months
from models.points.earn_cause import EarnCause
from models.points.earn_rule import EarnRule
from models.points.earn_terms import Combining, EarnTerms
from models.points.earning import Earning
from models.points.entry import InsufficientPoints, PointEntry
from models.points.reconciliation import reconcile
from store.database import fetch_value, transaction
from store.ids import new_id
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON
from tests.groups.build import a_circle, a_group, a_place

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
STAFF_ID = new_id()


async def a_budget(amount: int = 100, **plan: object) -> Budget:
    given = BudgetPlan("daily", amount, **plan)  # type: ignore[arg-type]  # what a test is about
    return await Budget.open(given, at=LONG_AGO, staff_id=STAFF_ID)


async def a_festival_budget(amount: int, **plan: object) -> Budget:
    given = BudgetPlan("festival", amount, **plan)  # type: ignore[arg-type]  # what a test is about
    return await Budget.open(given, at=LONG_AGO, staff_id=STAFF_ID)


async def a_rule(amount: int = 10, **terms: object) -> EarnRule:
    given = EarnTerms(amount, budget_name="daily", **terms)  # type: ignore[arg-type]  # what a test is about
    return await EarnRule.put(Behaviour.POSTED, given, at=LONG_AGO)


async def left_in(budget: Budget) -> int:
    return int((await Account.get(id=of_budget(budget.id).id)).balance)


async def paid_to(member_id: UUID, bucket: Bucket = Bucket.AVAILABLE) -> int:
    account = await Account.get_or_none(id=of_member(member_id, bucket=bucket).id)
    return int(account.balance) if account else 0


async def post(member_id: UUID, number: int = 1) -> Earning | None:
    return await Earning.pay(member_id, Behaviour.POSTED, f"post:{number}", at=NOON)


async def test_an_earning_comes_out_of_the_budget_and_counts_as_earned(database: str) -> None:
    member, budget, _ = await a_member(), await a_budget(100), await a_rule(10)

    earning = await post(member.id)

    assert earning is not None
    assert (earning.budget_id, await paid_to(member.id), await left_in(budget)) == (budget.id, 10, 90)
    assert (await Account.get(id=of_member(member.id).id)).earned_total == 10
    assert (await Account.get(id=of_budget(budget.id).id)).earned_total == 0
    line = await PointEntry.get(member_id=member.id)
    assert line.earned_at == NOON
    assert await reconcile() == []


@pytest.mark.parametrize("repeat", range(5))
async def test_not_a_point_more_is_paid_than_the_budget_holds(database: str, repeat: int) -> None:
    budget, _ = await a_budget(95), await a_rule(10)
    members = [await a_member() for _ in range(25)]

    paid = await asyncio.gather(*(post(member.id, n) for member in members for n in range(2)))

    assert sum(one is not None for one in paid) == 9
    assert await left_in(budget) == 5
    assert await fetch_value("SELECT SUM(balance) FROM account WHERE holder = 'member' AND bucket = 'available'") == 90
    assert await EarnCause.filter(refusal="BUDGET_USED_UP").count() == 41
    assert await reconcile() == []


async def test_it_alerts_once_at_the_threshold_and_once_when_used_up(database: str) -> None:
    budget, _ = await a_budget(100, alert_percent=70), await a_rule(10)
    members = [await a_member() for _ in range(6)]

    await asyncio.gather(*(post(member.id, n) for member in members for n in range(2)))

    alerts = await BudgetAlert.all().order_by("id")
    assert sorted((one.kind, one.revision) for one in alerts) == [("threshold", 1), ("used_up", 1)]
    threshold = await BudgetAlert.get(kind=BudgetAlertKind.THRESHOLD)
    assert (threshold.budget_id, threshold.left_over) == (budget.id, 30)


async def test_a_larger_budget_pays_on_and_may_alert_again(database: str) -> None:
    member, budget, _ = await a_member(), await a_budget(10), await a_rule(10)
    await post(member.id, 1)
    refused = await post(member.id, 2)

    await Budget.resize(budget.id, 20, reason="活动追加", staff_id=STAFF_ID, at=NOON)
    paid = await post(member.id, 3)

    assert (refused, paid is not None, await left_in(budget)) == (None, True, 0)
    assert [one.revision for one in await BudgetAlert.filter(kind=BudgetAlertKind.USED_UP).order_by("id")] == [1, 2]
    assert await reconcile() == []


async def test_a_budget_is_not_made_smaller_than_what_was_paid(database: str) -> None:
    member, budget, _ = await a_member(), await a_budget(100), await a_rule(60)
    await post(member.id)

    with pytest.raises(InsufficientPoints):
        await Budget.resize(budget.id, 59, reason="缩减", staff_id=STAFF_ID, at=NOON)
    smaller = await Budget.resize(budget.id, 60, reason="缩减", staff_id=STAFF_ID, at=NOON)

    assert (smaller.amount, smaller.revision, await left_in(budget)) == (60, 2, 0)
    assert [one.moved for one in await BudgetChange.filter(kind=BudgetChangeKind.RESIZED)] == [-40]


async def test_one_that_does_not_stop_pays_on_and_says_how_far(database: str) -> None:
    member, budget, _ = await a_member(), await a_budget(15, stops=False), await a_rule(10)

    paid = await asyncio.gather(*(post(member.id, n) for n in range(4)))

    assert all(paid)
    assert (await paid_to(member.id), await left_in(budget)) == (40, 0)
    assert (await Budget.get(id=budget.id)).overdrawn == 25
    assert (await balances_of([budget.id]))[budget.id].spent == 40
    assert await reconcile() == []


async def test_two_that_do_not_stop_pay_on_for_one_cause(database: str) -> None:
    member, daily, festival = await a_member(), await a_budget(5, stops=False), await a_festival_budget(3, stops=False)
    await a_rule(10)
    beside = EarnTerms(20, budget_name="festival", combining=Combining.ADDS)
    await EarnRule.put(Behaviour.POSTED, beside, code="festival", at=LONG_AGO)

    await post(member.id)

    overdrawn = [(await Budget.get(id=one.id)).overdrawn for one in (daily, festival)]
    assert (await paid_to(member.id), overdrawn) == (30, [5, 17])
    assert await reconcile() == []


async def test_one_that_was_closed_meanwhile_lends_nothing(database: str) -> None:
    open_one, stopping = await a_budget(5, stops=False), await a_festival_budget(3)
    closed = await Budget.open(BudgetPlan("spring", 4, stops=False), at=LONG_AGO, staff_id=STAFF_ID)
    await Budget.close(closed.id, reason="活动结束", staff_id=STAFF_ID, at=NOON)

    async with transaction():
        lent = [await Budget.overdraft(one.id, 10, f"test:{one.id}") for one in (open_one, stopping, closed)]

    assert [[move.amount for move in one] for one in lent] == [[5], [], []]
    assert (await Budget.get(id=closed.id)).overdrawn == 0


async def test_a_close_gives_back_what_is_left_and_ends_paying(database: str) -> None:
    member, budget, _ = await a_member(), await a_budget(100), await a_rule(10)
    await post(member.id, 1)

    await Budget.close(budget.id, reason="活动结束", staff_id=STAFF_ID, at=NOON)
    late = await post(member.id, 2)

    assert (late, await left_in(budget), await paid_to(member.id)) == (None, 0, 10)
    with pytest.raises(BudgetClosed):
        await Budget.close(budget.id, reason="再关", staff_id=STAFF_ID, at=NOON)
    assert await reconcile() == []


@pytest.mark.parametrize("repeat", range(5))
async def test_a_close_among_payments_loses_and_adds_nothing(database: str, repeat: int) -> None:
    budget, _ = await a_budget(1_000), await a_rule(10)
    members = [await a_member() for _ in range(10)]
    closing = Budget.close(budget.id, reason="活动结束", staff_id=STAFF_ID, at=NOON)

    outcomes = await asyncio.gather(
        *(post(one.id) for one in members[:5]), closing, *(post(one.id) for one in members[5:])
    )

    paid = sum(isinstance(one, Earning) for one in outcomes)
    change = await BudgetChange.get(kind=BudgetChangeKind.CLOSED)
    assert change.moved == -(1_000 - 10 * paid)
    assert await left_in(budget) == 0
    assert await reconcile() == []


@pytest.mark.parametrize("is_closed", [False, True])
async def test_what_is_taken_back_returns_to_an_open_budget(database: str, is_closed: bool) -> None:
    member, budget, _ = await a_member(), await a_budget(100), await a_rule(10, growth=3)
    await post(member.id)
    if is_closed:
        await Budget.close(budget.id, reason="活动结束", staff_id=STAFF_ID, at=NOON)
    line = await PointEntry.get(member_id=member.id, reason="posted", currency="points")

    await PointAdjustment.reverse(line.id, reason="内容违规", staff_id=STAFF_ID, at=NOON, once=None)

    assert (await left_in(budget), await paid_to(member.id)) == (0 if is_closed else 100, 0)
    assert (await Account.get(id=of_member(member.id).id)).earned_total == 0
    assert await reconcile() == []


async def test_the_circle_of_the_member_decides_which_budget_pays(database: str) -> None:
    tea, cars = await a_circle(), await a_circle()
    driver, guest = await a_place(await a_group(circle=cars)), await a_member()
    of_cars, of_tea = await a_budget(50, circle_id=cars.id), await a_budget(50, circle_id=tea.id)
    of_all, _ = await a_budget(50), await a_rule(10)

    await post(driver.id)
    await post(guest.id)
    await Earning.pay(guest.id, Behaviour.POSTED, "post:2", at=NOON, circle_id=tea.id)

    assert [await left_in(one) for one in (of_cars, of_tea, of_all)] == [40, 40, 40]


async def test_a_month_has_its_own_budget(database: str) -> None:
    member, _ = await a_member(), await a_rule(10)
    november, december = await a_budget(50, month=NOVEMBER), await a_budget(50, month=DECEMBER)

    await post(member.id)

    assert [await left_in(one) for one in (november, december)] == [40, 50]


async def test_a_rule_whose_budget_is_not_there_pays_nothing(database: str) -> None:
    member, _ = await a_member(), await a_rule(10)

    assert await post(member.id) is None
    found = await Earning.eligibility(member.id, Behaviour.POSTED, at=NOON)
    assert [refusal.code for refusal in found.refusals] == ["BUDGET_USED_UP"]


async def test_there_is_one_open_budget_of_a_name_circle_and_month(database: str) -> None:
    first = await a_budget(50, month=NOVEMBER)
    outcomes = await asyncio.gather(*(a_budget(50, month=DECEMBER) for _ in range(3)), return_exceptions=True)

    assert sorted(type(one).__name__ for one in outcomes) == ["Budget", "BudgetExists", "BudgetExists"]
    with pytest.raises(BudgetExists):
        await a_budget(70, month=NOVEMBER)
    await Budget.close(first.id, reason="重开", staff_id=STAFF_ID, at=NOON)
    assert (await a_budget(70, month=NOVEMBER)).amount == 70
    assert await reconcile() == []


async def test_a_month_turns_once_however_often_the_job_runs(database: str) -> None:
    budget = await a_budget(50, month=NOVEMBER, renews=True)
    ahead, over = NOON + timedelta(days=6), NOON + timedelta(days=9)

    early = await turn_months(at=NOON)
    renewed = await asyncio.gather(*(turn_months(at=ahead) for _ in range(3)))
    ended = await asyncio.gather(*(turn_months(at=over) for _ in range(3)))

    assert (early, sum(renewed), sum(ended)) == (0, 1, 1)
    found = await Budget.all().order_by("month")
    assert [(one.month, one.amount, one.closed_at is None) for one in found] == [
        (NOVEMBER, 50, False),
        (DECEMBER, 50, True),
    ]
    assert await left_in(budget) == 0
    assert await reconcile() == []


async def test_a_month_that_was_closed_by_staff_is_not_renewed(database: str) -> None:
    await a_budget(50, month=NOVEMBER, renews=True)
    ahead = NOON + timedelta(days=6)
    await turn_months(at=ahead)
    december = await Budget.get(month=DECEMBER)

    await Budget.close(december.id, reason="十二月停发", staff_id=STAFF_ID, at=ahead)

    assert await turn_months(at=ahead + timedelta(days=1)) == 0
    assert await Budget.filter(month=DECEMBER).count() == 1


async def test_a_forecast_goes_by_the_pace_of_the_last_days(database: str) -> None:
    member, budget, _ = await a_member(), await a_budget(100), await a_rule(10)
    await read_budgets(at=NOON - timedelta(days=2))
    for number in range(4):
        await post(member.id, number)

    [found] = await forecasts([(await balances_of([budget.id]))[budget.id]], at=NOON)

    assert (found.day_rate, found.days_left, found.used_up_on) == (20, 3, date(2026, 11, 26))


async def test_a_day_is_read_once_and_the_reading_is_the_last(database: str) -> None:
    member, budget, _ = await a_member(), await a_budget(100), await a_rule(10)
    await read_budgets(at=NOON)
    await post(member.id)
    await asyncio.gather(*(read_budgets(at=NOON + timedelta(hours=1)) for _ in range(3)))

    [reading] = await BudgetReading.all()
    assert (reading.budget_id, reading.spent) == (budget.id, 10)


async def test_the_budget_that_would_pay_is_told_with_what_is_left(database: str) -> None:
    member, budget, _ = await a_member(), await a_budget(100), await a_rule(10)
    await post(member.id)

    found = await BudgetBalance.that_pays("daily", member.id, at=NOON)

    assert found is not None
    assert (found.id, found.left, found.spent) == (budget.id, 90, 10)
