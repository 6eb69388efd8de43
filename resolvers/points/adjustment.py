"""Points that staff give, take and take back."""

import strawberry
from strawberry import Info

from auth.permissions import Can
from auth.scope import demand_member
from engine.declare import mirrored
from models.errors import NotFound
from models.points.adjustment import PointAdjustment as PointAdjustmentRecord
from models.points.entry import PointEntry as PointEntryRecord
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.payload import mutation
from schema.points.adjustment import (
    DeductPointsInput,
    DeductPointsPayload,
    GrantPointsInput,
    GrantPointsPayload,
    ReverseEntryInput,
    ReverseEntryPayload,
)


@strawberry.type
class AdjustmentMutations:
    @mutation(allow=Can(StaffRight.POINTS_GRANT), description="Give a member points or growth.")
    async def grant_points(self, info: Info, input: GrantPointsInput) -> GrantPointsPayload:
        context, once = info.context, info.context.once(input)
        member_id = id_of("Member", input.member_id, field="memberId")
        await demand_member(context, member_id)
        adjustment = await PointAdjustmentRecord.grant(
            member_id,
            input.amount,
            currency=input.currency,
            expires_at=input.expires_at,
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
            once=once,
        )
        return GrantPointsPayload(adjustment=mirrored(adjustment), is_replay=once.replayed)

    @mutation(allow=Can(StaffRight.POINTS_GRANT), description="Take points from a member.")
    async def deduct_points(self, info: Info, input: DeductPointsInput) -> DeductPointsPayload:
        context, once = info.context, info.context.once(input)
        member_id = id_of("Member", input.member_id, field="memberId")
        await demand_member(context, member_id)
        adjustment = await PointAdjustmentRecord.deduct(
            member_id, input.amount, reason=input.reason, staff_id=context.staff_id, at=context.at, once=once
        )
        return DeductPointsPayload(adjustment=mirrored(adjustment), is_replay=once.replayed)

    @mutation(allow=Can(StaffRight.POINTS_GRANT), description="Take a line of a member's statement back.")
    async def reverse_entry(self, info: Info, input: ReverseEntryInput) -> ReverseEntryPayload:
        context, once = info.context, info.context.once(input)
        entry_id = id_of("PointEntry", input.entry_id, field="entryId")
        entry = await PointEntryRecord.existing(entry_id, field="entryId")
        if entry.member_id is None:
            raise NotFound(field="entryId")
        await demand_member(context, entry.member_id, field="entryId")
        adjustment = await PointAdjustmentRecord.reverse(
            entry_id, reason=input.reason, staff_id=context.staff_id, at=context.at, once=once
        )
        return ReverseEntryPayload(adjustment=mirrored(adjustment), is_replay=once.replayed)
