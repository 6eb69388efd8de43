"""Invitations: made, and made worthless."""

import strawberry
from strawberry import Info

from engine.declare import mirrored
from models.groups.invitation import Invitation as InvitationRecord
from resolvers.groups.acting import ANYBODY_WITH_A_SAY, acting
from schema.groups.invitation import (
    CreateInvitationInput,
    CreateInvitationPayload,
    RevokeInvitationInput,
    RevokeInvitationPayload,
)
from schema.ids import id_of
from schema.payload import mutation


@strawberry.type
class InvitationMutations:
    @mutation(allow=ANYBODY_WITH_A_SAY, description="Make an invitation to a group: whoever may invite there, staff.")
    async def create_invitation(self, info: Info, input: CreateInvitationInput) -> CreateInvitationPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        invitation = await InvitationRecord.create_for(
            group_id,
            expires_at=input.expires_at,
            uses_most=input.uses_most,
            actor=await acting(info.context, group_id),
            at=info.context.at,
        )
        return CreateInvitationPayload(invitation=mirrored(invitation))

    @mutation(allow=ANYBODY_WITH_A_SAY, description="Make an invitation worthless: its maker, who decides, staff.")
    async def revoke_invitation(self, info: Info, input: RevokeInvitationInput) -> RevokeInvitationPayload:
        invitation_id = id_of("Invitation", input.invitation_id, field="invitationId")
        known = await InvitationRecord.existing(invitation_id, field="invitationId")
        actor = await acting(info.context, known.group_id, field="invitationId")
        invitation = await InvitationRecord.revoke(invitation_id, actor=actor, at=info.context.at)
        return RevokeInvitationPayload(invitation=mirrored(invitation))
