"""Points that a member puts into a red packet keep their life: a packet does not make old points new."""

from datetime import timedelta

from models.play.red_packet import expire_packets
from models.play.red_packet_share import RedPacketShare
from models.points.account import Bucket, of_member, of_platform
from models.points.entry import Move, PointEntry
from models.points.lot import PointLot
from models.points.reconciliation import reconcile
from store.database import transaction
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.play.build import a_member_packet


async def test_what_a_member_put_in_keeps_its_life_in_every_share(database: str) -> None:
    group = await a_group()
    sender, other = await a_place(group), await a_place(group)
    until = NOON + timedelta(days=3)
    async with transaction():
        move = Move(of_platform(Bucket.ISSUED), of_member(sender.id), 100, "gift", "test:lapsing", expires_at=until)
        await PointEntry.post([move], at=NOON)
    packet = await a_member_packet(sender, group, 100, 4)

    for member in (sender, other):
        await RedPacketShare.grab(member.id, packet.id, at=NOON, once=None)

    assert await expire_packets(at=NOON + timedelta(days=2)) == 1
    lots = await PointLot.filter(remaining__gt=0)
    assert {(lot.member_id, lot.expires_at) for lot in lots} == {(sender.id, until), (other.id, until)}
    assert sum(lot.remaining for lot in lots) == 100
    assert await reconcile() == []
