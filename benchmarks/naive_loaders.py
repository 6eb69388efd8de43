"""The relations of the plain server: a data loader each, which reads records for all keys of a moment.

The ORM reads no few of each parent, so the relations that need that have a statement of their own, whose rows are made
into records like all others.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from models.checkins.check_in import CheckIn
from models.checkins.plan import CheckInPlan
from models.checkins.streak import Streak
from models.groups.group import Group
from models.groups.membership import Membership
from models.members.introduction import Introduction
from models.members.member import Member
from models.points.account import Account, Bucket, Currency, Holder
from models.record import Record
from models.spread.referral import Referral
from store.database import fetch

R = TypeVar("R", bound=Record)
Some = tuple[UUID, int]
"""A parent, and how many of its children are wanted."""


class Loaders:
    """Those of one request, at its instant."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self.members: DataLoader[UUID, Member] = DataLoader(load_fn=_by_id(Member))
        self.groups: DataLoader[UUID, Group] = DataLoader(load_fn=_by_id(Group))
        self.introductions: DataLoader[UUID, Introduction | None] = DataLoader(load_fn=_introductions)
        self.accounts: DataLoader[UUID, Account | None] = DataLoader(load_fn=_accounts)
        self.streak_days: DataLoader[UUID, int] = DataLoader(load_fn=self._streak_days)
        self.groups_of_member = _few(Membership, "member_id", "joined_at, id")
        self.members_of_group = _few(Membership, "group_id", "joined_at, id")
        self.check_ins_of_group = _few(CheckIn, "group_id", "created_at DESC, id DESC", where="voided_at IS NULL")
        self.referrals_of_member = _few(Referral, "inviter_id", "created_at DESC, id DESC")

    async def _streak_days(self, member_ids: list[UUID]) -> Sequence[int]:
        plan = await CheckInPlan.get(is_default=True, is_active=True)
        streaks = await Streak.filter(member_id__in=member_ids, plan_id=plan.id)
        found = {streak.member_id: _runs(streak, plan, self._at) for streak in streaks}
        return [found.get(member_id, 0) for member_id in member_ids]


def _runs(streak: Streak, plan: CheckInPlan, at: datetime) -> int:
    """The days of a streak; none where more days were missed than the plan forgives."""
    if streak.last_day is None:
        return 0
    missed = plan.day_of(at) - streak.last_day - timedelta(days=1)
    return streak.current_days if missed.days <= plan.grace_days else 0


def _by_id(record: type[R]) -> Callable[[list[UUID]], Awaitable[Sequence[Any]]]:
    async def load(ids: list[UUID]) -> Sequence[R | None]:
        found = {one.id: one for one in await record.filter(id__in=ids)}
        return [found.get(one) for one in ids]

    return load


def _few(record: type[R], column: str, order: str, *, where: str = "TRUE") -> DataLoader[Some, list[R]]:
    """The first few of each parent, in an order."""
    table = record._meta.db_table

    async def load(keys: list[Some]) -> Sequence[list[R]]:
        found: dict[Hashable, list[R]] = defaultdict(list)
        for size in {size for _, size in keys}:
            rows = await fetch(
                f"SELECT t.* FROM unnest($1::uuid[]) AS p(id) CROSS JOIN LATERAL (SELECT * FROM {table} "  # noqa: S608 - names of the program
                f"WHERE {column} = p.id AND {where} ORDER BY {order} LIMIT {size}) t ORDER BY {order}",
                [parent for parent, wanted in keys if wanted == size],
            )
            for one in map(record.from_row, rows):
                found[getattr(one, column), size].append(one)
        return [found[key] for key in keys]

    return DataLoader(load_fn=load)


async def _introductions(member_ids: list[UUID]) -> Sequence[Introduction | None]:
    rows = await Introduction.filter(member_id__in=member_ids, is_latest=True)
    found = {one.member_id: one for one in rows}
    return [found.get(member_id) for member_id in member_ids]


async def _accounts(member_ids: list[UUID]) -> Sequence[Account | None]:
    rows = await Account.filter(
        holder_id__in=member_ids, holder=Holder.MEMBER, currency=Currency.POINTS, bucket=Bucket.AVAILABLE
    )
    found = {one.holder_id: one for one in rows}
    return [found.get(member_id) for member_id in member_ids]
