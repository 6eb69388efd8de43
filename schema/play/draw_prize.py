"""Prizes of draws in the contract: what they are, how many there are, and how likely each is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import strawberry

from engine.declare import Node, batch, computed, derived, one, record_type
from models.mall.sku import Sku as SkuRecord
from models.play.draw_prize import DrawPrize as DrawPrizeRecord
from models.play.draw_prize import Wanting
from models.play.draw_terms import PrizeKind, Release
from models.staff.right import StaffRight
from schema.enums import publish
from schema.mall.sku import Sku
from schema.play.draw_sight import of_published
from schema.scalars import BigInt

if TYPE_CHECKING:
    from auth.context import Context

publish(
    PrizeKind,
    "What a prize is.",
    named="DrawPrizeKind",
    none="Nothing: better luck next time.",
    points="Points, paid at once.",
    coupon="A coupon, to be claimed.",
    good="A thing, to be claimed and sent.",
    make_up_card="Make-up cards for check-ins, given at once.",
    chance="More chances in the same draw, given at once.",
    code="A code out of a pool of the mall, given at once.",
)
publish(
    Release,
    "How a stock comes into play; what was not won earlier stays in play.",
    named="DrawPrizeRelease",
    at_once="All from the start.",
    evenly="Piece by piece, evenly over the time of the draw.",
    hourly="So many each hour.",
    daily="So many each business day of the brand.",
)
publish(
    Wanting,
    "Why the prize that was rolled was not given.",
    named="DrawPrizeWanting",
    out_of_stock="All pieces, or codes of its pool, were gone.",
    not_released="No piece had come into play by then.",
    member_cap="The member had won it as often as one may.",
    budget="The budget could not pay it.",
    not_active="The entrant took part no more when the winners were picked.",
)


async def worths(prizes: Sequence[DrawPrizeRecord], context: "Context") -> list[int | None]:
    """What a prize costs is the brand's business."""
    is_told = context.caller.may(StaffRight.DRAWS_READ)
    return [prize.worth if is_told else None for prize in prizes]


@strawberry.type(description="The weight of a prize for the members of a segment.")
class SegmentWeight:
    segment: str = strawberry.field(description="The segment.")
    weight: BigInt = strawberry.field(description="The weight that holds for it.")


def segment_weights(stored: dict[str, int]) -> list[SegmentWeight]:
    return [SegmentWeight(segment=name, weight=BigInt(weight)) for name, weight in sorted(stored.items())]


@record_type(DrawPrizeRecord, description="A prize of a draw.", visible=of_published)
class DrawPrize(Node):
    position: int = strawberry.field(description="Its place in the draw, from 0.")
    is_offered: bool = strawberry.field(description="Whether it can be won at present.")
    name: str = strawberry.field(description="What it is called.")
    kind: PrizeKind = strawberry.field(description="What it is.")
    amount: int = strawberry.field(description="How many points, cards or chances.")
    picture_url: str | None = strawberry.field(description="Address of a picture.")
    tier: int | None = strawberry.field(description="1 is the best.")
    weight: BigInt = strawberry.field(description="Its share of the roll, beside the weights of the others.")
    odds_ppm: BigInt = derived(
        "(SELECT COALESCE({row}.weight * 1000000 / NULLIF(CAST(SUM(o.weight) AS BIGINT), 0), 0) FROM draw_prize o "
        "WHERE o.draw_id = {row}.draw_id AND o.is_offered)",
        description="How likely a roll falls on it, in millionths; other weights may hold for a segment.",
    )
    stock: int | None = strawberry.field(description="How many there are; absent where unlimited.")
    taken: int = strawberry.field(description="How many pieces of the stock were won.")
    returned: int = strawberry.field(description="How many of those came back.")
    release: Release = strawberry.field(description="How the stock comes into play.")
    release_count: int | None = strawberry.field(description="How many each hour or day.")
    member_most: int | None = strawberry.field(description="How often one member may win it.")
    sku: Sku | None = one(
        SkuRecord, "sku_id", description="Whose pool a code is given from; absent where it is not shown."
    )
    is_fallback: bool = strawberry.field(description="Whether it is given where another prize is wanting.")
    worth: int | None = batch(worths, needs=("worth",), description="For staff: what one costs the brand, in points.")

    @computed(needs=("segment_weights",), bound=10, description="Weights that hold for segments instead.")
    def segment_weights(self: Any) -> list[SegmentWeight]:
        return segment_weights(self.segment_weights)
