"""Chances: bought by members, granted by staff."""

import strawberry
from strawberry import Info

from auth.permissions import Can, IsMember
from auth.scope import demand_member
from engine.declare import mirrored
from models.members.member import Member as MemberRecord
from models.play.draw_chance import DrawChance as DrawChanceRecord
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.payload import mutation
from schema.play.draw_chance import (
    BuyDrawChancesInput,
    BuyDrawChancesPayload,
    GrantDrawChancesInput,
    GrantDrawChancesPayload,
)


@strawberry.type
class DrawChanceMutations:
    @mutation(allow=IsMember(), single=True, description="Buy chances for points.")
    async def buy_draw_chances(self, info: Info, input: BuyDrawChancesInput) -> BuyDrawChancesPayload:
        context, once = info.context, info.context.once(input)
        draw_id = id_of("Draw", input.draw_id, field="drawId")
        chances = await DrawChanceRecord.buy(context.member_id, draw_id, input.count, at=context.at, once=once)
        viewer = await MemberRecord.get(id=context.member_id)
        return BuyDrawChancesPayload(chances=mirrored(chances), viewer=mirrored(viewer), is_replay=once.replayed)

    @mutation(allow=Can(StaffRight.DRAWS_WRITE), description="Give a member chances.")
    async def grant_draw_chances(self, info: Info, input: GrantDrawChancesInput) -> GrantDrawChancesPayload:
        context, once = info.context, info.context.once(input)
        member_id = id_of("Member", input.member_id, field="memberId")
        await demand_member(context, member_id)
        chances = await DrawChanceRecord.grant(
            member_id,
            id_of("Draw", input.draw_id, field="drawId"),
            input.count,
            reason=input.reason,
            expires_at=input.expires_at,
            staff_id=context.staff_id,
            at=context.at,
            once=once,
        )
        return GrantDrawChancesPayload(chances=mirrored(chances), is_replay=once.replayed)
