"""What is due is worked off one by one: a row that fails keeps no other from its turn, and the run comes to its end."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from models.mall.moving_on import move_orders_on
from models.mall.order import Order
from models.mall.order_status import OrderStatus
from models.play.draw import Draw, DrawState
from models.play.draw_result import DrawResult
from models.play.draw_terms import PrizeTerms
from models.play.draw_version import end_due
from models.play.drawing import lapse_claims
from models.play.prize_claim import ClaimState, PrizeClaim
from models.points import expiry
from models.points.budget import Budget, BudgetPlan
from models.points.budget_change import BudgetChange
from models.points.budget_month import turn_months
from models.points.entry import Move
from models.points.hold import PointHold
from models.points.level import Level
from models.points.level_gift import LevelGift
from models.points.level_upkeep import fit_members, level_drift, lower_due
from models.points.member_level import MemberLevel
from models.points.reconciliation import reconcile
from store.ids import as_id, new_id
from tests.build import a_member
from tests.conftest import NOON
from tests.mall.build import a_buyer, a_good, an_order
from tests.play.draws import DAY, MUG, a_draw, chances
from tests.points.build import a_holder, balance_of
from tests.points.level_build import BRONZE, SILVER, a_ladder, grow, history

LATER = NOON + 40 * DAY
NEVER = PrizeTerms("谢谢参与", weight=0, is_fallback=True)


def failing_for(monkeypatch: pytest.MonkeyPatch, record: type, verb: str, id: object) -> None:
    """The verb of a record raises for one row, and does for the others what it does."""
    usual: Callable[..., Awaitable[Any]] = getattr(record, verb)

    async def poisoned(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.id == id:
            raise RuntimeError("poisoned")
        return await usual(self, *args, **kwargs)

    monkeypatch.setattr(record, verb, poisoned)


async def test_a_hold_that_fails_keeps_no_other_from_its_release(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = await a_buyer(300)
    holds = [
        await PointHold.authorise(member.id, 100, source=f"test:{n}", until=NOON + timedelta(hours=n), at=NOON)
        for n in (1, 2, 3)
    ]
    failing_for(monkeypatch, PointHold, "_lapse", holds[0].id)

    assert await PointHold.release_lapsed(at=LATER) == 2
    assert [hold.id for hold in await PointHold.filter(ended_at__isnull=True)] == [holds[0].id]


async def test_an_order_that_fails_keeps_no_other_from_moving_on(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sku = await a_good(cash_minor=990)
    orders = [await an_order(await a_buyer(), sku) for _ in range(3)]
    failing_for(monkeypatch, Order, "move", orders[1].id)

    await move_orders_on(at=LATER)

    assert [(await Order.get(id=order.id)).status for order in orders] == [
        OrderStatus.CANCELLED,
        OrderStatus.AWAITING_CASH,
        OrderStatus.CANCELLED,
    ]


async def test_a_claim_that_fails_keeps_no_other_from_going_back(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw, member = await a_draw(NEVER, MUG, claim_days=1), await a_member()
    await chances(member, draw, 3)
    for _ in range(3):
        await DrawResult.draw_once(member.id, draw.id, at=NOON)
    first, *others = await PrizeClaim.all().order_by("expires_at", "id")
    failing_for(monkeypatch, PrizeClaim, "expire", first.id)

    assert await lapse_claims(at=LATER) == len(others) == 2
    assert (await PrizeClaim.get(id=first.id)).state is ClaimState.WAITING


async def test_a_draw_that_fails_keeps_no_other_from_its_end(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = await a_draw(), await a_draw()
    failing_for(monkeypatch, Draw, "save", first.id)

    assert await end_due(at=LATER) == 1
    assert [(await Draw.get(id=one.id)).state for one in (first, second)] == [DrawState.PUBLISHED, DrawState.ENDED]


async def test_lots_that_fail_keep_no_others_from_expiring(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    holders = [await a_holder((10, 1)) for _ in range(3)]
    move = expiry._move

    def poisoned(lot: expiry.Row, at: datetime) -> Move:
        if as_id(lot["member_id"]) == holders[1].id:
            raise RuntimeError("poisoned")
        return move(lot, at)

    monkeypatch.setattr(expiry, "_move", poisoned)

    assert await expiry.expire_due(at=LATER) == 2
    assert [await balance_of(one.id) for one in holders] == [0, 10, 0]
    assert await reconcile() == []


def failing_to_settle(monkeypatch: pytest.MonkeyPatch, member_id: UUID) -> None:
    settle = MemberLevel.settle

    async def poisoned(one: UUID, *args: Any, **kwargs: Any) -> list[LevelGift]:
        if one == member_id:
            raise RuntimeError("poisoned")
        return await settle(one, *args, **kwargs)

    monkeypatch.setattr(MemberLevel, "settle", poisoned)


async def test_a_member_who_fails_keeps_no_other_from_its_level(
    database: str, empty_redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = [await a_member() for _ in range(3)]
    await a_ladder(BRONZE, SILVER)
    for one in members:
        await grow(one.id, 500, at=NOON)
    failing_to_settle(monkeypatch, members[0].id)

    assert await lower_due(at=LATER) == 2
    assert [(await history(one.id))[-1][:3] for one in members] == [
        (0, 3, "reached"),
        (3, 2, "lapsed"),
        (3, 2, "lapsed"),
    ]


async def test_a_member_who_fails_keeps_no_other_from_a_changed_ladder(
    database: str, empty_redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = [await a_member() for _ in range(3)]
    ladder = await a_ladder(BRONZE)
    for one in members:
        await grow(one.id, 60, at=NOON)
    await a_ladder(replace(BRONZE, threshold=50), expected_version=ladder.version, at=NOON)
    failing_to_settle(monkeypatch, members[0].id)

    assert await fit_members(at=NOON + DAY) == 2
    assert [await Level.position_of(one.id) for one in members] == [1, 2, 2]
    assert len(await level_drift()) == 1


async def test_a_budget_that_fails_keeps_no_other_from_its_turn(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    november, december = date(2026, 11, 1), date(2026, 12, 1)
    for name in ("发帖", "活动", "邀请"):
        await Budget.open(BudgetPlan(name, 50, month=november, renews=True), staff_id=new_id(), at=NOON)
    opened, shut = Budget.opened, Budget.shut
    failing: set[str] = {"发帖"}

    async def poisoned_opening(id: UUID, plan: BudgetPlan, *args: Any, **kwargs: Any) -> Budget:
        if plan.name in failing:
            raise RuntimeError("poisoned")
        return await opened(id, plan, *args, **kwargs)

    async def poisoned_shutting(self: Budget, *args: Any, **kwargs: Any) -> BudgetChange:
        if self.name == "活动":
            raise RuntimeError("poisoned")
        return await shut(self, *args, **kwargs)

    monkeypatch.setattr(Budget, "opened", poisoned_opening)
    monkeypatch.setattr(Budget, "shut", poisoned_shutting)

    # Two are renewed and one is closed; what has no successor is not closed, or it would never have one.
    assert await turn_months(at=NOON + 9 * DAY) == 3
    failing.clear()
    assert await turn_months(at=NOON + 9 * DAY) == 2
    assert await Budget.filter(month=december, closed_at__isnull=True).count() == 3
    assert [one.name for one in await Budget.filter(month=november, closed_at__isnull=True)] == ["活动"]
