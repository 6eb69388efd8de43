"""Deliveries: how each kind of good reaches its buyer once it is paid, and how it comes back.

Every kind stands in the table, so a good of any kind can be handed over. What we hand over ourselves happens in the
transaction of the payment, so it is never paid and lost.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from models.checkins.card import CardKind, CardSource, CheckInCard
from models.checkins.plan import CheckInPlan
from models.errors import DomainError, NotFound
from models.learning.bought_seat import (
    demand_course_on_offer,
    give_seat,
    refundable_until,
    reserve_seat,
    take_seat_back,
)
from models.mall.good import GoodKind
from models.mall.good_code import GoodCode
from models.mall.order_status import OrderStatus
from models.mall.pick_up import PickUp
from models.play.draw import Draw, DrawState
from models.play.draw_chance import DrawChance, DueChance
from models.play.draw_terms import ChanceSource
from store.ids import as_id, new_id

if TYPE_CHECKING:
    from models.mall.order import Order


class AlreadyUsed(DomainError):
    code = "ALREADY_USED"
    zh = "已发放的权益已使用，不能退款"
    en = "What was handed over has been used, so it cannot be refunded."


class CodesHold(DomainError):
    code = "CODES_HOLD"
    zh = "兑换码已发放，需先作废才能退款"
    en = "Its codes were issued; they have to be voided with the refund."
    field = "voidsCodes"


class OneSeatAnOrder(DomainError):
    code = "ONE_SEAT_AN_ORDER"
    zh = "每笔订单只能报名一个席位"
    en = "An order is for one seat."
    field = "quantity"


@dataclass(frozen=True)
class HandedOver:
    """The state of an order after it, and when it moves on by itself."""

    status: OrderStatus
    due_at: datetime | None


async def _any_target(target_id: UUID | None) -> None:
    return None


async def _nothing_to_take(order: "Order", at: datetime, pieces: int, *, voids_codes: bool) -> None:
    return None


class TakeBack(Protocol):
    """Take so many pieces back from the buyer, or refuse."""

    def __call__(self, order: "Order", at: datetime, pieces: int, *, voids_codes: bool) -> Awaitable[None]: ...


@dataclass(frozen=True)
class Delivery:
    """`hand_over` is absent where colleagues send it. `take_back` refuses where it cannot come back.

    `check_target` refuses a target that is none of its kind. What there is only so much of beside the stock is set
    aside by `reserve` for an order that waits for its cash, and let go of by `let_go` where that does not come.
    """

    hand_over: "Callable[[Order, datetime], Awaitable[HandedOver]] | None" = None
    take_back: TakeBack = _nothing_to_take
    check_target: Callable[[UUID | None], Awaitable[None]] = _any_target
    needs_address: bool = False
    reserve: "Callable[[Order, datetime], Awaitable[None]] | None" = None
    let_go: "Callable[[Order, datetime], Awaitable[None]] | None" = None


async def issue_codes(order: "Order", at: datetime) -> HandedOver:
    """As many codes as there are, up to the pieces that have not gone back, for an order whose turn it is."""
    missing = await _missing_codes(order)
    if missing and await GoodCode.take(order.sku_id, order.id, missing, at=at) < missing:
        return HandedOver(OrderStatus.AWAITING_CODE, None)
    return HandedOver(OrderStatus.ISSUED, at + timedelta(days=order.receive_days))


async def _give_codes(order: "Order", at: datetime) -> HandedOver:
    """Whoever comes later stands behind those who wait, unless it needs no code any more."""
    if await order.has_earlier_waiting() and await _missing_codes(order):
        return HandedOver(OrderStatus.AWAITING_CODE, None)
    return await issue_codes(order, at)


async def _missing_codes(order: "Order") -> int:
    return order.left.pieces - await order.codes_held()


async def _void_codes(order: "Order", at: datetime, pieces: int, *, voids_codes: bool) -> None:
    """The codes that are more than the pieces that stay, the last ones first."""
    surplus = await order.codes_held() - (order.left.pieces - pieces)
    if surplus <= 0:
        return
    if not voids_codes:
        raise CodesHold()
    await GoodCode.void_of(order.id, surplus, at=at)


async def _give_ticket(order: "Order", at: datetime) -> HandedOver:
    expires_at = at + timedelta(days=order.pick_up_days) if order.pick_up_days else None
    await PickUp.issue(order.id, order.member_id, expires_at=expires_at, at=at)
    return HandedOver(OrderStatus.READY, expires_at)


async def _give_cards(order: "Order", at: datetime) -> HandedOver:
    plan = await CheckInPlan.chosen(order.target_id)
    ids = [new_id() for _ in range(order.quantity)]
    await CheckInCard.hand_out(ids, order.member_id, plan.id, CardKind.MAKE_UP, CardSource.BOUGHT, at=at)
    return HandedOver(OrderStatus.RECEIVED, at + timedelta(days=order.after_sale_days))


async def _take_cards(order: "Order", at: datetime, pieces: int, *, voids_codes: bool) -> None:
    """The unused cards of the instant at which they were bought expire now."""
    unused = CheckInCard.filter(
        member_id=order.member_id,
        kind=CardKind.MAKE_UP,
        source=CardSource.BOUGHT,
        acquired_at=order.confirmed_at,
        used_for__isnull=True,
        expires_at__isnull=True,
    )
    cards = await unused.order_by("id").limit(pieces) if pieces else []
    if len(cards) < pieces:
        raise AlreadyUsed()
    await CheckInCard.filter(id__in=[card.id for card in cards]).update(expires_at=at)


async def _is_plan(target_id: UUID | None) -> None:
    """Without a target the cards are of the default plan."""
    try:
        await CheckInPlan.chosen(target_id)
    except NotFound:
        raise NotFound(field="targetId") from None


async def _give_chances(order: "Order", at: datetime) -> HandedOver:
    """Chances in a draw that is announced or goes on; paid too late for it, the order is refused."""
    draw = await Draw.shared(as_id(order.target_id))
    draw.refuse_closed(at=max(at, draw.starts_at))
    due = DueChance(ChanceSource.ORDER, order.source, order.quantity, None)
    await DrawChance.write_down(order.member_id, draw.id, due, at=at)
    return HandedOver(OrderStatus.RECEIVED, at + timedelta(days=order.after_sale_days))


async def _take_chances(order: "Order", at: datetime, pieces: int, *, voids_codes: bool) -> None:
    """As many fewer, unless they were used; the last ones end instead. The caller holds the member's row."""
    chance = await DrawChance.get(member_id=order.member_id, source=ChanceSource.ORDER, cause=order.source)
    if chance.left < pieces:
        raise AlreadyUsed()
    less = {"count": chance.count - pieces} if chance.count > pieces else {"expires_at": at}
    await DrawChance.filter(id=chance.id).update(**less)


async def _is_open_draw(target_id: UUID | None) -> None:
    if not await Draw.exists(id=target_id, state=DrawState.PUBLISHED):
        raise NotFound(field="targetId")


async def _reserve_seat(order: "Order", at: datetime) -> None:
    """Without a course it is a ticket, of which there are as many as pieces."""
    if order.target_id is None:
        return
    if order.quantity != 1:
        raise OneSeatAnOrder()
    await reserve_seat(order.member_id, order.target_id, order.id, at=at)


async def _let_seat_go(order: "Order", at: datetime) -> None:
    await take_seat_back(order.id, at=at)


async def _give_seat(order: "Order", at: datetime) -> HandedOver:
    if order.target_id is None:
        return await _give_ticket(order, at)
    if order.quantity != 1:
        raise OneSeatAnOrder()
    await give_seat(order.member_id, order.target_id, order.id, at=at)
    earliest = at + timedelta(days=order.after_sale_days)
    return HandedOver(OrderStatus.RECEIVED, await refundable_until(order.target_id, earliest))


async def _take_seat(order: "Order", at: datetime, pieces: int, *, voids_codes: bool) -> None:
    if pieces and not await take_seat_back(order.id, at=at):
        raise AlreadyUsed()


async def _is_course(target_id: UUID | None) -> None:
    """Without a target a ticket is shown at the door."""
    if target_id is not None:
        await demand_course_on_offer(target_id)


_BY_CODES = Delivery(hand_over=_give_codes, take_back=_void_codes)
_BY_TICKET = Delivery(hand_over=_give_ticket)

_deliveries: dict[GoodKind, Delivery] = {
    GoodKind.PHYSICAL: Delivery(needs_address=True),
    GoodKind.PICK_UP: _BY_TICKET,
    GoodKind.CODE: _BY_CODES,
    GoodKind.COUPON: _BY_CODES,
    GoodKind.COURSE: Delivery(
        hand_over=_give_seat,
        take_back=_take_seat,
        check_target=_is_course,
        reserve=_reserve_seat,
        let_go=_let_seat_go,
    ),
    GoodKind.EVENT: _BY_TICKET,
    GoodKind.CARD: Delivery(hand_over=_give_cards, take_back=_take_cards, check_target=_is_plan),
    GoodKind.CHANCE: Delivery(hand_over=_give_chances, take_back=_take_chances, check_target=_is_open_draw),
}


def delivery_of(kind: GoodKind) -> Delivery:
    """How goods of a kind are handed over."""
    return _deliveries[kind]
