"""Builders of senders with points, and of red packets."""

from datetime import datetime
from typing import Any
from uuid import UUID

from models.actor import SYSTEM, Actor
from models.groups.group import Group
from models.groups.role import Role
from models.members.member import Member
from models.play.red_packet import RedPacket
from models.play.red_packet_policy import PacketRules, RedPacketPolicy, SenderLimits
from models.play.red_packet_sender import Sender
from models.play.red_packet_terms import PacketMode, PacketTerms
from models.points.account import Account, AccountKey, Bucket, of_member, of_platform
from models.points.budget import Budget, BudgetPlan
from models.points.budget_change import BudgetChangeKind
from models.points.entry import Move, PointEntry
from store.database import transaction
from store.ids import new_id
from tests.build import LONG_AGO
from tests.conftest import NOON
from tests.groups.build import a_place


async def balance(key: AccountKey) -> int:
    account = await Account.get_or_none(id=key.id)
    return int(account.balance) if account else 0


async def give(key: AccountKey, points: int, *, at: datetime = NOON) -> None:
    async with transaction():
        await PointEntry.post([Move(of_platform(Bucket.ISSUED), key, points, "gift", f"test:{new_id()}")], at=at)


async def a_budget(points: int, *, at: datetime = LONG_AGO) -> Budget:
    """An open budget, without a line in the audit."""
    plan = BudgetPlan(f"活动 {new_id().hex[-12:]}", points)
    async with transaction():
        return await Budget.opened(new_id(), plan, BudgetChangeKind.OPENED, staff_id=None, at=at)


async def a_sender(group: Group, *, points: int = 10_000, role: Role = Role.MEMBER) -> Member:
    """A member of the group with points of its own."""
    member = await a_place(group, role=role)
    await give(of_member(member.id), points)
    return member


def terms(total: int = 100, count: int = 10, **about: Any) -> PacketTerms:
    """A lucky packet, unless a test says otherwise."""
    return PacketTerms(**{"mode": PacketMode.LUCKY, "total": total, "share_count": count, **about})


async def a_packet(
    total: int = 100, count: int = 10, *, at: datetime = NOON, budget_id: UUID | None = None, **about: Any
) -> RedPacket:
    """One of the brand's, for everybody."""
    wanted = terms(total, count, **about)
    return await RedPacket.send(Sender.brand(budget_id), wanted, actor=SYSTEM, at=at, once=None)


async def a_member_packet(
    member: Member, group: Group, total: int = 100, count: int = 10, *, at: datetime = NOON, **about: Any
) -> RedPacket:
    """One from a member's own points, in a group."""
    wanted = terms(total, count, group_id=group.id, **about)
    return await RedPacket.send(Sender.member(member.id), wanted, actor=Actor.member(member.id), at=at, once=None)


async def a_fund_packet(
    officer: Member, group: Group, total: int = 100, count: int = 10, *, at: datetime = NOON, **about: Any
) -> RedPacket:
    """One from a group's points."""
    wanted = terms(total, count, group_id=group.id, **about)
    return await RedPacket.send(Sender.group(group.id), wanted, actor=Actor.member(officer.id), at=at, once=None)


async def put_policy(*, at: datetime = LONG_AGO, **rules: Any) -> None:
    """The default rules but for these; limits of senders as a dictionary."""
    given: dict[str, Any] = {name: SenderLimits(**one) if isinstance(one, dict) else one for name, one in rules.items()}
    version = (await RedPacketPolicy.current()).version
    await RedPacketPolicy.put(PacketRules(**given), expected_version=version, staff_id=new_id(), reason="测试", at=at)
