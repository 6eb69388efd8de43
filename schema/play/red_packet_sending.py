"""What is said to send a red packet, and what may be known before."""

from datetime import datetime
from typing import Self

import strawberry

from models.play.red_packet_sender import SenderKind
from models.play.red_packet_sending import Sending
from models.play.red_packet_terms import Gate, Occasion, PacketMode, PacketTerms
from schema.eligibility import Eligibility
from schema.ids import optional_id_of
from schema.members.audience import AudienceInput
from schema.payload import Payload, changed
from schema.play.red_packet import RedPacket
from schema.scalars import BigInt


@strawberry.input(description="What a red packet is like. Either the total or the amount of a share is given.")
class RedPacketTermsInput:
    mode: PacketMode = strawberry.field(description="How it is shared out.")
    share_count: int = strawberry.field(description="How many shares, up to 10000.")
    total: BigInt | None = strawberry.field(
        default=None, description="Points in all; for equal shares it must divide by their number."
    )
    share_amount: BigInt | None = strawberry.field(default=None, description="Points of each of the equal shares.")
    share_least: BigInt | None = strawberry.field(
        default=None, description="No share is smaller; the policy's if absent."
    )
    share_most: BigInt | None = strawberry.field(default=None, description="No share is larger.")
    occasion: Occasion = strawberry.field(default=Occasion.OTHER, description="What it is for.")
    greeting: str | None = strawberry.field(default=None, description="Up to 60 characters.")
    cover_url: str | None = strawberry.field(default=None, description="The https address of a picture.")
    group_id: strawberry.ID | None = strawberry.field(default=None, description="The group whose members it is for.")
    audience: AudienceInput | None = strawberry.field(default=None, description="Whom it is for; everybody if absent.")
    gate: Gate = strawberry.field(default=Gate.NONE, description="What a member must have done, or know.")
    password: str | None = strawberry.field(default=None, description="Up to 20 characters, with that gate.")
    gate_source: strawberry.ID | None = strawberry.field(
        default=None, description="The quiz to be passed, with that gate."
    )
    opens_at: datetime | None = strawberry.field(default=None, description="At once if absent.")
    lasts_hours: int | None = strawberry.field(default=None, description="How long it is open; the policy's if absent.")

    async def terms(self) -> PacketTerms:
        """The terms that were said; `NotFound` and `Invalid` name what of them is wrong."""
        as_they_are = set(PacketTerms.__dataclass_fields__) - {"audience", "gate_source", "group_id"}
        quiz_id = optional_id_of("Quiz", self.gate_source, field="gateSource")
        return PacketTerms(
            **{name: getattr(self, name) for name in as_they_are},
            audience=await AudienceInput.read(self.audience),
            gate_source=f"quiz:{quiz_id}" if quiz_id else None,
            group_id=optional_id_of("Group", self.group_id, field="groupId"),
        )


@strawberry.input(description="A red packet from one's own points, or from the points of a group that one may spend.")
class SendRedPacketInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never sends twice.")
    sender: SenderKind = strawberry.field(default=SenderKind.MEMBER, description="MEMBER, or GROUP for the group's.")
    packet: RedPacketTermsInput = strawberry.field(description="What it is like; it needs a group.")


@strawberry.input(description="A red packet from the brand's points, or from those of a group.")
class IssueRedPacketInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never sends twice.")
    sender: SenderKind = strawberry.field(default=SenderKind.PLATFORM, description="PLATFORM, BUDGET or GROUP.")
    budget_id: strawberry.ID | None = strawberry.field(
        default=None, description="The budget, where that is the sender."
    )
    packet: RedPacketTermsInput = strawberry.field(description="What it is like.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.input(description="A newcomer to welcome with a small red packet of its own.")
class WelcomeNewcomerInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never sends twice.")
    newcomer_id: strawberry.ID = strawberry.field(description="The member whom the caller brought.")
    points: BigInt = strawberry.field(description="How many, of one's own.")
    greeting: str | None = strawberry.field(default=None, description="Up to 60 characters.")


@strawberry.input(description="A red packet to end.")
class WithdrawRedPacketInput:
    red_packet_id: strawberry.ID = strawberry.field(description="The red packet.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.type
class PacketPayload(Payload):
    red_packet: RedPacket | None = changed("The red packet.")


@strawberry.type(description="A red packet that was sent.")
class SendRedPacketPayload(PacketPayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A red packet that was sent for the brand or a group.")
class IssueRedPacketPayload(PacketPayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A newcomer's welcome that was sent.")
class WelcomeNewcomerPayload(PacketPayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A red packet that was ended.")
class WithdrawRedPacketPayload(PacketPayload):
    pass


@strawberry.type(
    description="Before a red packet is sent: whether one may, how much there is, and within which limits."
)
class RedPacketSending:
    eligibility: Eligibility = strawberry.field(description="Whether the smallest packet would be sent now.")
    available: BigInt | None = strawberry.field(description="Points that can be sent; absent for the platform.")
    share_least: BigInt = strawberry.field(description="No share may be smaller.")
    total_most: BigInt | None = strawberry.field(description="No packet may hold more; absent where nothing bounds it.")
    count_most: int | None = strawberry.field(description="No packet may have more shares.")
    sends_per_day: int | None = strawberry.field(description="Most packets in a day.")
    points_per_day: BigInt | None = strawberry.field(description="Most points in a day.")

    @classmethod
    def of(cls, found: Sending, locale: str) -> Self:
        limits = found.limits
        return cls(
            eligibility=Eligibility.of(found.eligibility, locale),
            available=_big(found.available),
            share_least=BigInt(found.share_least),
            total_most=_big(limits.total_most),
            count_most=limits.count_most,
            sends_per_day=limits.sends_per_day,
            points_per_day=_big(limits.points_per_day),
        )


def _big(value: int | None) -> BigInt | None:
    return None if value is None else BigInt(value)
