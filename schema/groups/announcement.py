"""Announcements in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.declare import Node, one, record_type
from engine.relation import Condition
from models.groups.announcement import Announcement as AnnouncementRecord
from models.groups.group import Group as GroupRecord
from models.members.member import Member as MemberRecord
from schema.actor import ActorKind
from schema.groups.visibility import to_members
from schema.members.member import Member
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from schema.groups.group import Group

SHOWN = Condition("{row}.withdrawn_at IS NULL")
PINNED = Condition("{row}.is_pinned")


@record_type(AnnouncementRecord, description="An announcement to a group.", visible=to_members)
class Announcement(Node):
    group: Annotated["Group", strawberry.lazy("schema.groups.group")] = one(
        GroupRecord, "group_id", description="The group."
    )
    title: str = strawberry.field(description="Its heading.")
    body: str = strawberry.field(description="Its text.")
    is_pinned: bool = strawberry.field(description="Whether it stands on top.")
    by_kind: ActorKind = strawberry.field(description="On whose word.")
    by: Member | None = one(MemberRecord, "by_id", description="Who announced it, where it was a member.")
    published_at: datetime = strawberry.field(description="When it was published.")
    withdrawn_at: datetime | None = strawberry.field(description="When it was taken back.")


@strawberry.input(description="An announcement to a group.")
class PublishAnnouncementInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    title: str = strawberry.field(description="Its heading, 1 to 60 characters.")
    body: str = strawberry.field(description="Its text, 1 to 2000 characters.")
    is_pinned: bool = strawberry.field(default=False, description="Whether it stands on top.")


@strawberry.input(description="Whether an announcement stands on top.")
class PinAnnouncementInput:
    announcement_id: strawberry.ID = strawberry.field(description="The announcement.")
    is_pinned: bool = strawberry.field(description="Pin it, or unpin it.")


@strawberry.input(description="An announcement to take back.")
class WithdrawAnnouncementInput:
    announcement_id: strawberry.ID = strawberry.field(description="The announcement.")


@strawberry.type
class AnnouncementPayload(Payload):
    announcement: Announcement | None = changed("The announcement.")


@strawberry.type(description="An announcement that was published.")
class PublishAnnouncementPayload(AnnouncementPayload):
    pass


@strawberry.type(description="An announcement that was pinned or unpinned.")
class PinAnnouncementPayload(AnnouncementPayload):
    pass


@strawberry.type(description="An announcement that was taken back.")
class WithdrawAnnouncementPayload(AnnouncementPayload):
    pass
