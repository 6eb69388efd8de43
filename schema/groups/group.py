"""Groups in the contract."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from auth.caller import CallerKind
from auth.scope import groups_in_scope
from engine.declare import Connection, Node, batch, computed, connection, many, one, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.checkins.check_in import CheckIn as CheckInRecord
from models.groups.announcement import Announcement as AnnouncementRecord
from models.groups.block import GroupBlock as GroupBlockRecord
from models.groups.circle import Circle as CircleRecord
from models.groups.eligibility import join_eligibilities
from models.groups.group import Group as GroupRecord
from models.groups.group import GroupStatus, title_of
from models.groups.invitation import Invitation as InvitationRecord
from models.groups.join_request import JoinRequest as JoinRequestRecord
from models.groups.membership import Membership as MembershipRecord
from models.groups.membership_change import MembershipChange as MembershipChangeRecord
from models.groups.office import short_of_admins
from models.groups.role import RIGHTS, Right, Role
from models.groups.settings import JoinMode
from models.groups.waitlist import WaitlistEntry as WaitlistEntryRecord
from models.members.member import Member as MemberRecord
from models.staff.right import StaffRight
from models.staff.staff import Staff as StaffRecord
from schema.checkins.check_in import STANDING, CheckIn
from schema.eligibility import Eligibility
from schema.enums import publish
from schema.groups.announcement import PINNED, SHOWN, Announcement
from schema.groups.block import GroupBlock
from schema.groups.circle import Circle
from schema.groups.invitation import Invitation
from schema.groups.join_request import JoinRequest
from schema.groups.membership import GroupMemberConnection, Membership
from schema.groups.membership_change import MembershipChange
from schema.groups.rules import GroupRules, rules_in_force, viewer_acceptances
from schema.groups.waitlist import WaitlistEntry, viewer_entries
from schema.members.member import Member
from schema.staff.staff import Staff

if TYPE_CHECKING:
    from auth.context import Context

publish(
    JoinMode,
    "How one becomes a member of a group.",
    free="One joins.",
    approval="One applies, and somebody of the group decides.",
    invitation="One needs an invitation.",
    closed="Nobody comes in.",
)
publish(GroupStatus, "Whether a group is in use.", active="It is in use.", archived="It is out of use.")


def _seen_by(context: "Context") -> Condition:
    """Members find every group; staff those in their scope."""
    if context.caller.kind is CallerKind.MEMBER:
        return EVERY_ROW
    return groups_in_scope(context) if context.caller.may(StaffRight.GROUPS_READ) else NO_ROW


async def viewer_places(groups: Sequence[GroupRecord], context: Any) -> list[MembershipRecord | None]:
    """The caller's own places."""
    ids = [group.id for group in groups]
    mine = await MembershipRecord.filter(member_id=context.caller.id, group_id__in=ids)
    found = {place.group_id: place for place in mine}
    return [found.get(group.id) for group in groups]


async def viewer_rights(groups: Sequence[GroupRecord], context: Any) -> list[list[Right]]:
    places = await viewer_places(groups, context)
    return [sorted(RIGHTS[place.role]) if place else [] for place in places]


async def viewer_requests(groups: Sequence[GroupRecord], context: Any) -> list[JoinRequestRecord | None]:
    """The caller's latest requests."""
    found = await JoinRequestRecord.last_of(context.caller.id, [group.id for group in groups])
    return [found.get(group.id) for group in groups]


async def viewer_eligibilities(groups: Sequence[GroupRecord], context: Any) -> list[Eligibility | None]:
    if context.caller.kind is not CallerKind.MEMBER:
        return [None] * len(groups)
    found = await join_eligibilities(context.member_id, groups, at=context.at)
    return [Eligibility.of(one, context.locale) for one in found]


async def owners(groups: Sequence[GroupRecord], context: Any) -> list[MemberRecord | None]:
    places = await MembershipRecord.filter(group_id__in=[group.id for group in groups], role=Role.OWNER)
    owner_ids = {place.group_id: place.member_id for place in places}
    found = await asyncio.gather(*(context.loads.by_id(MemberRecord, one) for one in owner_ids.values()))
    by_group = dict(zip(owner_ids, found, strict=True))
    return [by_group.get(group.id) for group in groups]


async def shortages(groups: Sequence[GroupRecord], context: Any) -> list[bool]:
    short = await short_of_admins(groups)
    return [group.id in short for group in groups]


@record_type(GroupRecord, description="A chat group in a circle.", visible=_seen_by)
class Group(Node):
    circle: Circle = one(CircleRecord, "circle_id", description="The circle it belongs to.")
    name: str = strawberry.field(description="Its name, which the groups of a series share.")
    number: int = strawberry.field(description="Counts the groups of one name.")
    summary: str | None = strawberry.field(description="What it is about.")
    region: str | None = strawberry.field(description="The region it belongs to.")
    area: str | None = strawberry.field(description="The part of the region.")
    manager: Staff | None = one(StaffRecord, "manager_staff_id", description="Who of the staff answers for it.")
    status: GroupStatus = strawberry.field(description="Whether it is in use.")
    join_mode: JoinMode = strawberry.field(description="How one becomes a member.")
    member_cap: int = strawberry.field(description="How many members it may have.")
    member_count: int = strawberry.field(description="How many members it has.")
    waiting_count: int = strawberry.field(description="How many wait for a seat.")
    opens_next: bool = strawberry.field(description="Whether it sends on to the next of its series when it is full.")
    members_may_invite: bool = strawberry.field(description="Whether ordinary members may invite.")
    nicknames_unique: bool = strawberry.field(description="Whether nicknames in it must differ.")
    admin_seats_least: int = strawberry.field(description="With fewer admins it is warned of.")
    admin_seats_most: int = strawberry.field(description="How many admins it may have.")
    guide_seats_most: int = strawberry.field(description="How many guides it may have.")
    committee_seats_most: int = strawberry.field(description="How many members its committee may have.")
    pins_most: int = strawberry.field(description="How many announcements may be pinned.")
    reapply_after_hours: int = strawberry.field(description="How long after a refusal one may apply again.")
    created_at: datetime = strawberry.field(description="When it was opened.")
    archived_at: datetime | None = strawberry.field(description="When it was put out of use.")
    is_short_of_admins: bool = batch(
        shortages, needs=("id", "admin_seats_least"), description="Whether it has fewer admins than it should."
    )
    owner: Member | None = batch(owners, needs=("id",), description="Its owner.")
    rules: GroupRules | None = batch(rules_in_force, needs=("id",), description="The rules in force.")
    viewer_membership: Membership | None = batch(viewer_places, needs=("id",), description="The caller's place in it.")
    viewer_rights: list[Right] = batch(viewer_rights, needs=("id",), description="What the caller may do in it.")
    viewer_has_accepted_rules: bool = batch(
        viewer_acceptances, description="Whether the caller accepted the rules in force; true where there are none."
    )
    viewer_join_request: JoinRequest | None = batch(viewer_requests, description="The caller's latest request to join.")
    viewer_waitlist_entry: WaitlistEntry | None = batch(
        viewer_entries, description="The caller's place on the waiting list."
    )
    viewer_can_join: Eligibility | None = batch(
        viewer_eligibilities,
        description="Whether the calling member may join now or, by approval, apply; absent for staff.",
    )
    members: GroupMemberConnection = connection(
        MembershipRecord,
        "group_id",
        order=("joined_at", "id"),
        description="Its members, the earliest first; for its members and staff.",
    )
    check_ins: Connection[CheckIn] = connection(
        CheckInRecord,
        "group_id",
        order=("-created_at", "-id"),
        where=STANDING,
        description="Check-ins shown in it that stand, newest first; for its members and staff.",
    )
    announcements: Connection[Announcement] = connection(
        AnnouncementRecord,
        "group_id",
        order=("-published_at", "-id"),
        where=SHOWN,
        description="Its announcements, newest first; for its members and staff.",
    )
    pinned_announcements: list[Announcement] = many(
        AnnouncementRecord,
        "group_id",
        order=("-published_at", "-id"),
        where=PINNED,
        bound=20,
        description="Those that stand on top; for its members and staff.",
    )
    join_requests: Connection[JoinRequest] = connection(
        JoinRequestRecord,
        "group_id",
        order=("-created_at", "-id"),
        description="Requests to join, newest first; others' only for those who decide them.",
    )
    invitations: Connection[Invitation] = connection(
        InvitationRecord,
        "group_id",
        order=("-created_at", "-id"),
        description="Invitations, newest first; others' only for those who decide requests.",
    )
    waitlist: Connection[WaitlistEntry] = connection(
        WaitlistEntryRecord,
        "group_id",
        order=("created_at", "id"),
        description="Who waits for a seat, in order; others only for those who run it.",
    )
    changes: Connection[MembershipChange] = connection(
        MembershipChangeRecord,
        "group_id",
        order=("-happened_at", "-id"),
        description="Who came and left, and why, newest first; others' only for those who run it.",
    )
    blocks: Connection[GroupBlock] = connection(
        GroupBlockRecord,
        "group_id",
        order=("-created_at", "-id"),
        description="Who may not come back, newest first; for those who may lift it.",
    )

    @computed(needs=("name", "number"), description="Its name as members read it, such as 车友会 2群.")
    def title(self: Any) -> str:
        return title_of(self.name, self.number)
