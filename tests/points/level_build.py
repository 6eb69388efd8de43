"""Builders of levels, and of growth to reach them."""

from datetime import datetime
from uuid import UUID

from models.points.account import Currency
from models.points.adjustment import PointAdjustment
from models.points.level import LevelTerms
from models.points.level_ladder import LevelLadder
from store.ids import new_id
from tests.build import LONG_AGO

ENTRY = LevelTerms("新芽", 0)


async def a_ladder(*terms: LevelTerms, expected_version: int = 0, at: datetime = LONG_AGO) -> LevelLadder:
    """The levels, above one that everybody has."""
    levels = [ENTRY, *terms]
    return await LevelLadder.put(levels, expected_version=expected_version, reason="测试", staff_id=new_id(), at=at)


async def grow(member_id: UUID, amount: int, *, at: datetime) -> PointAdjustment:
    """Give a member growth."""
    return await PointAdjustment.grant(
        member_id, amount, currency=Currency.GROWTH, reason="补发", staff_id=new_id(), at=at, once=None
    )
