"""Keeping order in a group: kick, mute, let back in."""

import strawberry
from strawberry import Info

from engine.declare import mirrored
from models.groups.block import GroupBlock as GroupBlockRecord
from models.groups.group import Group as GroupRecord
from models.groups.moderation import kick, mute, unmute
from resolvers.groups.acting import ANYBODY_WITH_A_SAY, acting
from schema.groups.block import LiftBlockInput, LiftBlockPayload
from schema.groups.membership import (
    MuteMemberInput,
    MuteMemberPayload,
    UnmuteMemberInput,
    UnmuteMemberPayload,
)
from schema.groups.membership_change import KickMemberInput, KickMemberPayload
from schema.ids import id_of
from schema.payload import mutation


@strawberry.type
class ModerationMutations:
    @mutation(allow=ANYBODY_WITH_A_SAY, description="Remove a member and bar it: owner, committee, admins, staff.")
    async def kick_member(self, info: Info, input: KickMemberInput) -> KickMemberPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        change = await kick(
            group_id,
            id_of("Member", input.member_id, field="memberId"),
            reason=input.reason,
            actor=await acting(info.context, group_id),
            at=info.context.at,
        )
        return KickMemberPayload(change=mirrored(change))

    @mutation(allow=ANYBODY_WITH_A_SAY, description="Let a kicked member join again: whoever may kick.")
    async def lift_block(self, info: Info, input: LiftBlockInput) -> LiftBlockPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        await GroupBlockRecord.lift(
            group_id,
            id_of("Member", input.member_id, field="memberId"),
            reason=input.reason,
            actor=await acting(info.context, group_id),
            at=info.context.at,
        )
        return LiftBlockPayload(group=mirrored(await GroupRecord.get(id=group_id)))

    @mutation(allow=ANYBODY_WITH_A_SAY, description="Keep a member from speaking for a while: guides and above, staff.")
    async def mute_member(self, info: Info, input: MuteMemberInput) -> MuteMemberPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        place = await mute(
            group_id,
            id_of("Member", input.member_id, field="memberId"),
            until=input.until,
            reason=input.reason,
            actor=await acting(info.context, group_id),
            at=info.context.at,
        )
        return MuteMemberPayload(membership=mirrored(place))

    @mutation(allow=ANYBODY_WITH_A_SAY, description="Let a muted member speak again: whoever may mute.")
    async def unmute_member(self, info: Info, input: UnmuteMemberInput) -> UnmuteMemberPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        place = await unmute(
            group_id,
            id_of("Member", input.member_id, field="memberId"),
            reason=input.reason,
            actor=await acting(info.context, group_id),
            at=info.context.at,
        )
        return UnmuteMemberPayload(membership=mirrored(place))
