"""Draws over HTTP: each mutation as nobody, as the wrong caller and as the right one; one draw a request."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models.checkins.check_in import CheckIn
from models.play.draw import Draw
from models.play.draw_chance import DrawChance
from models.play.draw_entry import DrawEntry
from models.play.draw_prize import DrawPrize
from models.play.draw_result import DrawResult
from models.play.draw_terms import ChanceRule, ChanceSource, DrawKind, PrizeKind, PrizeTerms
from models.play.draw_version import create_draw, end_due
from models.play.draw_void import unwind_due
from models.play.drawing import draw_due
from models.play.prize_claim import PrizeClaim
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.clock import FixedClock
from tests.build import a_member, a_plan, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.play.draws import STAFF, THANKS, a_draw, points_of, rich, terms
from tests.statements import statements

NEVER = PrizeTerms("谢谢参与", weight=0, is_fallback=True)
FIFTY = PrizeTerms("50 积分", kind=PrizeKind.POINTS, amount=50, weight=1, tier=2)
MUG = PrizeTerms("马克杯", kind=PrizeKind.GOOD, weight=1, tier=1, stock=5, worth=30)
DRAWN = (
    "isReplay result { points sequence maskedName prize { name kind } claim { state } } "
    "viewer { account { available } }"
)
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


async def test_a_member_draws_once_per_key(callers: Callers) -> None:
    member, draw = await rich(await a_member(nickname="王小明"), 100), await a_draw(NEVER, FIFTY, price=20)
    caller, given = await callers.member(member), asked(draw, buys=True, clientText="my-luck")

    first = await caller.do("draw", given, DRAWN)
    again = await caller.do("draw", given, DRAWN)
    other = await caller.refusal("draw", given | {"clientText": "other"})

    assert first["result"] == {
        "points": 50,
        "sequence": 1,
        "maskedName": "王**",
        "prize": {"name": "50 积分", "kind": "POINTS"},
        "claim": None,
    }
    assert first["viewer"] == {"account": {"available": "130"}}
    assert again == {**first, "isReplay": True}
    assert other == "IDEMPOTENCY_MISMATCH"
    assert await DrawResult.all().count() == 1


async def test_there_is_one_draw_in_a_request(callers: Callers) -> None:
    draw = await a_draw(NEVER, FIFTY, free_per_day=5)
    caller = await callers.member(await a_member())
    text = 'draw(input: {idempotencyKey: "%s", drawId: "' + public_id(draw) + '"}) { isReplay }'
    twice = "mutation { " + "a: " + text % new_key() + " b: " + text % new_key() + " }"
    beside = f"mutation {{ {text % new_key()} logOut(input: {{}}) {{ userErrors {{ code }} }} }}"

    assert await caller.error(twice) == "QUERY_TOO_COMPLEX"
    assert await caller.error(beside) in ("QUERY_TOO_COMPLEX", "GRAPHQL_VALIDATION_FAILED")
    assert await DrawResult.all().count() == 0


async def test_only_members_draw_enter_buy_and_claim(callers: Callers) -> None:
    draw, staff = await a_draw(free_per_day=1), await callers.staff(await a_staff())
    for act in ("draw", "enterDraw", "buyDrawChances"):
        query = (
            f'mutation {{ {act}(input: {{idempotencyKey: "12345678", drawId: "{public_id(draw)}"}}) {{ isReplay }} }}'
        )
        assert await callers.nobody().error(query) == "UNAUTHENTICATED"
        assert await staff.error(query) == "FORBIDDEN"
    claim = 'mutation { claimPrize(input: {claimId: "x"}) { userErrors { code } } }'
    assert [await callers.nobody().error(claim), await staff.error(claim)] == ["UNAUTHENTICATED", "FORBIDDEN"]
    assert (await DrawResult.all().count(), await DrawChance.all().count()) == (0, 0)


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
    published = await staff.do("publishDraw", {"drawId": draw_id}, "draw { version state }")
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


async def test_everything_is_told_before_a_draw(callers: Callers, clock: FixedClock) -> None:
    rules = {ChanceSource.CHECK_IN: ChanceRule()}
    draw, plan = await a_draw(THANKS, FIFTY, free_per_day=1, day_most=2, price=20, chance_rules=rules), await a_plan()
    member = await a_member()
    caller = await callers.member(member)
    query = """query($id: ID!) { drawEligibility(drawId: $id) { chances price drawnToday entrant
        eligibility { isAllowed nextAt reasons { code } } odds { oddsPpm prize { name worth } } } }"""

    begin = (await caller.data(query, id=public_id(draw)))["drawEligibility"]
    await CheckIn.record(member.id, plan, at=NOON)
    richer = (await caller.data(query, id=public_id(draw)))["drawEligibility"]
    for _ in range(2):
        await caller.do("draw", asked(draw))
    ended = (await caller.data(query, id=public_id(draw)))["drawEligibility"]

    assert (begin["chances"], begin["price"], richer["chances"], ended["drawnToday"]) == (1, 20, 2, 2)
    assert begin["eligibility"] == {"isAllowed": True, "nextAt": None, "reasons": []}
    assert [(one["oddsPpm"], one["prize"]) for one in begin["odds"]] == [
        (989_010, {"name": "谢谢参与", "worth": None}),
        (10_989, {"name": "50 积分", "worth": None}),
    ]
    assert begin["entrant"] == (await DrawResult.all().first()).entrant  # type: ignore[union-attr]
    assert ended["eligibility"] == {
        "isAllowed": False,
        "nextAt": "2026-11-23T16:00:00Z",
        "reasons": [{"code": "DRAW_LIMIT_REACHED"}, {"code": "NO_DRAW_CHANCE"}],
    }


async def test_winners_are_masked_and_the_list_costs_no_more_with_more_of_them(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = await a_draw(NEVER, FIFTY, free_per_day=1)
    caller, query = (
        await callers.member(await a_member()),
        (
            "query($id: ID!) { node(id: $id) { ... on Draw { winners(first: 20) { totalCount edges { node "
            "{ maskedName member { nickname } prize { name } void { shortfall } } } } } } }"
        ),
    )
    counts = []
    for number in (1, 5):
        for n in range(number):
            await DrawResult.draw_once((await a_member(nickname=f"李思{n}")).id, draw.id, at=NOON)
        with statements(monkeypatch) as seen:
            shown = await caller.data(query, id=public_id(draw))
        counts.append(len(seen))

    winners = shown["node"]["winners"]
    assert winners["totalCount"] == 6
    assert {edge["node"]["maskedName"] for edge in winners["edges"]} == {"李**"}
    assert {str(edge["node"]["member"]) for edge in winners["edges"]} == {"None"}
    assert counts[0] == counts[1] <= 6


async def test_staff_see_who_drew_where_the_member_is_in_their_scope(callers: Callers) -> None:
    draw, member = await a_draw(NEVER, FIFTY, free_per_day=1), await a_member(nickname="王小明")
    await DrawResult.draw_once(member.id, draw.id, at=NOON)
    results = "results(first: 5) { edges { node { member { nickname } } } }"
    query = f"query($id: ID!) {{ node(id: $id) {{ ... on Draw {{ {results} }} }} }}"
    whole = await callers.staff(await a_staff("draws.read", "members.read"))
    local = await callers.staff(await a_staff("draws.read", "members.read", scope=DataScope.REGION, region="华东"))

    seen = [(await one.data(query, id=public_id(draw)))["node"]["results"]["edges"] for one in (whole, local)]

    assert seen == [[{"node": {"member": {"nickname": "王小明"}}}], [{"node": {"member": None}}]]


async def test_a_prize_is_claimed_by_its_winner_and_handed_over_by_staff(callers: Callers) -> None:
    winner, other, draw = await a_member(), await a_member(), await a_draw(NEVER, MUG, free_per_day=1)
    caller, stranger = await callers.member(winner), await callers.member(other)
    staff = await callers.staff(await a_staff("draws.read", "draws.write", "members.read"))
    drawn = await caller.do("draw", asked(draw), "result { claim { id state } }")
    claim_id = drawn["result"]["claim"]["id"]
    given = {"claimId": claim_id, "note": "寄到公司前台"}
    read = "query($id: ID!) { node(id: $id) { ... on PrizeClaim { state note member { id } } } }"

    wrong = [await stranger.refusal("claimPrize", given), (await stranger.data(read, id=claim_id))["node"]]
    claimed = await caller.do("claimPrize", given, "claim { state note }")
    waiting = await staff.data("{ claimedPrizes(first: 5) { edges { node { id prize { name } } } } }")
    done = await staff.do("fulfilPrize", {"claimId": claim_id, "code": "SF1"}, "claim { state code }")
    mine = await caller.data("{ viewer { prizeClaims(first: 5) { edges { node { state code } } } } }")

    assert wrong == ["NOT_FOUND", None]
    assert claimed["claim"] == {"state": "CLAIMED", "note": "寄到公司前台"}
    assert waiting["claimedPrizes"]["edges"] == [{"node": {"id": claim_id, "prize": {"name": "马克杯"}}}]
    assert done["claim"] == {"state": "FULFILLED", "code": "SF1"}
    assert mine["viewer"]["prizeClaims"]["edges"] == [{"node": {"state": "FULFILLED", "code": "SF1"}}]


async def test_a_scheduled_draw_is_entered_and_its_winners_are_shown(callers: Callers, clock: FixedClock) -> None:
    prize = PrizeTerms("50 积分", kind=PrizeKind.POINTS, amount=50, stock=1)
    member = await rich(await a_member(nickname="王小明"), 50)
    draw = await a_draw(prize, kind=DrawKind.SCHEDULED, price=20)
    caller = await callers.member(member)

    bought = await caller.do(
        "buyDrawChances", asked(draw, count=2), "chances { count } viewer { account { available } }"
    )
    entered = await caller.do("enterDraw", asked(draw), "entry { number } isReplay")
    wrong = await caller.refusal("draw", asked(draw))
    await end_due(at=draw.ends_at)
    await draw_due(at=draw.ends_at)
    shown = await caller.data(
        "query($id: ID!) { node(id: $id) { ... on Draw { state drawing { entrants } "
        "winners(first: 5) { edges { node { pickNumber maskedName points } } } } } }",
        id=public_id(draw),
    )

    assert (bought["chances"], bought["viewer"]) == ({"count": 2}, {"account": {"available": "10"}})
    assert (entered["entry"], wrong) == ({"number": 1}, "WRONG_DRAW_KIND")
    assert shown["node"] == {
        "state": "ENDED",
        "drawing": {"entrants": 1},
        "winners": {"edges": [{"node": {"pickNumber": 1, "maskedName": "王**", "points": 50}}]},
    }
    assert await points_of(member) == 60


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


async def test_a_hundred_at_once_share_ten_pieces_over_http(callers: Callers) -> None:
    piece = PrizeTerms("马克杯", kind=PrizeKind.GOOD, weight=1, stock=10)
    draw = await a_draw(NEVER, piece, free_per_day=1)
    clients = [await callers.member(await a_member()) for _ in range(50)]

    answers = await asyncio.gather(*(one.do("draw", asked(draw)) for one in clients for _ in range(2)))

    codes = [error["code"] for answer in answers for error in answer["userErrors"]]
    assert codes == ["NO_DRAW_CHANCE"] * 50
    assert (await DrawPrize.get(stock=10)).taken == await PrizeClaim.all().count() == 10
    assert await DrawResult.all().count() == 50
    assert await DrawEntry.all().count() == 0
