"""Chances in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.declare import Node, one, record_type
from models.play.draw import Draw as DrawRecord
from models.play.draw_chance import DrawChance as DrawChanceRecord
from models.play.draw_terms import ChanceSource
from schema.enums import publish
from schema.payload import Payload, changed
from schema.play.draw_sight import own

if TYPE_CHECKING:
    from schema.play.draw import Draw
    from schema.viewer import Viewer

publish(
    ChanceSource,
    "Where chances come from.",
    named="DrawChanceSource",
    free="Given for the day.",
    purchase="Bought for points.",
    check_in="For checking in while the draw goes on.",
    task="For a task.",
    quiz="For a quiz.",
    event="For an event.",
    invite="For somebody invited.",
    order="Ordered in the mall.",
    grant="From staff.",
    prize="Won in the draw.",
)


@strawberry.type(description="What a behaviour gives in a draw.")
class ChanceRule:
    source: ChanceSource = strawberry.field(description="The behaviour.")
    count: int = strawberry.field(description="Chances each time.")
    day_most: int = strawberry.field(description="Chances a day at most.")
    total_most: int | None = strawberry.field(default=None, description="Chances in all at most; absent: no end.")


@record_type(DrawChanceRecord, description="Chances that a member got for one cause.", visible=own)
class DrawChance(Node):
    draw: Annotated["Draw", strawberry.lazy("schema.play.draw")] = one(DrawRecord, "draw_id", description="The draw.")
    source: ChanceSource = strawberry.field(description="Where they come from.")
    count: int = strawberry.field(description="How many.")
    used: int = strawberry.field(description="How many were used.")
    given_back: int = strawberry.field(description="How many of those were given back by a void.")
    expires_at: datetime | None = strawberry.field(description="When they run out; absent: with the draw.")
    created_at: datetime = strawberry.field(description="When.")
    refunded_at: datetime | None = strawberry.field(description="When what they cost was returned.")


@strawberry.input(description="Chances to buy.")
class BuyDrawChancesInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never buys twice.")
    draw_id: strawberry.ID = strawberry.field(description="The draw.")
    count: int = strawberry.field(default=1, description="How many, 1 to 100.")


@strawberry.input(description="Chances for a member, from staff.")
class GrantDrawChancesInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never grants twice.")
    draw_id: strawberry.ID = strawberry.field(description="The draw.")
    member_id: strawberry.ID = strawberry.field(description="Who gets them.")
    count: int = strawberry.field(description="How many, 1 to 100.")
    reason: str = strawberry.field(description="Why, for the audit.")
    expires_at: datetime | None = strawberry.field(default=None, description="When they run out.")


@strawberry.type
class ChancePayload(Payload):
    chances: DrawChance | None = changed("The chances.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="Chances that were bought.")
class BuyDrawChancesPayload(ChancePayload):
    viewer: Annotated["Viewer", strawberry.lazy("schema.viewer")] | None = changed("The caller after it.")


@strawberry.type(description="Chances that were granted.")
class GrantDrawChancesPayload(ChancePayload):
    pass
