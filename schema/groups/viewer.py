"""What a member can see of its own groups."""

import strawberry

from engine.declare import Connection, connection, many
from models.groups.join_request import JoinRequest as JoinRequestRecord
from models.groups.membership import Membership as MembershipRecord
from models.groups.waitlist import WaitlistEntry as WaitlistEntryRecord
from schema.groups.join_request import JoinRequest
from schema.groups.membership import MemberGroupConnection
from schema.groups.waitlist import WaitlistEntry


@strawberry.type
class GroupsViewer:
    groups: MemberGroupConnection = connection(
        MembershipRecord,
        "member_id",
        order=("joined_at", "id"),
        description="The groups that the caller belongs to, the earliest joined first.",
    )
    join_requests: Connection[JoinRequest] = connection(
        JoinRequestRecord,
        "member_id",
        order=("-created_at", "-id"),
        description="The caller's requests to join groups, newest first.",
    )
    waitlist_entries: list[WaitlistEntry] = many(
        WaitlistEntryRecord,
        "member_id",
        order=("created_at", "id"),
        bound=50,
        description="The waiting lists that the caller is on.",
    )
