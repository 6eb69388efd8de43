"""Draws in the contract: their rules, odds and commitments, open to everybody who may draw."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from engine.cursor import encode_id
from engine.declare import Connection, Node, computed, connection, many, one_by, record_type
from engine.relation import Condition
from models.play.draw import Draw as DrawRecord
from models.play.draw import DrawState
from models.play.draw_entry import DrawEntry as DrawEntryRecord
from models.play.draw_prize import DrawPrize as DrawPrizeRecord
from models.play.draw_result import DrawResult as DrawResultRecord
from models.play.draw_seed import DrawSeed as DrawSeedRecord
from models.play.draw_terms import ChanceSource, DrawKind
from models.play.draw_version import DrawVersion as DrawVersionRecord
from models.play.drawing import Drawing as DrawingRecord
from schema.enums import publish
from schema.members.audience import Audience, audience_field
from schema.play.draw_chance import ChanceRule
from schema.play.draw_prize import DrawPrize, SegmentWeight, segment_weights
from schema.play.draw_result import DrawEntry, DrawResult
from schema.play.draw_sight import of_published, published
from schema.scalars import BigInt

OFFERED = Condition("{row}.is_offered")
WON = Condition(
    "EXISTS (SELECT 1 FROM draw_prize p WHERE p.id = {row}.prize_id AND p.kind <> 'none')",
)

publish(
    DrawKind,
    "How a draw looks.",
    wheel="A wheel that turns.",
    grid="A grid of prizes.",
    blind_box="Boxes to open.",
    scheduled="Entries are collected, and winners are picked once, at its end.",
)
publish(
    DrawState,
    "What has become of a draw.",
    draft="Members do not see it yet.",
    published="Members see it, and may draw within its time.",
    ended="It is over.",
    voided="It was declared void; what came of it is unwound.",
)


@record_type(DrawSeedRecord, description="A secret that rolls are made from.", visible=of_published)
class DrawSeed(Node):
    number: int = strawberry.field(description="From 0, in the order of their use.")
    commitment: str = strawberry.field(description="SHA-256 of the seed's bytes, published before the draw opened.")
    seed: str | None = strawberry.field(description="The seed in hexadecimal digits, once its time is over.")
    used_from: datetime = strawberry.field(description="From when it is used.")
    used_until: datetime = strawberry.field(description="Until when it is used.")
    committed_at: datetime = strawberry.field(description="When the commitment was published.")
    revealed_at: datetime | None = strawberry.field(description="When the seed was revealed.")


@strawberry.type(description="A prize as a version of the rules has it.")
class DrawVersionPrize:
    id: strawberry.ID = strawberry.field(description="The prize.")
    name: str = strawberry.field(description="What it is called.")
    weight: BigInt = strawberry.field(description="Its weight.")
    segment_weights: list[SegmentWeight] = strawberry.field(description="Weights that hold for segments.")
    tier: int | None = strawberry.field(description="1 is the best.")
    stock: int | None = strawberry.field(description="How many there are; absent where unlimited.")
    is_fallback: bool = strawberry.field(description="Whether it is given where another prize is wanting.")


@record_type(DrawVersionRecord, description="The odds of a draw in one version, never changed.", visible=of_published)
class DrawVersion(Node):
    version: int = strawberry.field(description="The draw's version that it was.")
    created_at: datetime = strawberry.field(description="Since when it holds.")

    @computed(needs=("rules",), description="The tier that the guarantee gives; absent where there is none.")
    def pity_tier(self: Any) -> int | None:
        found: int | None = self.rules["pity_tier"]
        return found

    @computed(needs=("rules",), description="After how many draws without the tier the next one gives it.")
    def pity_after(self: Any) -> int | None:
        found: int | None = self.rules["pity_after"]
        return found

    @computed(needs=("rules",), bound=50, description="The prizes in the order in which rolls go by them.")
    def prizes(self: Any) -> list[DrawVersionPrize]:
        return [
            DrawVersionPrize(
                id=strawberry.ID(encode_id("DrawPrize", UUID(prize["id"]))),
                name=prize["name"],
                weight=prize["weight"],
                segment_weights=segment_weights(prize["segment_weights"]),
                tier=prize["tier"],
                stock=prize["stock"],
                is_fallback=prize["is_fallback"],
            )
            for prize in self.rules["prizes"]
        ]


@record_type(DrawingRecord, description="The frozen list of a scheduled draw, and its drawing.", visible=of_published)
class Drawing(Node):
    list_hash: str = strawberry.field(description="SHA-256 of the lines `entrant:tickets`, sorted.")
    entrants: int = strawberry.field(description="How many have entered.")
    tickets: BigInt = strawberry.field(description="How many tickets count.")
    frozen_at: datetime = strawberry.field(description="When the list was closed.")
    drawn_at: datetime | None = strawberry.field(description="When the winners were picked.")


@record_type(DrawRecord, description="A draw.", visible=published)
class Draw(Node):
    title: str = strawberry.field(description="What it is called.")
    description: str | None = strawberry.field(description="Its rules in words.")
    kind: DrawKind = strawberry.field(description="How it looks.")
    state: DrawState = strawberry.field(description="What has become of it.")
    version: int = strawberry.field(description="The version of its terms; a change brings a new one, also of a draft.")
    starts_at: datetime = strawberry.field(description="From when one may draw.")
    ends_at: datetime = strawberry.field(description="Until when one may draw.")
    audience: Audience | None = audience_field()
    free_per_day: int = strawberry.field(description="Chances that each day gives.")
    price: int | None = strawberry.field(description="Points for a chance; absent where none is sold.")
    day_most: int | None = strawberry.field(description="Most draws of a member a day.")
    total_most: int | None = strawberry.field(description="Most draws of a member in all.")
    claim_days: int | None = strawberry.field(description="Days in which a prize must be claimed; absent: always.")
    pity_tier: int | None = strawberry.field(description="The tier that the guarantee gives; absent where none.")
    pity_after: int | None = strawberry.field(description="Draws without the tier before one that gives it.")
    seed_hours: int | None = strawberry.field(description="How long a seed is used; absent: all the time.")
    counts_tickets: bool = strawberry.field(description="Scheduled: whether every ticket counts, or every entrant.")
    alternates: int = strawberry.field(description="Scheduled: how many are picked to move up.")
    published_at: datetime | None = strawberry.field(description="When it was published.")
    ended_at: datetime | None = strawberry.field(description="When it ended or was voided.")
    prizes: list[DrawPrize] = many(
        DrawPrizeRecord,
        "draw_id",
        order=("position", "id"),
        bound=50,
        where=OFFERED,
        description="What can be won, in the order in which rolls go by them.",
    )
    seeds: Connection[DrawSeed] = connection(
        DrawSeedRecord, "draw_id", order=("number", "id"), description="Its commitments, and the seeds once revealed."
    )
    versions: Connection[DrawVersion] = connection(
        DrawVersionRecord, "draw_id", order=("version", "id"), description="Its odds in all versions."
    )
    results: Connection[DrawResult] = connection(
        DrawResultRecord, "draw_id", order=("-created_at", "-id"), description="Everything drawn, the newest first."
    )
    winners: Connection[DrawResult] = connection(
        DrawResultRecord,
        "draw_id",
        order=("-created_at", "-id"),
        where=WON,
        description="Who has won something, masked, the newest first.",
    )
    entries: Connection[DrawEntry] = connection(
        DrawEntryRecord, "draw_id", order=("id",), description="Scheduled: every ticket."
    )
    drawing: Drawing | None = one_by(
        DrawingRecord, "draw_id", description="Scheduled: the frozen list, once the draw has ended."
    )

    @computed(needs=("id",), description="What its rolls are made from: the first part of every message.")
    def roll_key(self: Any) -> str:
        return str(self.id)

    @computed(needs=("chance_rules",), bound=10, description="What behaviours give.")
    def chance_rules(self: Any) -> list[ChanceRule]:
        return [ChanceRule(source=ChanceSource(name), **rule) for name, rule in sorted(self.chance_rules.items())]
