"""A red packet: points that were set aside when it was sent, taken in shares, and given back where nobody took them.

The points lie in the packet's own account. Sending moves the total into it, each grab moves one share out of it, and
closing moves what is left to where it came from; so shares and refund sum to the total by construction. How many shares
are taken, and whether the packet is open, stand on its row and change by conditional statements only: the row decides
between a grab, the expiry and a withdrawal of the same instant, and a packet is closed exactly once.

Locks are taken in one order: the member's row (the grabber's, or the sender's that gets something back), the packet's,
the accounts. All grabs of a packet pass its row one after the other, so as little as can be lies behind it.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.actor import Actor, ActorKind
from models.errors import DomainError, bounded_text
from models.idempotency import Once, perform_once
from models.one_by_one import OneByOne
from models.play.cut import cut
from models.play.red_packet_sender import Sender, SenderKind
from models.play.red_packet_terms import PASSWORD_MOST, SOURCE_MOST, Gate, Occasion, PacketMode, PacketTerms
from models.points.account import Account
from models.points.entry import Move, PointEntry
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow, columns_of
from store.database import copy, fetch, transaction
from store.ids import new_id

CLOSED_AT_ONCE = 200
ROUNDS_MOST = 50

_CLOSE = "UPDATE red_packet SET state = $2, closed_at = $3 WHERE id = $1 AND state = 'open' RETURNING taken"
_TOLD = ("sender_kind", "sender_id", "mode", "occasion", "total", "share_count", "group_id", "opens_at", "closes_at")


class PacketState(StrEnum):
    """What became of a packet."""

    OPEN = "open"
    EMPTIED = "emptied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class RedPacketClosed(DomainError):
    code = "RED_PACKET_CLOSED"
    zh = "该红包已结束"
    en = "This red packet is closed already."


class RedPacket(Record):
    sender_kind = fields.CharEnumField(SenderKind, max_length=10)
    sender_id: UUID | None = fields.UUIDField(null=True, description="The member, group or budget.")
    by_kind = fields.CharEnumField(ActorKind, max_length=10, description="Who sent it, on the sender's account.")
    by_id: UUID | None = fields.UUIDField(null=True)
    rain_id: UUID | None = fields.UUIDField(null=True)
    recipient_id: UUID | None = fields.UUIDField(null=True, description="The one member it is for.")
    group_id: UUID | None = fields.UUIDField(null=True, description="The group whose members it is for.")
    cause = fields.CharField(max_length=80, null=True, description="What is answered by one packet only.")
    mode = fields.CharEnumField(PacketMode, max_length=10)
    occasion = fields.CharEnumField(Occasion, max_length=20)
    total = fields.BigIntField()
    share_count = fields.IntField()
    share_least = fields.BigIntField()
    share_most: int | None = fields.BigIntField(null=True)
    best_position: int | None = fields.IntField(null=True, description="Which share is the largest, the first of such.")
    greeting = fields.CharField(max_length=60, null=True)
    cover_url = fields.CharField(max_length=500, null=True)
    audience: dict[str, Any] = fields.JSONField()
    gate = fields.CharEnumField(Gate, max_length=20)
    password = fields.CharField(max_length=PASSWORD_MOST, null=True)
    gate_source = fields.CharField(max_length=SOURCE_MOST, null=True)
    debit_entry_id: UUID = fields.UUIDField(description="The sender's line in the ledger.")
    state = fields.CharEnumField(PacketState, max_length=10, default=PacketState.OPEN)
    taken = fields.IntField(default=0)
    refunded: int | None = fields.BigIntField(null=True, description="What went back; absent while it is open.")
    opens_at: datetime = fields.DatetimeField()
    closes_at: datetime = fields.DatetimeField()
    closed_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "red_packet"
        constraints = (
            UniqueConstraint(fields=("cause",), name="red_packet_one_per_cause"),
            CheckConstraint(check="taken BETWEEN 0 AND share_count", name="red_packet_within_its_shares"),
            CheckConstraint(check="total >= share_count * share_least", name="red_packet_fills_its_shares"),
            CheckConstraint(
                check="(state = 'open') = (closed_at IS NULL) AND (state = 'emptied') = (taken = share_count)",
                name="red_packet_is_open_or_ended",
            ),
        )
        indexes = (
            Index(fields=("created_at", "id"), name="red_packet_by_created"),
            Index(fields=("group_id", "created_at", "id"), name="red_packet_by_group"),
            Index(fields=("sender_id", "created_at", "id"), name="red_packet_by_sender"),
            Index(fields=("recipient_id", "created_at", "id"), name="red_packet_by_recipient"),
            Index(fields=("rain_id", "opens_at", "id"), name="red_packet_by_rain"),
            Index(fields=("state", "closes_at"), name="red_packet_by_end"),
        )

    @classmethod
    async def send(
        cls,
        sender: Sender,
        terms: PacketTerms,
        *,
        actor: Actor,
        at: datetime,
        once: Once | None,
        reason: str | None = None,
    ) -> Self:
        """Set the total aside and let members take it.

        Raises `InsufficientPoints`, and what `Sender.take`, `Sender.limits_reached` and `PacketTerms.checked` say.
        """

        async def act(id: UUID) -> Self:
            sender.refuse_nowhere(terms.group_id)
            [packet] = await cls.make({id: terms}, sender, actor=actor, at=at, reason=reason)
            return packet

        return await perform_once(once, cls, act, at=at)

    @classmethod
    async def make(
        cls,
        wanted: Mapping[UUID, PacketTerms],
        sender: Sender,
        *,
        actor: Actor,
        at: datetime,
        reason: str | None = None,
        **about: object,
    ) -> list[Self]:
        """Fill packets, by their ids to be, inside the caller's transaction; `about` are further columns of them."""
        why = bounded_text(reason or "", "reason", least=1, most=REASON_MOST) if actor.kind is ActorKind.STAFF else None
        every = list(wanted.values())
        speaks = any(terms.greeting or terms.cover_url for terms in every)
        policy = await sender.take(actor, every[0].group_id, at=at, speaks=speaks)
        limits = sender.limits(policy)
        packets = [
            cls(
                id=packet_id,
                sender_kind=sender.kind,
                sender_id=sender.id,
                by_kind=actor.kind,
                by_id=actor.id,
                created_at=at,
                **about,
                **terms.checked(policy, limits, at=at),
            )
            for packet_id, terms in wanted.items()
        ]
        points = sum(packet.total for packet in packets)
        for refusal in await sender.limits_reached(policy, packets=len(packets), points=points, at=at):
            raise refusal
        # Cutting takes its time, so it is done before the sender's account is taken.
        slices = [row for packet in packets for row in packet._cut()]
        entries = await PointEntry.post([packet._filling(sender) for packet in packets], at=at)
        for packet, debit in zip(packets, entries[::2], strict=True):
            packet.debit_entry_id = debit.id
        await cls.bulk_create(packets)
        if slices:
            await copy("red_packet_slice", ("id", "packet_id", "position", "amount"), slices)
        for packet in packets:
            after = columns_of(packet, *_TOLD)
            await actor.audit("send_red_packet", packet, before=None, after=after, reason=why, at=at)
        return packets

    @classmethod
    async def withdraw(cls, id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> Self:
        """Staff end a packet: nobody takes anything more, and what is left goes back. Raises `RedPacketClosed`."""
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        await cls.existing(id, field="redPacketId")
        async with transaction():
            packet = await cls.close(id, PacketState.WITHDRAWN, at=at)
            if packet is None:
                raise RedPacketClosed(field="redPacketId")
            await AuditRow.write(
                staff_id=staff_id,
                action="withdraw_red_packet",
                subject=packet,
                before={"state": PacketState.OPEN},
                after=columns_of(packet, "state", "taken", "refunded"),
                reason=why,
                at=at,
            )
        return packet

    @classmethod
    async def close(cls, id: UUID, state: PacketState, *, at: datetime) -> Self | None:
        """End a packet that is open and give back what is left in it; None where it had ended before."""
        async with transaction():
            packet = await cls.get(id=id)
            await packet.sender.give_way()
            rows = await fetch(_CLOSE, id, state, at)
            if not rows:
                return None
            packet.state, packet.closed_at, packet.taken = state, at, rows[0]["taken"]
            packet.refunded = await packet._given_back(at=at)
            await packet.save(update_fields=["refunded"])
        return packet

    @property
    def sender(self) -> Sender:
        return Sender(self.sender_kind, self.sender_id)

    @property
    def source(self) -> str:
        """The name of the packet as a cause of entries."""
        return f"red_packet:{self.id}"

    def _filling(self, sender: Sender) -> Move:
        return Move(sender.account, sender.packet_account(self.id), self.total, "red_packet_sent", self.source)

    async def _given_back(self, *, at: datetime) -> int:
        """Move what is left to where it came from; the caller has closed the packet, so nobody takes of it."""
        account = self.sender.packet_account(self.id)
        left = int((await Account.get(id=account.id)).balance)
        if left:
            spent = self.debit_entry_id if self.sender_kind is SenderKind.MEMBER else None
            home = await self.sender.home()
            refund = Move(account, home, left, "red_packet_refund", self.source, gives_back=spent)
            await PointEntry.post([refund], at=at)
        return left

    def _cut(self) -> list[tuple[UUID, UUID, int, int]]:
        """Rows of the shares of a lucky packet, in the order in which they will be taken; none of an ordinary one."""
        if self.mode is PacketMode.ORDINARY:
            return []
        shares = cut(self.total, self.share_count, least=self.share_least, most=self.share_most)
        self.best_position = shares.index(max(shares)) + 1 if len(shares) > 1 else None
        return [(new_id(), self.id, position, amount) for position, amount in enumerate(shares, start=1)]


class RedPacketSlice(Record):
    """A share of a lucky packet that waits to be taken; an ordinary packet needs none."""

    packet: fields.ForeignKeyRelation[RedPacket] = fields.ForeignKeyField(
        "models.RedPacket", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    packet_id: UUID
    position = fields.IntField(description="Which grab takes it, from 1.")
    amount = fields.BigIntField()

    class Meta:
        table = "red_packet_slice"
        constraints = (
            UniqueConstraint(fields=("packet_id", "position"), name="red_packet_slice_once"),
            CheckConstraint(check="amount >= 1", name="red_packet_slice_holds_something"),
        )


async def expire_packets(*, at: datetime) -> int:
    """End the packets whose time is over, the earliest first, until none is left; returns how many.

    One that cannot be ended keeps no other from its refund.
    """
    ended, run = 0, OneByOne("expire packet")
    for _ in range(ROUNDS_MOST):
        due = RedPacket.filter(state=PacketState.OPEN, closes_at__lte=at).exclude(id__in=run.failed)
        packets = await due.order_by("closes_at", "id").limit(CLOSED_AT_ONCE).only("id")
        for packet in packets:
            ended += bool(await run.do(packet.id, RedPacket.close(packet.id, PacketState.EXPIRED, at=at)))
        if len(packets) < CLOSED_AT_ONCE:
            break
    return ended
