"""Shares of red packets: may one take one, take it, say thanks."""

import strawberry
from strawberry import Info

from auth.permissions import IsMember
from engine.declare import mirrored
from models.members.member import Member as MemberRecord
from models.play.red_packet_gate import grab_eligibility
from models.play.red_packet_share import RedPacketShare as RedPacketShareRecord
from resolvers.play.red_packet import PacketId
from schema.eligibility import Eligibility
from schema.ids import id_of
from schema.payload import mutation, query
from schema.play.red_packet_share import (
    GrabRedPacketInput,
    GrabRedPacketPayload,
    ThankForRedPacketInput,
    ThankForRedPacketPayload,
)


@strawberry.type
class RedPacketShareQueries:
    @query(
        allow=IsMember(),
        description="Whether the caller would get a share now, the password aside; of a lucky packet the least.",
    )
    async def red_packet_eligibility(self, info: Info, id: PacketId) -> Eligibility:
        packet_id = id_of("RedPacket", id, field="id")
        found = await grab_eligibility(info.context.member_id, packet_id, at=info.context.at)
        return Eligibility.of(found, info.context.locale)


@strawberry.type
class RedPacketShareMutations:
    @mutation(allow=IsMember(), single=True, description="Take a share of a red packet.")
    async def grab_red_packet(self, info: Info, input: GrabRedPacketInput) -> GrabRedPacketPayload:
        context, once = info.context, info.context.once(input)
        share = await RedPacketShareRecord.grab(
            context.member_id,
            id_of("RedPacket", input.red_packet_id, field="redPacketId"),
            password=input.password,
            at=context.at,
            once=once,
        )
        viewer = await context.loads.by_id(MemberRecord, context.member_id)
        return GrabRedPacketPayload(share=mirrored(share), viewer=viewer, is_replay=once.replayed)

    @mutation(allow=IsMember(), description="Say thanks for a share, once.")
    async def thank_for_red_packet(self, info: Info, input: ThankForRedPacketInput) -> ThankForRedPacketPayload:
        packet_id = id_of("RedPacket", input.red_packet_id, field="redPacketId")
        share = await RedPacketShareRecord.thank(info.context.member_id, packet_id, input.text, at=info.context.at)
        return ThankForRedPacketPayload(share=mirrored(share))
