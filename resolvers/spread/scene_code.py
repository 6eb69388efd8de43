"""Codes of ways in: members make their own, staff those of channels."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import IsMember, StaffCan
from auth.scope import demand_member, demand_whole_brand
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import Condition, all_of
from models.spread.scene_code import SceneCode as SceneCodeRecord
from models.staff.right import StaffRight
from schema.ids import id_of, optional_id_of
from schema.payload import mutation, query
from schema.spread.scene_code import (
    DecideSceneCodeInput,
    DecideSceneCodePayload,
    MakeChannelCodeInput,
    MakeChannelCodePayload,
    MakeSceneCodeInput,
    MakeSceneCodePayload,
    SceneCode,
)

READ, WRITE = StaffCan(StaffRight.SPREAD_READ), StaffCan(StaffRight.SPREAD_WRITE)
OfChannel = Annotated[strawberry.ID | None, strawberry.argument(description="Of which channel; of any if absent.")]
OfInviter = Annotated[strawberry.ID | None, strawberry.argument(description="Of which inviter; of any if absent.")]
OfCampaign = Annotated[str | None, strawberry.argument(description="Of which campaign; of any if absent.")]
Text = Annotated[str | None, strawberry.argument(description="The one code that somebody has in hand.")]


@strawberry.type
class SceneCodeQueries:
    @query(allow=READ, description="Codes of ways in, the newest first.")
    async def scene_codes(
        self,
        info: Info,
        channel_id: OfChannel = None,
        inviter_id: OfInviter = None,
        campaign: OfCampaign = None,
        code: Text = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SceneCode]:
        wanted = {
            "channel_id": optional_id_of("Channel", channel_id, field="channelId"),
            "inviter_id": optional_id_of("Member", inviter_id, field="inviterId"),
            "campaign": campaign,
            "code": code,
        }
        where = all_of(Condition(f"{{row}}.{column} = ?", (one,)) for column, one in wanted.items() if one is not None)
        every = listing(SceneCodeRecord, order=("-created_at", "-id"), where=where)
        arguments = PageArguments(first, after, last, before)
        page: Connection[SceneCode] = await info.context.loads.list_page(every, arguments)
        return page


@strawberry.type
class SceneCodeMutations:
    @mutation(allow=IsMember(), description="The caller's own code to a page, made where there is none.")
    async def make_scene_code(self, info: Info, input: MakeSceneCodeInput) -> MakeSceneCodePayload:
        context = info.context
        code = await SceneCodeRecord.of(inviter_id=context.member_id, page=input.page, at=context.at)
        return MakeSceneCodePayload(code=mirrored(code))

    @mutation(allow=WRITE, description="The code of a channel, an inviter, a campaign and a page, made anew or found.")
    async def make_channel_code(self, info: Info, input: MakeChannelCodeInput) -> MakeChannelCodePayload:
        context = info.context
        demand_whole_brand(context)
        inviter_id = optional_id_of("Member", input.inviter_id, field="inviterId")
        if inviter_id:
            await demand_member(context, inviter_id, field="inviterId")
        code = await SceneCodeRecord.of(
            inviter_id=inviter_id,
            channel_id=id_of("Channel", input.channel_id, field="channelId"),
            campaign=input.campaign,
            page=input.page,
            expires_at=input.expires_at,
            staff_id=context.staff_id,
            at=context.at,
        )
        return MakeChannelCodePayload(code=mirrored(code))

    @mutation(allow=WRITE, description="Let a code end, take it back or give it back.")
    async def decide_scene_code(self, info: Info, input: DecideSceneCodeInput) -> DecideSceneCodePayload:
        context = info.context
        known = await SceneCodeRecord.existing(id_of("SceneCode", input.code_id, field="codeId"), field="codeId")
        if known.inviter_id:
            await demand_member(context, known.inviter_id, field="codeId")
        else:
            demand_whole_brand(context)
        code = await SceneCodeRecord.decide(
            known.id,
            expires_at=input.expires_at.value if input.expires_at else None,
            keeps_end=input.expires_at is None,
            is_withdrawn=input.is_withdrawn,
            expected_version=input.expected_version,
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
        )
        return DecideSceneCodePayload(code=mirrored(code))
