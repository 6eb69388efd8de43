"""Coming into a group, going, one's nickname there."""

import strawberry
from strawberry import Info

from auth.permissions import IsMember
from auth.scope import demand_group, demand_member
from engine.declare import mirrored
from models.actor import Actor
from models.errors import Invalid
from models.groups.group import Group as GroupRecord
from models.groups.invitation import Invitation as InvitationRecord
from models.groups.membership import Membership as MembershipRecord
from resolvers.groups.acting import STAFF
from schema.groups.membership import (
    AddGroupMemberInput,
    AddGroupMemberPayload,
    JoinGroupInput,
    JoinGroupPayload,
    LeaveGroupInput,
    LeaveGroupPayload,
    SetGroupNicknameInput,
    SetGroupNicknamePayload,
)
from schema.ids import id_of
from schema.payload import mutation


@strawberry.type
class MembershipMutations:
    @mutation(allow=IsMember(), description="Join a group that is free to join, or any open one by an invitation.")
    async def join_group(self, info: Info, input: JoinGroupInput) -> JoinGroupPayload:
        member_id, at, version = info.context.member_id, info.context.at, input.accepted_rules_version
        if input.invitation_code is not None:
            place = await InvitationRecord.redeem(
                member_id, input.invitation_code, at=at, accepted_rules_version=version
            )
        elif input.group_id is not None:
            group_id = id_of("Group", input.group_id, field="groupId")
            place = await MembershipRecord.join(member_id, group_id, at=at, accepted_rules_version=version)
        else:
            raise Invalid("groupId", zh="请指定社群或邀请码", en="name a group or give a code")
        return JoinGroupPayload(membership=mirrored(place))

    @mutation(allow=IsMember(), description="Leave a group.")
    async def leave_group(self, info: Info, input: LeaveGroupInput) -> LeaveGroupPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        await MembershipRecord.leave(info.context.member_id, group_id, reason=input.reason, at=info.context.at)
        return LeaveGroupPayload(group=mirrored(await GroupRecord.get(id=group_id)))

    @mutation(allow=IsMember(), description="Take a nickname in a group, or drop it.")
    async def set_group_nickname(self, info: Info, input: SetGroupNicknameInput) -> SetGroupNicknamePayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        member_id, at = info.context.member_id, info.context.at
        place = await MembershipRecord.set_nickname(member_id, group_id, input.nickname, at=at)
        return SetGroupNicknamePayload(membership=mirrored(place))

    @mutation(allow=STAFF, description="Put a member into a group, whatever its door says.")
    async def add_group_member(self, info: Info, input: AddGroupMemberInput) -> AddGroupMemberPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        member_id = id_of("Member", input.member_id, field="memberId")
        await demand_group(info.context, group_id)
        await demand_member(info.context, member_id)
        actor = Actor.staff(info.context.staff_id)
        place = await MembershipRecord.add(member_id, group_id, actor=actor, at=info.context.at)
        return AddGroupMemberPayload(membership=mirrored(place))
