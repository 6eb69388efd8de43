"""Results in the contract: who won what, masked, with everything that a roll can be recomputed from."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from auth.scope import in_scope, members_in_scope
from engine.cursor import encode_id
from engine.declare import Node, batch, computed, one, one_by, record_type
from engine.relation import NO_ROW
from models.members.member import Member as MemberRecord
from models.play.draw_entry import DrawEntry as DrawEntryRecord
from models.play.draw_prize import DrawPrize as DrawPrizeRecord
from models.play.draw_prize import Wanting
from models.play.draw_result import DrawResult as DrawResultRecord
from models.play.draw_void import DrawResultVoid as DrawResultVoidRecord
from models.play.prize_claim import PrizeClaim as PrizeClaimRecord
from models.staff.right import StaffRight
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.play.draw_prize import DrawPrize
from schema.play.draw_sight import of_published, own
from schema.play.prize_claim import PrizeClaim
from schema.scalars import BigInt

if TYPE_CHECKING:
    from auth.context import Context
    from schema.play.draw import Draw
    from schema.viewer import Viewer


async def masked_names(rows: Sequence[Any], context: "Context") -> list[str]:
    """The names of winners as all may see them: the first letter alone."""
    found = await MemberRecord.filter(id__in={row.member_id for row in rows}).only("id", "nickname")
    names = {member.id: f"{member.nickname[:1]}**" for member in found}
    return [names.get(row.member_id, "**") for row in rows]


async def members_for_staff(rows: Sequence[Any], context: "Context") -> list[MemberRecord | None]:
    """Whose a row is, for staff who may know."""
    scope, ids = members_in_scope(context), {row.member_id for row in rows}
    if not context.caller.may(StaffRight.DRAWS_READ) or scope is NO_ROW:
        return [None] * len(rows)
    seen = await in_scope(ids, scope)
    found = {member.id: member for member in await MemberRecord.filter(id__in=seen)}
    return [found.get(row.member_id) for row in rows]


@record_type(DrawResultVoidRecord, description="What the void of a draw took back of one result.", visible=own)
class DrawResultVoid(Node):
    points_back: int = strawberry.field(description="Points that were taken back.")
    shortfall: int = strawberry.field(description="Points that had been spent and could not be taken back.")
    kept: bool = strawberry.field(description="Whether the prize had been handed over or used, and stays.")
    created_at: datetime = strawberry.field(description="When.")


@record_type(DrawResultRecord, description="One draw: what it was made from, and what it gave.", visible=of_published)
class DrawResult(Node):
    masked_name: str = batch(masked_names, needs=("member_id",), description="Who drew, by the first letter alone.")
    member: Member | None = batch(members_for_staff, needs=("member_id",), description="Who drew; for staff.")
    prize: DrawPrize | None = one(DrawPrizeRecord, "prize_id", description="What was given; absent for an alternate.")
    rolled_prize: DrawPrize | None = one(DrawPrizeRecord, "rolled_prize_id", description="What the roll fell on.")
    wanting: Wanting | None = strawberry.field(description="Why the prize that was rolled was not given.")
    unmet: Wanting | None = strawberry.field(
        description="Why the guarantee, which was due, was not met; another roll decided then."
    )
    points: int = strawberry.field(description="Points that it paid.")
    prize_number: int | None = strawberry.field(description="Which piece of the stock, from 1.")
    pick_number: int | None = strawberry.field(description="Scheduled: in which order it was picked, from 1.")
    entrant: str = strawberry.field(description="The member's name in the log of this draw, which tells nobody who.")
    sequence: int = strawberry.field(description="The entrant's nth draw here, from 1.")
    client_text: str | None = strawberry.field(description="What the client mixed into the roll.")
    seed_number: int = strawberry.field(description="Which seed of the draw it was rolled with.")
    version: int = strawberry.field(description="Under which version of the rules.")
    segment: str | None = strawberry.field(description="The segment whose weights held; absent for those of all.")
    roll_number: BigInt = strawberry.field(description="The number that was rolled, from 0.")
    roll_bound: BigInt = strawberry.field(description="The number is below it: the sum of the weights, or of tickets.")
    pity_before: int = strawberry.field(description="What the guarantee had counted before it.")
    pity_after: int = strawberry.field(description="What the guarantee has counted with it.")
    is_forced: bool = strawberry.field(description="Whether the guarantee decided.")
    created_at: datetime = strawberry.field(description="When.")
    claim: PrizeClaim | None = one_by(
        PrizeClaimRecord, "result_id", description="The caller's claim to the prize, where it has to be claimed."
    )
    void: DrawResultVoid | None = one_by(
        DrawResultVoidRecord, "result_id", description="What the void of the draw took back; for its member and staff."
    )

    @computed(needs=("prize_id",), description="The id of the prize that was given.")
    def prize_id(self: Any) -> strawberry.ID | None:
        return strawberry.ID(encode_id("DrawPrize", self.prize_id)) if self.prize_id else None

    @computed(needs=("rolled_prize_id",), description="The id of the prize that the roll fell on.")
    def rolled_prize_id(self: Any) -> strawberry.ID | None:
        return strawberry.ID(encode_id("DrawPrize", self.rolled_prize_id)) if self.rolled_prize_id else None


@record_type(DrawEntryRecord, description="A ticket of a scheduled draw.", visible=of_published)
class DrawEntry(Node):
    entrant: str = strawberry.field(description="The member's name in the log of this draw, which tells nobody who.")
    number: int = strawberry.field(description="The entrant's nth ticket, from 1.")
    created_at: datetime = strawberry.field(description="When.")


@strawberry.input(description="A draw to make.")
class DrawInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never draws twice.")
    draw_id: strawberry.ID = strawberry.field(description="The draw.")
    client_text: str | None = strawberry.field(
        default=None, description="1 to 40 letters, digits, `-` or `_` of the client's choice, mixed into the roll."
    )
    buys: bool = strawberry.field(default=False, description="Whether to buy a chance where none is left.")


@strawberry.input(description="A scheduled draw to enter.")
class EnterDrawInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never enters twice.")
    draw_id: strawberry.ID = strawberry.field(description="The draw.")
    buys: bool = strawberry.field(default=False, description="Whether to buy a chance where none is left.")


@strawberry.type
class DrawnPayload(Payload):
    draw: Annotated["Draw", strawberry.lazy("schema.play.draw")] | None = changed("The draw.")
    viewer: Annotated["Viewer", strawberry.lazy("schema.viewer")] | None = changed("The caller after it.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="What was drawn.")
class DrawPayload(DrawnPayload):
    result: DrawResult | None = changed("The result.")


@strawberry.type(description="A ticket that was taken.")
class EnterDrawPayload(DrawnPayload):
    entry: DrawEntry | None = changed("The ticket.")
