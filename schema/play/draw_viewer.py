"""What a member can see of its own draws."""

import strawberry

from engine.declare import Connection, connection
from models.play.draw_chance import DrawChance as DrawChanceRecord
from models.play.draw_entry import DrawEntry as DrawEntryRecord
from models.play.draw_result import DrawResult as DrawResultRecord
from models.play.prize_claim import PrizeClaim as PrizeClaimRecord
from schema.play.draw_chance import DrawChance
from schema.play.draw_result import DrawEntry, DrawResult
from schema.play.prize_claim import PrizeClaim


@strawberry.type
class DrawsViewer:
    draw_results: Connection[DrawResult] = connection(
        DrawResultRecord,
        "member_id",
        order=("-created_at", "-id"),
        description="What the caller has drawn, the newest first.",
    )
    draw_entries: Connection[DrawEntry] = connection(
        DrawEntryRecord,
        "member_id",
        order=("-created_at", "-id"),
        description="The caller's tickets of scheduled draws, the newest first.",
    )
    draw_chances: Connection[DrawChance] = connection(
        DrawChanceRecord,
        "member_id",
        order=("-created_at", "-id"),
        description="The caller's chances and where they came from, the newest first.",
    )
    prize_claims: Connection[PrizeClaim] = connection(
        PrizeClaimRecord,
        "member_id",
        order=("-created_at", "-id"),
        description="Prizes that the caller has to claim or has claimed, the newest first.",
    )
