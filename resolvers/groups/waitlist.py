"""Waiting for a seat in a full group."""

import strawberry
from strawberry import Info

from auth.permissions import IsMember
from engine.declare import mirrored
from models.groups.group import Group as GroupRecord
from models.groups.waitlist import WaitlistEntry as WaitlistEntryRecord
from schema.groups.waitlist import (
    JoinWaitingListInput,
    JoinWaitingListPayload,
    LeaveWaitingListInput,
    LeaveWaitingListPayload,
)
from schema.ids import id_of
from schema.payload import mutation


@strawberry.type
class WaitlistMutations:
    @mutation(allow=IsMember(), description="Wait for a seat in a full group; it is given by itself, in order.")
    async def join_waiting_list(self, info: Info, input: JoinWaitingListInput) -> JoinWaitingListPayload:
        entry = await WaitlistEntryRecord.enter(
            info.context.member_id,
            id_of("Group", input.group_id, field="groupId"),
            accepted_rules_version=input.accepted_rules_version,
            at=info.context.at,
        )
        return JoinWaitingListPayload(entry=mirrored(entry))

    @mutation(allow=IsMember(), description="Wait no longer.")
    async def leave_waiting_list(self, info: Info, input: LeaveWaitingListInput) -> LeaveWaitingListPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        await WaitlistEntryRecord.withdraw(info.context.member_id, group_id, at=info.context.at)
        return LeaveWaitingListPayload(group=mirrored(await GroupRecord.get(id=group_id)))
