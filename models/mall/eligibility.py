"""What a member may order now, and for how much: every SKU of a page judged at once, before anything is taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.eligibility import Eligibility
from models.errors import DomainError
from models.mall.good import Good
from models.mall.order import QUANTITY_MOST
from models.mall.order_limit import NOTHING, pieces_left
from models.mall.shopper import Shopper
from models.mall.sku import Sku
from models.members.member import ACTIVE, Member, MemberNotActive
from models.points.account import of_member
from models.points.entry import InsufficientPoints
from models.points.lot import PointLot


@dataclass(frozen=True)
class Offer:
    """What one piece costs this member, whether it may be ordered, and how many at once at most."""

    eligibility: Eligibility
    points: int
    cash_minor: int
    pieces_most: int


async def offers(member_id: UUID, skus: Sequence[Sku], *, at: datetime) -> list[Offer]:
    """One for each SKU, in their order, in a number of statements that does not grow with theirs.

    Only audiences that differ from each other are asked one by one.
    """
    member = await Member.existing(member_id)
    goods = {good.id: good for good in await Good.filter(id__in=list({sku.good_id for sku in skus}))}
    shopper = await Shopper.of(member_id, list(goods.values()), skus, at=at)
    available = await PointLot.spendable(of_member(member_id).id, at=at)
    inactive = [] if member.status in ACTIVE else [MemberNotActive()]
    return [_offer(shopper, goods[sku.good_id], sku, available, inactive) for sku in skus]


def _offer(shopper: Shopper, good: Good, sku: Sku, available: int, inactive: Sequence[DomainError]) -> Offer:
    points = shopper.price(sku)
    refusals = [*inactive, *shopper.refusals(good, sku, 1)]
    if points > available:
        refusals.append(InsufficientPoints(needed=points, available=available))
    most = [
        QUANTITY_MOST,
        pieces_left(good, shopper.had.get(good.id, NOTHING)),
        *([] if sku.stock is None else [sku.stock]),
        *([available // points] if points else []),
    ]
    return Offer(
        eligibility=Eligibility(refusals),
        points=points,
        cash_minor=sku.cash_minor,
        pieces_most=0 if refusals else min(most),
    )
