"""Draws: seen and drawn by members, run by staff of the whole brand."""

import asyncio
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Info

from auth.permissions import Can, IsMember, IsMemberOrStaff
from auth.scope import demand_whole_brand
from engine.declare import Connection, mirrored
from engine.relation import Condition
from models.errors import within
from models.members.member import Member as MemberRecord
from models.play.draw import Draw as DrawRecord
from models.play.draw import WrongDrawKind
from models.play.draw_eligibility import draw_eligibility
from models.play.draw_entry import DrawEntry as DrawEntryRecord
from models.play.draw_prize import DrawPrize as DrawPrizeRecord
from models.play.draw_report import draw_report
from models.play.draw_result import DrawResult as DrawResultRecord
from models.play.draw_simulation import DRAWS_MOST, simulate
from models.play.draw_version import change_draw, create_draw, end_draw, publish_draw
from models.play.draw_void import DrawVoid
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.payload import listed, mutation, query
from schema.play.draw import Draw
from schema.play.draw_eligibility import DrawEligibility, DrawReport, DrawSimulation
from schema.play.draw_result import DrawInput, DrawPayload, EnterDrawInput, EnterDrawPayload
from schema.play.draw_terms import (
    ChangeDrawInput,
    ChangeDrawPayload,
    CreateDrawInput,
    CreateDrawPayload,
    EndDrawInput,
    EndDrawPayload,
    PublishDrawInput,
    PublishDrawPayload,
    VoidDrawInput,
    VoidDrawPayload,
)

DrawId = Annotated[strawberry.ID, strawberry.argument(description="The draw.")]
Draws = Annotated[int, strawberry.argument(description=f"How many draws to simulate, 1 to {DRAWS_MOST}.")]
Members = Annotated[int, strawberry.argument(description="How many members share them, 1 to 100000.")]


def _id(text: str) -> UUID:
    return id_of("Draw", text, field="drawId")


@strawberry.type
class DrawQueries:
    draws: Connection[Draw] = listed(
        DrawRecord, order=("-starts_at", "-id"), allow=IsMemberOrStaff(), description="Draws, the newest first."
    )
    open_draws: Connection[Draw] = listed(
        DrawRecord,
        order=("ends_at", "id"),
        where=Condition("{row}.state = 'published'"),
        allow=IsMemberOrStaff(),
        description="Draws that go on or are announced, the first to end in front.",
    )

    @query(allow=IsMember(), description="Whether the caller may draw or enter now, its chances, the odds.")
    async def draw_eligibility(self, info: Info, draw_id: DrawId) -> DrawEligibility:
        found = await draw_eligibility(info.context.member_id, _id(draw_id), at=info.context.at)
        return DrawEligibility.of(found, info.context.locale)

    @query(allow=Can(StaffRight.DRAWS_READ), description="What so many draws would give and cost; nothing is written.")
    async def draw_simulation(self, info: Info, draw_id: DrawId, draws: Draws, members: Members) -> DrawSimulation:
        demand_whole_brand(info.context)
        within("draws", draws, 1, DRAWS_MOST)
        within("members", members, 1, DRAWS_MOST)
        draw = await DrawRecord.existing(_id(draw_id), field="drawId")
        if draw.is_scheduled:
            raise WrongDrawKind()
        prizes = await DrawPrizeRecord.offered(draw.id)
        found = await asyncio.to_thread(simulate, draw, prizes, draws=draws, members=members)
        return DrawSimulation.of(found, prizes)

    @query(allow=Can(StaffRight.DRAWS_READ), description="What a draw has brought and cost so far.")
    async def draw_report(self, info: Info, draw_id: DrawId) -> DrawReport:
        demand_whole_brand(info.context)
        draw = await DrawRecord.existing(_id(draw_id), field="drawId")
        return DrawReport.of(await draw_report(draw.id))


@strawberry.type
class DrawMutations:
    @mutation(allow=IsMember(), single=True, description="Use a chance, or buy one and use it, and see what it gives.")
    async def draw(self, info: Info, input: DrawInput) -> DrawPayload:
        context, once = info.context, info.context.once(input)
        result = await DrawResultRecord.draw_once(
            context.member_id,
            _id(input.draw_id),
            client_text=input.client_text,
            buys=input.buys,
            at=context.at,
            once=once,
        )
        return DrawPayload(
            result=mirrored(result),
            draw=mirrored(await DrawRecord.get(id=result.draw_id)),
            viewer=mirrored(await MemberRecord.get(id=context.member_id)),
            is_replay=once.replayed,
        )

    @mutation(allow=IsMember(), single=True, description="Use a chance for a ticket of a scheduled draw.")
    async def enter_draw(self, info: Info, input: EnterDrawInput) -> EnterDrawPayload:
        context, once = info.context, info.context.once(input)
        entry = await DrawEntryRecord.enter(
            context.member_id, _id(input.draw_id), buys=input.buys, at=context.at, once=once
        )
        return EnterDrawPayload(
            entry=mirrored(entry),
            draw=mirrored(await DrawRecord.get(id=entry.draw_id)),
            viewer=mirrored(await MemberRecord.get(id=context.member_id)),
            is_replay=once.replayed,
        )

    @mutation(allow=Can(StaffRight.DRAWS_WRITE), description="Write a draw down as a draft.")
    async def create_draw(self, info: Info, input: CreateDrawInput) -> CreateDrawPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        draw = await create_draw(await input.terms.terms(), staff_id=context.staff_id, at=context.at, once=once)
        return CreateDrawPayload(draw=mirrored(draw), is_replay=once.replayed)

    @mutation(allow=Can(StaffRight.DRAWS_WRITE), description="Give a draw other terms; published, as a new version.")
    async def change_draw(self, info: Info, input: ChangeDrawInput) -> ChangeDrawPayload:
        context = info.context
        demand_whole_brand(context)
        draw = await change_draw(
            _id(input.draw_id),
            await input.terms.terms(),
            expected_version=input.expected_version,
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
        )
        return ChangeDrawPayload(draw=mirrored(draw))

    @mutation(allow=Can(StaffRight.DRAWS_WRITE), description="Open a draw to members and commit to its seeds.")
    async def publish_draw(self, info: Info, input: PublishDrawInput) -> PublishDrawPayload:
        context = info.context
        demand_whole_brand(context)
        draw = await publish_draw(
            _id(input.draw_id), expected_version=input.expected_version, staff_id=context.staff_id, at=context.at
        )
        return PublishDrawPayload(draw=mirrored(draw))

    @mutation(allow=Can(StaffRight.DRAWS_WRITE), description="End a draw before its time.")
    async def end_draw(self, info: Info, input: EndDrawInput) -> EndDrawPayload:
        demand_whole_brand(info.context)
        draw = await end_draw(
            _id(input.draw_id), reason=input.reason, staff_id=info.context.staff_id, at=info.context.at
        )
        return EndDrawPayload(draw=mirrored(draw))

    @mutation(allow=Can(StaffRight.DRAWS_WRITE), description="Declare a draw void and unwind all that came of it.")
    async def void_draw(self, info: Info, input: VoidDrawInput) -> VoidDrawPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        void = await DrawVoid.record(
            _id(input.draw_id), reason=input.reason, staff_id=context.staff_id, at=context.at, once=once
        )
        return VoidDrawPayload(draw=mirrored(await DrawRecord.get(id=void.draw_id)), is_replay=once.replayed)
