"""Whatever happens, and however late, doubled or shuffled the boards hear of it, they end as the records say."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

import pytest

from models.actor import SYSTEM
from models.checkins.check_in import CheckIn
from models.checkins.void import CheckInVoid
from models.errors import DomainError
from models.groups.membership import Membership
from models.insight import board_projection
from models.insight.board import Board, Metric, in_group
from models.insight.board_drift import drift
from models.insight.board_lapse import lapse_streaks
from models.insight.board_period import Period, live_periods
from models.insight.board_projection import Change, Rows, project, write
from models.insight.board_ranking import LiveBoard
from models.insight.board_rebuild import all_boards, rebuild_missing
from models.insight.standing import changes_of
from models.members.member import MemberStatus
from models.members.status_change import MemberStatusChange, set_board_visibility
from models.spread.referral import Referral
from store import outbox
from store.brand_day import brand_day
from store.database import transaction
from store.ids import new_id
from store.outbox import Payload
from tests.build import a_member, a_plan
from tests.conftest import NOON
from tests.groups.build import a_circle, a_group
from tests.insight.plain_board import plain_board

ACTS = 120
Act = Callable[[], Awaitable[object]]
T = TypeVar("T")


class World:
    """Some members who do things at random, and a post that keeps what the boards should hear."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.random = Random(seed)
        self.at = NOON
        self.changes: list[Change] = []
        self.readings: list[tuple[Rows, date]] = []
        monkeypatch.setitem(outbox._effects, "standing", self._keep)

    async def settle(self) -> None:
        self.plan = await a_plan()
        circles = [await a_circle() for _ in range(2)]
        self.groups = [await a_group(circle=circle, name=name) for circle in circles for name in ("早茶", "夜读")]
        self.members = [await a_member() for _ in range(8)]
        await rebuild_missing(at=self.at)

    async def act(self) -> None:
        self.at += timedelta(seconds=self.random.choice([0, 1, 3600, 40_000]))
        who, other = self.random.sample(self.members, 2)
        group = self.random.choice(self.groups)
        acts: list[Act] = [
            *[lambda: CheckIn.record(who.id, self.plan, at=self.at)] * 8,
            *[self._void] * 2,
            lambda: Membership.join(who.id, group.id, at=self.at),
            lambda: Membership.leave(who.id, group.id, at=self.at),
            lambda: set_board_visibility(who.id, is_hidden=self.random.random() < 0.4, at=self.at),
            lambda: Referral.record(who.id, other.id, at=self.at),
            lambda: self._turn(who.id),
        ]
        try:
            await self.random.choice(acts)()
        except DomainError:
            return

    async def deliver_some(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Read for some of what is waiting, and write some of what was read, each perhaps a second time later on."""
        with monkeypatch.context() as patched:
            patched.setattr(board_projection, "write", self._hold)
            await project(self._some(self.changes))
        for rows, day in self._some(self.readings):
            await write(rows, day)

    async def deliver_all(self) -> None:
        """Whatever waits is written in any order, and what comes of that is final."""
        self.random.shuffle(self.readings)
        self.random.shuffle(self.changes)
        for rows, day in self.readings:
            await write(rows, day)
        for change in self.changes:
            await project([change])

    def _some(self, waiting: list[T]) -> list[T]:
        self.random.shuffle(waiting)
        count = self.random.randint(0, len(waiting))
        some = waiting[:count]
        waiting[:] = [one for place, one in enumerate(waiting) if place >= count or self.random.random() < 0.3]
        return some

    async def _keep(self, payloads: Sequence[Payload]) -> None:
        self.changes += changes_of(payloads)

    async def _hold(self, rows: Rows, day: date) -> int:
        self.readings.append((rows, day))
        return 0

    async def _void(self) -> None:
        standing = await CheckIn.filter(voided_at__isnull=True)
        if standing:
            chosen = self.random.choice(sorted(standing, key=lambda one: one.id))
            await CheckInVoid.record(chosen.id, staff_id=new_id(), reason="抽查不实", at=self.at, once=None)

    async def _turn(self, member_id: UUID) -> None:
        status = self.random.choice([MemberStatus.FROZEN, MemberStatus.NORMAL, MemberStatus.NORMAL])
        async with transaction():
            await MemberStatusChange.make(member_id, status, actor=SYSTEM, at=self.at)


@pytest.mark.parametrize("seed", range(10))
async def test_boards_end_as_the_records_say(
    database: str, empty_redis: str, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    world = World(seed, monkeypatch)
    await world.settle()
    for number in range(ACTS):
        await world.act()
        if number % 7 == 0:
            await world.deliver_some(monkeypatch)
    await world.deliver_all()
    await lapse_streaks(at=world.at)

    for board in [*await all_boards(), *(in_group(metric, group.id) for metric in Metric for group in world.groups)]:
        for period in live_periods(brand_day(world.at)):
            if period.window in board.metric.windows:
                await assert_as_plain(board, period, at=world.at)
    assert await drift(at=world.at) == []


async def assert_as_plain(board: Board, period: Period, *, at: datetime) -> None:
    """Every place, and where there is a period before, every change of rank."""
    live = LiveBoard(board, period, at)
    page = await live.page(first=100)
    plain = await plain_board(board, period, at=at)
    assert [(one.rank, one.member_id, one.score, one.reached_at) for one in page.entries] == plain, (board, period)
    assert page.size == len(plain)
    if period.previous in live_periods(brand_day(at)):
        before = {member_id: rank for rank, member_id, _, _ in await plain_board(board, period.previous, at=at)}
        assert [one.previous_rank for one in page.entries] == [before.get(one.member_id) for one in page.entries]
