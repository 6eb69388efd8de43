"""Many hands at one instant: nothing twice, nothing lost, nothing left over (R2, R4)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest

from models.actor import Actor
from models.errors import DomainError
from models.idempotency import Once
from models.play import red_packet_share
from models.play.red_packet import PacketState, RedPacket, expire_packets
from models.play.red_packet_sender import Sender
from models.play.red_packet_share import RedPacketShare
from models.play.turnstile import Turnstile
from models.points.account import Account, Bucket, of_member, of_packet, of_platform
from models.points.entry import PointEntry
from models.points.reconciliation import reconcile
from store.database import fetch_value
from store.ids import new_id
from tests.build import a_member
from tests.conftest import NOON
from tests.groups.build import a_group
from tests.play.build import a_member_packet, a_packet, a_sender, balance, terms

REPEATS = 20
DAY = timedelta(hours=24)


def told(outcomes: list[Any]) -> Counter[str]:
    """Codes of refusals, and names of what was made; anything else is a bug."""
    assert [one for one in outcomes if isinstance(one, BaseException) and not isinstance(one, DomainError)] == []
    return Counter(one.code if isinstance(one, DomainError) else type(one).__name__ for one in outcomes)


async def at_once(*acts: Awaitable[Any]) -> Counter[str]:
    return told(await asyncio.gather(*acts, return_exceptions=True))


async def test_a_thousand_hands_on_a_hundred_shares(database: str, empty_redis: str) -> None:
    members = [await a_member() for _ in range(1_000)]
    packet = await a_packet(10_000, 100)
    began = asyncio.get_running_loop().time()

    outcomes = await at_once(*(RedPacketShare.grab(one.id, packet.id, at=NOON, once=None) for one in members))

    assert outcomes == {"RedPacketShare": 100, "RED_PACKET_SOLD_OUT": 900}
    assert asyncio.get_running_loop().time() - began < 15
    assert await fetch_value("SELECT count(DISTINCT member_id) FROM red_packet_share WHERE amount >= 1") == 100
    assert await fetch_value("SELECT CAST(sum(amount) AS BIGINT) FROM red_packet_share") == 10_000
    assert (await Account.get(id=of_packet(packet.id, Bucket.ISSUED).id)).balance == 0
    assert await reconcile() == []


async def test_twenty_times_thirty_hands_on_ten_shares(database: str, empty_redis: str) -> None:
    members = [await a_member() for _ in range(30)]
    for _ in range(REPEATS):
        packet = await a_packet(100, 10)
        # Everybody reaches twice.
        hands = [RedPacketShare.grab(one.id, packet.id, at=NOON, once=None) for one in members * 2]

        outcomes = await at_once(*hands)

        assert outcomes["RedPacketShare"] == 10
        assert outcomes.keys() <= {"RedPacketShare", "RED_PACKET_SOLD_OUT", "RED_PACKET_TAKEN"}
        shares = await RedPacketShare.filter(packet_id=packet.id)
        assert len({share.member_id for share in shares}) == 10
        assert sorted(share.position for share in shares) == list(range(1, 11))
        assert sum(share.amount for share in shares) == 100
    assert await reconcile() == []


async def test_one_key_a_hundred_times_takes_one_share(database: str, empty_redis: str) -> None:
    member, packet = await a_member(), await a_packet(100, 10)

    async def send() -> RedPacketShare:
        once = Once.of(f"member:{member.id}", "GrabRedPacket", "the-same-key", {"redPacketId": str(packet.id)})
        return await RedPacketShare.grab(member.id, packet.id, at=NOON, once=once)

    shares = await asyncio.gather(*(send() for _ in range(100)))

    assert len({share.id for share in shares}) == 1
    assert await RedPacketShare.all().count() == 1
    assert (await RedPacket.get(id=packet.id)).taken == 1


async def test_one_key_a_hundred_times_sends_one_packet(database: str) -> None:
    group = await a_group()
    sender = await a_sender(group, points=1_000)

    async def send() -> RedPacket:
        once = Once.of(f"member:{sender.id}", "SendRedPacket", "the-same-key", {"total": 100})
        wanted = terms(100, 10, group_id=group.id)
        return await RedPacket.send(Sender.member(sender.id), wanted, actor=Actor.member(sender.id), at=NOON, once=once)

    packets = await asyncio.gather(*(send() for _ in range(100)))

    assert len({packet.id for packet in packets}) == 1
    assert await balance(of_member(sender.id)) == 900


async def test_points_for_one_packet_do_not_fill_two(database: str) -> None:
    group = await a_group()
    sender = await a_sender(group, points=100)

    outcomes = await at_once(*(a_member_packet(sender, group, 100, 10) for _ in range(6)))

    assert outcomes == {"RedPacket": 1, "INSUFFICIENT_POINTS": 5}
    assert await balance(of_member(sender.id)) == 0
    assert await reconcile() == []


async def test_the_packets_of_a_day_are_counted_exactly_when_sent_at_once(database: str) -> None:
    group = await a_group()
    sender = await a_sender(group, points=100_000)

    outcomes = await at_once(*(a_member_packet(sender, group, 100, 10) for _ in range(14)))

    assert outcomes == {"RedPacket": 10, "RED_PACKET_SENDS_USED_UP": 4}


@pytest.mark.parametrize("rival", ["expiry", "withdrawal", "both"])
async def test_the_end_and_the_last_hands_agree_on_who_was_first(database: str, rival: str) -> None:
    group = await a_group()
    sender = await a_sender(group, points=100_000)
    members = [await a_sender(group, points=1) for _ in range(6)]
    for number in range(REPEATS):
        at = NOON + timedelta(days=2 * number)
        packet = await a_member_packet(sender, group, 100, 5, at=at)
        last = at + DAY - timedelta(microseconds=1)
        ends: list[Any] = []
        if rival != "withdrawal":
            ends += [expire_packets(at=at + DAY), expire_packets(at=at + DAY)]
        if rival != "expiry":
            ends.append(RedPacket.withdraw(packet.id, reason="撤回", staff_id=new_id(), at=last))
        grabs = [RedPacketShare.grab(one.id, packet.id, at=last, once=None) for one in members]

        told(list(await asyncio.gather(*grabs[:3], *ends, *grabs[3:], return_exceptions=True)))

        ended = await RedPacket.get(id=packet.id)
        taken = await RedPacketShare.filter(packet_id=packet.id)
        assert ended.state is not PacketState.OPEN
        assert sum(share.amount for share in taken) + (ended.refunded or 0) == 100
        refunds = await PointEntry.filter(reason="red_packet_refund", source=packet.source, member_id=sender.id)
        assert [entry.amount for entry in refunds] == ([ended.refunded] if ended.refunded else [])
    assert await reconcile() == []


async def test_two_jobs_refund_each_packet_once(database: str) -> None:
    group = await a_group()
    sender = await a_sender(group, points=1_000)
    for _ in range(10):
        await a_member_packet(sender, group, 100, 10)

    counts = await asyncio.gather(*(expire_packets(at=NOON + DAY) for _ in range(3)))

    assert sum(counts) == 10
    assert await balance(of_member(sender.id)) == 1_000
    assert await PointEntry.filter(reason="red_packet_refund", member_id=sender.id).count() == 10
    assert await reconcile() == []


async def test_who_cannot_pass_in_time_is_told_to_come_back(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = Turnstile(abreast=1, seconds=0.05)
    monkeypatch.setattr(red_packet_share, "_grabs", crowd)
    member, packet = await a_member(), await a_packet()

    async with crowd.turn(packet.id):
        with pytest.raises(DomainError) as refusal:
            await RedPacketShare.grab(member.id, packet.id, at=NOON, once=None)

    assert refusal.value.code == "RED_PACKET_BUSY"
    assert refusal.value.retry_at == NOON + timedelta(seconds=2)
    assert await RedPacketShare.all().count() == 0
    assert (await RedPacketShare.grab(member.id, packet.id, at=NOON, once=None)).position == 1


async def test_who_finds_it_empty_waits_for_nobody(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = Turnstile(abreast=1, seconds=0.05)
    monkeypatch.setattr(red_packet_share, "_grabs", crowd)
    packet = await a_packet(1, 1)
    await RedPacketShare.grab((await a_member()).id, packet.id, at=NOON, once=None)

    async with crowd.turn(packet.id):
        with pytest.raises(DomainError) as refusal:
            await RedPacketShare.grab((await a_member()).id, packet.id, at=NOON, once=None)

    assert refusal.value.code == "RED_PACKET_SOLD_OUT"


async def test_a_turnstile_lets_pass_in_the_order_of_arrival() -> None:
    crowd, order = Turnstile(abreast=2, seconds=5), list[tuple[int, bool]]()

    async def pass_through(number: int) -> None:
        async with crowd.turn("gate") as turn:
            await asyncio.sleep(0)
            order.append((number, turn.has_waited))
            await turn.leave()
            await turn.leave()

    await asyncio.gather(*(pass_through(number) for number in range(6)))

    assert order == [(0, False), (1, False), (2, True), (3, True), (4, True), (5, True)]
    assert crowd._gates == {}


async def test_what_the_brand_gave_returns_to_where_it_was_issued(database: str) -> None:
    packet = await a_packet(100, 10)

    await expire_packets(at=NOON + DAY)

    issued = await PointEntry.filter(account_id=of_platform(Bucket.ISSUED).id)
    assert sum(entry.amount for entry in issued) == 0
    assert (await RedPacket.get(id=packet.id)).refunded == 100
    assert await reconcile() == []
