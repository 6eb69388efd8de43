"""The terms of a draw as staff write them."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from models.errors import Invalid
from models.play.draw_terms import (
    ChanceRule,
    ChanceSource,
    DrawKind,
    DrawTerms,
    PrizeKind,
    PrizeTerms,
    Release,
    Segment,
)
from schema.ids import optional_id_of
from schema.members.audience import AudienceInput
from schema.payload import Payload, changed
from schema.play.draw import Draw
from schema.scalars import BigInt


@strawberry.input(description="Members for whom other weights hold; of several the first that a member belongs to.")
class DrawSegmentInput:
    name: str = strawberry.field(description="Its name, unique in the draw.")
    audience: AudienceInput = strawberry.field(description="Who belongs to it.")

    async def value(self) -> Segment:
        return Segment(self.name, await AudienceInput.read(self.audience, field="segments.audience"))


@strawberry.input(description="The weight of a prize for the members of a segment.")
class SegmentWeightInput:
    segment: str = strawberry.field(description="The segment's name.")
    weight: BigInt = strawberry.field(description="The weight that holds for it.")


@strawberry.input(description="What a behaviour gives in a draw.")
class ChanceRuleInput:
    source: ChanceSource = strawberry.field(description="The behaviour: check-in, task, quiz, event or invite.")
    count: int = strawberry.field(default=1, description="Chances each time.")
    day_most: int = strawberry.field(default=1, description="Chances a day at most.")
    total_most: int | None = strawberry.field(default=None, description="Chances in all at most; null: no end.")


@strawberry.input(description="A prize of a draw.")
class DrawPrizeInput:
    name: str = strawberry.field(description="What it is called.")
    id: strawberry.ID | None = strawberry.field(default=None, description="The prize that it is, where it is there.")
    kind: PrizeKind = strawberry.field(default=PrizeKind.NONE, description="What it is.")
    amount: int = strawberry.field(default=0, description="How many points, cards or chances.")
    weight: BigInt = strawberry.field(default=BigInt(0), description="Its share of the roll; 0 is never rolled.")
    segment_weights: list[SegmentWeightInput] = strawberry.field(
        default_factory=list, description="Weights that hold for segments."
    )
    tier: int | None = strawberry.field(default=None, description="1 is the best; for the guarantee.")
    stock: int | None = strawberry.field(default=None, description="How many there are; null: unlimited, 0: none.")
    release: Release = strawberry.field(default=Release.AT_ONCE, description="How the stock comes into play.")
    release_count: int | None = strawberry.field(default=None, description="How many each hour or day.")
    member_most: int | None = strawberry.field(default=None, description="How often one member may win it.")
    worth: int = strawberry.field(default=0, description="What one costs the brand, in points.")
    picture_url: str | None = strawberry.field(default=None, description="Address of a picture.")
    sku_id: strawberry.ID | None = strawberry.field(
        default=None, description="For a code: the variant whose pool it is given from."
    )
    is_fallback: bool = strawberry.field(
        default=False, description="Whether it is given where another is wanting; one prize must be."
    )

    def value(self) -> PrizeTerms:
        given = {name: getattr(self, name) for name in PrizeTerms.__dataclass_fields__}
        weights = {one.segment: int(one.weight) for one in self.segment_weights}
        prize_id = optional_id_of("DrawPrize", self.id, field="prizes.id")
        sku_id = optional_id_of("Sku", self.sku_id, field="prizes.skuId")
        return PrizeTerms(**{**given, "segment_weights": weights, "id": prize_id, "sku_id": sku_id})


@strawberry.input(description="The terms of a draw, as a whole.")
class DrawTermsInput:
    title: str = strawberry.field(description="What it is called.")
    kind: DrawKind = strawberry.field(description="How it looks.")
    starts_at: datetime = strawberry.field(description="From when one may draw.")
    ends_at: datetime = strawberry.field(description="Until when one may draw.")
    prizes: list[DrawPrizeInput] = strawberry.field(description="1 to 50 prizes.")
    description: str | None = strawberry.field(default=None, description="Its rules in words.")
    audience: AudienceInput | None = strawberry.field(default=None, description="Whom it is for; absent: all.")
    free_per_day: int = strawberry.field(default=0, description="Chances that each day gives.")
    price: int | None = strawberry.field(default=None, description="Points for a chance; null sells none.")
    day_most: int | None = strawberry.field(default=None, description="Most draws of a member a day.")
    total_most: int | None = strawberry.field(default=None, description="Most draws of a member in all.")
    budget_id: strawberry.ID | None = strawberry.field(
        default=None, description="The budget that pays its points; absent where they are newly issued."
    )
    claim_days: int | None = strawberry.field(default=30, description="Days to claim a prize; null: no deadline.")
    pity_tier: int | None = strawberry.field(default=None, description="The tier that the guarantee gives.")
    pity_after: int | None = strawberry.field(default=None, description="Draws without it before one that gives it.")
    segments: list[DrawSegmentInput] = strawberry.field(
        default_factory=list, description="Members for whom other weights hold."
    )
    chance_rules: list[ChanceRuleInput] = strawberry.field(default_factory=list, description="What behaviours give.")
    seed_hours: int | None = strawberry.field(default=None, description="How long a seed is used; null: all the time.")
    counts_tickets: bool = strawberry.field(default=True, description="Scheduled: whether every ticket counts.")
    alternates: int = strawberry.field(default=0, description="Scheduled: how many are picked to move up.")

    async def terms(self) -> DrawTerms:
        """The terms that were said; `NotFound` and `Invalid` name what of them is wrong."""
        given = {name: getattr(self, name) for name in DrawTerms.__dataclass_fields__}
        found = {
            "prizes": tuple(one.value() for one in self.prizes),
            "audience": await AudienceInput.read(self.audience),
            "budget_id": optional_id_of("Budget", self.budget_id, field="budgetId"),
            "segments": tuple([await one.value() for one in self.segments]),
            "chance_rules": _rules(self.chance_rules),
        }
        return DrawTerms(**{**given, **found})


def _rules(given: Sequence[ChanceRuleInput]) -> dict[ChanceSource, ChanceRule]:
    found = {one.source: ChanceRule(one.count, one.day_most, one.total_most) for one in given}
    if len(found) < len(given):
        raise Invalid("chanceRules", zh="来源重复", en="a source stands there twice")
    return found


@strawberry.input(description="A draw to write down.")
class CreateDrawInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never creates two.")
    terms: DrawTermsInput = strawberry.field(description="Its terms.")


@strawberry.input(description="Other terms for a draw: a draft is written anew, a published one gets a new version.")
class ChangeDrawInput:
    draw_id: strawberry.ID = strawberry.field(description="The draw.")
    expected_version: int = strawberry.field(
        description="The version read, also of a draft; refused where another came."
    )
    terms: DrawTermsInput = strawberry.field(description="All its terms; prizes that stay bear their id.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit; needed once it is published.")


@strawberry.input(description="A draft to publish.")
class PublishDrawInput:
    draw_id: strawberry.ID = strawberry.field(description="The draw.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read; refused where another came. Null: whichever there is."
    )


@strawberry.input(description="A draw to end before its time.")
class EndDrawInput:
    draw_id: strawberry.ID = strawberry.field(description="The draw.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.input(description="A draw to declare void.")
class VoidDrawInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never voids twice.")
    draw_id: strawberry.ID = strawberry.field(description="The draw.")
    reason: str = strawberry.field(description="Why, for the members and the audit.")


@strawberry.type
class DrawChangePayload(Payload):
    draw: Draw | None = changed("The draw.")


@strawberry.type(description="A draw that was written down.")
class CreateDrawPayload(DrawChangePayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A draw whose terms were changed.")
class ChangeDrawPayload(DrawChangePayload):
    pass


@strawberry.type(description="A draw that was published.")
class PublishDrawPayload(DrawChangePayload):
    pass


@strawberry.type(description="A draw that was ended.")
class EndDrawPayload(DrawChangePayload):
    pass


@strawberry.type(description="A draw that was declared void; its unwinding goes on in the background.")
class VoidDrawPayload(DrawChangePayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")
