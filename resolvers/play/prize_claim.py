"""Claims: a winner asks for a prize, staff hand it over."""

import strawberry
from strawberry import Info

from auth.permissions import Can, IsMember
from auth.scope import demand_member
from engine.declare import Connection, mirrored
from engine.relation import Condition
from models.play.prize_claim import PrizeClaim as PrizeClaimRecord
from models.staff.right import StaffRight
from schema.ids import id_of, optional_id_of
from schema.payload import listed, mutation
from schema.play.prize_claim import (
    ClaimPrizeInput,
    ClaimPrizePayload,
    FulfilPrizeInput,
    FulfilPrizePayload,
    PrizeClaim,
)


@strawberry.type
class PrizeClaimQueries:
    claimed_prizes: Connection[PrizeClaim] = listed(
        PrizeClaimRecord,
        order=("claimed_at", "id"),
        where=Condition("{row}.state = 'claimed'"),
        allow=Can(StaffRight.DRAWS_READ),
        description="Prizes that are to be handed over, the longest waiting first.",
    )


@strawberry.type
class PrizeClaimMutations:
    @mutation(allow=IsMember(), description="Ask for a prize; asking again in the same words changes nothing.")
    async def claim_prize(self, info: Info, input: ClaimPrizeInput) -> ClaimPrizePayload:
        claim_id = id_of("PrizeClaim", input.claim_id, field="claimId")
        claim = await PrizeClaimRecord.claim(
            info.context.member_id,
            claim_id,
            note=input.note,
            address_id=optional_id_of("Address", input.address_id, field="addressId"),
            at=info.context.at,
        )
        return ClaimPrizePayload(claim=mirrored(claim))

    @mutation(allow=Can(StaffRight.DRAWS_WRITE), description="Say that a claimed prize was handed over.")
    async def fulfil_prize(self, info: Info, input: FulfilPrizeInput) -> FulfilPrizePayload:
        context = info.context
        known = await PrizeClaimRecord.existing(id_of("PrizeClaim", input.claim_id, field="claimId"), field="claimId")
        await demand_member(context, known.member_id, field="claimId")
        claim = await PrizeClaimRecord.fulfil(
            known.id, code=input.code, reason=input.reason, staff_id=context.staff_id, at=context.at
        )
        return FulfilPrizePayload(claim=mirrored(claim))
