"""The foundation: laid at every start, and laying it again changes nothing."""

import asyncio
from datetime import timedelta

from models.foundation import lay_foundation
from models.points.account import Account
from models.points.level import Level
from models.staff.role import StaffRole
from tests.conftest import NOON


async def counts() -> tuple[int, int, int]:
    return await Account.all().count(), await StaffRole.all().count(), await Level.all().count()


async def test_laying_it_twice_and_at_once_is_laying_it_once(database: str) -> None:
    await asyncio.gather(*(lay_foundation(at=NOON) for _ in range(5)))
    once = await counts()

    await lay_foundation(at=NOON + timedelta(minutes=1))

    assert once == await counts()
    assert all(count > 0 for count in once)
