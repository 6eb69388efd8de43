"""Chances: a cause gives once, what runs out first is used first, what the day gives costs a check-in nothing."""

import asyncio
from datetime import timedelta

import pytest

from models.checkins.check_in import CheckIn
from models.members.introduction import Introduction, Lines
from models.members.member import MemberStatus
from models.play.draw import DrawLimitReached
from models.play.draw_chance import DrawChance, NoDrawChance
from models.play.draw_entry import DrawEntry
from models.play.draw_result import DrawResult
from models.play.draw_terms import ChanceRule, ChanceSource
from models.points.behaviour import Behaviour
from models.points.earn_rule import EarnRule, EarnTerms
from models.points.earning import Earning
from models.points.reconciliation import reconcile
from models.spread.referral import Referral
from store.database import transaction
from tests.build import a_member, a_plan
from tests.conftest import NOON
from tests.play.draws import DAY, THANKS, a_draw, chances, points_of, rich

pytestmark = pytest.mark.usefixtures("empty_redis")

RULES = {ChanceSource.CHECK_IN: ChanceRule(2, 2), ChanceSource.TASK: ChanceRule(1, 2)}


async def test_a_cause_gives_once_however_often_it_is_told(database: str) -> None:
    member, draw = await a_member(), await a_draw()

    given = await asyncio.gather(
        *(
            DrawChance.give(member.id, draw.id, source=ChanceSource.QUIZ, cause="quiz:1", count=2, at=NOON)
            for _ in range(30)
        )
    )

    assert sum(one is not None for one in given) == 1
    assert await DrawChance.held(member.id, draw, at=NOON) == 2


async def test_a_rule_gives_up_to_its_limit_of_the_day(database: str) -> None:
    member, draw, other = await a_member(), await a_draw(chance_rules=RULES), await a_draw()

    given = [
        await DrawChance.give_by_rules(member.id, ChanceSource.TASK, f"task:{n}", at=NOON + n * DAY / 4)
        for n in range(5)
    ]

    # Noon, six o'clock, and midnight when the day turns; the second day's limit is reached at noon.
    assert given == [1, 1, 1, 1, 0]
    assert await DrawChance.held(member.id, draw, at=NOON) == 4
    assert await DrawChance.held(member.id, other, at=NOON) == 0


async def test_todays_check_in_gives_its_chances_when_the_member_comes_to_draw(database: str) -> None:
    member, draw, plan = await a_member(), await a_draw(chance_rules=RULES), await a_plan()

    with pytest.raises(NoDrawChance):
        await DrawResult.draw_once(member.id, draw.id, at=NOON)
    await CheckIn.record(member.id, plan, at=NOON)
    before = (await DrawChance.held(member.id, draw, at=NOON), await DrawChance.all().count())
    drawn = [await DrawResult.draw_once(member.id, draw.id, at=NOON) for _ in range(2)]

    assert before == (2, 0)
    assert [one.sequence for one in drawn] == [1, 2]
    assert await DrawChance.held(member.id, draw, at=NOON) == 0
    assert await DrawChance.held(member.id, draw, at=NOON + DAY) == 0


async def test_check_ins_of_days_gone_by_give_theirs_as_well(database: str) -> None:
    member, plan = await a_member(), await a_plan()
    rules = {ChanceSource.CHECK_IN: ChanceRule(2, 2, total_most=7)}
    draw, unruled = await a_draw(chance_rules=rules), await a_draw()
    held = []
    for n in range(-1, 5):
        await CheckIn.record(member.id, plan, at=NOON + n * DAY)
        held.append(await DrawChance.held(member.id, draw, at=NOON + n * DAY))

    drawn = [await DrawResult.draw_once(member.id, draw.id, at=NOON + 5 * DAY) for _ in range(6)]

    # The day before it began gives nothing, and three times two is the most below seven.
    assert held == [0, 2, 4, 6, 6, 6]
    assert drawn[-1].sequence == 6
    assert await DrawChance.held(member.id, draw, at=NOON + 5 * DAY) == 0
    assert await DrawChance.held(member.id, unruled, at=NOON) == 0


async def test_only_check_ins_of_the_default_plan_give_chances(database: str) -> None:
    member, draw = await a_member(), await a_draw(chance_rules=RULES)
    await a_plan()
    other = await a_plan(is_default=False)

    await CheckIn.record(member.id, other, at=NOON)

    assert await DrawChance.held(member.id, draw, at=NOON) == 0


@pytest.mark.parametrize(
    ("behaviour", "source"),
    [
        (Behaviour.TASK_DONE, ChanceSource.TASK),
        (Behaviour.QUIZ_PASSED, ChanceSource.QUIZ),
        (Behaviour.EVENT_ATTENDED, ChanceSource.EVENT),
    ],
)
async def test_what_is_told_as_a_deed_gives_chances_once_whether_it_pays_points_or_not(
    database: str, behaviour: Behaviour, source: ChanceSource
) -> None:
    member, frozen = await a_member(), await a_member(status=MemberStatus.FROZEN)
    draw = await a_draw(chance_rules={source: ChanceRule(2, 10, total_most=5)})
    await EarnRule.put(behaviour, EarnTerms(5, day_most=1), at=NOON - DAY)

    for cause in ("quiz:1", "quiz:1", "quiz:2", "quiz:3"):
        await Earning.pay(member.id, behaviour, cause, at=NOON)
        await Earning.pay(frozen.id, behaviour, cause, at=NOON)
    await Earning.pay(member.id, Behaviour.POSTED, "post:1", at=NOON)

    every = await DrawChance.all().order_by("cause")
    assert [(one.member_id, one.source, one.cause, one.count) for one in every] == [
        (member.id, source, "quiz:1", 2),
        (member.id, source, "quiz:2", 2),
    ]
    assert await DrawChance.held(member.id, draw, at=NOON) == 4
    assert await points_of(member) == 5


async def test_limits_hold_however_many_deeds_come_at_one_instant(database: str) -> None:
    member, draw = await a_member(), await a_draw(chance_rules={ChanceSource.TASK: ChanceRule(1, 3)})

    await asyncio.gather(*(Earning.pay(member.id, Behaviour.TASK_DONE, f"task:{n}", at=NOON) for n in range(12)))

    assert await DrawChance.held(member.id, draw, at=NOON) == 3


async def test_what_fails_with_its_deed_gives_nothing(database: str) -> None:
    member, _ = await a_member(), await a_draw(chance_rules=RULES)

    async def done_and_undone() -> None:
        async with transaction():
            await Earning.pay(member.id, Behaviour.TASK_DONE, "task:1", at=NOON)
            raise RuntimeError("任务没有完成")

    with pytest.raises(RuntimeError):
        await done_and_undone()

    assert await DrawChance.all().count() == 0


async def test_somebody_invited_gives_once_over_all_stages(database: str) -> None:
    inviter, newcomer, earlier = await a_member(), await a_member(), await a_member()
    plan = await a_plan()
    await Referral.record(inviter.id, earlier.id, at=NOON - DAY)
    draw = await a_draw(chance_rules={ChanceSource.INVITE: ChanceRule(1, 5)})

    await Referral.record(inviter.id, newcomer.id, at=NOON)
    for member in (newcomer, earlier):
        await CheckIn.record(member.id, plan, at=NOON)
        await Introduction.publish(member.id, Lines(name="小满", hopes="一起进步"), at=NOON)

    causes = [one.cause for one in await DrawChance.filter(member_id=inviter.id).order_by("cause")]
    assert causes == sorted(f"invitee:{one.id}" for one in (newcomer, earlier))
    assert await DrawChance.held(inviter.id, draw, at=NOON) == 2


async def test_a_free_chance_is_there_each_day_and_does_not_add_up(database: str) -> None:
    member, draw = await a_member(), await a_draw(free_per_day=2)
    await DrawResult.draw_once(member.id, draw.id, at=NOON)

    held = [await DrawChance.held(member.id, draw, at=NOON + n * DAY) for n in range(3)]

    assert held == [1, 2, 2]


async def test_what_runs_out_first_is_used_first(database: str) -> None:
    member, draw = await a_member(), await a_draw(free_per_day=1)
    for hours in (48, 1):
        await DrawChance.give(
            member.id,
            draw.id,
            source=ChanceSource.EVENT,
            cause=f"{hours}",
            count=1,
            expires_at=NOON + timedelta(hours=hours),
            at=NOON,
        )

    results = [await DrawResult.draw_once(member.id, draw.id, at=NOON) for _ in range(3)]

    causes = [(await DrawChance.get(id=one.chance_id)).cause for one in results]
    assert causes == ["1", "2026-11-23", "48"]


async def test_bought_chances_cost_their_price(database: str) -> None:
    member, draw = await rich(await a_member(), 100), await a_draw(price=30)

    bought = await DrawChance.buy(member.id, draw.id, 3, at=NOON, once=None)

    assert (bought.count, bought.left) == (3, 3)
    assert await points_of(member) == 10
    assert await reconcile() == []


async def test_no_more_is_sold_than_the_member_may_use(database: str) -> None:
    member, draw = await rich(await a_member(), 1_000), await a_draw(price=30, total_most=3)
    await chances(member, draw, 1)

    with pytest.raises(DrawLimitReached):
        await DrawChance.buy(member.id, draw.id, 3, at=NOON, once=None)
    await DrawChance.buy(member.id, draw.id, 2, at=NOON, once=None)

    assert await points_of(member) == 940
    assert await DrawEntry.all().count() == 0


async def test_a_won_chance_can_be_drawn_with(database: str) -> None:
    from models.play.draw_terms import PrizeKind, PrizeTerms

    again = PrizeTerms("再来一次", kind=PrizeKind.CHANCE, amount=1, weight=1, member_most=2)
    member = await a_member()
    draw = await a_draw(PrizeTerms("谢谢参与", weight=0, is_fallback=True), again)
    await chances(member, draw, 1)

    for _ in range(3):
        await DrawResult.draw_once(member.id, draw.id, at=NOON)

    assert await DrawChance.filter(source=ChanceSource.PRIZE).count() == 2
    with pytest.raises(NoDrawChance):
        await DrawResult.draw_once(member.id, draw.id, at=NOON)


async def test_what_a_draft_would_give_is_not_given(database: str) -> None:
    from models.play.draw_version import create_draw
    from tests.play.draws import STAFF, terms

    member = await a_member()
    draft = await create_draw(terms(THANKS), staff_id=STAFF, at=NOON, once=None)

    given = await DrawChance.give(member.id, draft.id, source=ChanceSource.EVENT, cause="event:1", count=1, at=NOON)

    assert given is None
    assert await DrawChance.all().count() == 0
