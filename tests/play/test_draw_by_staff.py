"""Draws as staff run them over HTTP: with the right, for the whole brand, told to the audit."""

from datetime import timedelta
from typing import Any

import pytest

from engine.cursor import encode_id
from models.play.draw import Draw
from models.play.draw_chance import DrawChance
from models.play.draw_result import DrawResult
from models.play.draw_terms import PrizeKind, PrizeTerms
from models.play.draw_version import create_draw
from models.play.draw_void import unwind_due
from models.points.budget import Budget, BudgetPlan
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.clock import FixedClock
from store.ids import new_id
from tests.build import a_member, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.play.draws import STAFF, THANKS, a_draw, rich, terms

NEVER = PrizeTerms("谢谢参与", weight=0, is_fallback=True)
FIFTY = PrizeTerms("50 积分", kind=PrizeKind.POINTS, amount=50, weight=1, tier=2)
TERMS: dict[str, Any] = {
    "title": "开业大转盘",
    "kind": "WHEEL",
    "startsAt": "2026-11-23T12:00:00+08:00",
    "endsAt": "2026-11-30T12:00:00+08:00",
    "freePerDay": 1,
    "pityTier": 1,
    "pityAfter": 9,
    "chanceRules": [{"source": "CHECK_IN", "count": 1, "dayMost": 1}],
    "segments": [{"name": "新人", "audience": {"newWithinDays": 7}}],
    "prizes": [
        {"name": "谢谢参与", "weight": "90", "isFallback": True},
        {"name": "马克杯", "kind": "GOOD", "weight": "10", "tier": 1, "stock": 5, "worth": 30},
    ],
}


def asked(draw: Draw, **more: object) -> dict[str, Any]:
    return {"idempotencyKey": new_key(), "drawId": public_id(draw), **more}


@pytest.mark.parametrize(
    ("act", "input"),
    [
        ("createDraw", {"idempotencyKey": "12345678", "terms": TERMS}),
        ("changeDraw", {"drawId": "x", "expectedVersion": 0, "terms": TERMS}),
        ("publishDraw", {"drawId": "x"}),
        ("endDraw", {"drawId": "x", "reason": "x"}),
        ("voidDraw", {"idempotencyKey": "12345678", "drawId": "x", "reason": "x"}),
        (
            "grantDrawChances",
            {"idempotencyKey": "12345678", "drawId": "x", "memberId": "x", "count": 1, "reason": "x"},
        ),
        ("fulfilPrize", {"claimId": "x"}),
    ],
)
async def test_staff_need_the_right(callers: Callers, act: str, input: dict[str, Any]) -> None:
    kind = act[0].upper() + act[1:]
    query = f"mutation($input: {kind}Input!) {{ {act}(input: $input) {{ userErrors {{ code }} }} }}"
    member, reader = await callers.member(await a_member()), await callers.staff(await a_staff("draws.read"))

    assert await callers.nobody().error(query, input=input) == "UNAUTHENTICATED"
    assert await member.error(query, input=input) == "FORBIDDEN"
    assert await reader.error(query, input=input) == "FORBIDDEN"
    assert (await Draw.all().count(), await AuditRow.all().count()) == (0, 0)


async def test_staff_of_a_part_do_not_run_the_brands_draws(callers: Callers) -> None:
    local = await callers.staff(await a_staff("draws.read", "draws.write", scope=DataScope.REGION, region="华东"))
    draw, member = await a_draw(), await a_member()
    grant = asked(draw, memberId=public_id(member), count=1, reason="补偿")

    assert await local.refusal("createDraw", {"idempotencyKey": new_key(), "terms": TERMS}) == "NOT_FOUND"
    assert await local.refusal("voidDraw", asked(draw, reason="x")) == "NOT_FOUND"
    assert await local.refusal("grantDrawChances", grant) == "NOT_FOUND"
    for asked_of in (
        "drawReport(drawId: $id) { draws }",
        "drawSimulation(drawId: $id, draws: 10, members: 1) { draws }",
    ):
        assert await local.error(f"query($id: ID!) {{ {asked_of} }}", id=public_id(draw)) == "NOT_FOUND"
    assert await DrawChance.all().count() == 0


async def test_a_draw_from_the_draft_to_the_report(callers: Callers, clock: FixedClock) -> None:
    staff = await callers.staff(await a_staff("draws.read", "draws.write"))
    member = await a_member()
    caller = await callers.member(member)

    made = await staff.do("createDraw", {"idempotencyKey": new_key(), "terms": TERMS}, "draw { id version state }")
    draw_id = made["draw"]["id"]
    hidden = await caller.data(
        "query($id: ID!) { node(id: $id) { id } draws(first: 5) { edges { node { id } } } }", id=draw_id
    )
    simulated = await staff.data(
        "query($id: ID!) { drawSimulation(drawId: $id, draws: 1000, members: 10) "
        "{ draws worth prizes { prize { name } given } } }",
        id=draw_id,
    )
    assert await staff.refusal("publishDraw", {"drawId": draw_id, "expectedVersion": 1}) == "DRAW_CHANGED"
    published = await staff.do("publishDraw", {"drawId": draw_id, "expectedVersion": 0}, "draw { version state }")
    for _ in range(2):
        await caller.do("draw", {"idempotencyKey": new_key(), "drawId": draw_id})
    granted = await staff.do(
        "grantDrawChances",
        {"idempotencyKey": new_key(), "drawId": draw_id, "memberId": public_id(member), "count": 2, "reason": "补偿"},
        "chances { count source }",
    )
    await caller.do("draw", {"idempotencyKey": new_key(), "drawId": draw_id})
    report = await staff.data("query($id: ID!) { drawReport(drawId: $id) { draws members earned } }", id=draw_id)

    assert made["draw"] == {"id": draw_id, "version": 0, "state": "DRAFT"}
    assert hidden == {"node": None, "draws": {"edges": []}}
    assert [one["given"] for one in simulated["drawSimulation"]["prizes"]] == [995, 5]
    assert simulated["drawSimulation"]["worth"] == "150"
    assert published["draw"] == {"version": 1, "state": "PUBLISHED"}
    assert granted["chances"] == {"count": 2, "source": "GRANT"}
    assert report["drawReport"] == {"draws": 2, "members": 1, "earned": "0"}
    assert await AuditRow.filter(action="grant_draw_chances", reason="补偿").count() == 1


async def test_staff_see_who_drew_where_the_member_is_in_their_scope(callers: Callers) -> None:
    draw, member = await a_draw(NEVER, FIFTY, free_per_day=1), await a_member(nickname="王小明")
    await DrawResult.draw_once(member.id, draw.id, at=NOON)
    results = "results(first: 5) { edges { node { member { nickname } } } }"
    query = f"query($id: ID!) {{ node(id: $id) {{ ... on Draw {{ {results} }} }} }}"
    whole = await callers.staff(await a_staff("draws.read", "members.read"))
    local = await callers.staff(await a_staff("draws.read", "members.read", scope=DataScope.REGION, region="华东"))

    seen = [(await one.data(query, id=public_id(draw)))["node"]["results"]["edges"] for one in (whole, local)]

    assert seen == [[{"node": {"member": {"nickname": "王小明"}}}], [{"node": {"member": None}}]]


async def test_a_draw_is_ended_and_voided_by_staff_and_unwound(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("draws.read", "draws.write"))
    member, draw = await rich(await a_member(), 100), await a_draw(NEVER, FIFTY, price=20)
    caller = await callers.member(member)
    await caller.do("draw", asked(draw, buys=True))

    ended = await staff.do("endDraw", {"drawId": public_id(draw), "reason": "奖品有误"}, "draw { state }")
    given = asked(draw, reason="奖品有误")
    voided = [await staff.do("voidDraw", given, "isReplay draw { state }") for _ in range(2)]
    twice = await staff.refusal("voidDraw", asked(draw, reason="奖品有误"))
    await unwind_due(at=NOON)
    chain = await caller.data(
        "{ viewer { account { available } drawChances(first: 5) { edges { node { source refundedAt givenBack } } } "
        "drawResults(first: 5) { edges { node { void { pointsBack shortfall } } } } } }"
    )

    assert ended["draw"] == {"state": "ENDED"}
    assert [(one["isReplay"], one["draw"]["state"]) for one in voided] == [(False, "VOIDED"), (True, "VOIDED")]
    assert twice == "DRAW_VOIDED"
    assert chain["viewer"]["account"] == {"available": "100"}
    assert chain["viewer"]["drawResults"]["edges"] == [{"node": {"void": {"pointsBack": 50, "shortfall": 0}}}]
    assert chain["viewer"]["drawChances"]["edges"] == [
        {"node": {"source": "PURCHASE", "refundedAt": "2026-11-23T04:00:00Z", "givenBack": 1}}
    ]


async def test_terms_are_changed_with_a_reason_and_the_version_that_was_read(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("draws.read", "draws.write"))
    draft = await create_draw(terms(THANKS), staff_id=STAFF, at=NOON - timedelta(days=1), once=None)
    given = {"drawId": public_id(draft), "expectedVersion": 0, "terms": TERMS}

    changed = await staff.do("changeDraw", given, "draw { title prizes { name oddsPpm } }")
    stale = await staff.refusal("changeDraw", given | {"expectedVersion": 3})
    unknown = await staff.refusal(
        "changeDraw", given | {"terms": TERMS | {"prizes": [{"name": "x", "id": "x", "weight": "1"}]}}
    )

    assert changed["draw"]["prizes"] == [
        {"name": "谢谢参与", "oddsPpm": "900000"},
        {"name": "马克杯", "oddsPpm": "100000"},
    ]
    assert [stale, unknown] == ["DRAW_CHANGED", "NOT_FOUND"]


async def test_what_a_draw_names_must_be_there(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("draws.read", "draws.write", "points.read"))
    budget = await Budget.open(BudgetPlan("抽奖", 100), staff_id=STAFF, at=NOON)
    await Budget.close(budget.id, reason="结束", staff_id=STAFF, at=NOON)
    newcomers = [{"name": "新人", "audience": {"tagIds": [encode_id("Tag", new_id())]}}]

    async def refusal(**other: object) -> str:
        return await staff.refusal("createDraw", {"idempotencyKey": new_key(), "terms": TERMS | other})

    assert await refusal(budgetId=encode_id("Budget", new_id())) == "NOT_FOUND"
    assert await refusal(budgetId=public_id(budget)) == "BUDGET_CLOSED"
    assert await refusal(audience={"circleIds": [encode_id("Circle", new_id())]}) == "NOT_FOUND"
    assert await refusal(segments=newcomers) == "NOT_FOUND"
    assert await Draw.all().count() == 0


async def test_a_draw_shows_whom_it_is_for(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("draws.read", "draws.write"))
    given = {"idempotencyKey": new_key(), "terms": TERMS | {"audience": {"newWithinDays": 7}}}

    made = await staff.do("createDraw", given, "draw { audience { newWithinDays circles { name } } }")

    assert made["draw"]["audience"] == {"newWithinDays": 7, "circles": []}
