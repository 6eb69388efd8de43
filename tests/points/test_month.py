"""A month over all areas, played by two members: after each step the ledger keeps all of its promises."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from models.actor import Actor
from models.groups.group import Group
from models.mall.moving_on import move_orders_on
from models.mall.order import Order
from models.mall.order_payment import OrderPayment
from models.mall.order_refund import OrderRefund
from models.mall.order_status import OrderStatus
from models.mall.portion import Portion
from models.members.member import Member
from models.play.draw_result import DrawResult
from models.play.draw_terms import PrizeKind, PrizeTerms
from models.play.draw_void import DrawVoid, unwind_due
from models.play.red_packet import expire_packets
from models.play.red_packet_share import RedPacketShare
from models.play.red_packet_terms import PacketMode
from models.points.account import Account, Bucket, of_budget, of_member
from models.points.behaviour import Behaviour
from models.points.budget import Budget, BudgetPlan
from models.points.earn_rule import EarnRule
from models.points.earn_terms import EarnTerms
from models.points.earning import Earning
from models.points.expiry import expire_due
from models.points.expiry_policy import ExpiryKind
from models.points.gift import PointGift
from models.points.gift_policy import GiftPolicy, GiftReach, GiftTerms
from models.points.hold import PointHold
from models.points.level_upkeep import level_drift
from models.points.reconciliation import reconcile
from store.database import transaction
from store.ids import new_id
from tests.build import LONG_AGO
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.mall.build import a_good, an_order
from tests.play.build import a_member_packet, a_packet
from tests.play.draws import a_draw
from tests.points.build import a_policy
from tests.points.level_build import BRONZE, a_ladder

DAY = timedelta(days=1)
HUNDRED = PrizeTerms("100 积分", kind=PrizeKind.POINTS, amount=100, weight=1, stock=5)
NOTHING = PrizeTerms("谢谢参与", weight=0, is_fallback=True)

pytestmark = pytest.mark.usefixtures("empty_redis")


class Month:
    """Two members of a group, a budget that pays for posts, prizes and packets, and who runs it all."""

    def __init__(self, group: Group, one: Member, other: Member, staff_id: UUID, budget: Budget) -> None:
        self.group, self.one, self.other, self.staff_id, self.budget = group, one, other, staff_id, budget

    async def held(self) -> tuple[int, int, int, int]:
        """What the one can spend and has set aside, what the other can spend, and what is left of the budget."""
        one = of_member(self.one.id)
        keys = (one, replace(one, bucket=Bucket.HELD), of_member(self.other.id), of_budget(self.budget.id))
        found = {account.id: int(account.balance) for account in await Account.filter(id__in=[key.id for key in keys])}
        able, aside, other, budget = (found.get(key.id, 0) for key in keys)
        return able, aside, other, budget


@pytest.fixture
async def month(database: str, empty_redis: str) -> Month:
    group, staff_id = await a_group(), new_id()
    one, other = await a_place(group), await a_place(group)
    await a_ladder(BRONZE)
    await a_policy(ExpiryKind.DAYS, days=25)
    await GiftPolicy.put(GiftTerms(is_open=True, reach=GiftReach.EVERYBODY), staff_id=staff_id, at=LONG_AGO)
    budget = await Budget.open(BudgetPlan("互动", 1_000), staff_id=staff_id, at=NOON)
    await EarnRule.put(Behaviour.POSTED, EarnTerms(100, growth=60, budget_name="互动"), at=LONG_AGO)
    return Month(group, one, other, staff_id, budget)


async def earn(month: Month, at: datetime) -> None:
    """The second post reaches a level, which pays its gift of 20; the third is taken back, growth and all."""
    for number in range(3):
        await Earning.pay(month.one.id, Behaviour.POSTED, f"post:{number}", at=at)
    async with transaction():
        await Member.bump(month.one.id)
        note, staff_id = "违规", month.staff_id
        await Earning.take_back(month.one.id, Behaviour.POSTED, "post:2", at=at, note=note, staff_id=staff_id)


async def order(month: Month, at: datetime) -> None:
    """Of three orders with cash one is paid, one is not in time, and one waits still."""
    sku = await a_good(price=40, cash_minor=500)
    paid, _ = await an_order(month.one, sku, at=at), await an_order(month.one, sku, at=at)
    await OrderPayment.confirm(paid.number, "wx-1", 500, actor=Actor.staff(month.staff_id), at=at)
    await move_orders_on(at=at + timedelta(hours=1))
    await an_order(month.one, sku, at=at + timedelta(hours=2))
    await PointHold.release_lapsed(at=at + DAY)


async def refund(month: Month, at: datetime) -> None:
    """A part goes back, and then the rest."""
    bought = await an_order(month.one, await a_good(price=30), at=at)
    for portion in (Portion(points=10), None):
        await OrderRefund.by_staff(bought.id, portion, reason="退货", staff_id=month.staff_id, at=at, once=None)


async def packet_of_the_budget(month: Month, at: datetime) -> None:
    """Half of it is taken, and the rest returns."""
    packet = await a_packet(200, 2, at=at, budget_id=month.budget.id, mode=PacketMode.ORDINARY)
    await RedPacketShare.grab(month.other.id, packet.id, at=at, once=None)
    await expire_packets(at=at + 2 * DAY)


async def packet_of_a_member(month: Month, at: datetime) -> None:
    """Half of it is taken, and the rest returns."""
    packet = await a_member_packet(month.one, month.group, 20, 2, at=at, mode=PacketMode.ORDINARY)
    await RedPacketShare.grab(month.other.id, packet.id, at=at, once=None)
    await expire_packets(at=at + 2 * DAY)


async def draw(month: Month, at: datetime) -> None:
    """A chance is bought and wins; then the draw is void."""
    window = {"starts_at": at, "ends_at": at + 7 * DAY}
    wheel = await a_draw(NOTHING, HUNDRED, price=20, budget_id=month.budget.id, **window)
    won = await DrawResult.draw_once(month.one.id, wheel.id, buys=True, at=at)
    assert (won.points, await month.held()) == (100, (210, 40, 110, 600))
    await DrawVoid.record(wheel.id, reason="奖品设置有误", staff_id=month.staff_id, at=at, once=None)
    await unwind_due(at=at)


async def give(month: Month, at: datetime) -> None:
    await PointGift.give(month.one.id, month.other.id, 30, at=at, once=None)


async def lapse(month: Month, at: datetime) -> None:
    """Everything is older than the policy lets it be; what the waiting order had set aside comes back after that."""
    await expire_due(at=at)
    await move_orders_on(at=at)


async def close(month: Month, at: datetime) -> None:
    """The budget ends, and an order is refunded whose points have lapsed meanwhile."""
    await Budget.close(month.budget.id, reason="月末", staff_id=month.staff_id, at=at)
    bought = await Order.get(member_id=month.one.id, status=OrderStatus.READY)
    await OrderRefund.by_staff(bought.id, None, reason="退货", staff_id=month.staff_id, at=at, once=None)


async def test_after_each_step_of_a_month_the_ledger_keeps_its_promises(month: Month) -> None:
    told = []
    for step, day in (
        (earn, 0),
        (order, 1),
        (refund, 3),
        (packet_of_the_budget, 4),
        (packet_of_a_member, 7),
        (draw, 10),
        (give, 11),
        (lapse, 40),
        (close, 41),
    ):
        await step(month, NOON + day * DAY)
        told.append(await month.held())
        assert (await reconcile(), await level_drift()) == ([], []), step.__name__

    assert told == [
        (220, 0, 0, 800),
        (140, 40, 0, 800),
        (140, 40, 0, 800),
        (140, 40, 100, 700),
        (130, 40, 110, 700),
        (130, 40, 110, 700),
        (100, 40, 140, 700),
        (40, 0, 0, 700),
        (80, 0, 0, 0),
    ]
