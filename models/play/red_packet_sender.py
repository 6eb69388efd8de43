"""Senders of red packets: whose points go in, on whose word, and how much of them in a day.

What lies in a packet keeps its nature. Points of a member or of a group were issued long ago; passing them on earns
nobody anything, so such a packet holds them in its `available` account. What the brand gives, from the issue or from a
budget, is paid out for the first time when a share is taken; it waits in the packet's `issued` account, from which, as
from the platform's own, points arrive as earned.

Packets of a sender are counted while a row of that sender is held (the member's, the group's, for the brand that of its
policy), so the limits of a day are exact.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from models.actor import Actor, ActorKind
from models.errors import DomainError, Invalid, NotAllowed, NotFound
from models.groups.group import Group, GroupArchived
from models.groups.membership import Membership, MutedInGroup
from models.groups.role import Right, may
from models.members.member import ACTIVE, Member, MemberNotActive
from models.play.red_packet_policy import RedPacketPolicy, SenderLimits
from models.points.account import AccountKey, Bucket, of_budget, of_group, of_member, of_packet, of_platform
from models.points.budget import Budget
from store.brand_day import Windows
from store.database import fetch


class SendingOff(DomainError):
    code = "RED_PACKET_SENDING_OFF"
    zh = "暂未开放成员发红包"
    en = "Members may not send red packets at present."


class SendsUsedUp(DomainError):
    code = "RED_PACKET_SENDS_USED_UP"
    zh = "今天最多发 {most} 个红包"
    en = "At most {most} red packets may be sent in a day."


class SentPointsUsedUp(DomainError):
    code = "RED_PACKET_SENT_POINTS_USED_UP"
    zh = "今天最多发 {most} 积分的红包，还可发 {left}"
    en = "At most {most} points may be sent in a day; {left} are left."


class SenderKind(StrEnum):
    """Whose points are in a packet."""

    PLATFORM = "platform"
    BUDGET = "budget"
    GROUP = "group"
    MEMBER = "member"

    @property
    def is_brand(self) -> bool:
        return self in (SenderKind.PLATFORM, SenderKind.BUDGET)


@dataclass(frozen=True)
class Sender:
    """`id` is of the member, group or budget; none for the platform."""

    kind: SenderKind
    id: UUID | None = None

    @classmethod
    def member(cls, member_id: UUID) -> Self:
        return cls(SenderKind.MEMBER, member_id)

    @classmethod
    def group(cls, group_id: UUID) -> Self:
        return cls(SenderKind.GROUP, group_id)

    @classmethod
    def brand(cls, budget_id: UUID | None = None) -> Self:
        """The platform, or one of its budgets."""
        return cls(SenderKind.BUDGET, budget_id) if budget_id else cls(SenderKind.PLATFORM)

    @property
    def account(self) -> AccountKey:
        """Where the points come from."""
        if self.id is None:
            return of_platform(Bucket.ISSUED)
        if self.kind is SenderKind.MEMBER:
            return of_member(self.id)
        return of_group(self.id) if self.kind is SenderKind.GROUP else of_budget(self.id)

    async def home(self) -> AccountKey:
        """Where what nobody took returns to: a budget that was closed meanwhile takes nothing more."""
        return await Budget.home_of(self.id) if self.kind is SenderKind.BUDGET else self.account

    def packet_account(self, packet_id: UUID) -> AccountKey:
        """Where they lie meanwhile."""
        return of_packet(packet_id, Bucket.ISSUED if self.kind.is_brand else Bucket.AVAILABLE)

    def limits(self, policy: RedPacketPolicy) -> SenderLimits:
        stored = {SenderKind.MEMBER: policy.member_limits, SenderKind.GROUP: policy.group_limits}
        return SenderLimits.from_json(stored.get(self.kind, policy.brand_limits))

    async def take(self, actor: Actor, group_id: UUID | None, *, at: datetime, speaks: bool) -> RedPacketPolicy:
        """Take the row under which the packets of a day are counted, if the actor may send for this sender.

        Returns the policy that holds. Raises `MemberNotActive`, `MemberMuted`, `BudgetClosed`, `NotFound`, and the
        first of `refusals`.
        """
        if actor.kind is ActorKind.MEMBER and actor.id:
            await Member.touch(actor.id, at=at, speaks=speaks)
        if self.kind.is_brand:
            await Budget.demand_open(self.id)
        elif self.kind is SenderKind.GROUP and self.id:
            await Group.held(self.id)
        policy = await (RedPacketPolicy.hold(at=at) if self.kind.is_brand else RedPacketPolicy.current())
        for refusal in await self.refusals(actor, group_id, policy, at=at, speaks=speaks):
            raise refusal
        return policy

    def refuse_nowhere(self, group_id: UUID | None) -> None:
        """Raise `Invalid` where a member would send to everybody."""
        if self.kind is SenderKind.MEMBER and group_id is None:
            raise Invalid("groupId", zh="请选择社群", en="members send into a group")

    async def give_way(self) -> None:
        """Take the sender's row before a packet's, to return something to it."""
        if self.kind is SenderKind.MEMBER and self.id:
            await Member.bump(self.id)

    async def refusals(
        self, actor: Actor, group_id: UUID | None, policy: RedPacketPolicy, *, at: datetime, speaks: bool = False
    ) -> list[DomainError]:
        """Everything that keeps the actor from sending for this sender, whatever it would send.

        A member sends for itself, into groups it belongs to; whoever may spend a group's points, into that group;
        staff for the brand and for groups.
        """
        found: list[DomainError] = []
        if actor.kind is ActorKind.MEMBER:
            found += await self._refusals_of_member(actor.id, group_id, policy, at=at, speaks=speaks)
        elif self.kind is SenderKind.MEMBER or (self.kind is SenderKind.GROUP and self.id != group_id):
            found.append(NotAllowed(field="sender"))
        if group_id is not None and not (await Group.existing(group_id, field="groupId")).is_active:
            found.append(GroupArchived())
        return found

    async def _refusals_of_member(
        self, member_id: UUID | None, group_id: UUID | None, policy: RedPacketPolicy, *, at: datetime, speaks: bool
    ) -> list[DomainError]:
        owner_id = group_id if self.kind is SenderKind.GROUP else member_id
        if self.kind.is_brand or self.id != owner_id:
            return [NotAllowed(field="sender")]
        found: list[DomainError] = []
        if (await Member.existing(member_id)).status not in ACTIVE:
            found.append(MemberNotActive())
        if self.kind is SenderKind.MEMBER and not policy.members_may_send:
            found.append(SendingOff())
        if group_id is not None:
            place = await Membership.get_or_none(member_id=member_id, group_id=group_id)
            if place is None:
                return [NotFound(field="groupId")]
            if self.kind is SenderKind.GROUP and not may(place.role, Right.SPEND_FUND):
                found.append(NotAllowed(field="sender"))
            if speaks and place.muted_until and place.muted_until > at:
                found.append(MutedInGroup(retry_at=place.muted_until))
        return found

    async def limits_reached(
        self, policy: RedPacketPolicy, *, packets: int, points: int, at: datetime
    ) -> list[DomainError]:
        """What of a day's limits stands against so many packets more with so many points in all."""
        limits, windows = self.limits(policy), Windows.at(at)
        if limits.sends_per_day is None and limits.points_per_day is None:
            return []
        whose = ("sender_id IS NULL", ()) if self.id is None else ("sender_id = $3", (self.id,))
        [sent] = await fetch(_SENT + whose[0], self.kind, windows.day_from, *whose[1])
        found: list[DomainError] = []
        if limits.sends_per_day is not None and sent["packets"] + packets > limits.sends_per_day:
            found.append(SendsUsedUp(most=limits.sends_per_day, retry_at=windows.day_until))
        if limits.points_per_day is not None and sent["points"] + points > limits.points_per_day:
            most, left = limits.points_per_day, max(limits.points_per_day - int(sent["points"]), 0)
            found.append(SentPointsUsedUp(most=most, left=left, retry_at=windows.day_until))
        return found


_SENT = (
    "SELECT count(*) AS packets, CAST(COALESCE(sum(total), 0) AS BIGINT) AS points FROM red_packet "
    "WHERE sender_kind = $1 AND created_at >= $2 AND "
)
"""What a sender has sent since an instant; the platform and each budget count for themselves."""
