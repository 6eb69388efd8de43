"""Segments in the contract: named audiences, who is in them, what uses them, and frozen snapshots."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
import strawberry

from auth.caller import CallerKind
from auth.scope import members_in_scope
from engine.cursor import encode_id
from engine.declare import Connection, Node, batch, computed, connection, one, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.members.condition import Condition as MemberCondition
from models.members.condition_sql import Clause
from models.members.member import Member as MemberRecord
from models.members.segment import Segment as SegmentRecord
from models.members.segment import sizes_of
from models.members.segment_snapshot import SegmentSnapshot as SegmentSnapshotRecord
from models.members.segment_snapshot import SegmentSnapshotMember as SegmentSnapshotMemberRecord
from models.staff.right import StaffRight
from schema.members.condition import MemberConditionInput, shown
from schema.members.member import Member
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context


def _known(context: "Context") -> Condition:
    is_staff = context.caller.kind is CallerKind.STAFF
    return EVERY_ROW if is_staff and context.caller.may(StaffRight.SEGMENTS_READ) else NO_ROW


def _in_scope(context: "Context") -> Condition:
    known = _known(context)
    return members_in_scope(context, "member_id") if known is EVERY_ROW else known


def scope_of(context: "Context") -> Clause:
    """The members whom the caller may see, for what counts or freezes them."""
    found = members_in_scope(context)
    return Clause(found.sql, found.values)


async def member_counts(segments: Sequence[SegmentRecord], context: Any) -> list[int]:
    trees = [MemberCondition.parsed(segment.condition) for segment in segments]
    return await sizes_of(trees, at=context.at, within=scope_of(context))


@strawberry.type(description="Something that names a segment.")
class SegmentUse:
    kind: str = strawberry.field(description="The kind of thing, such as `Good` or `Segment`.")
    id: strawberry.ID = strawberry.field(description="Its id.")


@record_type(
    SegmentSnapshotMemberRecord, description="A member who was in a segment when it was frozen.", visible=_in_scope
)
class SegmentSnapshotMember(Node):
    member: Member = one(MemberRecord, "member_id", description="The member.")


@record_type(SegmentSnapshotRecord, description="Who was in a segment at an instant.", visible=_known)
class SegmentSnapshot(Node):
    segment_version: int = strawberry.field(description="The version of the segment then.")
    member_count: int = strawberry.field(description="How many members were in it.")
    note: str | None = strawberry.field(description="What for.")
    taken_at: datetime = strawberry.field(description="When.")
    members: Connection[SegmentSnapshotMember] = connection(
        SegmentSnapshotMemberRecord, "snapshot_id", order=("id",), description="Who, as far as the caller may see them."
    )

    @computed(needs=("condition",), description="The condition then, as JSON in the form of `MemberConditionInput`.")
    def condition(self: Any) -> str:
        return orjson.dumps(shown(self.condition)).decode()


@record_type(SegmentRecord, description="A named audience that staff keep.", visible=_known)
class Segment(Node):
    name: str = strawberry.field(description="Its name.")
    summary: str | None = strawberry.field(description="What it is for.")
    version: int = strawberry.field(description="Rises with every change.")
    created_at: datetime = strawberry.field(description="When it was made.")
    changed_at: datetime = strawberry.field(description="When it was changed last.")
    archived_at: datetime | None = strawberry.field(description="Since when it is out of the lists.")
    member_count: int = batch(
        member_counts, needs=("condition",), description="How many members are in it now, of those the caller may see."
    )
    snapshots: Connection[SegmentSnapshot] = connection(
        SegmentSnapshotRecord, "segment_id", order=("-taken_at", "-id"), description="Its snapshots, newest first."
    )

    @computed(needs=("condition",), description="Its condition, as JSON in the form of `MemberConditionInput`.")
    def condition(self: Any) -> str:
        return orjson.dumps(shown(self.condition)).decode()

    @computed(description="What names it: other segments, and whatever has it as its audience.")
    async def uses(self: Any) -> list[SegmentUse]:
        found = await self.uses()
        return [SegmentUse(kind=use.kind, id=strawberry.ID(encode_id(use.kind, use.id))) for use in found]


@strawberry.input(description="A segment to make.")
class MakeSegmentInput:
    name: str = strawberry.field(description="1 to 40 characters; unique.")
    condition: MemberConditionInput = strawberry.field(description="Who is in it.")
    summary: str | None = strawberry.field(default=None, description="What it is for, up to 300 characters.")


@strawberry.input(description="A segment to change; what is absent stays.")
class ChangeSegmentInput:
    segment_id: strawberry.ID = strawberry.field(description="The segment.")
    expected_version: int = strawberry.field(description="The version that was read; refused if another came.")
    name: str | None = strawberry.field(default=None, description="1 to 40 characters; unique.")
    condition: MemberConditionInput | None = strawberry.field(default=None, description="Who is in it.")
    summary: str | None = strawberry.field(default=None, description="What it is for; empty clears it.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit; up to 200 characters.")


@strawberry.input(description="A segment that nothing uses, to put out of the lists.")
class ArchiveSegmentInput:
    segment_id: strawberry.ID = strawberry.field(description="The segment.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit; up to 200 characters.")


@strawberry.input(description="A segment to freeze.")
class TakeSegmentSnapshotInput:
    segment_id: strawberry.ID = strawberry.field(description="The segment.")
    note: str | None = strawberry.field(default=None, description="What for, up to 100 characters.")


@strawberry.type
class SegmentPayload(Payload):
    segment: Segment | None = changed("The segment.")


@strawberry.type(description="A segment that was made.")
class MakeSegmentPayload(SegmentPayload):
    pass


@strawberry.type(description="A segment that was changed.")
class ChangeSegmentPayload(SegmentPayload):
    pass


@strawberry.type(description="A segment that was put out of the lists.")
class ArchiveSegmentPayload(SegmentPayload):
    pass


@strawberry.type(description="A segment that was frozen.")
class TakeSegmentSnapshotPayload(Payload):
    snapshot: SegmentSnapshot | None = changed("Who was in it.")
