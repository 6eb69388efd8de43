"""The waiting list in the contract."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from engine.declare import Node, batch, one, record_type
from engine.relation import Condition
from models.groups.group import Group as GroupRecord
from models.groups.role import Right
from models.groups.waitlist import WaitlistEntry as WaitlistEntryRecord
from models.members.member import Member as MemberRecord
from schema.groups.visibility import to_holders
from schema.members.member import Member
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context
    from schema.groups.group import Group


def _seen_by(context: "Context") -> Condition:
    return to_holders(context, Right.SEE_LOG, own="member_id")


async def positions(entries: Sequence[WaitlistEntryRecord], context: object) -> list[int]:
    found = await WaitlistEntryRecord.positions([entry.id for entry in entries])
    return [found.get(entry.id, 0) for entry in entries]


async def viewer_entries(groups: Sequence[GroupRecord], context: Any) -> list[WaitlistEntryRecord | None]:
    """The caller's own places on the lists."""
    ids = [group.id for group in groups]
    mine = await WaitlistEntryRecord.filter(member_id=context.caller.id, group_id__in=ids)
    found = {entry.group_id: entry for entry in mine}
    return [found.get(group.id) for group in groups]


@record_type(WaitlistEntryRecord, description="A member who waits for a seat in a full group.", visible=_seen_by)
class WaitlistEntry(Node):
    group: Annotated["Group", strawberry.lazy("schema.groups.group")] = one(
        GroupRecord, "group_id", description="The group."
    )
    member: Member = one(MemberRecord, "member_id", description="Who waits.")
    position: int = batch(positions, description="The place on the list, from 1.")
    created_at: datetime = strawberry.field(description="Since when.")


@strawberry.input(description="A full group to wait for.")
class JoinWaitingListInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    accepted_rules_version: int | None = strawberry.field(
        default=None, description="The version of the rules that was read and accepted, where there are rules."
    )


@strawberry.input(description="A group to wait for no longer.")
class LeaveWaitingListInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")


@strawberry.type(description="A place on the waiting list; the next free seat goes to the first by itself.")
class JoinWaitingListPayload(Payload):
    entry: WaitlistEntry | None = changed("The place on the list.")


@strawberry.type(description="A waiting list that was left.")
class LeaveWaitingListPayload(Payload):
    group: Annotated["Group", strawberry.lazy("schema.groups.group")] | None = changed("The group.")
