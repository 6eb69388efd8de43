"""Channels: kept by staff, with what was spent on them, what was published in them, and what they brought."""

import asyncio
from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import StaffCan
from auth.scope import demand_whole_brand
from engine.declare import Connection, mirrored
from models.spread.channel import Channel as ChannelRecord
from models.spread.channel_cost import ChannelCost as ChannelCostRecord
from models.spread.channel_funnel import FunnelBy, Touch, funnel
from models.spread.channel_funnel import Ways as WaysOf
from models.spread.channel_post import ChannelPost as ChannelPostRecord
from models.staff.right import StaffRight
from schema.ids import id_of, optional_id_of
from schema.payload import listed, mutation, query
from schema.spread.channel import (
    Channel,
    ChannelPost,
    PutChannelInput,
    PutChannelPayload,
    PutChannelPostInput,
    PutChannelPostPayload,
    RecordChannelCostInput,
    RecordChannelCostPayload,
)
from schema.spread.channel_funnel import RECORDS, By, ByTouch, FunnelRow, Ways
from schema.spread.referral_team import ReferralPeriod
from store.ids import as_id

READ, WRITE = StaffCan(StaffRight.SPREAD_READ), StaffCan(StaffRight.SPREAD_WRITE)
Period = Annotated[ReferralPeriod, strawberry.argument(description="Of which visits.")]


@strawberry.type
class ChannelQueries:
    channels: Connection[Channel] = listed(
        ChannelRecord,
        order=("-created_at", "-id"),
        allow=READ,
        description="Channels, also archived ones, the newest first.",
    )
    channel_posts: Connection[ChannelPost] = listed(
        ChannelPostRecord,
        order=("-published_at", "-id"),
        allow=READ,
        description="What was published outside, in all channels, also what was taken off the log; the latest first.",
    )

    @query(allow=READ, description="What came of the visits of a period: the hundred rows with the most visits.")
    async def channel_funnel(
        self,
        info: Info,
        period: Period,
        by: By = FunnelBy.CHANNEL,
        touch: ByTouch = Touch.FIRST,
        ways: Ways = None,
    ) -> list[FunnelRow]:
        demand_whole_brand(info.context)
        named = (
            WaysOf(
                optional_id_of("Channel", ways.channel_id, field="channelId"),
                ways.campaign,
                optional_id_of("SceneCode", ways.code_id, field="codeId"),
            )
            if ways
            else WaysOf()
        )
        rows = await funnel(period.since, period.until, by=by, touch=touch, ways=named, at=info.context.at)
        found = await _records(info, by, [row.key for row in rows if row.key])
        return [FunnelRow.of(row, by, found) for row in rows]


@strawberry.type
class ChannelMutations:
    @mutation(allow=WRITE, description="Open a channel, or say all of one anew.")
    async def put_channel(self, info: Info, input: PutChannelInput) -> PutChannelPayload:
        demand_whole_brand(info.context)
        channel = await ChannelRecord.put(
            channel_id=optional_id_of("Channel", input.channel_id, field="channelId"),
            kind=input.kind,
            name=input.name,
            owner=input.owner,
            notes=input.notes,
            is_archived=input.is_archived,
            reason=input.reason,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return PutChannelPayload(channel=mirrored(channel))

    @mutation(allow=WRITE, description="Book what was spent on a channel.")
    async def record_channel_cost(self, info: Info, input: RecordChannelCostInput) -> RecordChannelCostPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        cost = await ChannelCostRecord.record(
            id_of("Channel", input.channel_id, field="channelId"),
            day=input.day,
            amount=input.amount,
            words=input.words,
            staff_id=context.staff_id,
            at=context.at,
            once=once,
        )
        return RecordChannelCostPayload(cost=mirrored(cost), is_replay=once.replayed)

    @mutation(allow=WRITE, description="Log what was published in a channel, or say all of it anew.")
    async def put_channel_post(self, info: Info, input: PutChannelPostInput) -> PutChannelPostPayload:
        demand_whole_brand(info.context)
        post = await ChannelPostRecord.put(
            id_of("Channel", input.channel_id, field="channelId"),
            post_id=optional_id_of("ChannelPost", input.post_id, field="postId"),
            title=input.title,
            link=input.link,
            notes=input.notes,
            code_id=optional_id_of("SceneCode", input.code_id, field="codeId"),
            published_at=input.published_at,
            is_removed=input.is_removed,
            reason=input.reason,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return PutChannelPostPayload(post=mirrored(post))


async def _records(info: Info, by: FunnelBy, keys: list[str]) -> dict[str, object]:
    """The channels or codes of some rows, read together."""
    record = RECORDS.get(by)
    if record is None:
        return {}
    found = await asyncio.gather(*(info.context.loads.by_id(record, as_id(key)) for key in keys))
    return dict(zip(keys, found, strict=True))
