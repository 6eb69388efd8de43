"""Rains of red packets: sent by members, issued by staff, ended."""

import strawberry
from strawberry import Info

from auth.permissions import IsMember
from engine.declare import mirrored
from models.actor import Actor
from models.play.red_packet_rain import RedPacketRain as RedPacketRainRecord
from resolvers.play.red_packet import SENDING, brand_sender, demand_place, own_sender
from schema.ids import id_of
from schema.payload import mutation
from schema.play.red_packet_rain import (
    IssueRedPacketRainInput,
    IssueRedPacketRainPayload,
    SendRedPacketRainInput,
    SendRedPacketRainPayload,
    WithdrawRedPacketRainInput,
    WithdrawRedPacketRainPayload,
)


@strawberry.type
class RedPacketRainMutations:
    @mutation(
        allow=IsMember(),
        single=True,
        description="Send several red packets into a group that open one after the other.",
    )
    async def send_red_packet_rain(self, info: Info, input: SendRedPacketRainInput) -> SendRedPacketRainPayload:
        context, once, terms = info.context, info.context.once(input), await input.packet.terms()
        rain = await RedPacketRainRecord.send(
            own_sender(context, input.sender, terms.group_id),
            terms,
            drops=input.drops,
            seconds_between=input.seconds_between,
            actor=Actor.member(context.member_id),
            at=context.at,
            once=once,
        )
        return SendRedPacketRainPayload(rain=mirrored(rain), is_replay=once.replayed)

    @mutation(allow=SENDING, description="Send a rain of red packets for the brand or a group.")
    async def issue_red_packet_rain(self, info: Info, input: IssueRedPacketRainInput) -> IssueRedPacketRainPayload:
        context, once, terms = info.context, info.context.once(input), await input.packet.terms()
        rain = await RedPacketRainRecord.send(
            await brand_sender(context, input.sender, input.budget_id, terms.group_id),
            terms,
            drops=input.drops,
            seconds_between=input.seconds_between,
            actor=Actor.staff(context.staff_id),
            reason=input.reason,
            at=context.at,
            once=once,
        )
        return IssueRedPacketRainPayload(rain=mirrored(rain), is_replay=once.replayed)

    @mutation(allow=SENDING, description="End the packets of a rain that are open or to come.")
    async def withdraw_red_packet_rain(
        self, info: Info, input: WithdrawRedPacketRainInput
    ) -> WithdrawRedPacketRainPayload:
        context, rain_id = info.context, id_of("RedPacketRain", input.rain_id, field="rainId")
        known = await RedPacketRainRecord.existing(rain_id, field="rainId")
        await demand_place(context, known.group_id, field="rainId")
        rain = await RedPacketRainRecord.withdraw(
            rain_id, reason=input.reason, staff_id=context.staff_id, at=context.at
        )
        return WithdrawRedPacketRainPayload(rain=mirrored(rain))
