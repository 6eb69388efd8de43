"""Cards: explained, bought, used, granted."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import Can, IsMember
from auth.scope import demand_member
from engine.declare import mirrored
from models.checkins.card import CardKind
from models.checkins.card import CheckInCard as CheckInCardRecord
from models.checkins.card_explanation import explain_card
from models.checkins.check_in import CheckIn as CheckInRecord
from models.checkins.plan import CheckInPlan as CheckInPlanRecord
from models.members.member import Member as MemberRecord
from models.staff.right import StaffRight
from resolvers.checkins.check_in import PlanId
from schema.checkins.card import (
    BuyCheckInCardInput,
    BuyCheckInCardPayload,
    CardExplanation,
    GrantCheckInCardInput,
    GrantCheckInCardPayload,
    MakeUpCheckInInput,
    MakeUpCheckInPayload,
)
from schema.ids import id_of, optional_id_of
from schema.payload import mutation, query

Kind = Annotated[CardKind, strawberry.argument(description="The kind of card.")]


@strawberry.type
class CardQueries:
    @query(allow=IsMember(), description="What a kind of card costs and would mend or protect for the caller now.")
    async def card_eligibility(self, info: Info, kind: Kind, plan_id: PlanId = None) -> CardExplanation:
        plan = await CheckInPlanRecord.chosen(optional_id_of("CheckInPlan", plan_id, field="planId"))
        found = await explain_card(info.context.member_id, plan, kind, at=info.context.at)
        return CardExplanation.of(found, info.context.locale)


@strawberry.type
class CardMutations:
    @mutation(allow=IsMember(), description="Buy a make-up card or a freeze for points.")
    async def buy_check_in_card(self, info: Info, input: BuyCheckInCardInput) -> BuyCheckInCardPayload:
        context, once = info.context, info.context.once(input)
        plan = await CheckInPlanRecord.chosen(optional_id_of("CheckInPlan", input.plan_id, field="planId"))
        card = await CheckInCardRecord.buy(context.member_id, plan, input.kind, at=context.at, once=once)
        viewer = await context.loads.by_id(MemberRecord, context.member_id)
        return BuyCheckInCardPayload(card=mirrored(card), viewer=viewer, is_replay=once.replayed)

    @mutation(allow=IsMember(), description="Make a missed day up with a card.")
    async def make_up_check_in(self, info: Info, input: MakeUpCheckInInput) -> MakeUpCheckInPayload:
        context, once = info.context, info.context.once(input)
        plan = await CheckInPlanRecord.chosen(optional_id_of("CheckInPlan", input.plan_id, field="planId"))
        check_in = await CheckInRecord.make_up(context.member_id, plan, input.day, at=context.at, once=once)
        viewer = await context.loads.by_id(MemberRecord, context.member_id)
        return MakeUpCheckInPayload(check_in=mirrored(check_in), viewer=viewer, is_replay=once.replayed)

    @mutation(allow=Can(StaffRight.CHECKINS_WRITE), description="Give a member a card.")
    async def grant_check_in_card(self, info: Info, input: GrantCheckInCardInput) -> GrantCheckInCardPayload:
        context, once = info.context, info.context.once(input)
        member_id = id_of("Member", input.member_id, field="memberId")
        await demand_member(context, member_id)
        card = await CheckInCardRecord.grant(
            member_id,
            await CheckInPlanRecord.chosen(optional_id_of("CheckInPlan", input.plan_id, field="planId")),
            input.kind,
            reason=input.reason,
            staff_id=context.staff_id,
            expires_at=input.expires_at,
            at=context.at,
            once=once,
        )
        return GrantCheckInCardPayload(card=mirrored(card), is_replay=once.replayed)
