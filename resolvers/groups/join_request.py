"""Requests to join: made by members, decided by those with the right."""

import strawberry
from strawberry import Info

from auth.permissions import IsMember
from engine.declare import mirrored
from models.groups.join_request import JoinRequest as JoinRequestRecord
from resolvers.groups.acting import ANYBODY_WITH_A_SAY, acting
from schema.groups.join_request import (
    ApplyToJoinGroupInput,
    ApplyToJoinGroupPayload,
    DecideJoinRequestInput,
    DecideJoinRequestPayload,
    WithdrawJoinRequestInput,
    WithdrawJoinRequestPayload,
)
from schema.ids import id_of
from schema.payload import mutation


@strawberry.type
class JoinRequestMutations:
    @mutation(allow=IsMember(), description="Ask to join a group by approval; it takes no seat until it is approved.")
    async def apply_to_join_group(self, info: Info, input: ApplyToJoinGroupInput) -> ApplyToJoinGroupPayload:
        request = await JoinRequestRecord.apply(
            info.context.member_id,
            id_of("Group", input.group_id, field="groupId"),
            message=input.message,
            accepted_rules_version=input.accepted_rules_version,
            at=info.context.at,
        )
        return ApplyToJoinGroupPayload(join_request=mirrored(request))

    @mutation(allow=IsMember(), description="Take a request back.")
    async def withdraw_join_request(self, info: Info, input: WithdrawJoinRequestInput) -> WithdrawJoinRequestPayload:
        request_id = id_of("JoinRequest", input.request_id, field="requestId")
        request = await JoinRequestRecord.withdraw(request_id, info.context.member_id, at=info.context.at)
        return WithdrawJoinRequestPayload(join_request=mirrored(request))

    @mutation(allow=ANYBODY_WITH_A_SAY, description="Approve or decline a request: owner, committee, admins, staff.")
    async def decide_join_request(self, info: Info, input: DecideJoinRequestInput) -> DecideJoinRequestPayload:
        request_id = id_of("JoinRequest", input.request_id, field="requestId")
        known = await JoinRequestRecord.existing(request_id, field="requestId")
        actor, at = await acting(info.context, known.group_id, field="requestId"), info.context.at
        if input.is_approved:
            request = await JoinRequestRecord.approve(request_id, reason=input.reason, actor=actor, at=at)
        else:
            request = await JoinRequestRecord.decline(request_id, reason=input.reason or "", actor=actor, at=at)
        return DecideJoinRequestPayload(join_request=mirrored(request))
