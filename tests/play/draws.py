"""Draws for tests, published through the verbs that staff use."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from models.members.member import Member
from models.play.draw import Draw
from models.play.draw_chance import DrawChance
from models.play.draw_terms import ChanceSource, DrawKind, DrawTerms, PrizeKind, PrizeTerms
from models.play.draw_version import create_draw, publish_draw
from models.points.account import Account, Bucket, of_member, of_platform
from models.points.entry import Move, PointEntry
from store.database import transaction
from store.ids import new_id
from tests.conftest import NOON

DAY = timedelta(days=1)
THANKS = PrizeTerms("谢谢参与", weight=90, is_fallback=True)
TEN = PrizeTerms("10 积分", kind=PrizeKind.POINTS, amount=10, weight=10, tier=2)
MUG = PrizeTerms("马克杯", kind=PrizeKind.GOOD, weight=1, tier=1, stock=5)
STAFF = new_id()


def terms(*prizes: PrizeTerms, **rules: Any) -> DrawTerms:
    """A wheel of a week that begins at noon."""
    given = {"title": "幸运大转盘", "kind": DrawKind.WHEEL, "starts_at": NOON, "ends_at": NOON + 7 * DAY}
    return DrawTerms(**{**given, **rules}, prizes=prizes or (THANKS, TEN))


async def a_draw(*prizes: PrizeTerms, **rules: Any) -> Draw:
    """A published draw."""
    draft = await create_draw(terms(*prizes, **rules), staff_id=STAFF, at=NOON - DAY, once=None)
    return await publish_draw(draft.id, staff_id=STAFF, at=NOON - DAY)


async def a_wheel(*, at: datetime, **rules: Any) -> Draw:
    """A published draw of two days, free of charge, whose rolls mostly fall on prizes of which there are few."""
    mug, points = replace(MUG, weight=50, stock=20), replace(TEN, weight=50, stock=30)
    fallback = replace(THANKS, weight=1)
    given = {"starts_at": at, "ends_at": at + 2 * DAY, "free_per_day": 50, **rules}
    draft = await create_draw(terms(fallback, mug, points, **given), staff_id=STAFF, at=at, once=None)
    return await publish_draw(draft.id, staff_id=STAFF, at=at)


async def chances(member: Member, draw: Draw, count: int) -> None:
    cause = f"test:{new_id()}"
    await DrawChance.give(member.id, draw.id, source=ChanceSource.EVENT, cause=cause, count=count, at=NOON)


async def rich(member: Member, points: int = 1_000) -> Member:
    async with transaction():
        gift = Move(of_platform(Bucket.ISSUED), of_member(member.id), points, "gift", f"test:{new_id()}")
        await PointEntry.post([gift], at=NOON - DAY)
    return member


async def points_of(member: Member) -> int:
    account = await Account.get_or_none(id=of_member(member.id).id)
    return int(account.balance) if account else 0
