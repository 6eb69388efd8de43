"""Shares of red packets in the contract."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.caller import CallerKind
from engine.declare import Node, batch, one, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.members.member import Member as MemberRecord
from models.play.red_packet import PacketState
from models.play.red_packet import RedPacket as RedPacketRecord
from models.play.red_packet_share import RedPacketShare as RedPacketShareRecord
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.play.red_packet import RedPacket, seen_packets
from schema.scalars import BigInt

if TYPE_CHECKING:
    from auth.context import Context
    from schema.viewer import Viewer


def _seen(context: "Context") -> Condition:
    """One's own, and those of the packets that one may see."""
    packets = seen_packets(context)
    if packets in (EVERY_ROW, NO_ROW):
        return packets
    of_packets = packets.sql.replace("{row}", "p")
    shown = Condition(
        f"EXISTS (SELECT 1 FROM red_packet p WHERE p.id = {{row}}.packet_id AND ({of_packets}))",  # noqa: S608 - own text, values are bound
        packets.values,
    )
    if context.caller.kind is not CallerKind.MEMBER:
        return shown
    return Condition(f"{{row}}.member_id = ? OR {shown.sql}", (context.caller.id, *shown.values))


async def best_lucks(shares: Sequence[RedPacketShareRecord], context: object) -> list[bool]:
    """Whether each is the largest of its packet, once that is empty; the earliest of such."""
    ids = {share.packet_id for share in shares}
    emptied = RedPacketRecord.filter(id__in=ids, state=PacketState.EMPTIED, best_position__isnull=False)
    best = {packet.id: packet.best_position for packet in await emptied.only("id", "best_position")}
    return [best.get(share.packet_id) == share.position for share in shares]


@record_type(RedPacketShareRecord, description="What one member took of a red packet.", visible=_seen)
class RedPacketShare(Node):
    packet: RedPacket = one(RedPacketRecord, "packet_id", description="The red packet.")
    member: Member = one(MemberRecord, "member_id", description="Who took it.")
    position: int = strawberry.field(description="The how-manieth share it was.")
    amount: BigInt = strawberry.field(description="Points.")
    grabbed_at: datetime = strawberry.field(description="When it was taken.")
    is_best_luck: bool = batch(
        best_lucks,
        needs=("packet_id", "position"),
        description="Whether it is the largest of a lucky packet; told once all are taken, of equals the earliest.",
    )
    thanks: str | None = strawberry.field(description="A word to the sender.")
    thanked_at: datetime | None = strawberry.field(description="When that was said.")


@strawberry.input(description="A red packet of which to take a share.")
class GrabRedPacketInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never takes twice.")
    red_packet_id: strawberry.ID = strawberry.field(description="The red packet.")
    password: str | None = strawberry.field(default=None, description="The password, where the packet has that gate.")


@strawberry.input(description="A word of thanks for a share, said once.")
class ThankForRedPacketInput:
    red_packet_id: strawberry.ID = strawberry.field(description="The red packet.")
    text: str = strawberry.field(description="1 to 60 characters.")


@strawberry.type(description="A share that was taken.")
class GrabRedPacketPayload(Payload):
    share: RedPacketShare | None = changed("The share.")
    viewer: Annotated["Viewer", strawberry.lazy("schema.viewer")] | None = changed("The caller after it.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A share for which thanks were said.")
class ThankForRedPacketPayload(Payload):
    share: RedPacketShare | None = changed("The share.")
