"""Payments that wait, and what staff decide about them."""

import strawberry
from strawberry import Info

from auth.permissions import StaffCan
from auth.scope import rows_in_scope
from engine.declare import Connection
from engine.relation import Condition
from models.points.earning import Earning as EarningRecord
from models.points.earning_review import EarningReview as EarningReviewRecord
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.payload import listed, mutation
from schema.points.earning import Earning, ReviewEarningsInput, ReviewEarningsPayload, ReviewOutcome


@strawberry.type
class EarningQueries:
    earnings_to_review: Connection[Earning] = listed(
        EarningRecord,
        order=("created_at", "id"),
        where=Condition("{row}.needs_review AND {row}.released_at IS NULL AND {row}.reversed_at IS NULL"),
        allow=StaffCan(StaffRight.POINTS_REVIEW),
        description="Payments that wait for staff, the oldest first.",
    )


@strawberry.type
class EarningMutations:
    @mutation(allow=StaffCan(StaffRight.POINTS_REVIEW), description="Approve or reject payments that wait.")
    async def review_earnings(self, info: Info, input: ReviewEarningsInput) -> ReviewEarningsPayload:
        context, once = info.context, info.context.once(input)
        ids = [id_of("Earning", one, field="earningIds") for one in input.earning_ids]
        outcomes = await EarningReviewRecord.decide_many(
            ids,
            input.verdict,
            among=await rows_in_scope(context, "earning", ids),
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
            once=once,
        )
        return ReviewEarningsPayload(
            outcomes=[ReviewOutcome.of(one, context.locale) for one in outcomes], is_replay=once.replayed
        )
