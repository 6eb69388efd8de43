"""A community to act on: members, plans to check in under, an operator, and tokens for all of them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Self
from uuid import UUID

from engine.cursor import encode_id
from models.checkins.plan import CheckInPlan
from models.insight.standing import TOPIC
from models.members.session import Session, SubjectKind
from models.points.adjustment import PointAdjustment
from models.points.gift_policy import GiftPolicy, GiftReach, GiftTerms
from models.staff.staff import Staff
from store.database import close_database, open_database
from store.outbox import held_back
from tests.build import a_member, a_plan, a_staff

ENDOWMENT = "测试起始积分"

_numbers = count(1)


@asynccontextmanager
async def database_open(url: str) -> AsyncIterator[None]:
    """The database, open in the test's process for the block alone, so that a killed server's files rest meanwhile."""
    await open_database(url, pool_size=4)
    try:
        yield
    finally:
        await close_database()


@dataclass(frozen=True)
class Community:
    member_ids: Sequence[UUID]
    plans: Sequence[CheckInPlan]
    operator: Staff

    @classmethod
    async def born(cls, *, members: int, plans: int) -> Self:
        """The first plan is the default one and pays; under the others a check-in pays less."""
        member_ids = [(await a_member(nickname=f"会员{next(_numbers):04d}")).id for _ in range(members)]
        default = await a_plan(freeze_held_most=9, cumulative_ladder=[{"days": 3, "points": 5}])
        others = [
            await a_plan(
                name=f"打卡计划{number}", is_default=False, base_points=number, finish_bonus=0, freeze_held_most=9
            )
            for number in range(1, plans)
        ]
        return cls(member_ids, [default, *others], await a_staff())

    @property
    def public_ids(self) -> list[str]:
        return [encode_id("Member", member_id) for member_id in self.member_ids]

    async def endowed(self, points: int, *, at: datetime) -> None:
        """Give every member points to spend; boards that are built later know of them."""
        with held_back(TOPIC):
            for member_id in self.member_ids:
                await PointAdjustment.grant(
                    member_id, points, reason=ENDOWMENT, staff_id=self.operator.id, at=at, once=None
                )

    async def gifts_open(self, *, at: datetime) -> None:
        """Let members give each other points without limits."""
        terms = GiftTerms(True, GiftReach.EVERYBODY, 1, 1_000, None, None, None, None)
        await GiftPolicy.put(terms, staff_id=self.operator.id, at=at)

    async def member_tokens(self, *, at: datetime) -> list[str]:
        """A new login of each member, in their order."""
        return [(await Session.start(SubjectKind.MEMBER, one, at=at)).access for one in self.member_ids]

    async def operator_token(self, *, at: datetime) -> str:
        return (await Session.start(SubjectKind.STAFF, self.operator.id, at=at)).access
