"""Rains of red packets in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from auth.caller import CallerKind
from auth.scope import groups_in_scope
from engine.declare import Connection, Node, connection, one, record_type
from engine.relation import NO_ROW, Condition
from models.groups.group import Group as GroupRecord
from models.members.member import Member as MemberRecord
from models.play.red_packet import RedPacket as RedPacketRecord
from models.play.red_packet_rain import RedPacketRain as RedPacketRainRecord
from models.play.red_packet_sender import SenderKind
from models.staff.right import StaffRight
from schema.groups.group import Group
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.play.red_packet import RedPacket
from schema.play.red_packet_sending import RedPacketTermsInput

if TYPE_CHECKING:
    from auth.context import Context


def _seen(context: "Context") -> Condition:
    """As the packets of it: its sender, its group or everybody; staff within their scope."""
    caller = context.caller
    if caller.kind is CallerKind.MEMBER:
        sql = (
            "{row}.by_id = ? OR {row}.group_id IS NULL "
            "OR EXISTS (SELECT 1 FROM membership v WHERE v.group_id = {row}.group_id AND v.member_id = ?)"
        )
        return Condition(sql, (caller.id, caller.id))
    if caller.kind is CallerKind.STAFF and caller.may(StaffRight.PACKETS_READ):
        return groups_in_scope(context, "group_id")
    return NO_ROW


@record_type(
    RedPacketRainRecord, description="Red packets of the same terms that open one after the other.", visible=_seen
)
class RedPacketRain(Node):
    sender_kind: SenderKind = strawberry.field(description="Whose points are in its packets.")
    sender: Member | None = one(MemberRecord, "sender_id", description="The member whose points they are.")
    group: Group | None = one(GroupRecord, "group_id", description="The group whose members it is for.")
    drops: int = strawberry.field(description="How many packets.")
    seconds_between: int = strawberry.field(description="From one's opening to the next one's.")
    starts_at: datetime = strawberry.field(description="When the first opens.")
    created_at: datetime = strawberry.field(description="When it was sent.")
    packets: Connection[RedPacket] = connection(
        RedPacketRecord, "rain_id", order=("opens_at", "id"), description="Its packets, the first to open in front."
    )


@strawberry.input(description="A rain from one's own points, or from the points of a group that one may spend.")
class SendRedPacketRainInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never sends twice.")
    sender: SenderKind = strawberry.field(default=SenderKind.MEMBER, description="MEMBER, or GROUP for the group's.")
    packet: RedPacketTermsInput = strawberry.field(description="What each of its packets is like.")
    drops: int = strawberry.field(description="How many packets, 2 to 100.")
    seconds_between: int = strawberry.field(description="From one's opening to the next one's, 1 to 86400.")


@strawberry.input(description="A rain from the brand's points, or from those of a group.")
class IssueRedPacketRainInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never sends twice.")
    sender: SenderKind = strawberry.field(default=SenderKind.PLATFORM, description="PLATFORM, BUDGET or GROUP.")
    budget_id: strawberry.ID | None = strawberry.field(
        default=None, description="The budget, where that is the sender."
    )
    packet: RedPacketTermsInput = strawberry.field(description="What each of its packets is like.")
    drops: int = strawberry.field(description="How many packets, 2 to 100.")
    seconds_between: int = strawberry.field(description="From one's opening to the next one's, 1 to 86400.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.input(description="A rain to end.")
class WithdrawRedPacketRainInput:
    rain_id: strawberry.ID = strawberry.field(description="The rain.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.type
class RainPayload(Payload):
    rain: RedPacketRain | None = changed("The rain.")


@strawberry.type(description="A rain that was sent.")
class SendRedPacketRainPayload(RainPayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A rain that was sent for the brand or a group.")
class IssueRedPacketRainPayload(RainPayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A rain whose packets were ended.")
class WithdrawRedPacketRainPayload(RainPayload):
    pass
