"""Camps: found and followed by members, written and run by staff."""

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Info

from auth.permissions import IsMember
from auth.scope import demand_member
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import NO_ROW, Condition
from models.learning.camp import Camp as CampRecord
from models.learning.camp import CampStatus
from models.learning.camp_cancellation import cancel_camp
from models.learning.camp_eligibility import camp_eligibility
from models.learning.camp_notice import behind_today, remind_by_staff
from models.learning.camp_place import CampPlace as CampPlaceRecord
from models.learning.camp_progress import camp_progress, place_progress
from models.learning.camp_version import change_camp, create_camp, publish_camp
from resolvers.learning.camp_scope import READING, STAFF_READING, WRITING, demand_camp, demand_place
from schema.ids import id_of, optional_id_of
from schema.learning.camp import Camp
from schema.learning.camp_place import CampPlace
from schema.learning.camp_progress import CampEligibility, CampProgress
from schema.learning.camp_terms import (
    CancelCampInput,
    CancelCampPayload,
    ChangeCampInput,
    ChangeCampPayload,
    CreateCampInput,
    CreateCampPayload,
    PublishCampInput,
    PublishCampPayload,
    RemindCampMembersInput,
    RemindCampMembersPayload,
)
from schema.payload import mutation, query

CampId = Annotated[strawberry.ID, strawberry.argument(description="The camp.")]
PlaceId = Annotated[strawberry.ID, strawberry.argument(description="The member's place.")]
Status = Annotated[CampStatus | None, strawberry.argument(description="Only camps of this status.")]
GroupId = Annotated[strawberry.ID | None, strawberry.argument(description="Only camps of this group.")]

_OPEN = (
    "{row}.status = 'published' AND {row}.joins_until > ? AND ({row}.signs_up_from IS NULL OR {row}.signs_up_from <= ?)"
)


def _id(text: str) -> UUID:
    return id_of("Camp", text, field="campId")


@strawberry.type
class CampQueries:
    @query(allow=READING, description="Camps, the latest to begin in front; for staff those in their scope.")
    async def camps(
        self,
        info: Info,
        status: Status = None,
        group_id: GroupId = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Camp]:
        parts = list(_asked(status, optional_id_of("Group", group_id, field="groupId")))
        where = Condition(
            " AND ".join(part.sql for part in parts) or "1 = 1", tuple(value for part in parts for value in part.values)
        )
        found = listing(CampRecord, order=("-starts_at", "-id"), where=where)
        page: Connection[Camp] = await info.context.loads.list_page(found, PageArguments(first, after, last, before))
        return page

    @query(allow=IsMember(), description="Camps of the caller's to sign up for now, the first to begin in front.")
    async def open_camps(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Camp]:
        found = listing(
            CampRecord, order=("starts_at", "id"), where=Condition(_OPEN, (info.context.at, info.context.at))
        )
        page: Connection[Camp] = await info.context.loads.list_page(found, PageArguments(first, after, last, before))
        return page

    @query(allow=READING, description="A camp; nothing where it is absent or not for the caller to see.")
    async def camp(self, info: Info, id: CampId) -> Camp | None:
        found: Camp | None = await info.context.loads.by_id(CampRecord, id_of("Camp", id, field="id"))
        return found

    @query(allow=IsMember(), description="Whether the caller may sign up for a camp now, every reason, and when next.")
    async def camp_eligibility(self, info: Info, camp_id: CampId) -> CampEligibility:
        found = await camp_eligibility(info.context.member_id, _id(camp_id), at=info.context.at)
        return CampEligibility.of(found, info.context.locale)

    @query(allow=IsMember(), description="How the caller stands in a camp; nothing where it did not sign up.")
    async def camp_progress(self, info: Info, camp_id: CampId) -> CampProgress | None:
        found = await camp_progress(info.context.member_id, _id(camp_id), at=info.context.at)
        return CampProgress.of(found) if found else None

    @query(allow=STAFF_READING, description="How a member stands in a camp, for staff.")
    async def camp_progress_of(self, info: Info, place_id: PlaceId) -> CampProgress:
        place = await CampPlaceRecord.existing(id_of("CampPlace", place_id, field="placeId"), field="placeId")
        await demand_member(info.context, place.member_id, field="placeId")
        return CampProgress.of(await place_progress(place, at=info.context.at))

    @query(allow=STAFF_READING, description="Who takes part in a camp and has not done all of today's tasks.")
    async def camp_members_behind(
        self,
        info: Info,
        camp_id: CampId,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CampPlace]:
        clause = await behind_today(await CampRecord.shown(_id(camp_id)), at=info.context.at)
        where = Condition(clause.sql, clause.values) if clause else NO_ROW
        found = listing(CampPlaceRecord, order=("signed_up_at", "id"), where=where)
        page: Connection[CampPlace] = await info.context.loads.list_page(
            found, PageArguments(first, after, last, before)
        )
        return page


def _asked(status: CampStatus | None, group_id: UUID | None) -> Iterator[Condition]:
    if status:
        yield Condition("{row}.status = ?", (status.value,))
    if group_id:
        yield Condition("{row}.group_id = ?", (group_id,))


@strawberry.type
class CampMutations:
    @mutation(allow=WRITING, description="Write a camp down as a draft.")
    async def create_camp(self, info: Info, input: CreateCampInput) -> CreateCampPayload:
        context, once = info.context, info.context.once(input)
        terms = await input.terms.terms()
        await demand_place(context, terms.group_id)
        camp = await create_camp(terms, staff_id=context.staff_id, at=context.at, once=once)
        return CreateCampPayload(camp=mirrored(camp), is_replay=once.replayed)

    @mutation(allow=WRITING, description="Say all of a camp anew.")
    async def change_camp(self, info: Info, input: ChangeCampInput) -> ChangeCampPayload:
        context = info.context
        await demand_camp(context, _id(input.camp_id))
        terms = await input.terms.terms()
        await demand_place(context, terms.group_id)
        camp = await change_camp(
            _id(input.camp_id),
            terms,
            expected_version=input.expected_version,
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
        )
        return ChangeCampPayload(camp=mirrored(camp))

    @mutation(allow=WRITING, description="Show a camp to members, who may sign up from now on.")
    async def publish_camp(self, info: Info, input: PublishCampInput) -> PublishCampPayload:
        context = info.context
        await demand_camp(context, _id(input.camp_id))
        camp = await publish_camp(
            _id(input.camp_id), expected_version=input.expected_version, staff_id=context.staff_id, at=context.at
        )
        return PublishCampPayload(camp=mirrored(camp))

    @mutation(allow=WRITING, description="Cancel a camp; who takes part or waits has its points back.")
    async def cancel_camp(self, info: Info, input: CancelCampInput) -> CancelCampPayload:
        context = info.context
        await demand_camp(context, _id(input.camp_id))
        camp = await cancel_camp(_id(input.camp_id), reason=input.reason, staff_id=context.staff_id, at=context.at)
        return CancelCampPayload(camp=mirrored(camp))

    @mutation(allow=WRITING, description="Remind everybody in a camp whose tasks of today are open.")
    async def remind_camp_members(self, info: Info, input: RemindCampMembersInput) -> RemindCampMembersPayload:
        context, camp_id = info.context, _id(input.camp_id)
        await demand_camp(context, camp_id)
        told = await remind_by_staff(camp_id, staff_id=context.staff_id, at=context.at)
        return RemindCampMembersPayload(camp=mirrored(await CampRecord.get(id=camp_id)), told=told)
