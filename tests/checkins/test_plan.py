"""Plans: staff open and change them, and every change is a version."""

import pytest

from models.checkins.check_in import CheckIn
from models.checkins.plan import CheckInPlan
from models.checkins.plan_version import CheckInPlanVersion
from models.points.entry import PointEntry
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from tests.build import a_member, a_plan, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON


async def test_staff_open_a_plan_that_becomes_the_default(callers: Callers) -> None:
    old = await a_plan()
    staff = await callers.staff(await a_staff("checkins.write"))
    rules = {"basePoints": 20, "consecutiveLadder": [{"days": 7, "points": 50}, {"days": 3, "points": 5}]}

    payload = await staff.do(
        "createCheckInPlan",
        {"name": "夏日早起", "isDefault": True, "rules": rules},
        "plan { id name isDefault version basePoints finishBonus consecutiveLadder { days points } }",
    )

    plan = payload["plan"]
    assert (plan["name"], plan["isDefault"], plan["version"], plan["basePoints"], plan["finishBonus"]) == (
        "夏日早起",
        True,
        1,
        20,
        30,
    )
    assert plan["consecutiveLadder"] == [{"days": 3, "points": 5}, {"days": 7, "points": 50}]
    assert (await CheckInPlan.get(id=old.id)).is_default is False
    caller = await callers.member(await a_member())
    listed = await caller.data("{ checkInPlans(first: 10) { edges { node { name } } } }")
    assert [edge["node"]["name"] for edge in listed["checkInPlans"]["edges"]] == ["夏日早起", "每日签到"]


async def test_a_change_is_a_version_and_leaves_what_was_paid(callers: Callers) -> None:
    plan, member = await a_plan(base_growth=0), await a_member()
    await CheckIn.record(member.id, plan, at=NOON)
    staff = await callers.staff(await a_staff("checkins.write"))

    given = {"planId": public_id(plan), "rules": {"basePoints": 15, "makeUpPrice": None}, "reason": "年终加码"}
    payload = await staff.do("updateCheckInPlan", given, "plan { version basePoints makeUpPrice makeUpHeldMost }")

    assert payload["plan"] == {"version": 2, "basePoints": 15, "makeUpPrice": None, "makeUpHeldMost": 3}
    [line] = await PointEntry.filter(member_id=member.id)
    assert (line.amount, line.rule_version) == (10, 1)
    kept = await CheckInPlanVersion.get(plan_id=plan.id)
    assert (kept.version, kept.rules["base_points"]) == (1, 10)
    row = await AuditRow.get(action="update_check_in_plan")
    assert row.before == {"base_points": 10, "make_up_price": 50, "version": 1}
    assert row.after == {"base_points": 15, "make_up_price": None, "version": 2}


async def test_a_change_that_changes_nothing_makes_no_version(callers: Callers) -> None:
    plan, staff = await a_plan(), await callers.staff(await a_staff("checkins.write"))

    payload = await staff.do(
        "updateCheckInPlan", {"planId": public_id(plan), "rules": {"basePoints": 10}}, "plan { version }"
    )

    assert payload["plan"] == {"version": 1}
    assert await AuditRow.all().count() == 0


async def test_a_change_of_what_was_changed_meanwhile_is_refused(callers: Callers) -> None:
    plan, staff = await a_plan(), await callers.staff(await a_staff("checkins.write"))
    given = {"planId": public_id(plan), "rules": {"basePoints": 11}, "expectedVersion": 1}
    await staff.do("updateCheckInPlan", given)

    assert await staff.refusal("updateCheckInPlan", given | {"rules": {"basePoints": 12}}) == "PLAN_CHANGED"


@pytest.mark.parametrize(
    "rules",
    [
        {"basePoints": -1},
        {"basePoints": None},
        {"zone": "Mars/Olympus"},
        {"zone": "../etc/passwd"},
        {"cycleDays": 1},
        {"opensMinute": 600, "closesMinute": 600},
        {"startsOn": "2026-12-01", "endsOn": "2026-11-01"},
        {"makeUpPaysPercent": 101},
        {"consecutiveLadder": [{"days": 3, "points": 5}, {"days": 3, "points": 6}]},
        {"consecutiveLadder": [{"days": 0, "points": 5}]},
        {"name": ""},
    ],
)
async def test_rules_out_of_bounds_are_refused(callers: Callers, rules: dict[str, object]) -> None:
    plan, staff = await a_plan(), await callers.staff(await a_staff("checkins.write"))

    assert await staff.refusal("updateCheckInPlan", {"planId": public_id(plan), "rules": rules}) == "INVALID_INPUT"
    assert (await CheckInPlan.get(id=plan.id)).version == 1
    assert await CheckInPlanVersion.all().count() == 0


async def test_plans_of_the_whole_brand_are_for_those_who_see_it(callers: Callers) -> None:
    plan = await a_plan()
    staff = await callers.staff(await a_staff("checkins.write", scope=DataScope.REGION, region="华东"))

    given = {"planId": public_id(plan), "rules": {"basePoints": 99}}
    assert await staff.refusal("updateCheckInPlan", given) == "NOT_FOUND"
    assert await staff.refusal("createCheckInPlan", {"name": "早起"}) == "NOT_FOUND"
    assert await CheckInPlan.all().count() == 1
