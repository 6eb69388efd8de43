"""Red packets in the contract."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from auth.scope import groups_in_scope
from engine.cursor import encode_id
from engine.declare import Connection, Node, batch, computed, connection, derived, one, record_type
from engine.relation import NO_ROW, Condition
from models.groups.group import Group as GroupRecord
from models.members.member import Member as MemberRecord
from models.play.red_packet import PacketState
from models.play.red_packet import RedPacket as RedPacketRecord
from models.play.red_packet_rain import RedPacketRain as RedPacketRainRecord
from models.play.red_packet_sender import SenderKind
from models.play.red_packet_share import RedPacketShare as RedPacketShareRecord
from models.play.red_packet_terms import Gate, Occasion, PacketMode, quiz_of
from models.staff.right import StaffRight
from schema.enums import publish
from schema.groups.group import Group
from schema.members.audience import Audience, audience_field
from schema.members.member import Member
from schema.scalars import BigInt

if TYPE_CHECKING:
    from auth.context import Context
    from schema.play.red_packet_rain import RedPacketRain
    from schema.play.red_packet_share import RedPacketShare

publish(
    PacketMode,
    "How a total is shared out.",
    named="RedPacketMode",
    ordinary="In equal shares.",
    lucky="By chance, with the same prospects for whoever comes early or late.",
)
publish(
    Occasion,
    "What a red packet is for.",
    named="RedPacketOccasion",
    announcement="An announcement.",
    festival="A festival.",
    birthday="A member's birthday.",
    welcome="A newcomer who introduced itself.",
    event="An event.",
    other="Anything else.",
)
publish(
    Gate,
    "What a member must have done, or know, to take a share.",
    named="RedPacketGate",
    none="Nothing.",
    password="It must say the password; letter case, width and space aside.",  # noqa: S106 - a description
    checked_in_today="It must have checked in today.",
    quiz_passed="It must have passed a quiz today, or the one that is named.",
)
publish(
    PacketState,
    "What became of a red packet.",
    named="RedPacketState",
    open="There are shares to take, now or from its opening on.",
    emptied="All shares were taken.",
    expired="Its time is over; what was left went back.",
    withdrawn="Staff ended it; what was left went back.",
)
publish(
    SenderKind,
    "Whose points are in a red packet.",
    named="RedPacketSenderKind",
    platform="The brand's; a share counts as earned.",
    budget="A budget's of the brand; a share counts as earned.",
    group="A group's.",
    member="A member's own.",
)

_IN_PLACE = (
    "{row}.recipient_id IS NULL AND ({row}.group_id IS NULL "
    "OR EXISTS (SELECT 1 FROM membership v WHERE v.group_id = {row}.group_id AND v.member_id = ?))"
)


def seen_packets(context: "Context") -> Condition:
    """Members see what is for them, what they sent and what they took of; staff those of the groups in their scope."""
    caller = context.caller
    if caller.kind is CallerKind.MEMBER:
        sql = (
            "{row}.sender_kind = 'member' AND {row}.sender_id = ? OR {row}.recipient_id = ? "
            "OR EXISTS (SELECT 1 FROM red_packet_share o WHERE o.packet_id = {row}.id AND o.member_id = ?) OR "
        )
        return Condition(sql + _IN_PLACE, (caller.id,) * 4)
    if caller.kind is CallerKind.STAFF and caller.may(StaffRight.PACKETS_READ):
        return groups_in_scope(context, "group_id")
    return NO_ROW


async def viewer_shares(packets: Sequence[RedPacketRecord], context: Any) -> list[RedPacketShareRecord | None]:
    """The caller's own shares."""
    asked = [packet.id for packet in packets]
    mine = await RedPacketShareRecord.filter(member_id=context.caller.id, packet_id__in=asked)
    found = {share.packet_id: share for share in mine}
    return [found.get(packet.id) for packet in packets]


@record_type(RedPacketRecord, description="Points to be taken in shares.", visible=seen_packets)
class RedPacket(Node):
    sender_kind: SenderKind = strawberry.field(description="Whose points are in it.")
    sender: Member | None = one(MemberRecord, "sender_id", description="The member whose points are in it.")
    sent_by: Member | None = one(MemberRecord, "by_id", description="The member who sent it; absent for the brand's.")
    group: Group | None = one(GroupRecord, "group_id", description="The group whose members it is for.")
    recipient: Member | None = one(MemberRecord, "recipient_id", description="The one member it is for.")
    rain: Annotated["RedPacketRain", strawberry.lazy("schema.play.red_packet_rain")] | None = one(
        RedPacketRainRecord, "rain_id", description="The rain that it is a drop of."
    )
    mode: PacketMode = strawberry.field(description="How it is shared out.")
    occasion: Occasion = strawberry.field(description="What it is for.")
    total: BigInt = strawberry.field(description="Points in all.")
    share_count: int = strawberry.field(description="How many shares.")
    share_least: BigInt = strawberry.field(description="No share is smaller.")
    share_most: BigInt | None = strawberry.field(description="No share is larger; absent where none is set.")
    taken: int = strawberry.field(description="How many shares were taken.")
    points_taken: BigInt = derived(
        "COALESCE((SELECT CAST(SUM(s.amount) AS BIGINT) FROM red_packet_share s WHERE s.packet_id = {row}.id), 0)",
        description="How many points were taken.",
    )
    refunded: BigInt | None = strawberry.field(description="What went back to the sender; absent while it is open.")
    greeting: str | None = strawberry.field(description="What is written on it.")
    cover_url: str | None = strawberry.field(description="The picture on it.")
    audience: Audience | None = audience_field()
    gate: Gate = strawberry.field(description="What a member must have done, or know.")
    opens_at: datetime = strawberry.field(description="From when shares may be taken.")
    closes_at: datetime = strawberry.field(description="Until when shares may be taken.")
    closed_at: datetime | None = strawberry.field(description="When it ended.")
    created_at: datetime = strawberry.field(description="When it was sent.")
    viewer_share: Annotated["RedPacketShare", strawberry.lazy("schema.play.red_packet_share")] | None = batch(
        viewer_shares, needs=("id",), description="The caller's share."
    )
    shares: Connection[Annotated["RedPacketShare", strawberry.lazy("schema.play.red_packet_share")]] = connection(
        RedPacketShareRecord, "packet_id", order=("-position", "-id"), description="Who took how much, newest first."
    )

    @computed(needs=("gate_source",), description="The quiz that must have been passed, where one is named.")
    def gate_source(self: Any) -> strawberry.ID | None:
        quiz_id = quiz_of(self.gate_source or "")
        return strawberry.ID(encode_id("Quiz", quiz_id)) if quiz_id else None

    @computed(needs=("state", "closes_at"), description="What became of it.")
    def state(self: Any, info: Info) -> PacketState:
        is_over = self.state is PacketState.OPEN and info.context.at >= self.closes_at
        return PacketState.EXPIRED if is_over else self.state

    @computed(
        needs=("password", "by_id"), description="The password; for whoever sent it, and for staff, to say it aloud."
    )
    def password(self: Any, info: Info) -> str | None:
        caller = info.context.caller
        knows = caller.kind is CallerKind.STAFF or self.by_id == caller.id
        return self.password if knows else None
