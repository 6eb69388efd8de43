"""Channels, their costs and their posts in the contract, for staff."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import strawberry

from auth.caller import CallerKind
from engine.declare import Connection, Node, connection, one, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.spread.channel import Channel as ChannelRecord
from models.spread.channel import ChannelKind
from models.spread.channel_cost import ChannelCost as ChannelCostRecord
from models.spread.channel_post import ChannelPost as ChannelPostRecord
from models.spread.scene_code import SceneCode as SceneCodeRecord
from models.staff.right import StaffRight
from models.staff.staff import Staff as StaffRecord
from schema.enums import publish
from schema.payload import Payload, changed
from schema.scalars import BigInt
from schema.spread.scene_code import SceneCode
from schema.staff.staff import Staff

if TYPE_CHECKING:
    from auth.context import Context

publish(
    ChannelKind,
    "What sort of place a channel is.",
    public_account="A public account of WeChat.",
    video_channel="A video channel of WeChat.",
    douyin="Douyin.",
    xiaohongshu="Xiaohongshu.",
    weibo="Weibo.",
    sms="Text messages.",
    store_poster="A poster in a store.",
    partner="A partner of the brand.",
    staff="Colleagues in person.",
    member_invitation="Members who invite others.",
    other="Anything else.",
)


def read_by_colleagues(context: "Context") -> Condition:
    """Channels are the brand's, and nothing in them is about members: staff with the right see them all."""
    caller = context.caller
    may = caller.kind is CallerKind.STAFF and caller.may(StaffRight.SPREAD_READ)
    return EVERY_ROW if may else NO_ROW


@record_type(ChannelCostRecord, description="What was spent on a channel.", visible=read_by_colleagues)
class ChannelCost(Node):
    day: date = strawberry.field(description="The brand's day on which it was spent.")
    amount: BigInt = strawberry.field(description="In minor units; below zero where an earlier one is booked back.")
    words: str = strawberry.field(description="What for.")
    created_at: datetime = strawberry.field(description="When it was booked.")


@record_type(ChannelPostRecord, description="What was published in a channel.", visible=read_by_colleagues)
class ChannelPost(Node):
    title: str = strawberry.field(description="Its title.")
    link: str | None = strawberry.field(description="Where it stands.")
    notes: str | None = strawberry.field(description="What else is to be known.")
    code: SceneCode | None = one(SceneCodeRecord, "code_id", description="The code in it, whose figures are its own.")
    published_by: Staff | None = one(StaffRecord, "staff_id", description="Who published it.")
    published_at: datetime = strawberry.field(description="When it was published.")
    removed_at: datetime | None = strawberry.field(description="When it was taken off the log.")


@record_type(ChannelRecord, description="Somewhere outside that people come from.", visible=read_by_colleagues)
class Channel(Node):
    kind: ChannelKind = strawberry.field(description="What sort of place it is.")
    name: str = strawberry.field(description="Its name.")
    owner: str | None = strawberry.field(description="Who looks after it.")
    notes: str | None = strawberry.field(description="What else is to be known.")
    created_at: datetime = strawberry.field(description="When it was opened.")
    archived_at: datetime | None = strawberry.field(description="When it was archived; absent while it is in use.")
    codes: Connection[SceneCode] = connection(
        SceneCodeRecord, "channel_id", order=("-created_at", "-id"), description="Its codes, newest first."
    )
    costs: Connection[ChannelCost] = connection(
        ChannelCostRecord, "channel_id", order=("-day", "-id"), description="What was spent on it, the latest first."
    )
    posts: Connection[ChannelPost] = connection(
        ChannelPostRecord,
        "channel_id",
        order=("-published_at", "-id"),
        where=Condition("{row}.removed_at IS NULL"),
        description="What was published in it, the latest first.",
    )


@strawberry.input(description="A channel to open, or all of one anew.")
class PutChannelInput:
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="The one to change; absent: new.")
    kind: ChannelKind = strawberry.field(description="What sort of place it is.")
    name: str = strawberry.field(description="Its name, 1 to 40 characters, unique.")
    owner: str | None = strawberry.field(default=None, description="Who looks after it, at most 40 characters.")
    notes: str | None = strawberry.field(default=None, description="At most 500 characters.")
    is_archived: bool = strawberry.field(default=False, description="Whether it makes no new codes any more.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.type(description="A channel after it.")
class PutChannelPayload(Payload):
    channel: Channel | None = changed("The channel.")


@strawberry.input(description="What was spent on a channel.")
class RecordChannelCostInput:
    idempotency_key: str = strawberry.field(description="8 to 80 characters, made anew for each wish.")
    channel_id: strawberry.ID = strawberry.field(description="On which channel.")
    day: date = strawberry.field(description="The brand's day on which it was spent.")
    amount: BigInt = strawberry.field(description="In minor units; below zero books an earlier one back. Not 0.")
    words: str = strawberry.field(description="What for, 1 to 200 characters.")


@strawberry.type(description="What came of booking a cost.")
class RecordChannelCostPayload(Payload):
    cost: ChannelCost | None = changed("The cost.")
    is_replay: bool | None = changed("Whether the same key had booked it before.")


@strawberry.input(description="A post outside to log, or all of one anew.")
class PutChannelPostInput:
    post_id: strawberry.ID | None = strawberry.field(default=None, description="The one to change; absent: new.")
    channel_id: strawberry.ID = strawberry.field(description="Where it was published; a post stays in its channel.")
    title: str = strawberry.field(description="Its title, 1 to 100 characters.")
    link: str | None = strawberry.field(default=None, description="Where it stands: an https address.")
    notes: str | None = strawberry.field(default=None, description="At most 500 characters.")
    code_id: strawberry.ID | None = strawberry.field(default=None, description="The code in it, of the same channel.")
    published_at: datetime = strawberry.field(description="When it was published; not ahead of now.")
    is_removed: bool = strawberry.field(default=False, description="Whether it is taken off the log.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.type(description="A post after it.")
class PutChannelPostPayload(Payload):
    post: ChannelPost | None = changed("The post.")
