"""Referrals: one inviter each, trees of any depth, and never a ring."""

import asyncio
import itertools

import pytest

from models.errors import DomainError
from models.members.member import Member, MemberNotActive, MemberStatus
from models.spread.referral import AlreadyReferred, Referral, ReferralRing, SelfReferred
from store.database import fetch_value
from tests.build import a_member
from tests.conftest import NOON

REPEATS = 20


async def members(number: int) -> list[Member]:
    return [await a_member() for _ in range(number)]


async def test_a_member_is_brought_once(database: str, empty_redis: str) -> None:
    first, second, newcomer = await members(3)
    await Referral.record(first.id, newcomer.id, at=NOON)

    with pytest.raises(AlreadyReferred):
        await Referral.record(second.id, newcomer.id, at=NOON)

    assert (await Referral.get()).inviter_id == first.id


async def test_nobody_brings_itself(database: str, empty_redis: str) -> None:
    [member] = await members(1)

    with pytest.raises(SelfReferred):
        await Referral.record(member.id, member.id, at=NOON)


@pytest.mark.parametrize("status", [MemberStatus.FROZEN, MemberStatus.LEFT, MemberStatus.ERASED])
async def test_who_is_gone_brings_nobody(database: str, empty_redis: str, status: MemberStatus) -> None:
    inviter, [newcomer] = await a_member(status=status), await members(1)

    with pytest.raises(MemberNotActive):
        await Referral.record(inviter.id, newcomer.id, at=NOON)

    assert await Referral.all().count() == 0


async def test_the_end_of_a_chain_does_not_bring_its_beginning(database: str, empty_redis: str) -> None:
    chain = await members(12)
    for inviter, invitee in itertools.pairwise(chain):
        await Referral.record(inviter.id, invitee.id, at=NOON)

    with pytest.raises(ReferralRing):
        await Referral.record(chain[-1].id, chain[0].id, at=NOON)

    assert await Referral.root_of(chain[-1].id) == chain[0].id
    assert await Referral.all().count() == 11


async def test_a_tree_may_be_hung_under_another(database: str, empty_redis: str) -> None:
    root, child, other = await members(3)
    await Referral.record(root.id, child.id, at=NOON)

    await Referral.record(other.id, root.id, at=NOON)

    assert await Referral.root_of(child.id) == other.id


@pytest.mark.parametrize("size", [2, 3, 4])
async def test_a_ring_tied_at_one_instant_stays_open(database: str, empty_redis: str, size: int) -> None:
    for repeat in range(1, REPEATS + 1):
        ring = await members(size)
        pairs = [(ring[n].id, ring[(n + 1) % size].id) for n in range(size)]

        outcomes = await asyncio.gather(*(Referral.record(*pair, at=NOON) for pair in pairs), return_exceptions=True)

        assert sum(isinstance(one, DomainError) for one in outcomes) == 1
        assert await fetch_value("SELECT count(*) FROM referral") == (size - 1) * repeat
