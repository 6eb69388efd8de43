"""Builders of levels, and of growth to reach them."""

from datetime import datetime
from uuid import UUID

from models.points.account import Account, Currency, of_member
from models.points.adjustment import PointAdjustment
from models.points.level import LevelTerms
from models.points.level_change import LevelChange
from models.points.level_ladder import LevelLadder
from store.ids import new_id
from tests.build import LONG_AGO

ENTRY = LevelTerms("新芽", 0)
BRONZE = LevelTerms("青铜", 100, gift_points=20)
SILVER = LevelTerms("白银", 500, valid_days=30, keep_growth=200, grace_days=5, gift_points=50, speed_percent=120)
GOLD = LevelTerms("黄金", 2_000, valid_days=30, keep_growth=400, gift_points=100, speed_percent=150)


async def a_ladder(*terms: LevelTerms, expected_version: int = 0, at: datetime = LONG_AGO) -> LevelLadder:
    """The levels, above one that everybody has."""
    levels = [ENTRY, *terms]
    return await LevelLadder.put(levels, expected_version=expected_version, reason="测试", staff_id=new_id(), at=at)


async def grow(member_id: UUID, amount: int, *, at: datetime) -> PointAdjustment:
    """Give a member growth."""
    return await PointAdjustment.grant(
        member_id, amount, currency=Currency.GROWTH, reason="补发", staff_id=new_id(), at=at, once=None
    )


async def points_of(member_id: UUID) -> int:
    return int((await Account.get(id=of_member(member_id).id)).balance)


async def history(member_id: UUID) -> list[tuple[int, int, str, datetime, int]]:
    changes = await LevelChange.filter(member_id=member_id).order_by("changed_at", "id")
    return [(one.position_before, one.position, str(one.cause), one.changed_at, one.growth) for one in changes]
