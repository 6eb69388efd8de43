"""Taking a check-in back."""

import strawberry
from strawberry import Info

from auth.permissions import Can
from auth.scope import demand_member
from engine.declare import mirrored
from models.checkins.check_in import CheckIn as CheckInRecord
from models.checkins.void import CheckInVoid as CheckInVoidRecord
from models.staff.right import StaffRight
from schema.checkins.void import VoidCheckInInput, VoidCheckInPayload
from schema.ids import id_of
from schema.payload import mutation


@strawberry.type
class VoidMutations:
    @mutation(allow=Can(StaffRight.CHECKINS_VOID), description="Take a check-in back with everything it led to.")
    async def void_check_in(self, info: Info, input: VoidCheckInInput) -> VoidCheckInPayload:
        context, once = info.context, info.context.once(input)
        check_in_id = id_of("CheckIn", input.check_in_id, field="checkInId")
        check_in = await CheckInRecord.existing(check_in_id, field="checkInId")
        await demand_member(context, check_in.member_id, field="checkInId")
        void = await CheckInVoidRecord.record(
            check_in_id, staff_id=context.staff_id, reason=input.reason, at=context.at, once=once
        )
        return VoidCheckInPayload(void=mirrored(void), is_replay=once.replayed)
