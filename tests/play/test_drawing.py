"""A scheduled draw: a frozen list, winners picked once, alternates who move up."""

import asyncio
from typing import Any

import pytest

from models.errors import DomainError
from models.members.member import Member, MemberStatus
from models.play.draw import Draw, DrawOver, WrongDrawKind
from models.play.draw_chance import DrawChance
from models.play.draw_entry import DrawEntry
from models.play.draw_prize import DrawPrize, Wanting
from models.play.draw_result import DrawResult
from models.play.draw_seed import DrawSeed
from models.play.draw_terms import DrawKind, PrizeKind, PrizeTerms
from models.play.draw_version import end_due
from models.play.drawing import Drawing, draw_due, lapse_claims
from models.play.prize_claim import ClaimState, PrizeClaim
from models.points.reconciliation import reconcile
from tests.build import a_member
from tests.conftest import NOON
from tests.play.draws import DAY, a_draw, chances, points_of

pytestmark = pytest.mark.usefixtures("empty_redis")

END = NOON + 7 * DAY
MUG = PrizeTerms("马克杯", kind=PrizeKind.GOOD, stock=1, tier=1)
FIFTY = PrizeTerms("50 积分", kind=PrizeKind.POINTS, amount=50, stock=2)


async def entered(count: int, **rules: Any) -> tuple[Draw, list[Member]]:
    draw = await a_draw(MUG, FIFTY, kind=DrawKind.SCHEDULED, free_per_day=1, **rules)
    members = [await a_member() for _ in range(count)]
    for member in members:
        await DrawEntry.enter(member.id, draw.id, at=NOON)
    return draw, members


async def drawn() -> list[DrawResult]:
    await end_due(at=END)
    await draw_due(at=END)
    return await DrawResult.all().order_by("pick_number")


async def test_winners_are_picked_once_and_paid(database: str) -> None:
    draw, members = await entered(10, alternates=2)

    results = await drawn()

    assert [one.pick_number for one in results] == [1, 2, 3, 4, 5]
    assert len({one.member_id for one in results}) == 5
    assert [one.points for one in results] == [0, 50, 50, 0, 0]
    assert [one.prize_id is None for one in results] == [False, False, False, True, True]
    assert (await PrizeClaim.get()).member_id == results[0].member_id
    assert sum([await points_of(member) for member in members]) == 100
    assert (await DrawSeed.get(draw_id=draw.id)).revealed_at == END
    assert await reconcile() == []


@pytest.mark.parametrize("repeat", range(5))
async def test_two_jobs_at_once_and_late_hold_one_drawing(database: str, repeat: int) -> None:
    await entered(8)

    await asyncio.gather(*(end_due(at=END) for _ in range(3)))
    held = await asyncio.gather(*(draw_due(at=END + DAY) for _ in range(4)))
    again = await draw_due(at=END + 2 * DAY)

    assert (sum(held), again) == (1, 0)
    assert await DrawResult.all().count() == 3
    assert await Drawing.all().count() == 1
    assert (await DrawPrize.get(stock=2)).taken == 2


async def test_nobody_enters_a_frozen_list(database: str) -> None:
    draw, members = await entered(4)

    outcomes = await asyncio.gather(
        end_due(at=END),
        *(DrawEntry.enter(member.id, draw.id, at=END - DAY) for member in members),
        return_exceptions=True,
    )
    drawing = await Drawing.get()

    assert {type(one) for one in outcomes[1:]} <= {DrawEntry, DrawOver}
    assert drawing.tickets == await DrawEntry.all().count()
    with pytest.raises(DrawOver):
        await DrawEntry.enter(members[0].id, draw.id, at=END - DAY)


async def test_where_entrants_count_one_enters_once(database: str) -> None:
    draw, members = await entered(3, counts_tickets=False)
    await chances(members[0], draw, 5)

    with pytest.raises(DomainError) as refused:
        await DrawEntry.enter(members[0].id, draw.id, at=NOON)
    await end_due(at=END)

    assert refused.value.code == "DRAW_LIMIT_REACHED"
    assert await DrawChance.held(members[0].id, draw, at=NOON) == 5
    assert ((await Drawing.get()).entrants, (await Drawing.get()).tickets) == (3, 3)


async def test_who_takes_part_no_more_is_passed_over(database: str) -> None:
    _, members = await entered(4, alternates=1)
    await end_due(at=END)
    await Member.filter(id__in=[one.id for one in members[:3]]).update(status="left")

    await draw_due(at=END)

    results = await DrawResult.all().order_by("pick_number")
    passed = [one for one in results if one.wanting is Wanting.NOT_ACTIVE]
    [winner] = [one for one in results if one.prize_id]
    assert {one.member_id for one in passed} <= {one.id for one in members[:3]}
    assert winner.member_id == members[3].id
    assert (await DrawPrize.get(id=winner.prize_id)).name == "马克杯"


async def test_an_unclaimed_prize_moves_up_to_the_alternates_in_turn(database: str) -> None:
    await entered(6, alternates=2, claim_days=1)
    results = await drawn()
    alternates = [one for one in results if one.prize_id is None]

    lapsed = [await lapse_claims(at=END + n * DAY) for n in (1, 2, 3, 4)]

    claims = await PrizeClaim.all().order_by("created_at")
    assert lapsed == [1, 1, 1, 0]
    assert [one.member_id for one in claims[1:]] == [one.member_id for one in alternates]
    assert {one.state for one in claims} == {ClaimState.EXPIRED}
    mug = await DrawPrize.get(stock=1)
    assert (mug.taken, mug.returned) == (1, 1)


async def test_an_alternate_who_takes_no_part_any_more_is_passed_over(database: str) -> None:
    await entered(6, alternates=2, claim_days=1)
    first, second = [one for one in await drawn() if one.prize_id is None]
    await Member.filter(id=first.member_id).update(status=MemberStatus.FROZEN)

    lapsed = [await lapse_claims(at=END + n * DAY) for n in (1, 2, 3)]

    assert lapsed == [1, 1, 0]
    claims = await PrizeClaim.all().order_by("created_at")
    assert [one.member_id for one in claims[1:]] == [second.member_id]


async def test_a_draw_that_nobody_entered_ends_without_winners(database: str) -> None:
    draw, _ = await entered(0)

    assert await drawn() == []
    assert (await Drawing.get(draw_id=draw.id)).drawn_at == END


async def test_the_kinds_are_not_mixed_up(database: str) -> None:
    member, wheel = await a_member(), await a_draw(free_per_day=1)
    scheduled, _ = await entered(1)

    with pytest.raises(WrongDrawKind):
        await DrawEntry.enter(member.id, wheel.id, at=NOON)
    with pytest.raises(WrongDrawKind):
        await DrawResult.draw_once(member.id, scheduled.id, at=NOON)
    assert await DrawChance.filter(member_id=member.id).count() == 0
