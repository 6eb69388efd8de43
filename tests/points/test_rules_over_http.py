"""Rules, budgets, ways to earn and simulations as members and staff ask for them."""

from datetime import timedelta

import pytest

from models.points.behaviour import Behaviour
from models.points.budget import Budget, BudgetPlan
from models.points.earn_rule import EarnRule
from models.points.earn_terms import EarnTerms
from models.points.earning import Earning
from models.points.level import Level
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.ids import new_id
from tests.build import LONG_AGO, a_member, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_circle, a_group, a_place
from tests.statements import WITH_PLANS, statements

RULE = """{ earnRules(first: 10) { edges { node { behaviour code title combining amountKind
    formula { fact points per rounding least most } tiers { fact steps { value points } }
    peaks { percent } levelPercents { level percent } requires budgetName
    audience { levelLeast { name } groups { name } } } } } }"""
SIMULATE = """query($input: SimulateEarnRulesInput!) { simulateEarnRules(input: $input) { causes
    before { points payments members } after { points } behaviours { behaviour causes pointsBefore pointsAfter }
    winners { member { nickname } change } losers { change } distribution { least most members } budgets { name } } }"""


async def test_a_whole_rule_is_put_and_read_back(callers: Callers) -> None:
    group = await a_group(name="茶友会")
    await Level.plant_default(at=LONG_AGO)
    staff, member = await callers.staff(await a_staff("points.rules")), await callers.member(await a_member())
    given = {
        "behaviour": "PURCHASED",
        "code": "festival",
        "title": "双十一加倍",
        "combining": "ADDS",
        "amountKind": "FORMULA",
        "formula": {"fact": "SPENT_MINOR", "points": "2", "per": "100", "most": "500"},
        "peaks": [{"startsAt": "2026-11-11T00:00:00+08:00", "endsAt": "2026-11-12T00:00:00+08:00", "percent": 200}],
        "levelPercents": [{"level": 3, "percent": 120}],
        "requires": ["INTRODUCED"],
        "audience": {"levelLeast": 2, "groupIds": [public_id(group)]},
        "budgetName": "daily",
    }

    put = await staff.do("putEarnRule", given, "rule { version }")
    [edge] = (await member.data(RULE))["earnRules"]["edges"]

    assert put["rule"] == {"version": 1}
    assert edge["node"] == {
        "behaviour": "PURCHASED",
        "code": "festival",
        "title": "双十一加倍",
        "combining": "ADDS",
        "amountKind": "FORMULA",
        "formula": {
            "fact": "SPENT_MINOR",
            "points": "2",
            "per": "100",
            "rounding": "WHOLE_UNITS",
            "least": "0",
            "most": "500",
        },
        "tiers": None,
        "peaks": [{"percent": 200}],
        "levelPercents": [{"level": 3, "percent": 120}],
        "requires": ["INTRODUCED"],
        "audience": {"levelLeast": {"name": "青铜"}, "groups": [{"name": "茶友会"}]},
        "budgetName": "daily",
    }


async def test_eligibility_goes_by_the_facts_that_are_known(callers: Callers) -> None:
    staff, member = await callers.staff(await a_staff("points.rules")), await callers.member(await a_member())
    tiers = {"fact": "SCORE", "steps": [{"value": "60", "points": "10"}, {"value": "90", "points": "20"}]}
    await staff.do("putEarnRule", {"behaviour": "QUIZ_PASSED", "amountKind": "TIER", "tiers": tiers})
    query = """query($facts: [FactInput!]) { earnEligibility(behaviour: QUIZ_PASSED, facts: $facts) {
        isAllowed reasons { code } preview { points } } }"""

    unknown, low, high = [
        (await member.data(query, facts=facts))["earnEligibility"]
        for facts in (None, [{"fact": "SCORE", "value": "59"}], [{"fact": "SCORE", "value": "95"}])
    ]

    assert unknown == {"isAllowed": True, "reasons": [], "preview": [{"points": 0}]}
    assert (low["isAllowed"], low["reasons"]) == (False, [{"code": "EARN_TOO_LITTLE"}])
    assert high["preview"] == [{"points": 20}]


async def test_ways_to_earn_say_what_each_pays_and_how_much_is_used(callers: Callers) -> None:
    member = await a_member()
    await EarnRule.put(Behaviour.POSTED, EarnTerms(5, day_most=1), title="发帖", at=LONG_AGO)
    await EarnRule.put(Behaviour.PLAYED, EarnTerms(2), is_paused=True, at=LONG_AGO)
    await EarnRule.put(Behaviour.TASK_DONE, EarnTerms(9), at=LONG_AGO)
    await Earning.pay(member.id, Behaviour.POSTED, "post:1", at=NOON)

    found = await (await callers.member(member)).data(
        "{ waysToEarn { behaviour eligibility { isAllowed nextAt reasons { code } } "
        "rules { title points dayTimes dayMost } } }"
    )

    assert found["waysToEarn"] == [
        {
            "behaviour": "POSTED",
            "eligibility": {
                "isAllowed": False,
                "nextAt": "2026-11-23T16:00:00Z",
                "reasons": [{"code": "EARN_CAP_REACHED"}],
            },
            "rules": [{"title": "发帖", "points": "5", "dayTimes": 1, "dayMost": 1}],
        },
        {
            "behaviour": "TASK_DONE",
            "eligibility": {"isAllowed": True, "nextAt": None, "reasons": []},
            "rules": [{"title": None, "points": "9", "dayTimes": 0, "dayMost": None}],
        },
    ]


async def test_a_budget_is_opened_resized_and_closed_each_once_per_key(callers: Callers) -> None:
    circle = await a_circle()
    member = await a_place(await a_group(circle=circle))
    staff = await callers.staff(await a_staff("points.budgets", "points.read"))
    opening = {
        "idempotencyKey": new_key(),
        "name": "daily",
        "amount": "100",
        "circleId": public_id(circle),
        "month": "2026-11-15",
        "alertPercent": 50,
    }
    await EarnRule.put(Behaviour.POSTED, EarnTerms(60, budget_name="daily"), at=LONG_AGO)

    opened = [
        await staff.do("openBudget", opening, "isReplay budget { id month left circle { name } }") for _ in range(2)
    ]
    await Earning.pay(member.id, Behaviour.POSTED, "post:1", at=NOON)
    alerts = await staff.data("{ budgetAlerts(first: 5) { edges { node { kind leftOver budget { name } } } } }")
    budget_id = opened[0]["budget"]["id"]
    resizing = {"idempotencyKey": new_key(), "budgetId": budget_id, "amount": "150", "reason": "加码"}
    resized = [await staff.do("resizeBudget", resizing, "isReplay budget { amount left spent }") for _ in range(2)]
    closing = {"idempotencyKey": new_key(), "budgetId": budget_id, "reason": "活动结束"}
    closed = [await staff.do("closeBudget", closing, "isReplay budget { left spent closedAt }") for _ in range(2)]

    assert opened[0]["budget"] == {
        "id": budget_id,
        "month": "2026-11-01",
        "left": "100",
        "circle": {"name": circle.name},
    }
    assert alerts["budgetAlerts"]["edges"] == [
        {"node": {"kind": "THRESHOLD", "leftOver": "40", "budget": {"name": "daily"}}}
    ]
    assert resized[0]["budget"] == {"amount": "150", "left": "90", "spent": "60"}
    assert closed[0]["budget"] == {"left": "0", "spent": "60", "closedAt": "2026-11-23T04:00:00Z"}
    assert [one["isReplay"] for one in (*opened, *resized, *closed)] == [False, True] * 3
    assert await staff.refusal("closeBudget", {**closing, "idempotencyKey": new_key()}) == "BUDGET_CLOSED"
    told = await AuditRow.filter(subject_type="Budget").order_by("id")
    assert [row.action for row in told] == ["open_budget", "resize_budget", "close_budget"]


@WITH_PLANS
async def test_budgets_are_read_with_their_forecasts_in_a_bounded_number_of_statements(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        await Budget.open(BudgetPlan(f"b{number}", 10 + number), at=NOON - timedelta(days=1), staff_id=new_id())
    staff = await callers.staff(await a_staff("points.read"))
    query = "{ budgets(first: 10) { edges { node { name left spent forecast { dayRate daysLeft } } } } }"

    with statements(monkeypatch) as seen:
        found = await staff.data(query)

    assert len(seen) <= 5
    assert found["budgets"]["edges"][0]["node"] == {
        "name": "b5",
        "left": "15",
        "spent": "0",
        "forecast": {"dayRate": "0", "daysLeft": None},
    }


async def test_budgets_are_for_staff_who_see_the_whole_brand(callers: Callers) -> None:
    await Budget.open(BudgetPlan("daily", 10), at=NOON, staff_id=new_id())
    reading = "{ budgets(first: 5) { edges { node { name } } } }"
    opening = 'mutation { openBudget(input: {idempotencyKey: "12345678", name: "x", amount: "5"}) { isReplay } }'
    part = await callers.staff(await a_staff("points.budgets", "points.read", scope=DataScope.OWN_GROUPS))

    for query in (reading, opening):
        assert await callers.nobody().error(query) == "UNAUTHENTICATED"
        assert await (await callers.member(await a_member())).error(query) == "FORBIDDEN"
        assert await (await callers.staff(await a_staff("members.read"))).error(query) == "FORBIDDEN"
    assert await part.data(reading) == {"budgets": {"edges": []}}
    given = {"idempotencyKey": new_key(), "name": "x", "amount": "5"}
    assert await part.refusal("openBudget", given) == "NOT_FOUND"
    assert await Budget.all().count() == 1


async def test_a_simulation_tells_cost_winners_and_losers(callers: Callers) -> None:
    member, other = await a_member(nickname="王小明"), await a_member(nickname="李思远")
    await EarnRule.put(Behaviour.POSTED, EarnTerms(5, day_most=1), at=LONG_AGO)
    for number in range(4):
        await Earning.pay(member.id, Behaviour.POSTED, f"post:{number}", at=NOON - timedelta(hours=3 - number / 10))
    await Earning.pay(other.id, Behaviour.POSTED, "post:9", at=NOON - timedelta(hours=2))
    staff = await callers.staff(await a_staff("points.rules", "members.read"))
    given = {
        "from": "2026-11-22T00:00:00Z",
        "to": "2026-11-24T00:00:00Z",
        "rules": [{"behaviour": "POSTED", "amount": "4", "dayMost": 3}],
    }

    found = (await staff.data(SIMULATE, input=given))["simulateEarnRules"]

    assert (found["causes"], found["before"], found["after"]) == (
        5,
        {"points": "10", "payments": 2, "members": 2},
        {"points": "16"},
    )
    assert found["behaviours"] == [{"behaviour": "POSTED", "causes": 5, "pointsBefore": "10", "pointsAfter": "16"}]
    assert found["winners"] == [{"member": {"nickname": "王小明"}, "change": "7"}]
    assert found["losers"] == [{"change": "-1"}]
    assert sum(band["members"] for band in found["distribution"]) == 2


async def test_simulations_are_for_those_who_decide_rules(callers: Callers) -> None:
    query = """{ simulateEarnRules(input: {from: "2026-11-22T00:00:00Z", to: "2026-11-23T00:00:00Z", rules: []}) {
        causes } }"""

    assert await callers.nobody().error(query) == "UNAUTHENTICATED"
    assert await (await callers.member(await a_member())).error(query) == "FORBIDDEN"
    assert await (await callers.staff(await a_staff("points.read"))).error(query) == "FORBIDDEN"
    assert await (await callers.staff(await a_staff("points.rules"))).error(query) == "INVALID_INPUT"
