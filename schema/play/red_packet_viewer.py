"""What a member can see of its own red packets."""

import strawberry

from engine.declare import Connection, connection
from engine.relation import Condition
from models.play.red_packet import RedPacket as RedPacketRecord
from models.play.red_packet_share import RedPacketShare as RedPacketShareRecord
from schema.play.red_packet import RedPacket
from schema.play.red_packet_share import RedPacketShare


@strawberry.type
class RedPacketViewer:
    red_packets_sent: Connection[RedPacket] = connection(
        RedPacketRecord,
        "sender_id",
        order=("-created_at", "-id"),
        where=Condition("{row}.sender_kind = 'member'"),
        description="The red packets from the caller's own points, newest first.",
    )
    red_packet_shares: Connection[RedPacketShare] = connection(
        RedPacketShareRecord,
        "member_id",
        order=("-grabbed_at", "-id"),
        description="The shares that the caller took, newest first.",
    )
