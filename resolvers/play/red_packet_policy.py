"""The policy of red packets: read by everybody who is known, decided by staff."""

import strawberry
from strawberry import Info

from auth.permissions import IsMemberOrStaff, StaffCan
from auth.scope import demand_whole_brand
from engine.declare import mirrored
from models.play.red_packet_policy import RedPacketPolicy as RedPacketPolicyRecord
from models.staff.right import StaffRight
from schema.payload import mutation, query
from schema.play.red_packet_policy import PutRedPacketPolicyInput, PutRedPacketPolicyPayload, RedPacketPolicy


@strawberry.type
class RedPacketPolicyQueries:
    @query(allow=IsMemberOrStaff(), description="The policy of red packets that holds; nothing before it is laid.")
    async def red_packet_policy(self, info: Info) -> RedPacketPolicy | None:
        policy = await RedPacketPolicyRecord.get_or_none(is_active=True)
        found: RedPacketPolicy | None = mirrored(policy)
        return found


@strawberry.type
class RedPacketPolicyMutations:
    @mutation(allow=StaffCan(StaffRight.POINTS_RULES), description="Decide who may send and receive how much.")
    async def put_red_packet_policy(self, info: Info, input: PutRedPacketPolicyInput) -> PutRedPacketPolicyPayload:
        demand_whole_brand(info.context)
        policy = await RedPacketPolicyRecord.put(
            input.rules(),
            expected_version=input.expected_version,
            staff_id=info.context.staff_id,
            reason=input.reason,
            at=info.context.at,
        )
        return PutRedPacketPolicyPayload(policy=mirrored(policy))
