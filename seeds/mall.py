"""The mall: its shelves, and what the active ordered in the last weeks, so that an order stands in every state."""

from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from models.actor import Actor
from models.mall.address import Address
from models.mall.cancellation import cancel
from models.mall.good import Good, GoodStatus
from models.mall.moving_on import issue_waiting_codes, move_orders_on
from models.mall.order import Order
from models.mall.order_payment import OrderPayment
from models.mall.order_refund import OrderRefund
from models.mall.pick_up import PickUp
from models.mall.restock_notice import RestockNotice
from models.mall.sealed_address import Destination
from models.mall.shipment import Parcel, receive, ship, take_up
from models.mall.sku import Sku
from models.mall.store import Store
from models.mall.wish_list import WishListEntry
from models.mall.write_off import write_off
from models.points.account import of_member
from models.points.adjustment import PointAdjustment
from models.points.lot import PointLot
from seeds.community import Act, Community
from seeds.draws import WHEEL_DAYS
from seeds.mall_goods import PLACES, STORES
from seeds.mall_shelves import shelve_chances
from seeds.personas import Habit, Persona

WELCOME = 600
BUYERS_MOST = 12
OPENED_AGO = timedelta(days=20)


class Chapter(Protocol):
    """Something that became of an order of a good."""

    def __call__(self, community: Community, persona: Persona, name: str, *, at: datetime) -> Awaitable[None]: ...


def acts(community: Community) -> Iterator[Act]:
    calendar = community.calendar
    for day in calendar.days[-OPENED_AGO.days :]:
        yield Act(calendar.at(day, 2), move_orders_on)
        yield Act(calendar.at(day, 2.1), issue_waiting_codes)
    yield Act(calendar.at(calendar.today - timedelta(days=WHEEL_DAYS)), partial(shelve_chances, community))
    opening = calendar.now - OPENED_AGO
    buyers = community.with_habit(Habit.ACTIVE, joined_before=calendar.today - OPENED_AGO)[:BUYERS_MOST]
    for number, persona in enumerate(buyers):
        yield Act(opening + timedelta(minutes=number), partial(_welcome, community, persona, number))
    if not buyers:
        return
    for number, tale in enumerate(TALES):
        buyer = buyers[number % len(buyers)]
        for hours_ago, deed in tale.deeds:
            yield Act(calendar.now - timedelta(hours=hours_ago), partial(deed, community, buyer, tale.name))


async def _welcome(community: Community, persona: Persona, number: int, *, at: datetime) -> None:
    """The mall opens: a gift for the first ones, who leave their address and look around."""
    member = community.member_of(persona)
    reason, staff_id = "积分商城开业礼", community.owner.id
    await PointAdjustment.grant(member.id, WELCOME, reason=reason, staff_id=staff_id, at=at, once=None)
    region, street = PLACES[number % len(PLACES)]
    home = Destination(persona.name.nickname[:30], persona.phone or f"1390000{number:04d}", region, street)
    await Address.put(member.id, home, at=at)
    for good in await Good.filter(status=GoodStatus.ON_SHELF).order_by("sort").offset(number * 3).limit(2):
        await WishListEntry.put(member.id, good.id, at=at)
    sold_out = await Sku.filter(stock=0).order_by("id").first()
    if sold_out and number % 2:
        await RestockNotice.ask(member.id, sold_out.id, at=at)


async def _place(community: Community, persona: Persona, name: str, *, at: datetime) -> None:
    """Whoever has too few points by then buys nothing."""
    member, sku = community.member_of(persona), await _sku(name)
    if await PointLot.spendable(of_member(member.id).id, at=at) >= sku.price:
        await Order.place(member.id, sku.id, at=at, once=None)


async def _cancel(community: Community, persona: Persona, name: str, *, at: datetime) -> None:
    if order := await _order(community, persona, name):
        await cancel(order.member_id, order.id, reason="地址填错了", at=at, once=None)


async def _pay(community: Community, persona: Persona, name: str, *, at: datetime) -> None:
    if order := await _order(community, persona, name):
        owner = Actor.staff(community.owner.id)
        await OrderPayment.confirm(order.number, f"WX{order.number}", order.cash_minor, actor=owner, at=at)


async def _take_up(community: Community, persona: Persona, name: str, *, at: datetime) -> None:
    if order := await _order(community, persona, name):
        await take_up(order.id, staff_id=community.owner.id, at=at)


async def _ship(community: Community, persona: Persona, name: str, *, at: datetime) -> None:
    if order := await _order(community, persona, name):
        parcel = Parcel(order.id, "顺丰速运", f"SF14{order.placed_at:%m%d%H%M%S}")
        await ship(parcel, staff_id=community.owner.id, at=at)


async def _receive(community: Community, persona: Persona, name: str, *, at: datetime) -> None:
    if order := await _order(community, persona, name):
        await receive(order.member_id, order.id, at=at)


async def _write_off(community: Community, persona: Persona, name: str, *, at: datetime) -> None:
    if order := await _order(community, persona, name):
        pick_up, store = await PickUp.get(order_id=order.id), await Store.get(name=STORES[0][0])
        await write_off(pick_up.code, store.id, staff_id=community.owner.id, at=at, once=None)


async def _refund(community: Community, persona: Persona, name: str, *, at: datetime) -> None:
    if order := await _order(community, persona, name):
        staff_id, reason = community.owner.id, "接头松动，全额退还"
        await OrderRefund.by_staff(order.id, None, reason=reason, staff_id=staff_id, at=at, once=None)


async def _sku(name: str) -> Sku:
    good = await Good.get(name=name)
    skus = await Sku.filter(good_id=good.id).order_by("sort").limit(1)
    return skus[0]


async def _order(community: Community, persona: Persona, name: str) -> Order | None:
    member = community.member_of(persona)
    return await Order.filter(member_id=member.id, good_name=name).order_by("-placed_at").first()


@dataclass(frozen=True)
class Tale:
    """An order of a good, and what became of it how many hours before the present."""

    name: str
    deeds: tuple[tuple[float, Chapter], ...]


TALES = (
    Tale("真空保温杯 480ml", ((20, _place),)),
    Tale("每日坚果七日装", ((26, _place), (3, _take_up))),
    Tale("云南普洱小青柑", ((70, _place), (50, _ship))),
    Tale("手账本套装", ((216, _place), (192, _ship), (48, _receive))),
    Tale("新疆长绒棉毛巾两条装", ((456, _place), (432, _ship), (336, _receive))),
    Tale("视频会员月卡", ((30, _place),)),
    Tale("外卖红包码", ((40, _place),)),
    Tale("现烤可颂一份", ((6, _place),)),
    Tale("周末普洱品鉴会", ((100, _place), (50, _write_off))),
    Tale("全自动晴雨伞", ((60, _place), (58, _cancel))),
    Tale("三合一数据线", ((288, _place), (264, _ship), (144, _refund))),
    Tale("颈椎按摩枕", ((0.2, _place),)),
    Tale("阳澄湖大闸蟹礼盒", ((120, _place),)),
    Tale("补签卡", ((80, _place),)),
    Tale("便携折叠购物袋", ((400, _place), (390, _ship))),
    Tale("门店满 100 减 20 券", ((300, _place),)),
    Tale("颈椎按摩枕", ((96, _place), (95.7, _pay), (72, _ship))),
    Tale("基金定投入门课", ((10, _place),)),
    Tale("手冲咖啡挂耳包", ((33, _place),)),
    Tale("鲜花一束", ((110, _place),)),
    Tale("转盘抽奖机会", ((12, _place),)),
)
"""Together an order in every state; some move on by themselves."""
