"""Offices in a group: roles, and who owns it."""

import strawberry
from strawberry import Info

from engine.declare import mirrored
from models.groups.office import change_role, hand_over
from resolvers.groups.acting import ANYBODY_WITH_A_SAY, acting
from schema.groups.membership import (
    ChangeMemberRoleInput,
    ChangeMemberRolePayload,
    HandOverGroupInput,
    HandOverGroupPayload,
)
from schema.ids import id_of
from schema.payload import mutation


@strawberry.type
class OfficeMutations:
    @mutation(allow=ANYBODY_WITH_A_SAY, description="Give a member another role, within its seats; step down oneself.")
    async def change_member_role(self, info: Info, input: ChangeMemberRoleInput) -> ChangeMemberRolePayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        place = await change_role(
            group_id,
            id_of("Member", input.member_id, field="memberId"),
            input.role,
            reason=input.reason,
            actor=await acting(info.context, group_id),
            at=info.context.at,
        )
        return ChangeMemberRolePayload(membership=mirrored(place))

    @mutation(allow=ANYBODY_WITH_A_SAY, description="Make another member the owner: the owner, staff.")
    async def hand_over_group(self, info: Info, input: HandOverGroupInput) -> HandOverGroupPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        place = await hand_over(
            group_id,
            id_of("Member", input.member_id, field="memberId"),
            reason=input.reason,
            actor=await acting(info.context, group_id),
            at=info.context.at,
        )
        return HandOverGroupPayload(membership=mirrored(place))
