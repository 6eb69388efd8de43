"""Memberships in the contract: a member's place in a group, and the edges on which its facts stand."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.declare import Node, PageFields, one, one_by, record_type
from models.groups.group import Group as GroupRecord
from models.groups.membership import Membership as MembershipRecord
from models.groups.role import Right
from models.members.member import Member as MemberRecord
from models.spread.newcomer import Newcomer as NewcomerRecord
from schema.enums import publish
from schema.groups.role import Role
from schema.groups.visibility import to_members
from schema.members.member import Member
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from schema.groups.group import Group
    from schema.spread.newcomer import Newcomer

publish(
    Right,
    "What a role allows in a group.",
    named="GroupRight",
    invite="Make invitations.",
    decide_requests="Approve and decline requests to join, and revoke invitations.",
    announce="Publish, pin and withdraw announcements.",
    mute="Mute members and let them speak again.",
    kick="Remove members and lift their blocks.",
    change_roles="Give and take roles.",
    publish_rules="Publish the rules; while there is a committee, only it may.",
    hand_over="Make another member the owner.",
    see_log="Read who came and left, and why.",
    spend_fund="Send red packets from the group's points.",
    welcome="See which newcomers have not spoken yet, nudge them and give them time.",
)


@record_type(MembershipRecord, description="A member's place in a group.", visible=to_members)
class Membership(Node):
    group: Annotated["Group", strawberry.lazy("schema.groups.group")] = one(
        GroupRecord, "group_id", description="The group."
    )
    member: Member = one(MemberRecord, "member_id", description="The member.")
    role: Role = strawberry.field(description="What the member is there.")
    nickname: str | None = strawberry.field(description="The nickname there.")
    muted_until: datetime | None = strawberry.field(description="Until when the member may not speak there.")
    joined_at: datetime = strawberry.field(description="When the member joined.")
    newcomer: Annotated["Newcomer", strawberry.lazy("schema.spread.newcomer")] | None = one_by(
        NewcomerRecord, "membership_id", description="Its first days there, as far as the caller may see them."
    )


@strawberry.type
class PlaceFields:
    """What stands on an edge between a member and a group."""

    cursor: str = strawberry.field(description="Where this item stands in the list.")
    role: Role = strawberry.field(description="What the member is in the group.")
    nickname: str | None = strawberry.field(description="The member's nickname in the group.")
    muted_until: datetime | None = strawberry.field(description="Until when the member may not speak in the group.")
    joined_at: datetime = strawberry.field(description="When the member joined.")


@strawberry.type(description="A member of a group, and what it is there.")
class GroupMemberEdge(PlaceFields):
    node: Member = one(MemberRecord, "member_id", description="The member.")
    newcomer: Annotated["Newcomer", strawberry.lazy("schema.spread.newcomer")] | None = one_by(
        NewcomerRecord, "membership_id", description="Its first days there, as far as the caller may see them."
    )


@strawberry.type(description="A page of a group's members.")
class GroupMemberConnection(PageFields):
    edges: list[GroupMemberEdge] = strawberry.field(description="The members of this page.")


@strawberry.type(description="A group of a member, and what the member is there.")
class MemberGroupEdge(PlaceFields):
    node: Annotated["Group", strawberry.lazy("schema.groups.group")] = one(
        GroupRecord, "group_id", description="The group."
    )


@strawberry.type(description="A page of a member's groups.")
class MemberGroupConnection(PageFields):
    edges: list[MemberGroupEdge] = strawberry.field(description="The groups of this page.")


@strawberry.input(description="A group to join.")
class JoinGroupInput:
    group_id: strawberry.ID | None = strawberry.field(default=None, description="The group; not needed with a code.")
    invitation_code: str | None = strawberry.field(default=None, description="The code of an invitation.")
    accepted_rules_version: int | None = strawberry.field(
        default=None, description="The version of the rules that was read and accepted, where there are rules."
    )


@strawberry.input(description="A group to leave.")
class LeaveGroupInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    reason: str | None = strawberry.field(default=None, description="Why, up to 200 characters.")


@strawberry.input(description="A nickname in a group.")
class SetGroupNicknameInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    nickname: str | None = strawberry.field(default=None, description="Up to 20 characters; none if absent or empty.")


@strawberry.input(description="A member to put into a group.")
class AddGroupMemberInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    member_id: strawberry.ID = strawberry.field(description="The member.")


@strawberry.input(description="The member who is to own a group.")
class HandOverGroupInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    member_id: strawberry.ID = strawberry.field(description="Who is to own it.")
    reason: str | None = strawberry.field(default=None, description="Why, up to 200 characters.")


@strawberry.input(description="A member's new role in a group.")
class ChangeMemberRoleInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    member_id: strawberry.ID = strawberry.field(description="The member.")
    role: Role = strawberry.field(description="The new role.")
    reason: str | None = strawberry.field(default=None, description="Why, up to 200 characters.")


@strawberry.input(description="A member to mute in a group.")
class MuteMemberInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    member_id: strawberry.ID = strawberry.field(description="The member.")
    until: datetime = strawberry.field(description="Until when, within the next year.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")


@strawberry.input(description="A member who may speak again in a group.")
class UnmuteMemberInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    member_id: strawberry.ID = strawberry.field(description="The member.")
    reason: str | None = strawberry.field(default=None, description="Why, up to 200 characters.")


@strawberry.type
class MembershipPayload(Payload):
    membership: Membership | None = changed("The member's place in the group.")


@strawberry.type(description="A place in a group; where that was full, it may be in the next one of its series.")
class JoinGroupPayload(MembershipPayload):
    pass


@strawberry.type(description="A group that was left.")
class LeaveGroupPayload(Payload):
    group: Annotated["Group", strawberry.lazy("schema.groups.group")] | None = changed("The group.")


@strawberry.type(description="A nickname that was set.")
class SetGroupNicknamePayload(MembershipPayload):
    pass


@strawberry.type(description="A member who was put into a group.")
class AddGroupMemberPayload(MembershipPayload):
    pass


@strawberry.type(description="A group that has a new owner.")
class HandOverGroupPayload(MembershipPayload):
    pass


@strawberry.type(description="A role that was given.")
class ChangeMemberRolePayload(MembershipPayload):
    pass


@strawberry.type(description="A member who was muted.")
class MuteMemberPayload(MembershipPayload):
    pass


@strawberry.type(description="A member who may speak again.")
class UnmuteMemberPayload(MembershipPayload):
    pass
