"""Before a packet is sent: whether one may, how much there is, and within which limits."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.actor import Actor
from models.eligibility import Eligibility
from models.errors import DomainError
from models.play.red_packet_policy import RedPacketPolicy, SenderLimits
from models.play.red_packet_sender import Sender
from models.points.account import Account
from models.points.entry import InsufficientPoints


@dataclass(frozen=True)
class Sending:
    """`available` is what the sender has; None for the platform, which issues what it gives."""

    eligibility: Eligibility
    available: int | None
    limits: SenderLimits
    share_least: int


async def explain_sending(sender: Sender, actor: Actor, group_id: UUID | None, *, at: datetime) -> Sending:
    """Everything that stands against the smallest packet of this sender now; raises `NotFound` and `Invalid`
    for a group that is not there or not said.
    """
    sender.refuse_nowhere(group_id)
    policy = await RedPacketPolicy.current()
    refusals: list[DomainError] = await sender.refusals(actor, group_id, policy, at=at)
    if refusals and refusals[0].code == "NOT_FOUND":
        raise refusals[0]
    refusals += await sender.limits_reached(policy, packets=1, points=policy.share_least, at=at)
    available = None
    if sender.account.keeps_balance:
        account = await Account.get_or_none(id=sender.account.id)
        available = int(account.balance) if account else 0
        if available < policy.share_least:
            refusals.append(InsufficientPoints(needed=policy.share_least, available=available))
    return Sending(Eligibility(refusals), available, sender.limits(policy), policy.share_least)
