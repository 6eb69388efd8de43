"""What staff decide about a group, in the contract."""

from dataclasses import fields

import strawberry

from models.groups.settings import GroupSettings, JoinMode
from schema.groups.group import Group
from schema.payload import Payload, changed


@strawberry.input(description="Settings of a group. What is absent stays, or is as by default.")
class GroupSettingsInput:
    name: str | None = strawberry.field(default=None, description="Its name, 1 to 60 characters.")
    summary: str | None = strawberry.field(default=None, description="What it is about; empty clears it.")
    region: str | None = strawberry.field(default=None, description="The region it belongs to; empty clears it.")
    area: str | None = strawberry.field(default=None, description="The part of the region; empty clears it.")
    manager_id: strawberry.ID | None = strawberry.field(default=None, description="Who of the staff answers for it.")
    join_mode: JoinMode | None = strawberry.field(default=None, description="How one becomes a member; free at first.")
    member_cap: int | None = strawberry.field(default=None, description="How many members it may have; 80 at first.")
    opens_next: bool | None = strawberry.field(
        default=None, description="Whether it sends on to the next of its series when it is full."
    )
    members_may_invite: bool | None = strawberry.field(default=None, description="Whether ordinary members may invite.")
    nicknames_unique: bool | None = strawberry.field(
        default=None, description="Whether nicknames that are set from now on must differ."
    )
    admin_seats_least: int | None = strawberry.field(default=None, description="With fewer admins it is warned of.")
    admin_seats_most: int | None = strawberry.field(default=None, description="How many admins it may have.")
    guide_seats_most: int | None = strawberry.field(default=None, description="How many guides it may have.")
    committee_seats_most: int | None = strawberry.field(default=None, description="How many its committee may have.")
    pins_most: int | None = strawberry.field(default=None, description="How many announcements may be pinned.")
    reapply_after_hours: int | None = strawberry.field(
        default=None, description="How long after a refusal one may apply again."
    )

    def given(self) -> GroupSettings:
        """The settings but for the one who answers for the group, which is an id to be read first."""
        names = {field.name for field in fields(GroupSettings)} - {"manager_staff_id"}
        return GroupSettings(**{name: getattr(self, name) for name in names})


@strawberry.input(description="A group to open.")
class OpenGroupInput:
    circle_id: strawberry.ID = strawberry.field(description="The circle it belongs to.")
    settings: GroupSettingsInput = strawberry.field(description="Its settings; it needs a name.")


@strawberry.input(description="A group to change.")
class UpdateGroupInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    settings: GroupSettingsInput = strawberry.field(description="What to change.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit; up to 200 characters.")


@strawberry.input(description="A group to put out of use.")
class ArchiveGroupInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    reason: str = strawberry.field(description="Why, for the audit; up to 200 characters.")


@strawberry.input(description="A group to use again.")
class ReopenGroupInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit; up to 200 characters.")


@strawberry.type
class GroupPayload(Payload):
    group: Group | None = changed("The group.")


@strawberry.type(description="A group that was opened.")
class OpenGroupPayload(GroupPayload):
    pass


@strawberry.type(description="A group that was changed.")
class UpdateGroupPayload(GroupPayload):
    pass


@strawberry.type(description="A group that was put out of use.")
class ArchiveGroupPayload(GroupPayload):
    pass


@strawberry.type(description="A group that is used again.")
class ReopenGroupPayload(GroupPayload):
    pass
