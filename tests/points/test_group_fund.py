"""A group's points: given by staff, taken back, seen by those who may spend them."""

import pytest

from engine.cursor import encode_id
from models.groups.role import Role
from models.points.account import of_budget, of_group
from models.points.budget import Budget
from models.points.entry import PointEntry
from models.points.group_fund import GroupFunding
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.ids import new_id
from tests.build import a_member, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.play.build import a_budget, balance, give

DONE = "isReplay funding { kind amount reason }"
FUND = "query($id: ID!) { groupFund(groupId: $id) { points } }"


async def test_staff_give_a_group_points_once_per_key_and_take_some_back(callers: Callers) -> None:
    group, budget_id = await a_group(), (await a_budget(300)).id
    staff = await callers.staff(await a_staff("points.grant", "points.read", "groups.read"))
    given = {"idempotencyKey": new_key(), "groupId": public_id(group), "amount": "200", "reason": "本月活动经费"}
    budget = {"budgetId": encode_id("Budget", budget_id)}

    first = await staff.do("fundGroup", given | budget, DONE)
    again = await staff.do("fundGroup", given | budget, DONE)
    back = await staff.do(
        "takeBackGroupFund", given | budget | {"idempotencyKey": new_key(), "amount": "50", "reason": "结余收回"}, DONE
    )
    too_much = await staff.refusal("takeBackGroupFund", given | {"idempotencyKey": new_key(), "amount": "151"})

    assert first["funding"] == {"kind": "GIVE", "amount": "200", "reason": "本月活动经费"}
    assert again == {**first, "isReplay": True}
    assert back["funding"] == {"kind": "TAKE_BACK", "amount": "50", "reason": "结余收回"}
    assert too_much == "INSUFFICIENT_POINTS"
    assert (await balance(of_group(group.id)), await balance(of_budget(budget_id))) == (150, 150)
    assert await staff.data(FUND, id=public_id(group)) == {"groupFund": {"points": "150"}}
    listed = await staff.data(
        "query($id: ID!) { groupFundings(groupId: $id, first: 5) { edges { node { kind } } } }", id=public_id(group)
    )
    assert [edge["node"]["kind"] for edge in listed["groupFundings"]["edges"]] == ["TAKE_BACK", "GIVE"]
    rows = await AuditRow.filter(action__endswith="fund").order_by("created_at", "id")
    assert [(row.before, row.reason) for row in rows] == [({"fund": 200}, "结余收回")]
    assert await AuditRow.filter(action="fund_group", subject_id=group.id, reason="本月活动经费").count() == 1
    assert await reconcile() == []


@pytest.mark.parametrize("change", [{"amount": "0"}, {"amount": "1000000001"}, {"reason": " "}])
async def test_bad_fundings_are_refused(callers: Callers, change: dict[str, str]) -> None:
    staff = await callers.staff(await a_staff("points.grant"))
    given = {"idempotencyKey": new_key(), "groupId": public_id(await a_group()), "amount": "5", "reason": "经费"}

    assert await staff.refusal("fundGroup", given | change) == "INVALID_INPUT"
    assert await GroupFunding.all().count() == await PointEntry.all().count() == 0


async def test_those_who_may_spend_them_see_them(callers: Callers) -> None:
    group = await a_group()
    admin, member = await a_place(group, role=Role.ADMIN), await a_place(group)
    await give(of_group(group.id), 70)

    assert await (await callers.member(admin)).data(FUND, id=public_id(group)) == {"groupFund": {"points": "70"}}
    assert await (await callers.member(member)).error(FUND, id=public_id(group)) == "NOT_ALLOWED"
    assert await (await callers.member(await a_member())).error(FUND, id=public_id(group)) == "NOT_FOUND"


@pytest.mark.parametrize("mutation", ["fundGroup", "takeBackGroupFund"])
async def test_groups_are_funded_by_staff_with_the_right_and_within_their_scope(
    callers: Callers, mutation: str
) -> None:
    group = await a_group(region="华东")
    given = 'idempotencyKey: "12345678", groupId: "x", amount: 5, reason: "x"'
    query = f"mutation {{ {mutation}(input: {{{given}}}) {{ isReplay }} }}"
    part = await callers.staff(await a_staff("points.grant", scope=DataScope.REGION, region="华南"))
    wanted = {"idempotencyKey": new_key(), "groupId": public_id(group), "amount": "5", "reason": "经费"}

    assert await callers.nobody().error(query) == "UNAUTHENTICATED"
    assert await (await callers.member(await a_member())).error(query) == "FORBIDDEN"
    assert await (await callers.staff(await a_staff("points.read"))).error(query) == "FORBIDDEN"
    assert await part.refusal(mutation, wanted) == "NOT_FOUND"


@pytest.mark.parametrize("mutation", ["fundGroup", "takeBackGroupFund"])
async def test_a_budget_that_is_none_or_closed_gives_nothing_and_gets_nothing(callers: Callers, mutation: str) -> None:
    group, closed = await a_group(), await a_budget(100)
    await give(of_group(group.id), 70)
    await Budget.close(closed.id, reason="本月结束", at=NOON, staff_id=new_id())
    staff = await callers.staff(await a_staff("points.grant"))
    given = {"groupId": public_id(group), "amount": "50", "reason": "结余收回"}
    lines = await PointEntry.all().count()

    for budget_id, code in ((new_id(), "NOT_FOUND"), (closed.id, "BUDGET_CLOSED")):
        asked = given | {"idempotencyKey": new_key(), "budgetId": encode_id("Budget", budget_id)}
        assert await staff.refusal(mutation, asked) == code

    assert (await balance(of_group(group.id)), await balance(of_budget(closed.id))) == (70, 0)
    assert (await PointEntry.all().count(), await GroupFunding.all().count()) == (lines, 0)


@pytest.mark.parametrize("mutation", ["fundGroup", "takeBackGroupFund"])
async def test_a_budget_of_the_brand_is_not_for_staff_who_see_a_part_of_it(callers: Callers, mutation: str) -> None:
    group, budget = await a_group(region="华东"), await a_budget(100)
    await give(of_group(group.id), 70)
    part = await callers.staff(await a_staff("points.grant", scope=DataScope.REGION, region="华东"))
    lines = await PointEntry.all().count()
    given = {"groupId": public_id(group), "amount": "50", "reason": "本月活动经费"}

    refused = await part.refusal(
        mutation, given | {"idempotencyKey": new_key(), "budgetId": encode_id("Budget", budget.id)}
    )
    kept = await GroupFunding.all().count(), await PointEntry.all().count()
    without = await part.do(mutation, given | {"idempotencyKey": new_key()}, DONE)

    assert (refused, kept) == ("NOT_FOUND", (0, lines))
    assert await balance(of_budget(budget.id)) == 100
    assert without["funding"]["amount"] == "50"
