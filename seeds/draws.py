"""Two draws: a wheel that goes on and has results, and a scheduled one that was drawn on the last weekend."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from models.play.draw import Draw
from models.play.draw_chance import DrawChance, NoDrawChance
from models.play.draw_entry import DrawEntry
from models.play.draw_result import DrawResult
from models.play.draw_terms import ChanceRule, ChanceSource, DrawKind, DrawTerms, PrizeKind, PrizeTerms, Release
from models.play.draw_version import create_draw, end_due, publish_draw
from models.play.drawing import draw_due
from models.play.prize_claim import PrizeClaim
from seeds.community import Act, Community
from seeds.personas import Habit, Persona

WHEEL, SCHEDULED = "每日转好运", "会员日茶礼抽奖"
WHEEL_DAYS = 6
_DAY = timedelta(days=1)

WHEEL_PRIZES = (
    PrizeTerms("谢谢参与", weight=500, is_fallback=True),
    PrizeTerms("5 积分", kind=PrizeKind.POINTS, amount=5, weight=300, worth=5),
    PrizeTerms("再来一次", kind=PrizeKind.CHANCE, amount=1, weight=100, member_most=3),
    PrizeTerms("补签卡", kind=PrizeKind.MAKE_UP_CARD, amount=1, weight=50, stock=60, tier=3, worth=50),
    PrizeTerms("50 积分", kind=PrizeKind.POINTS, amount=50, weight=30, stock=40, release=Release.EVENLY, worth=50),
    PrizeTerms("满 100 减 20 元券", kind=PrizeKind.COUPON, weight=19, stock=200, tier=2, worth=200),
    PrizeTerms(
        "品鉴茶礼盒", kind=PrizeKind.GOOD, weight=1, stock=3, release=Release.EVENLY, member_most=1, tier=1, worth=2_000
    ),
)
SCHEDULED_PRIZES = (
    PrizeTerms("手作紫砂壶", kind=PrizeKind.GOOD, stock=1, tier=1, worth=3_000),
    PrizeTerms("品鉴茶礼盒", kind=PrizeKind.GOOD, stock=3, tier=2, worth=2_000),
    PrizeTerms("100 积分", kind=PrizeKind.POINTS, amount=100, stock=10, tier=3, worth=100),
)


def acts(community: Community) -> Iterator[Act]:
    calendar = community.calendar
    opened = calendar.today - WHEEL_DAYS * _DAY
    yield from _published(community, WHEEL, partial(_wheel, community), opened)
    # The one that `make token` logs in comes to it fresh.
    regulars = [one for one in community.with_habit(Habit.ACTIVE, joined_before=opened) if one.number > 0]
    for number, persona in enumerate(community.chance.sample(regulars, min(len(regulars), 24))):
        for back in range(WHEEL_DAYS, 0, -1 - number % 3):
            at = calendar.at(calendar.today - back * _DAY, 20 + number / 12)
            yield Act(at, partial(_draw, community, persona))
    saturday = calendar.today - timedelta(days=calendar.today.weekday() + 2)
    yield from _published(community, SCHEDULED, partial(_scheduled, community), saturday - 3 * _DAY)
    guests = community.with_habit(Habit.ACTIVE, Habit.PASSIVE, joined_before=saturday - 3 * _DAY)
    for number, persona in enumerate([one for one in guests if one.number > 0][:40]):
        at = calendar.at(saturday - (1 + number % 3) * _DAY, 12 + number / 10)
        yield Act(at, partial(_enter, community, persona))
    yield Act(calendar.at(saturday, 20.1), end_due)
    yield Act(calendar.at(saturday, 20.2), draw_due)
    yield Act(calendar.at(saturday + _DAY, 10), partial(_collect, community))


def _published(community: Community, title: str, found: partial[DrawTerms], day: date) -> Iterator[Act]:
    """Announced on the evening before its first day."""

    async def open_draw(*, at: datetime) -> None:
        draft = await create_draw(replace(found(day), title=title), staff_id=community.owner.id, at=at, once=None)
        await publish_draw(draft.id, staff_id=community.owner.id, at=at)

    yield Act(community.calendar.at(day, -4), open_draw)


def _wheel(community: Community, day: date) -> DrawTerms:
    """A free turn a day, another for the check-in, more for points; a coupon after nine turns without one."""
    return DrawTerms(
        title=WHEEL,
        kind=DrawKind.WHEEL,
        description="每天一次免费机会，签到再得一次；10 次内必得优惠券。",
        starts_at=community.calendar.at(day),
        ends_at=community.calendar.at(day + 30 * _DAY),
        prizes=WHEEL_PRIZES,
        free_per_day=1,
        price=20,
        day_most=20,
        pity_tier=2,
        pity_after=9,
        seed_hours=24,
        chance_rules={ChanceSource.CHECK_IN: ChanceRule()},
    )


def _scheduled(community: Community, day: date) -> DrawTerms:
    return DrawTerms(
        title=SCHEDULED,
        kind=DrawKind.SCHEDULED,
        description="三天内报名，周六晚八点开奖；每人一次。",
        starts_at=community.calendar.at(day),
        ends_at=community.calendar.at(day + 3 * _DAY, 20),
        prizes=SCHEDULED_PRIZES,
        free_per_day=1,
        counts_tickets=False,
        alternates=3,
        claim_days=14,
    )


async def _draw(community: Community, persona: Persona, *, at: datetime) -> None:
    """Somebody turns the wheel as often as the day allows for nothing."""
    draw, member_id = await Draw.get(title=WHEEL), community.member_of(persona).id
    for _ in range(min(await DrawChance.held(member_id, draw, at=at), 3)):
        try:
            await DrawResult.draw_once(member_id, draw.id, at=at)
        except NoDrawChance:
            return


async def _enter(community: Community, persona: Persona, *, at: datetime) -> None:
    draw = await Draw.get(title=SCHEDULED)
    await DrawEntry.enter(community.member_of(persona).id, draw.id, at=at)


async def _collect(community: Community, *, at: datetime) -> None:
    """Half of the winners have asked for their prize, and the first has got it."""
    draw = await Draw.get(title=SCHEDULED)
    claims = await PrizeClaim.filter(draw_id=draw.id).order_by("id")
    for number, claim in enumerate(claims[::2]):
        await PrizeClaim.claim(claim.member_id, claim.id, note="到店自提，周末下午", at=at)
        if number == 0:
            await PrizeClaim.fulfil(claim.id, code=None, reason="到店已取", staff_id=community.owner.id, at=at)
