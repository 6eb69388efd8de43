"""Claims in the contract: prizes that somebody has to hand over."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.declare import Node, batch, one, record_type
from models.mall.good_code import GoodCode
from models.members.member import Member as MemberRecord
from models.play.draw import Draw as DrawRecord
from models.play.draw_prize import DrawPrize as DrawPrizeRecord
from models.play.prize_claim import ClaimState
from models.play.prize_claim import PrizeClaim as PrizeClaimRecord
from schema.enums import publish
from schema.mall.address import Destination, destinations_of
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.play.draw_prize import DrawPrize
from schema.play.draw_sight import own

if TYPE_CHECKING:
    from auth.context import Context
    from schema.play.draw import Draw

publish(
    ClaimState,
    "What has become of a prize that is handed over.",
    named="PrizeClaimState",
    waiting="The winner has not asked for it yet.",
    claimed="The winner has asked for it.",
    fulfilled="It was handed over.",
    expired="It was not asked for in time.",
    voided="Its draw was voided.",
)


async def codes_of(claims: Sequence[PrizeClaimRecord], context: "Context") -> list[str | None]:
    """What staff wrote down; for the caller's own claims what came out of a pool as well."""
    own = [claim.result_id for claim in claims if claim.member_id == context.caller.id and claim.code is None]
    found = await GoodCode.of_results(own) if own else {}
    won = {result_id: code.code for result_id, code in found.items()}
    return [claim.code if claim.code is not None else won.get(claim.result_id) for claim in claims]


@record_type(PrizeClaimRecord, description="A prize on its way to its winner.", visible=own)
class PrizeClaim(Node):
    member: Member = one(MemberRecord, "member_id", description="The winner.")
    draw: Annotated["Draw", strawberry.lazy("schema.play.draw")] = one(DrawRecord, "draw_id", description="The draw.")
    prize: DrawPrize = one(DrawPrizeRecord, "prize_id", description="The prize.")
    state: ClaimState = strawberry.field(description="What has become of it.")
    expires_at: datetime | None = strawberry.field(description="Until when it can be asked for; absent: always.")
    note: str | None = strawberry.field(description="Where to and how, in the winner's words.")
    destination: Destination | None = batch(
        destinations_of, needs=("id", "member_id"), description="Where it is sent; masked for all but the winner."
    )
    code: str | None = batch(
        codes_of,
        needs=("member_id", "result_id", "code"),
        description="The coupon's code, or the parcel's number; a code out of a pool is for the winner alone.",
    )
    created_at: datetime = strawberry.field(description="When it was won.")
    claimed_at: datetime | None = strawberry.field(description="When it was asked for.")
    fulfilled_at: datetime | None = strawberry.field(description="When it was handed over.")
    closed_at: datetime | None = strawberry.field(description="When it ran out or was voided.")


@strawberry.input(description="A prize to ask for.")
class ClaimPrizeInput:
    claim_id: strawberry.ID = strawberry.field(description="The claim.")
    note: str | None = strawberry.field(default=None, description="Where to and how; at most 300 characters.")
    address_id: strawberry.ID | None = strawberry.field(
        default=None, description="An address of one's book to send it to, as it stands now."
    )


@strawberry.input(description="A prize that was handed over.")
class FulfilPrizeInput:
    claim_id: strawberry.ID = strawberry.field(description="The claim.")
    code: str | None = strawberry.field(default=None, description="The coupon's code, or the parcel's number.")
    reason: str | None = strawberry.field(default=None, description="A word for the audit.")


@strawberry.type
class ClaimPayload(Payload):
    claim: PrizeClaim | None = changed("The claim.")


@strawberry.type(description="A prize that was asked for.")
class ClaimPrizePayload(ClaimPayload):
    pass


@strawberry.type(description="A prize that was handed over.")
class FulfilPrizePayload(ClaimPayload):
    pass
