"""Announcements: published, pinned, taken back."""

import strawberry
from strawberry import Info

from engine.declare import mirrored
from models.groups.announcement import Announcement as AnnouncementRecord
from resolvers.groups.acting import ANYBODY_WITH_A_SAY, acting
from schema.groups.announcement import (
    PinAnnouncementInput,
    PinAnnouncementPayload,
    PublishAnnouncementInput,
    PublishAnnouncementPayload,
    WithdrawAnnouncementInput,
    WithdrawAnnouncementPayload,
)
from schema.ids import id_of
from schema.payload import mutation


@strawberry.type
class AnnouncementMutations:
    @mutation(allow=ANYBODY_WITH_A_SAY, description="Announce something to a group: guides and above, staff.")
    async def publish_announcement(self, info: Info, input: PublishAnnouncementInput) -> PublishAnnouncementPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        announcement = await AnnouncementRecord.publish(
            group_id,
            title=input.title,
            body=input.body,
            is_pinned=input.is_pinned,
            actor=await acting(info.context, group_id),
            at=info.context.at,
        )
        return PublishAnnouncementPayload(announcement=mirrored(announcement))

    @mutation(allow=ANYBODY_WITH_A_SAY, description="Pin an announcement, or unpin it.")
    async def pin_announcement(self, info: Info, input: PinAnnouncementInput) -> PinAnnouncementPayload:
        announcement_id = id_of("Announcement", input.announcement_id, field="announcementId")
        known = await AnnouncementRecord.existing(announcement_id, field="announcementId")
        actor = await acting(info.context, known.group_id, field="announcementId")
        announcement = await AnnouncementRecord.pin(
            announcement_id, is_pinned=input.is_pinned, actor=actor, at=info.context.at
        )
        return PinAnnouncementPayload(announcement=mirrored(announcement))

    @mutation(allow=ANYBODY_WITH_A_SAY, description="Take an announcement back.")
    async def withdraw_announcement(self, info: Info, input: WithdrawAnnouncementInput) -> WithdrawAnnouncementPayload:
        announcement_id = id_of("Announcement", input.announcement_id, field="announcementId")
        known = await AnnouncementRecord.existing(announcement_id, field="announcementId")
        actor = await acting(info.context, known.group_id, field="announcementId")
        announcement = await AnnouncementRecord.withdraw(announcement_id, actor=actor, at=info.context.at)
        return WithdrawAnnouncementPayload(announcement=mirrored(announcement))
