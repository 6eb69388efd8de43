"""Draws over HTTP: each mutation as nobody, as the wrong caller and as the right one; one draw a request."""

import asyncio
from typing import Any

import pytest

from models.checkins.check_in import CheckIn
from models.play.draw import Draw
from models.play.draw_chance import DrawChance
from models.play.draw_entry import DrawEntry
from models.play.draw_prize import DrawPrize
from models.play.draw_result import DrawResult
from models.play.draw_terms import ChanceRule, ChanceSource, DrawKind, PrizeKind, PrizeTerms
from models.play.draw_version import end_due
from models.play.drawing import draw_due
from models.play.prize_claim import PrizeClaim
from store.clock import FixedClock
from tests.build import a_member, a_plan, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.play.draws import THANKS, a_draw, points_of, rich
from tests.statements import WITH_PLANS, statements

NEVER = PrizeTerms("谢谢参与", weight=0, is_fallback=True)
FIFTY = PrizeTerms("50 积分", kind=PrizeKind.POINTS, amount=50, weight=1, tier=2)
MUG = PrizeTerms("马克杯", kind=PrizeKind.GOOD, weight=1, tier=1, stock=5, worth=30)
DRAWN = (
    "isReplay result { points sequence maskedName prize { name kind } claim { state } } "
    "viewer { account { available } }"
)


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


@WITH_PLANS
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
