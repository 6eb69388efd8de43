"""Segments: staff keep them, look who is in them, and freeze them."""

from typing import Annotated, Any

import strawberry
from strawberry import Info

from auth.context import Context
from auth.permissions import StaffCan
from auth.scope import demand_member, demand_whole_brand
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import Condition as Rows
from models.members.condition import Condition
from models.members.member import Member as MemberRecord
from models.members.segment import Segment as SegmentRecord
from models.members.segment import members_of
from models.members.segment_snapshot import SegmentSnapshot as SegmentSnapshotRecord
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.members.condition import MemberConditionInput
from schema.members.member import Member
from schema.members.segment import (
    ArchiveSegmentInput,
    ArchiveSegmentPayload,
    ChangeSegmentInput,
    ChangeSegmentPayload,
    MakeSegmentInput,
    MakeSegmentPayload,
    Segment,
    TakeSegmentSnapshotInput,
    TakeSegmentSnapshotPayload,
    scope_of,
)
from schema.payload import listed, mutation, query

SegmentId = Annotated[strawberry.ID, strawberry.argument(description="Which segment.")]
MemberId = Annotated[strawberry.ID, strawberry.argument(description="Which member.")]
Asked = Annotated[MemberConditionInput, strawberry.argument(description="A condition, which need not be saved.")]
CanRead, CanWrite = StaffCan(StaffRight.SEGMENTS_READ), StaffCan(StaffRight.SEGMENTS_WRITE)


@strawberry.type
class SegmentQueries:
    segments: Connection[Segment] = listed(
        SegmentRecord,
        order=("-created_at", "-id"),
        where=Rows("{row}.archived_at IS NULL"),
        allow=CanRead,
        description="Segments in use, newest first.",
    )

    @query(allow=CanRead, description="Who is in a segment now, of the members in the caller's scope, newest first.")
    async def segment_members(
        self,
        info: Info,
        segment_id: SegmentId,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Member]:
        segment = await SegmentRecord.existing(id_of("Segment", segment_id, field="segmentId"), field="segmentId")
        arguments = PageArguments(first, after, last, before)
        page: Connection[Member] = await _members(info.context, segment.tree, arguments)
        return page

    @query(allow=CanRead, description="Whom a condition holds for, of the members in the caller's scope, newest first.")
    async def members_meeting(
        self,
        info: Info,
        condition: Asked,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Member]:
        arguments = PageArguments(first, after, last, before)
        page: Connection[Member] = await _members(info.context, condition.read(), arguments)
        return page

    @query(allow=CanRead, description="Whether a member is in a segment now.")
    async def is_in_segment(self, info: Info, segment_id: SegmentId, member_id: MemberId) -> bool:
        found = id_of("Member", member_id, field="memberId")
        await demand_member(info.context, found)
        segment = await SegmentRecord.existing(id_of("Segment", segment_id, field="segmentId"), field="segmentId")
        return await segment.holds(found, at=info.context.at)


@strawberry.type
class SegmentMutations:
    @mutation(allow=CanWrite, description="Keep a condition on members as a segment.")
    async def make_segment(self, info: Info, input: MakeSegmentInput) -> MakeSegmentPayload:
        demand_whole_brand(info.context)
        segment = await SegmentRecord.make(
            name=input.name,
            summary=input.summary,
            condition=input.condition.read(),
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return MakeSegmentPayload(segment=mirrored(segment))

    @mutation(allow=CanWrite, description="Change a segment.")
    async def change_segment(self, info: Info, input: ChangeSegmentInput) -> ChangeSegmentPayload:
        demand_whole_brand(info.context)
        segment = await SegmentRecord.change(
            id_of("Segment", input.segment_id, field="segmentId"),
            expected_version=input.expected_version,
            name=input.name,
            summary=input.summary,
            condition=input.condition.read() if input.condition else None,
            reason=input.reason,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return ChangeSegmentPayload(segment=mirrored(segment))

    @mutation(allow=CanWrite, description="Put a segment that nothing uses out of the lists.")
    async def archive_segment(self, info: Info, input: ArchiveSegmentInput) -> ArchiveSegmentPayload:
        demand_whole_brand(info.context)
        segment_id = id_of("Segment", input.segment_id, field="segmentId")
        segment = await SegmentRecord.archive(
            segment_id, reason=input.reason, staff_id=info.context.staff_id, at=info.context.at
        )
        return ArchiveSegmentPayload(segment=mirrored(segment))

    @mutation(allow=CanWrite, description="Freeze who is in a segment now, of the members in the caller's scope.")
    async def take_segment_snapshot(self, info: Info, input: TakeSegmentSnapshotInput) -> TakeSegmentSnapshotPayload:
        context, segment_id = info.context, id_of("Segment", input.segment_id, field="segmentId")
        snapshot = await SegmentSnapshotRecord.take(
            segment_id, note=input.note, within=scope_of(context), staff_id=context.staff_id, at=context.at
        )
        return TakeSegmentSnapshotPayload(snapshot=mirrored(snapshot))


async def _members(context: Context, condition: Condition, arguments: PageArguments) -> Any:
    clause = await members_of(condition, at=context.at, within=scope_of(context))
    every = listing(MemberRecord, order=("-joined_at", "-id"), where=Rows(clause.sql, clause.values))
    return await context.loads.list_page(every, arguments)
