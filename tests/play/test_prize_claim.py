"""Claims: asked for in time, handed over once, taken back once where nobody asked."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from models.errors import DomainError, NotFound
from models.mall.address import Address
from models.mall.order_address import AddressNeeded
from models.members.member import Member
from models.play.draw import Draw
from models.play.draw_prize import DrawPrize
from models.play.draw_result import DrawResult
from models.play.draw_terms import PrizeKind, PrizeTerms
from models.play.drawing import lapse_claims
from models.play.prize_claim import ClaimExpired, ClaimNotOpen, ClaimState, PrizeClaim
from models.staff.audit import AuditRow
from store.ids import new_id
from tests.build import a_member, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.mall.build import HOME, an_address
from tests.play.draws import DAY, a_draw, chances

pytestmark = pytest.mark.usefixtures("empty_redis")

NEVER = PrizeTerms("谢谢参与", weight=0, is_fallback=True)
ONE_MUG = PrizeTerms("马克杯", kind=PrizeKind.GOOD, weight=1, stock=1, worth=30)


async def a_win(**rules: int | None) -> tuple[Member, Draw, PrizeClaim]:
    member, draw = await a_member(), await a_draw(NEVER, ONE_MUG, **{"claim_days": 7, **rules})
    await chances(member, draw, 5)
    result = await DrawResult.draw_once(member.id, draw.id, at=NOON)
    return member, draw, await PrizeClaim.get(result_id=result.id)


async def test_a_prize_is_asked_for_and_handed_over(database: str) -> None:
    member, _, claim = await a_win()

    asked = await PrizeClaim.claim(member.id, claim.id, note="寄到公司前台", at=NOON)
    again = await PrizeClaim.claim(member.id, claim.id, note="寄到公司前台", at=NOON + DAY)
    done = await PrizeClaim.fulfil(claim.id, code="SF123", reason=None, staff_id=new_id(), at=NOON + DAY)
    twice = await PrizeClaim.fulfil(claim.id, code="SF123", reason=None, staff_id=new_id(), at=NOON + DAY)

    assert (asked.state, asked.note, again.claimed_at) == (ClaimState.CLAIMED, "寄到公司前台", NOON)
    assert (done.state, done.code, twice.staff_id) == (ClaimState.FULFILLED, "SF123", done.staff_id)
    assert await AuditRow.filter(action="fulfil_prize_claim").count() == 1


async def test_steps_cannot_be_left_out_or_taken_by_others(database: str) -> None:
    member, _, claim = await a_win()

    with pytest.raises(ClaimNotOpen):
        await PrizeClaim.fulfil(claim.id, code=None, reason=None, staff_id=new_id(), at=NOON)
    with pytest.raises(NotFound):
        await PrizeClaim.claim((await a_member()).id, claim.id, note="公司前台", at=NOON)
    await PrizeClaim.claim(member.id, claim.id, note="公司前台", at=NOON)
    with pytest.raises(ClaimNotOpen):
        await PrizeClaim.claim(member.id, claim.id, note="别的地址", at=NOON)

    assert (await PrizeClaim.get()).note == "公司前台"


async def test_a_thing_is_not_asked_for_without_saying_where_to(database: str) -> None:
    member, _, claim = await a_win()

    for note in (None, "  "):
        with pytest.raises(AddressNeeded):
            await PrizeClaim.claim(member.id, claim.id, note=note, at=NOON)

    assert (await PrizeClaim.get()).state is ClaimState.WAITING


async def test_a_coupon_goes_nowhere_and_needs_no_address(database: str) -> None:
    coupon = PrizeTerms("满减券", kind=PrizeKind.COUPON, weight=1, stock=1)
    member, draw = await a_member(), await a_draw(NEVER, coupon)
    await chances(member, draw, 1)
    await DrawResult.draw_once(member.id, draw.id, at=NOON)

    asked = await PrizeClaim.claim(member.id, (await PrizeClaim.get()).id, note=None, at=NOON)

    assert asked.state is ClaimState.CLAIMED


async def test_an_unclaimed_prize_goes_back_into_the_stock_once(database: str) -> None:
    member, draw, claim = await a_win()
    late = NOON + 7 * DAY

    with pytest.raises(ClaimExpired):
        await PrizeClaim.claim(member.id, claim.id, note=None, at=late)
    lapsed = await asyncio.gather(*(lapse_claims(at=late) for _ in range(4)))
    again = await DrawResult.draw_once(member.id, draw.id, at=late - timedelta(seconds=1))

    assert sum(lapsed) == 1
    prize = await DrawPrize.get(draw_id=draw.id, stock=1)
    assert (prize.taken, prize.returned, again.prize_number) == (2, 1, 2)
    assert (await PrizeClaim.get(id=claim.id)).state is ClaimState.EXPIRED


@pytest.mark.parametrize("repeat", range(10))
async def test_a_claim_and_the_taking_back_never_both_win(database: str, repeat: int) -> None:
    member, draw, claim = await a_win()
    late = NOON + 7 * DAY

    outcomes = await asyncio.gather(
        PrizeClaim.claim(member.id, claim.id, note="公司前台", at=late - timedelta(seconds=1)),
        lapse_claims(at=late),
        return_exceptions=True,
    )

    prize, after = await DrawPrize.get(draw_id=draw.id, stock=1), await PrizeClaim.get(id=claim.id)
    is_claimed = isinstance(outcomes[0], PrizeClaim)
    assert is_claimed or isinstance(outcomes[0], DomainError)
    assert after.state is (ClaimState.CLAIMED if is_claimed else ClaimState.EXPIRED)
    assert (prize.returned, outcomes[1]) == ((0, 0) if is_claimed else (1, 1))


async def test_without_a_deadline_a_prize_waits(database: str) -> None:
    member, _, claim = await a_win(claim_days=None)

    assert claim.expires_at is None
    assert await lapse_claims(at=NOON + 1_000 * DAY) == 0
    asked = await PrizeClaim.claim(member.id, claim.id, note="公司前台", at=NOON + 900 * DAY)
    assert asked.state is ClaimState.CLAIMED


async def test_a_prize_goes_to_the_address_as_it_was_when_it_was_asked_for(callers: Callers) -> None:
    member, _, claim = await a_win()
    address, other = await an_address(member), await an_address(await a_member())
    winner, staff = await callers.member(member), await callers.staff(await a_staff("draws.read", "members.reveal"))
    shown, given = "claim { destination { street isMasked } }", {"claimId": public_id(claim)}

    stolen = await winner.refusal("claimPrize", given | {"addressId": public_id(other)})
    assert (stolen, (await PrizeClaim.get()).state) == ("NOT_FOUND", ClaimState.WAITING)
    asked = await winner.do("claimPrize", given | {"addressId": public_id(address)}, shown)
    await Address.put(member.id, replace(HOME, street="新家 1 号"), address_id=address.id, at=NOON)
    again = await winner.do("claimPrize", given | {"addressId": public_id(address)}, shown)
    listed = await staff.data(f"{{ claimedPrizes(first: 5) {{ edges {{ node {{ {shown[8:-2]} }} }} }} }}")
    reason = {"id": public_id(claim), "reason": "寄出奖品"}
    whole = await staff.do("revealAddress", reason, "destination { street recipient }")

    assert asked["claim"] == again["claim"] == {"destination": {"street": HOME.street, "isMasked": False}}
    assert listed["claimedPrizes"]["edges"][0]["node"]["destination"] == {"street": "****", "isMasked": True}
    assert whole["destination"] == {"street": HOME.street, "recipient": HOME.recipient}
    assert await AuditRow.filter(action="reveal_order_address").count() == 1
