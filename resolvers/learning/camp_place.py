"""Members in camps: they sign up, leave, hand in what tasks ask for and make up for what they missed."""

import strawberry
from strawberry import Info

from auth.permissions import IsMember
from engine.declare import mirrored
from models.learning.camp_leaving import leave_camp
from models.learning.camp_making_up import make_up_day
from models.learning.camp_place import CampPlace as CampPlaceRecord
from models.learning.camp_post import CampPost as CampPostRecord
from models.members.member import Member as MemberRecord
from resolvers.learning.camp_scope import WRITING, demand_camp
from schema.ids import id_of
from schema.learning.camp_place import (
    JoinCampInput,
    JoinCampPayload,
    LeaveCampInput,
    LeaveCampPayload,
    MakeUpCampDayInput,
    MakeUpCampDayPayload,
)
from schema.learning.camp_post import (
    HandInCampTaskInput,
    HandInCampTaskPayload,
    ShowCampPostInput,
    ShowCampPostPayload,
    VoidCampPostInput,
    VoidCampPostPayload,
)
from schema.payload import mutation


@strawberry.type
class CampPlaceMutations:
    @mutation(allow=IsMember(), single=True, description="Sign up for a camp, or for its waiting list.")
    async def join_camp(self, info: Info, input: JoinCampInput) -> JoinCampPayload:
        context, once = info.context, info.context.once(input)
        place = await CampPlaceRecord.join(
            context.member_id,
            id_of("Camp", input.camp_id, field="campId"),
            waits=input.waits,
            at=context.at,
            once=once,
        )
        viewer = await context.loads.by_id(MemberRecord, context.member_id)
        return JoinCampPayload(place=mirrored(place), viewer=viewer, is_replay=once.replayed)

    @mutation(allow=IsMember(), description="Give a place in a camp up before it begins, or leave the waiting list.")
    async def leave_camp(self, info: Info, input: LeaveCampInput) -> LeaveCampPayload:
        context = info.context
        place_id = id_of("CampPlace", input.place_id, field="placeId")
        place = await leave_camp(context.member_id, place_id, at=context.at)
        viewer = await context.loads.by_id(MemberRecord, context.member_id)
        return LeaveCampPayload(place=mirrored(place), viewer=viewer)

    @mutation(allow=IsMember(), description="Hand in what a task of a camp asks for.")
    async def hand_in_camp_task(self, info: Info, input: HandInCampTaskInput) -> HandInCampTaskPayload:
        post = await CampPostRecord.hand_in(
            info.context.member_id,
            id_of("CampTask", input.task_id, field="taskId"),
            words=input.words,
            pictures=input.pictures,
            at=info.context.at,
        )
        place = await CampPlaceRecord.get(id=post.place_id)
        return HandInCampTaskPayload(post=mirrored(post), place=mirrored(place))

    @mutation(allow=IsMember(), description="Count a missed day as done, all of whose tasks were done late.")
    async def make_up_camp_day(self, info: Info, input: MakeUpCampDayInput) -> MakeUpCampDayPayload:
        camp_id = id_of("Camp", input.camp_id, field="campId")
        day = await make_up_day(info.context.member_id, camp_id, input.day, at=info.context.at)
        return MakeUpCampDayPayload(place=mirrored(await CampPlaceRecord.get(id=day.place_id)))

    @mutation(allow=WRITING, description="Show a post to its camp as an example, or no longer.")
    async def show_camp_post(self, info: Info, input: ShowCampPostInput) -> ShowCampPostPayload:
        context = info.context
        known = await CampPostRecord.existing(id_of("CampPost", input.post_id, field="postId"), field="postId")
        await demand_camp(context, known.camp_id, field="postId")
        post = await CampPostRecord.show(
            known.id, is_showcase=input.is_showcase, staff_id=context.staff_id, at=context.at
        )
        return ShowCampPostPayload(post=mirrored(post))

    @mutation(allow=WRITING, description="Take a post out; its task is open again, and its day counts no more.")
    async def void_camp_post(self, info: Info, input: VoidCampPostInput) -> VoidCampPostPayload:
        context = info.context
        known = await CampPostRecord.existing(id_of("CampPost", input.post_id, field="postId"), field="postId")
        await demand_camp(context, known.camp_id, field="postId")
        post = await CampPostRecord.void(known.id, reason=input.reason, staff_id=context.staff_id, at=context.at)
        return VoidCampPostPayload(post=mirrored(post))
