"""The gates of a red packet: everything that stands between a member and a share of it.

One look reads all that decides about one member and one packet. A member's places in groups, its check-ins and its
shares change only while its row is held, so a look under that row stays true until the commit; whether the packet has
a share left is decided by the packet's row alone, when it is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from models.attempts import Attempts, Limit
from models.checkins.check_in import CheckIn
from models.eligibility import Due, Eligibility
from models.errors import DomainError, NotFound
from models.learning.quiz_standing import QuizStanding
from models.members.audience import Audience
from models.members.member import ACTIVE, Member, MemberNotActive
from models.play.red_packet import PacketState, RedPacket
from models.play.red_packet_policy import RedPacketPolicy
from models.play.red_packet_sender import SenderKind
from models.play.red_packet_terms import Gate, PacketMode, quiz_of
from models.spoken_password import same_words
from store.brand_day import Windows
from store.database import fetch

PASSWORD_TRIES = Limit("red-packet-password", most=5, window=timedelta(minutes=15))


class RedPacketTaken(DomainError):
    code = "RED_PACKET_TAKEN"
    zh = "您已领取过该红包，获得 {amount} 积分"
    en = "You took a share of this red packet before, {amount} points."


class RedPacketSoldOut(DomainError):
    code = "RED_PACKET_SOLD_OUT"
    zh = "手慢了，红包已被领完"
    en = "All shares of this red packet are taken."


class RedPacketNotOpen(DomainError):
    code = "RED_PACKET_NOT_OPEN"
    zh = "红包还未开抢"
    en = "This red packet is not open yet."


class RedPacketOver(DomainError):
    code = "RED_PACKET_OVER"
    zh = "红包已过期"
    en = "The time of this red packet is over."


class RedPacketWithdrawn(DomainError):
    code = "RED_PACKET_WITHDRAWN"
    zh = "红包已被撤回"
    en = "This red packet was withdrawn."


class RedPacketForAnother(DomainError):
    code = "RED_PACKET_FOR_ANOTHER"
    zh = "该红包仅限指定成员领取"
    en = "This red packet is for somebody else."


class OwnRedPacket(DomainError):
    code = "RED_PACKET_OWN"
    zh = "不能领取自己发的红包"
    en = "You cannot take a share of your own red packet."


class CheckInNeeded(DomainError):
    code = "RED_PACKET_CHECK_IN_NEEDED"
    zh = "今天签到后才能领取"
    en = "Check in today to take a share."


class QuizNeeded(DomainError):
    code = "RED_PACKET_QUIZ_NEEDED"
    zh = "通过答题后才能领取"
    en = "Pass the quiz to take a share."


class PasswordWrong(DomainError):
    code = "RED_PACKET_PASSWORD_WRONG"
    zh = "口令不正确"
    en = "The password is wrong."
    field = "password"


class ReceivedUsedUp(DomainError):
    code = "RED_PACKET_RECEIVED_USED_UP"
    zh = "今天最多领取 {most} 个红包"
    en = "At most {most} red packets may be received in a day."


class ReceivedPointsUsedUp(DomainError):
    code = "RED_PACKET_RECEIVED_POINTS_USED_UP"
    zh = "今天最多从红包获得 {most} 积分"
    en = "At most {most} points may be received from red packets in a day."


@dataclass(frozen=True)
class Look:
    """A packet as one member finds it. `received` shares with `received_points` it has taken today, of any packet."""

    packet: RedPacket
    member_id: UUID
    own_amount: int | None
    is_in_group: bool
    received: int
    received_points: int

    @classmethod
    async def at(cls, packet_id: UUID, member_id: UUID, at: datetime) -> Self:
        """Raises `NotFound` where the packet is absent or not for the member to see."""
        rows = await fetch(_LOOK, packet_id, member_id, Windows.at(at).day_from)
        if not rows:
            raise NotFound(field="redPacketId")
        row = dict(rows[0])
        own, places, received, points = (row.pop(name) for name in _FACTS)
        look = cls(RedPacket.from_row(row), member_id, own, bool(places), int(received), int(points))
        if not look.is_seen:
            raise NotFound(field="redPacketId")
        return look

    @property
    def is_seen(self) -> bool:
        """The sender sees it, whoever took of it, the one it is for, its group, or else everybody."""
        packet = self.packet
        if self.own_amount is not None or self._is_sender:
            return True
        if packet.recipient_id is not None:
            return bool(packet.recipient_id == self.member_id)
        return packet.group_id is None or self.is_in_group

    def ended(self, at: datetime) -> list[DomainError]:
        """What the packet alone says: nothing while shares of it may be taken, by the instant and by its row."""
        packet = self.packet
        if self.own_amount is not None:
            return [RedPacketTaken(amount=self.own_amount)]
        if packet.state is PacketState.EMPTIED:
            return [RedPacketSoldOut()]
        if packet.state is PacketState.WITHDRAWN:
            return [RedPacketWithdrawn()]
        if packet.state is PacketState.EXPIRED or at >= packet.closes_at:
            return [RedPacketOver()]
        return [RedPacketNotOpen(retry_at=packet.opens_at)] if at < packet.opens_at else []

    async def refusals(self, policy: RedPacketPolicy, *, at: datetime) -> list[DomainError]:
        """Everything that stands against a share, the password aside."""
        if self.own_amount is not None:
            return self.ended(at)
        packet, found = self.packet, self.ended(at)
        if packet.recipient_id not in (None, self.member_id):
            found.append(RedPacketForAnother())
        elif packet.group_id is not None and not self.is_in_group:
            found.append(NotFound(field="redPacketId"))
        if self._is_sender and not policy.senders_may_grab:
            found.append(OwnRedPacket())
        found += await Audience.from_json(packet.audience).refusals(self.member_id, at=at)
        found += await self._gate_refusals(at)
        amount = packet.total // packet.share_count if packet.mode is PacketMode.ORDINARY else packet.share_least
        return found + self.limits_reached(policy, amount, at=at)

    def limits_reached(self, policy: RedPacketPolicy, amount: int, *, at: datetime) -> list[DomainError]:
        """What of a day's limits stands against one share more, of so many points."""
        tomorrow, found = Windows.at(at).day_until, list[DomainError]()
        if policy.received_per_day is not None and self.received + 1 > policy.received_per_day:
            found.append(ReceivedUsedUp(most=policy.received_per_day, retry_at=tomorrow))
        most = policy.received_points_per_day
        if most is not None and self.received_points + amount > most:
            found.append(ReceivedPointsUsedUp(most=most, retry_at=tomorrow))
        return found

    async def demand_password(self, given: str | None, *, at: datetime) -> None:
        """Raise `PasswordWrong` for another password, `TooManyAttempts` after too many; outside any transaction."""
        wanted = self.packet.password
        if self.packet.gate is not Gate.PASSWORD:
            return
        subject = f"{self.packet.id}:{self.member_id}"
        await Attempts.take(PASSWORD_TRIES, subject, at=at)
        if wanted is None or not same_words(given or "", wanted):
            raise PasswordWrong()
        await Attempts.forgive(PASSWORD_TRIES, subject)

    @property
    def _is_sender(self) -> bool:
        packet = self.packet
        return bool(packet.sender_kind is SenderKind.MEMBER and packet.sender_id == self.member_id)

    async def _gate_refusals(self, at: datetime) -> Sequence[DomainError]:
        if self.packet.gate is Gate.CHECKED_IN_TODAY and not await CheckIn.is_done_today(self.member_id, at=at):
            return [CheckInNeeded()]
        if self.packet.gate is Gate.QUIZ_PASSED and not await _has_passed(self.member_id, self.packet.gate_source, at):
            return [QuizNeeded()]
        return ()


async def grab_eligibility(member_id: UUID, packet_id: UUID, *, at: datetime) -> Eligibility:
    """Whether a share would be given now, the password aside, and how much at least."""
    look = await Look.at(packet_id, member_id, at)
    refusals = await look.refusals(await RedPacketPolicy.current(), at=at)
    if (await Member.existing(member_id)).status not in ACTIVE:
        refusals.append(MemberNotActive())
    packet = look.packet
    is_equal = packet.mode is PacketMode.ORDINARY
    amount = packet.total // packet.share_count if is_equal else packet.share_least
    return Eligibility(refusals, [Due("red_packet" if is_equal else "red_packet_least", amount)])


async def _has_passed(member_id: UUID, source: str | None, at: datetime) -> bool:
    """Whether the member has passed a quiz: the one that is named, whenever; any, today."""
    if source is None:
        return await QuizStanding.has_passed_any(member_id, since=Windows.at(at).day_from)
    quiz_id = quiz_of(source)
    return quiz_id is not None and bool(await QuizStanding.passed_of(member_id, [quiz_id]))


_FACTS = ("own_amount", "places", "received", "received_points")
_LOOK = (
    "SELECT p.*, "
    "(SELECT s.amount FROM red_packet_share s WHERE s.packet_id = p.id AND s.member_id = $2) AS own_amount, "
    "(SELECT count(*) FROM membership m WHERE m.group_id = p.group_id AND m.member_id = $2) AS places, "
    "d.received, d.received_points FROM red_packet p, (SELECT count(*) AS received, "
    "CAST(COALESCE(sum(r.amount), 0) AS BIGINT) AS received_points FROM red_packet_share r "
    "WHERE r.member_id = $2 AND r.grabbed_at >= $3) d WHERE p.id = $1"
)
