"""The ladder of levels, and members whom staff put on a level by hand."""

import strawberry
from strawberry import Info

from auth.permissions import Can
from auth.scope import demand_member, demand_whole_brand
from engine.declare import mirrored
from models.members.member import Member as MemberRecord
from models.points.level import Level as LevelRecord
from models.points.level_ladder import LevelLadder
from models.points.level_upkeep import move_level
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.payload import mutation, query
from schema.points.level import (
    MoveMemberLevelInput,
    MoveMemberLevelPayload,
    PutLevelsInput,
    PutLevelsPayload,
    level_standings,
)


@strawberry.type
class LevelQueries:
    @query(allow=Can(StaffRight.POINTS_RULES), description="The version of the levels, for whoever changes them.")
    async def levels_version(self, info: Info) -> int:
        return await LevelLadder.current_version()


@strawberry.type
class LevelMutations:
    @mutation(allow=Can(StaffRight.POINTS_RULES), description="Change the levels, all in one.")
    async def put_levels(self, info: Info, input: PutLevelsInput) -> PutLevelsPayload:
        demand_whole_brand(info.context)
        ladder = await LevelLadder.put(
            [level.terms() for level in input.levels],
            expected_version=input.expected_version,
            reason=input.reason,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return PutLevelsPayload(levels=mirrored(await LevelRecord.ladder()), version=ladder.version)

    @mutation(allow=Can(StaffRight.POINTS_RULES), description="Put a member on a level, for a stated reason.")
    async def move_member_level(self, info: Info, input: MoveMemberLevelInput) -> MoveMemberLevelPayload:
        context, member_id = info.context, id_of("Member", input.member_id, field="memberId")
        await demand_member(context, member_id)
        await move_level(member_id, input.position, reason=input.reason, staff_id=context.staff_id, at=context.at)
        [standing] = await level_standings([await MemberRecord.get(id=member_id)], context)
        return MoveMemberLevelPayload(level=standing)
