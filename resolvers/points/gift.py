"""Gifts: whether they can be made, made, and who decides it."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import Can, IsMember, IsMemberOrStaff, StaffCan
from auth.scope import demand_whole_brand
from engine.declare import Connection, mirrored
from models.members.member import Member as MemberRecord
from models.points.gift import PointGift as PointGiftRecord
from models.points.gift_policy import GiftPolicy as GiftPolicyRecord
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.payload import listed, mutation, query
from schema.points.gift import (
    GiftEligibility,
    GiftPolicy,
    GivePointsInput,
    GivePointsPayload,
    PointGift,
    PutGiftPolicyInput,
    PutGiftPolicyPayload,
)
from schema.scalars import BigInt

ReceiverId = Annotated[strawberry.ID, strawberry.argument(description="Who would get them.")]
Amount = Annotated[BigInt | None, strawberry.argument(description="How many; the least there can be, if absent.")]


@strawberry.type
class GiftQueries:
    point_gifts: Connection[PointGift] = listed(
        PointGiftRecord,
        order=("-created_at", "-id"),
        allow=StaffCan(StaffRight.POINTS_READ),
        description="What members gave each other, newest first.",
    )

    @query(allow=IsMemberOrStaff(), description="How members give each other points; absent where they never could.")
    async def gift_policy(self, info: Info) -> GiftPolicy | None:
        found: GiftPolicy | None = mirrored(await GiftPolicyRecord.current())
        return found

    @query(allow=IsMember(), description="Whether the caller may give a member points now, and how many.")
    async def gift_eligibility(self, info: Info, receiver_id: ReceiverId, amount: Amount = None) -> GiftEligibility:
        receiver = id_of("Member", receiver_id, field="receiverId")
        found = await PointGiftRecord.preview(info.context.member_id, receiver, amount=amount, at=info.context.at)
        return GiftEligibility.of(found, info.context.locale)


@strawberry.type
class GiftMutations:
    @mutation(allow=IsMember(), single=True, description="Give another member points.")
    async def give_points(self, info: Info, input: GivePointsInput) -> GivePointsPayload:
        context, once = info.context, info.context.once(input)
        receiver_id = id_of("Member", input.receiver_id, field="receiverId")
        gift = await PointGiftRecord.give(
            context.member_id, receiver_id, input.amount, note=input.note, at=context.at, once=once
        )
        viewer = await context.loads.by_id(MemberRecord, context.member_id)
        return GivePointsPayload(gift=mirrored(gift), viewer=viewer, is_replay=once.replayed)

    @mutation(allow=Can(StaffRight.POINTS_RULES), description="Decide whether and how members give each other points.")
    async def put_gift_policy(self, info: Info, input: PutGiftPolicyInput) -> PutGiftPolicyPayload:
        demand_whole_brand(info.context)
        policy = await GiftPolicyRecord.put(
            input.terms(),
            staff_id=info.context.staff_id,
            expected_version=input.expected_version,
            reason=input.reason,
            at=info.context.at,
        )
        return PutGiftPolicyPayload(policy=mirrored(policy))
