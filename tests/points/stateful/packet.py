"""Red packets: sent by a member or by the brand, grabbed, over, withdrawn; what nobody took returns to its sender."""

from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from models.actor import SYSTEM, Actor
from models.errors import DomainError
from models.groups.group import Group
from models.members.member import Member
from models.play.red_packet import PacketState, RedPacket, RedPacketClosed, expire_packets
from models.play.red_packet_gate import RedPacketOver, RedPacketSoldOut, RedPacketTaken, RedPacketWithdrawn
from models.play.red_packet_sender import Sender
from models.play.red_packet_share import RedPacketShare
from models.play.red_packet_terms import PacketMode, PacketTerms
from models.points.account import Account, Holder
from store.ids import new_id
from tests.groups.build import a_group, a_place
from tests.play.build import put_policy
from tests.points.stateful.world import World, operation, promise

GROUPS, PACKETS = "groups", "packets"
MODES = (PacketMode.LUCKY, PacketMode.ORDINARY)


@dataclass
class Sent:
    """A packet as the model knows it; `sender_id` is absent where the brand sent it."""

    packet: RedPacket
    sender_id: UUID | None
    state: PacketState = PacketState.OPEN
    shares: dict[UUID, int] = field(default_factory=dict)

    @property
    def left(self) -> int:
        return int(self.packet.total) - sum(self.shares.values())


@operation(weight=3)
async def send_packet(world: World) -> None:
    group, count = await _group(world), world.chance.randrange(1, 7)
    total = count * world.chance.randrange(1, 15)
    hours = world.chance.randrange(1, 30)
    sender_id = world.chance.choice([None, world.member()])
    terms = PacketTerms(world.chance.choice(MODES), count, total, lasts_hours=hours, group_id=group.id)
    sender, actor = (Sender.member(sender_id), Actor.member(sender_id)) if sender_id else (Sender.brand(), SYSTEM)
    act = RedPacket.send(sender, terms, actor=actor, at=world.at, once=None)
    if sender_id and total > (held := world.model.spendable(sender_id, world.at)):
        await world.refused(act, held)
        return
    packet = await act
    if sender_id:
        world.model.taken[packet.debit_entry_id] = world.model.take(sender_id, total, at=world.at)
    world.noted(PACKETS).append(Sent(packet, sender_id))


@operation(weight=14)
async def grab_share(world: World) -> None:
    sent = _some(world)
    if sent is None:
        return
    member_id = world.member()
    act = RedPacketShare.grab(member_id, sent.packet.id, at=world.at, once=None)
    if refusal := _refusal(world, sent, member_id):
        with pytest.raises(refusal):
            await act
        return
    share = await act
    packet = sent.packet
    assert share.position == len(sent.shares) + 1
    assert share.amount >= 1
    if packet.mode is PacketMode.ORDINARY:
        assert share.amount == packet.total // packet.share_count
    sent.shares[member_id] = share.amount
    if len(sent.shares) == packet.share_count:
        sent.state = PacketState.EMPTIED
        assert sent.left == 0
    if sent.sender_id:
        world.model.give_back(packet.debit_entry_id, member_id, share.amount, at=world.at)
    else:
        world.model.put(member_id, share.amount, world.model.terms.expiry_of(world.at))


@operation(weight=2)
async def end_packets(world: World) -> None:
    """Those whose time is over give back the rest, once."""
    due = [sent for sent in _open(world) if sent.packet.closes_at <= world.at]
    assert await expire_packets(at=world.at) == len(due)
    for sent in sorted(due, key=lambda one: (one.packet.closes_at, one.packet.id)):
        _close(world, sent, PacketState.EXPIRED)
    assert await expire_packets(at=world.at) == 0


@operation(weight=1)
async def withdraw_packet(world: World) -> None:
    sent = _some(world)
    if sent is None:
        return
    act = RedPacket.withdraw(sent.packet.id, reason="发错了", staff_id=new_id(), at=world.at)
    if sent.state is not PacketState.OPEN:
        with pytest.raises(RedPacketClosed):
            await act
        return
    assert (await act).refunded == sent.left
    _close(world, sent, PacketState.WITHDRAWN)


@promise
async def shares_and_refund_are_the_total(world: World) -> None:
    balances: defaultdict[UUID, int] = defaultdict(int)
    for account in await Account.filter(holder=Holder.PACKET):
        balances[account.holder_id] += account.balance
    shares: defaultdict[UUID, dict[UUID, int]] = defaultdict(dict)
    for share in await RedPacketShare.all():
        shares[share.packet_id][share.member_id] = share.amount
    found = {one.id: one for one in await RedPacket.all()}
    every = [one for one in world.noted(PACKETS) if isinstance(one, Sent)]
    assert found.keys() == {one.packet.id for one in every}
    for sent in every:
        packet = found[sent.packet.id]
        assert (packet.state, packet.taken, shares[packet.id]) == (sent.state, len(sent.shares), sent.shares)
        assert balances[packet.id] == (sent.left if packet.state is PacketState.OPEN else 0)
        assert packet.refunded == (None if packet.state is PacketState.OPEN else sent.left)


async def _group(world: World) -> Group:
    groups = world.noted(GROUPS)
    if not groups:
        unlimited = {"total_most": None, "count_most": None, "sends_per_day": None, "points_per_day": None}
        await put_policy(at=world.at, member_limits=unlimited, received_per_day=None)
        group = await a_group(at=world.at)
        for member_id in world.member_ids:
            await a_place(group, member=await Member.get(id=member_id), at=world.at)
        groups.append(group)
    [found] = groups
    assert isinstance(found, Group)
    return found


def _refusal(world: World, sent: Sent, member_id: UUID) -> type[DomainError] | None:
    if member_id in sent.shares:
        return RedPacketTaken
    if sent.state is PacketState.EMPTIED:
        return RedPacketSoldOut
    if sent.state is PacketState.WITHDRAWN:
        return RedPacketWithdrawn
    return RedPacketOver if world.at >= sent.packet.closes_at else None


def _close(world: World, sent: Sent, state: PacketState) -> None:
    sent.state = state
    if sent.sender_id:
        world.model.give_back(sent.packet.debit_entry_id, sent.sender_id, sent.left, at=world.at)


def _open(world: World) -> list[Sent]:
    return [one for one in world.noted(PACKETS) if isinstance(one, Sent) and one.state is PacketState.OPEN]


def _some(world: World) -> Sent | None:
    """One of the last, mostly one that is open."""
    every = [one for one in world.noted(PACKETS)[-12:] if isinstance(one, Sent)]
    living = [one for one in every if one.state is PacketState.OPEN and one.packet.closes_at > world.at]
    choice = living if living and world.chance.random() < 0.8 else every
    return world.chance.choice(choice) if choice else None
