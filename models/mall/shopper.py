"""A shopper: what has to be known of a member to say whether it may order something, and for how much.

It is read for any number of goods at once, and says no in one place: placing an order raises the first of the
refusals that a page of goods shows as reasons. What is decided by a statement (stock, a circle's share, the points) is
only foretold here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

import orjson

from models.errors import DomainError
from models.groups.membership import Membership
from models.mall.circle_share import CircleLimitReached, CircleShare, NoCircle
from models.mall.good import Good
from models.mall.order_limit import NOTHING, Had, limit_refusals, pieces_had
from models.mall.sku import OutOfStock, Sku
from models.members.audience import Audience
from models.points.level import Level


class NotOnSale(DomainError):
    code = "NOT_ON_SALE"
    zh = "该商品当前不可兑换"
    en = "This cannot be ordered at present."


@dataclass(frozen=True)
class Shopper:
    """`taken` are the pieces that each of the member's circles has had of a good."""

    member_id: UUID
    at: datetime
    had: Mapping[UUID, Had]
    position: int
    barred: Mapping[UUID, Sequence[DomainError]]
    circle_ids: Sequence[UUID]
    taken: Mapping[tuple[UUID, UUID], int]

    @classmethod
    async def of(cls, member_id: UUID, goods: Sequence[Good], skus: Sequence[Sku], *, at: datetime) -> Self:
        """What is to be known for these goods and variants."""
        shared = [good.id for good in goods if good.circle_most is not None]
        places = await Membership.active_groups(member_id) if shared else []
        shares = await CircleShare.of(shared) if shared else {}
        return cls(
            member_id=member_id,
            at=at,
            had=await pieces_had(member_id, goods, at=at),
            position=await Level.position_of(member_id) if any(sku.level_prices for sku in skus) else 0,
            barred=await _barred(member_id, goods, at=at),
            circle_ids=list(dict.fromkeys(place.circle_id for place in places)),
            taken={key: share.taken for key, share in shares.items()},
        )

    def price(self, sku: Sku) -> int:
        """Points for one piece for this member."""
        return sku.price_at(self.position)

    def refusals(self, good: Good, sku: Sku, quantity: int, *, circle_id: UUID | None = None) -> list[DomainError]:
        """Everything that stands against ordering so many pieces, the points aside."""
        found = [*self._closed(good, sku), *self.barred.get(good.id, ())]
        found += limit_refusals(good, self.had.get(good.id, NOTHING), quantity, at=self.at)
        if good.circle_most is not None and self.circle(good, quantity, circle_id) is None:
            found.append(CircleLimitReached() if self._circles(good, circle_id) else NoCircle())
        if sku.stock is not None and sku.stock < quantity:
            found.append(OutOfStock())
        return found

    def circle(self, good: Good, quantity: int, circle_id: UUID | None = None) -> UUID | None:
        """The circle of whose share an order takes: the one that is asked for, or the first that has enough left."""
        if good.circle_most is None:
            return None
        fitting = (
            one
            for one in self._circles(good, circle_id)
            if self.taken.get((good.id, one), 0) + quantity <= good.circle_most
        )
        return next(fitting, None)

    def _closed(self, good: Good, sku: Sku) -> Iterator[DomainError]:
        opens_at = good.window.opens_at(self.at)
        if not good.is_visible(self.at) or not sku.is_active or opens_at is None:
            yield NotOnSale()
        elif opens_at > self.at:
            yield NotOnSale(retry_at=opens_at)

    def _circles(self, good: Good, circle_id: UUID | None) -> list[UUID]:
        named = Audience.from_json(good.audience).circle_ids
        own = [one for one in self.circle_ids if not named or one in named]
        return own if circle_id is None else [one for one in own if one == circle_id]


async def _barred(member_id: UUID, goods: Sequence[Good], *, at: datetime) -> dict[UUID, list[DomainError]]:
    """By good, what its audience says of the member; goods for one audience share the answer."""
    known: dict[bytes, list[DomainError]] = {}
    found: dict[UUID, list[DomainError]] = {}
    for good in goods:
        if not good.audience:
            continue
        key = orjson.dumps(good.audience, option=orjson.OPT_SORT_KEYS)
        if key not in known:
            known[key] = await Audience.from_json(good.audience).refusals(member_id, at=at)
        found[good.id] = known[key]
    return found
