"""The welcome of a newcomer: once it has introduced itself, whoever brought it may answer with a small red packet.

It is for the newcomer alone, from the inviter's own points, within some days of the first introduction, and there is
one for each newcomer, whatever became of it: its cause is unique.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.actor import Actor
from models.eligibility import Eligibility
from models.errors import DomainError, NotFound
from models.idempotency import Once, perform_once
from models.members.introduction import Introduction
from models.members.member import ACTIVE, Member, MemberNotActive
from models.play.red_packet import RedPacket
from models.play.red_packet_policy import RedPacketPolicy
from models.play.red_packet_sender import Sender
from models.play.red_packet_terms import Occasion, PacketMode, PacketTerms
from models.spread.referral import Referral
from store.database import violates


class NotIntroducedYet(DomainError):
    code = "NOT_INTRODUCED_YET"
    zh = "对方还没有自我介绍"
    en = "This member has not introduced itself yet."


class WelcomeOver(DomainError):
    code = "WELCOME_OVER"
    zh = "欢迎红包需在对方自我介绍后 {days} 天内发出"
    en = "A welcome is sent within {days} days of the introduction."


class AlreadyWelcomed(DomainError):
    code = "ALREADY_WELCOMED"
    zh = "已经给这位新成员发过欢迎红包"
    en = "This newcomer was welcomed before."


@dataclass(frozen=True)
class Welcome:
    """What an inviter wants to give to whom."""

    inviter_id: UUID
    newcomer_id: UUID

    @property
    def cause(self) -> str:
        return f"welcome:{self.newcomer_id}"

    async def send(self, points: int, *, greeting: str | None, at: datetime, once: Once | None) -> RedPacket:
        """Send it. Raises `AlreadyWelcomed`, `WelcomeOver`, `NotIntroducedYet`, and what `RedPacket.send` raises.

        `NotFound` is raised for a member whom the sender did not bring.
        """

        async def act(id: UUID) -> RedPacket:
            for refusal in await self.refusals(await RedPacketPolicy.current(), at=at):
                raise refusal
            terms = PacketTerms(
                PacketMode.ORDINARY, share_count=1, total=points, occasion=Occasion.WELCOME, greeting=greeting
            )
            [packet] = await RedPacket.make(
                {id: terms},
                Sender.member(self.inviter_id),
                actor=Actor.member(self.inviter_id),
                at=at,
                recipient_id=self.newcomer_id,
                cause=self.cause,
            )
            return packet

        try:
            return await perform_once(once, RedPacket, act, at=at)
        except IntegrityError as error:
            if violates(error, RedPacket, "red_packet_one_per_cause"):
                raise AlreadyWelcomed(field="newcomerId") from None
            raise

    async def eligibility(self, *, at: datetime) -> Eligibility:
        """Whether the inviter may send it now, its points aside."""
        policy, sender = await RedPacketPolicy.current(), Sender.member(self.inviter_id)
        refusals = await self.refusals(policy, at=at)
        refusals += await sender.refusals(Actor.member(self.inviter_id), None, policy, at=at)
        refusals += await sender.limits_reached(policy, packets=1, points=policy.share_least, at=at)
        return Eligibility(refusals)

    async def refusals(self, policy: RedPacketPolicy, *, at: datetime) -> list[DomainError]:
        """What stands against this welcome, whatever it holds."""
        if not await Referral.exists(inviter_id=self.inviter_id, invitee_id=self.newcomer_id):
            return [NotFound(field="newcomerId")]
        found: list[DomainError] = []
        if (await Member.existing(self.newcomer_id)).status not in ACTIVE:
            found.append(MemberNotActive(field="newcomerId"))
        first = await Introduction.get_or_none(member_id=self.newcomer_id, version=1)
        if first is None:
            found.append(NotIntroducedYet(field="newcomerId"))
        elif at >= first.published_at + timedelta(days=policy.welcome_within_days):
            found.append(WelcomeOver(days=policy.welcome_within_days, field="newcomerId"))
        if await RedPacket.exists(cause=self.cause):
            found.append(AlreadyWelcomed(field="newcomerId"))
        return found
