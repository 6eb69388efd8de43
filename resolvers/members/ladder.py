"""The ladder: staff move a member up or down."""

import strawberry
from strawberry import Info

from auth.permissions import StaffCan
from auth.scope import demand_member
from engine.declare import mirrored
from models.members.ladder import LadderChange as LadderChangeRecord
from models.members.member import Member as MemberRecord
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.members.ladder import MoveOnLadderInput, MoveOnLadderPayload
from schema.payload import mutation


@strawberry.type
class LadderMutations:
    @mutation(allow=StaffCan(StaffRight.MEMBERS_WRITE), description="Move a member on the ladder, for a stated reason.")
    async def move_on_ladder(self, info: Info, input: MoveOnLadderInput) -> MoveOnLadderPayload:
        context, member_id = info.context, id_of("Member", input.member_id, field="memberId")
        await demand_member(context, member_id)
        given = {name: value for name, value in vars(input).items() if name != "member_id"}
        change = await LadderChangeRecord.by_staff(member_id, **given, staff_id=context.staff_id, at=context.at)
        file = await MemberRecord.get(id=member_id)
        return MoveOnLadderPayload(file=mirrored(file), change=mirrored(change))
