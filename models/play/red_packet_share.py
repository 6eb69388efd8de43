"""A share of a red packet: taken by one member, once, for good.

A thousand hands reach for a packet at one instant. Whoever comes when it is empty is told so by a plain read and waits
for nobody. The others pass a turnstile a few abreast, and inside take their own row, see that nothing stands against
them, and take the next share by one conditional statement on the packet's row. Only what follows it lies behind that
row: the two accounts, one statement that writes share, ledger and effect, and the commit. The unique key of packet and
member stands behind all of it.

Shares that wait as rows to be skipped over (`SKIP LOCKED`) would not let more through: the packet's account is one row,
which every grab changes in any case.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError, NotFound, bounded_text
from models.groups.membership import Membership
from models.idempotency import Once, perform_claiming
from models.insight.standing import standing_changed
from models.members.member import Member
from models.play.red_packet import RedPacket
from models.play.red_packet_gate import Look, RedPacketTaken
from models.play.red_packet_policy import RedPacketPolicy
from models.play.red_packet_sender import SenderKind
from models.play.red_packet_terms import PacketMode
from models.play.turnstile import Turnstile, TurnstileCrowded
from models.points.account import of_member
from models.points.entry import Move, PointEntry
from models.record import Record
from store.database import after_commit, execute, fetch, transaction, violates
from store.together import Write, insertion, write

THANKS_MOST = 60
BUSY_FOR = timedelta(seconds=2)

_grabs = Turnstile(abreast=3, seconds=5.0)
_COLUMNS = ("id", "packet_id", "member_id", "position", "amount", "grabbed_at")
_INSERT = insertion("red_packet_share", _COLUMNS)
_values = attrgetter(*_COLUMNS)
_TAKE = (
    "UPDATE red_packet SET taken = taken + 1, "
    "state = CASE WHEN taken + 1 = share_count THEN 'emptied' ELSE state END, "
    "refunded = CASE WHEN taken + 1 = share_count THEN 0 ELSE refunded END, "
    "closed_at = CASE WHEN taken + 1 = share_count THEN $2 ELSE closed_at END "
    "WHERE id = $1 AND state = 'open' AND taken < share_count AND opens_at <= $2 AND closes_at > $2 "
    "RETURNING taken, (SELECT s.amount FROM red_packet_slice s "
    "WHERE s.packet_id = red_packet.id AND s.position = red_packet.taken) AS amount"
)
"""Takes the next share of the packet `$1` at `$2`; no row where there is none to take."""


class RedPacketBusy(DomainError):
    code = "RED_PACKET_BUSY"
    zh = "太火爆了，请稍后再试"
    en = "Too many are grabbing at once. Try again in a moment."


class AlreadyThanked(DomainError):
    code = "RED_PACKET_THANKED"
    zh = "您已经答谢过了"
    en = "You thanked for this share before."


class RedPacketShare(Record):
    packet: fields.ForeignKeyRelation[RedPacket] = fields.ForeignKeyField(
        "models.RedPacket", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    packet_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    position = fields.IntField(description="Which of the packet's shares it was, from 1.")
    amount = fields.BigIntField()
    grabbed_at: datetime = fields.DatetimeField()
    thanks = fields.CharField(max_length=THANKS_MOST, null=True)
    thanked_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "red_packet_share"
        constraints = (
            UniqueConstraint(fields=("packet_id", "member_id"), name="red_packet_share_once_a_member"),
            UniqueConstraint(fields=("packet_id", "position"), name="red_packet_share_once_a_place"),
            CheckConstraint(check="amount >= 1", name="red_packet_share_holds_something"),
        )
        indexes = (Index(fields=("member_id", "grabbed_at", "id"), name="red_packet_share_by_member"),)

    @classmethod
    async def grab(
        cls, member_id: UUID, packet_id: UUID, *, at: datetime, once: Once | None, password: str | None = None
    ) -> Self:
        """Take the next share of a packet.

        Raises `RedPacketSoldOut`, `RedPacketTaken` (with the earlier amount), `RedPacketNotOpen` (with the opening),
        `RedPacketOver`, `RedPacketWithdrawn`, `RedPacketBusy`, `PasswordWrong`, `TooManyAttempts`, whatever the gates
        and limits say, `MemberNotActive`, and `NotFound` for a packet that the member may not see.
        """

        look = await Look.at(packet_id, member_id, at)
        if look.own_amount is None:
            # Whoever has a share may have sent the same key again, which is for the transaction to say.
            _refuse(look.ended(at))
            await look.demand_password(password, at=at)
        try:
            async with _grabs.turn(packet_id) as turn:
                if turn.has_waited and look.own_amount is None:
                    await _refuse_meanwhile(packet_id, member_id, at)

                async def act(id: UUID, claim: Sequence[Write]) -> Self:
                    after_commit(turn.leave)
                    return await cls._grabbed(id, claim, member_id, packet_id, at=at)

                return await perform_claiming(once, cls, act, at=at)
        except TurnstileCrowded:
            raise RedPacketBusy(retry_at=at + BUSY_FOR) from None
        except IntegrityError as error:
            if not violates(error, cls, "red_packet_share_once_a_member"):
                raise
        raise RedPacketTaken(amount=(await cls.get(packet_id=packet_id, member_id=member_id)).amount)

    @classmethod
    async def thank(cls, member_id: UUID, packet_id: UUID, text: str, *, at: datetime) -> Self:
        """Leave a word to the sender, once. Raises `AlreadyThanked`, `Invalid`, `NotFound`, `MemberMuted`."""
        words = bounded_text(text, "text", least=1, most=THANKS_MOST)
        async with transaction():
            await Member.touch(member_id, at=at, speaks=True)
            share = await cls.get_or_none(packet_id=packet_id, member_id=member_id)
            if share is None:
                raise NotFound(field="redPacketId")
            packet = await RedPacket.get(id=packet_id)
            if packet.group_id:
                await Membership.refuse_muted(member_id, packet.group_id, at=at)
            sql = "UPDATE red_packet_share SET thanks = $1, thanked_at = $2 WHERE id = $3 AND thanked_at IS NULL"
            if not await execute(sql, words, at, share.id):
                raise AlreadyThanked()
            share.thanks, share.thanked_at = words, at
        return share

    @classmethod
    async def _grabbed(
        cls, id: UUID, claim: Sequence[Write], member_id: UUID, packet_id: UUID, *, at: datetime
    ) -> Self:
        """What happens inside the transaction: one's own row, a look that stays true, then the packet's row."""
        await Member.touch(member_id, at=at, beside=claim)
        look, policy = await Look.at(packet_id, member_id, at), await RedPacketPolicy.current()
        _refuse(await look.refusals(policy, at=at))
        return await cls._taken(id, look, policy, at=at)

    @classmethod
    async def _taken(cls, id: UUID, look: Look, policy: RedPacketPolicy, *, at: datetime) -> Self:
        """Take the next share for a member, whose row is held and against whom nothing stands."""
        packet = look.packet
        rows = await fetch(_TAKE, packet.id, at)
        if not rows:
            await _refuse_meanwhile(packet.id, look.member_id, at)
            raise RedPacketBusy(retry_at=at + BUSY_FOR)
        amount = _amount(packet, rows[0]["amount"])
        _refuse(look.limits_reached(policy, amount, at=at))
        share = cls(
            id=id,
            packet_id=packet.id,
            member_id=look.member_id,
            position=rows[0]["taken"],
            amount=amount,
            grabbed_at=at,
        )
        await share._paid(packet, at=at)
        return share

    async def _paid(self, packet: RedPacket, *, at: datetime) -> None:
        """Move the points, and write down the share with them.

        What a member put in keeps its life; else points about to lapse would be made new by a packet to oneself.
        """
        sender, source = packet.sender, f"red_packet_share:{self.id}"
        move = Move(
            sender.packet_account(packet.id),
            of_member(self.member_id),
            self.amount,
            "red_packet",
            source,
            gives_back=packet.debit_entry_id if sender.kind is SenderKind.MEMBER else None,
        )
        posting = await PointEntry.book([move], at=at)
        writes = [Write(_INSERT, _values(self)), *posting.writes]
        if sender.kind.is_brand:
            await standing_changed([self.member_id], at=at, beside=writes)
        else:
            await write(*writes)


def _amount(packet: RedPacket, cut: Any) -> int:
    return packet.total // packet.share_count if packet.mode is PacketMode.ORDINARY else int(cut)


def _refuse(refusals: Sequence[DomainError]) -> None:
    for refusal in refusals:
        raise refusal


async def _refuse_meanwhile(packet_id: UUID, member_id: UUID, at: datetime) -> None:
    """Look again, and raise what the packet says by now; to whoever has a share, the transaction says it."""
    look = await Look.at(packet_id, member_id, at)
    if look.own_amount is None:
        _refuse(look.ended(at))
