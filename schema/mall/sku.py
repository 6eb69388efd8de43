"""Variants of goods in the contract: prices, stock, and whether the caller may order them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry

from auth.caller import CallerKind
from engine.declare import Node, batch, computed, one, record_type
from models.mall.eligibility import Offer, offers
from models.mall.good import Good as GoodRecord
from models.mall.sku import Sku as SkuRecord
from schema.eligibility import Eligibility
from schema.mall.visibility import skus_seen
from schema.payload import Payload, changed
from schema.scalars import BigInt

if TYPE_CHECKING:
    from schema.mall.good import Good


@strawberry.type(description="The price for a level and those above it, up to the next that is named.")
class LevelPrice:
    position: int = strawberry.field(description="The level's position.")
    points: BigInt = strawberry.field(description="Points for one.")


@strawberry.type(description="What one piece costs the caller, and whether and how many may be ordered now.")
class OrderOffer:
    eligibility: Eligibility = strawberry.field(description="Whether one may be ordered, all reasons, and when next.")
    points: BigInt = strawberry.field(description="Points for one, by the caller's level.")
    cash_minor: BigInt = strawberry.field(description="Cash for one beside the points, in minor units.")
    pieces_most: int = strawberry.field(description="How many may be ordered at once now.")

    @classmethod
    def of(cls, found: Offer, locale: str) -> Self:
        return cls(
            eligibility=Eligibility.of(found.eligibility, locale),
            points=BigInt(found.points),
            cash_minor=BigInt(found.cash_minor),
            pieces_most=found.pieces_most,
        )


async def viewer_offers(skus: Sequence[SkuRecord], context: Any) -> list[OrderOffer | None]:
    if context.caller.kind is not CallerKind.MEMBER:
        return [None] * len(skus)
    found = await offers(context.member_id, skus, at=context.at)
    return [OrderOffer.of(one, context.locale) for one in found]


@record_type(SkuRecord, description="A variant of a good, with its price and its stock.", visible=skus_seen)
class Sku(Node):
    good: Annotated["Good", strawberry.lazy("schema.mall.good")] | None = one(
        GoodRecord, "good_id", description="The good that it is a variant of."
    )
    name: str = strawberry.field(description="Its name, such as a colour or a size.")
    price: BigInt = strawberry.field(description="Points for one, where a level has no other price.")
    cash_minor: BigInt = strawberry.field(description="Cash for one beside the points, in minor units.")
    stock: int | None = strawberry.field(description="What is left; absent: it never runs out; 0: sold out.")
    reserved: int = strawberry.field(description="Pieces of orders that wait for their cash.")
    sold: int = strawberry.field(description="Pieces that were paid and not given back.")
    sort: int = strawberry.field(description="Smaller ones stand in front.")
    is_active: bool = strawberry.field(description="Whether it can be ordered.")
    version: int = strawberry.field(description="Rises with what staff say of it.")
    viewer_offer: OrderOffer | None = batch(
        viewer_offers, description="What it costs the calling member, and whether it may order it now."
    )

    @computed(needs=("level_prices",), description="Other prices by level, the lowest level first.")
    def level_prices(self: Any) -> list[LevelPrice]:
        prices = sorted((int(position), points) for position, points in self.level_prices.items())
        return [LevelPrice(position=position, points=BigInt(points)) for position, points in prices]


@strawberry.input(description="A price for a level.")
class LevelPriceInput:
    position: int = strawberry.field(description="The level's position.")
    points: BigInt = strawberry.field(description="Points for one.")


def prices_of(given: Sequence[LevelPriceInput]) -> dict[int, int]:
    return {one.position: one.points for one in given}


@strawberry.input(description="A new variant of a good.")
class AddSkuInput:
    good_id: strawberry.ID = strawberry.field(description="The good.")
    name: str = strawberry.field(description="Its name, 1 to 40 characters, unique for its good.")
    price: BigInt = strawberry.field(description="Points for one.")
    level_prices: list[LevelPriceInput] = strawberry.field(default_factory=list, description="Other prices by level.")
    cash_minor: BigInt = strawberry.field(default=BigInt(0), description="Cash for one, in minor units.")
    stock: int | None = strawberry.field(default=None, description="How many there are; left out: it never runs out.")
    sort: int = strawberry.field(default=0, description="Smaller ones stand in front.")


@strawberry.input(description="All of a variant anew, but its stock.")
class ChangeSkuInput:
    sku_id: strawberry.ID = strawberry.field(description="The variant.")
    expected_version: int = strawberry.field(description="The version that was read.")
    name: str = strawberry.field(description="Its name, 1 to 40 characters, unique for its good.")
    price: BigInt = strawberry.field(description="Points for one.")
    level_prices: list[LevelPriceInput] = strawberry.field(default_factory=list, description="Other prices by level.")
    cash_minor: BigInt = strawberry.field(default=BigInt(0), description="Cash for one, in minor units.")
    sort: int = strawberry.field(default=0, description="Smaller ones stand in front.")
    is_active: bool = strawberry.field(default=True, description="Whether it can be ordered.")


@strawberry.type(description="A new variant.")
class AddSkuPayload(Payload):
    sku: Sku | None = changed("The variant.")


@strawberry.type(description="A variant after a change.")
class ChangeSkuPayload(Payload):
    sku: Sku | None = changed("The variant.")
