"""Bonds that change after registration: late, to another inviter, or to none, with everybody below."""

import asyncio
import itertools
import random
from datetime import timedelta
from uuid import UUID

import pytest

from models.checkins.check_in import CheckIn
from models.errors import DomainError, NotFound
from models.insight.board import Board, Metric
from models.insight.board_rebuild import rebuild_missing
from models.insight.standing import TOPIC as STANDING
from models.members.identity import PlatformName
from models.members.member import Member, MemberErased, MemberNotActive, MemberStatus
from models.members.registration import PlatformLogin, recognise
from models.spread.invite_stage import TOPIC
from models.spread.referral import (
    AlreadyReferred,
    Referral,
    ReferralRing,
    ReturningNotReferred,
    SelfReferred,
    StaffNotReferred,
)
from models.spread.referral_audit import audit_referrals
from models.spread.referral_change import ReferralChange, ReferralChangeKind, ReferralUnchanged, TooLateToBind
from models.spread.referral_place import Place, ancestors_of
from models.spread.referral_policy import BindMode, ReferralPolicy, ReferralRules
from models.spread.referral_team import ReferralTeam, fold_referrals
from models.staff.audit import AuditRow
from store.database import is_transient, transaction
from store.ids import new_id
from store.outbox import held_back
from tests.build import a_member, a_plan, a_staff
from tests.conftest import NOON
from tests.insight.build import places

pytestmark = pytest.mark.usefixtures("database", "empty_redis")

DAY = timedelta(days=1)


async def members(number: int) -> list[Member]:
    return [await a_member() for _ in range(number)]


async def a_chain(length: int) -> list[Member]:
    """The first came alone; each other was brought by the one before."""
    chain = await members(length)
    for inviter, invitee in itertools.pairwise(chain):
        await Referral.record(inviter.id, invitee.id, at=NOON)
    return chain


async def bind(member_id: UUID, inviter_id: UUID | None, *, takes_back: bool = False) -> ReferralChange:
    """As a mutation runs it: a transaction that lost against another one is tried again."""
    while True:
        try:
            return await ReferralChange.by_staff(
                member_id,
                inviter_id,
                reason="线下核实",
                proof="聊天记录截图 3 张",
                takes_back=takes_back,
                staff_id=STAFF,
                at=NOON + DAY,
                once=None,
            )
        except Exception as error:
            if not is_transient(error):
                raise


STAFF = new_id()


async def put(mode: BindMode, **rules: object) -> None:
    version = (await ReferralPolicy.current()).version
    wanted = ReferralRules(bind_mode=mode, **rules)  # type: ignore[arg-type]  # what a test is about
    await ReferralPolicy.put(wanted, expected_version=version, staff_id=STAFF, reason="调整", at=NOON)


async def team_of(member: Member) -> list[tuple[int, int]]:
    return [(one.generation, one.members) for one in await ReferralTeam.of(member.id)]


async def sound() -> None:
    """Nothing is amiss, neither before the figures are folded nor after."""
    assert await audit_referrals() == []
    await fold_referrals(at=NOON)
    assert await audit_referrals() == []


async def test_a_branch_goes_to_another_tree_with_all_below(callers: object) -> None:
    left, right, staff = await a_chain(5), await a_chain(3), await a_staff()
    await fold_referrals(at=NOON)

    change = await ReferralChange.by_staff(
        left[2].id, right[2].id, reason="填错邀请码", proof="截图", staff_id=staff.id, at=NOON, once=None
    )

    assert (change.kind, change.inviter_before_id) == (ReferralChangeKind.REBOUND, left[1].id)
    assert await ancestors_of(left[4].id) == [one.id for one in (left[3], left[2], right[2], right[1], right[0])]
    assert (await Place.of(left[4].id)).depth == 5
    assert await team_of(left[0]) == [(1, 1)]
    assert await team_of(right[0]) == [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]
    row = await AuditRow.get(action="referral_rebound")
    assert (row.actor_id, row.reason) == (staff.id, "填错邀请码")
    await sound()


async def test_a_cleared_branch_is_a_tree_of_its_own() -> None:
    chain = await a_chain(5)

    await bind(chain[2].id, None)

    assert await Referral.root_of(chain[4].id) == chain[2].id
    assert await team_of(chain[0]) == [(1, 1)]
    assert await team_of(chain[2]) == [(1, 1), (2, 1)]
    await sound()


async def test_a_root_is_bound_late_with_all_below() -> None:
    tree, [inviter] = await a_chain(4), await members(1)
    await fold_referrals(at=NOON)

    assert (await bind(tree[0].id, inviter.id)).kind is ReferralChangeKind.BOUND

    assert await Referral.root_of(tree[3].id) == inviter.id
    assert await team_of(inviter) == [(1, 1), (2, 1), (3, 1), (4, 1)]
    await sound()


async def test_who_was_active_counts_as_active_where_it_comes_to() -> None:
    [inviter, member], plan = await members(2), await a_plan()
    await CheckIn.record(member.id, plan, at=NOON)

    await bind(member.id, inviter.id)

    assert [(one.members, one.activated) for one in await ReferralTeam.of(inviter.id)] == [(1, 1)]
    await sound()


async def test_no_way_leads_below_oneself() -> None:
    chain = await a_chain(6)
    await fold_referrals(at=NOON)

    for lower in chain[3:]:
        with pytest.raises(ReferralRing):
            await bind(chain[2].id, lower.id)
        with pytest.raises(ReferralRing):
            await bind(chain[0].id, lower.id)
    with pytest.raises(SelfReferred):
        await bind(chain[2].id, chain[2].id)
    with pytest.raises(ReferralUnchanged):
        await bind(chain[2].id, chain[1].id)

    assert await ReferralChange.all().count() == 0
    await sound()


@pytest.mark.parametrize(
    ("inviter", "member", "refusal"),
    [
        ({"is_staff": True}, {}, StaffNotReferred),
        ({}, {"is_staff": True}, StaffNotReferred),
        ({"status": MemberStatus.FROZEN}, {}, MemberNotActive),
        ({}, {"status": MemberStatus.FROZEN}, MemberNotActive),
        ({}, {"status": MemberStatus.ERASED}, MemberErased),
        ({"status": MemberStatus.ERASED}, {}, MemberNotActive),
        ({}, {"is_returning": True}, ReturningNotReferred),
    ],
)
async def test_who_takes_no_part_is_refused_on_every_path(
    inviter: dict[str, object], member: dict[str, object], refusal: type[DomainError]
) -> None:
    first, above, below = await a_member(), await a_member(**inviter), await a_member(**member)  # type: ignore[arg-type]  # what a test is about

    with pytest.raises(refusal):
        await Referral.record(above.id, below.id, at=NOON)
    with pytest.raises(refusal):
        await bind(below.id, above.id)
    with pytest.raises((refusal, NotFound)):
        await ReferralChange.by_member(below.id, above.invite_code, at=NOON, once=None)
    if not member:
        await put(BindMode.OVERWRITE)
        await Referral.record(first.id, below.id, at=NOON)
        with pytest.raises((refusal, NotFound)):
            await ReferralChange.by_member(below.id, above.invite_code, at=NOON, once=None)
        with pytest.raises(refusal):
            await bind(below.id, above.id)

    assert await Referral.filter(inviter_id=above.id).count() == 0
    assert await ReferralChange.all().count() == 0


@pytest.mark.parametrize(
    ("mode", "when", "is_bound", "refusal"),
    [
        (BindMode.FIRST_EVER, DAY, False, None),
        (BindMode.FIRST_EVER, DAY, True, AlreadyReferred),
        (BindMode.AT_REGISTRATION, DAY, False, TooLateToBind),
        (BindMode.AT_REGISTRATION, DAY, True, AlreadyReferred),
        (BindMode.PROTECT_DAYS, 30 * DAY - timedelta(seconds=1), True, AlreadyReferred),
        (BindMode.PROTECT_DAYS, 30 * DAY, True, None),
        (BindMode.UNTIL_FIRST_VALUE, DAY, True, None),
        (BindMode.OVERWRITE, timedelta(seconds=1), True, None),
    ],
)
async def test_the_policy_says_until_when_a_member_names_its_inviter(
    mode: BindMode, when: timedelta, is_bound: bool, refusal: type[DomainError] | None
) -> None:
    first, second, member = await members(3)
    await put(mode)
    if is_bound:
        await Referral.record(first.id, member.id, at=NOON)

    act = ReferralChange.by_member(member.id, second.invite_code, at=NOON + when, once=None)
    if refusal:
        with pytest.raises(refusal):
            await act
    else:
        await act

    found = await Referral.get_or_none(invitee_id=member.id)
    expected = second.id if refusal is None else first.id if is_bound else None
    assert (found and found.inviter_id) == expected


async def test_the_first_value_ends_the_time_to_name_an_inviter() -> None:
    [inviter, member], plan = await members(2), await a_plan()
    await put(BindMode.UNTIL_FIRST_VALUE)
    await CheckIn.record(member.id, plan, at=NOON)

    with pytest.raises(TooLateToBind):
        await ReferralChange.by_member(member.id, inviter.invite_code, at=NOON + DAY, once=None)


async def test_boards_follow_a_bond() -> None:
    await rebuild_missing(at=NOON)
    first, second, member = [await a_member(nickname=name) for name in ("李思远", "陈雨桐", "王小明")]
    board, shown = Board(Metric.INVITES), []
    await Referral.record(first.id, member.id, at=NOON)
    shown.append(await places(board))

    await bind(member.id, second.id)
    shown.append(await places(board, at=NOON + DAY))
    await bind(member.id, None)

    shown.append(await places(board, at=NOON + DAY))
    assert shown == [[(1, "李思远", 1)], [(1, "陈雨桐", 1)], []]


async def test_a_chain_of_a_thousand_and_its_ends() -> None:
    with held_back(TOPIC, STANDING):
        async with transaction():
            chain = await members(1_000)
            for inviter, invitee in itertools.pairwise(chain):
                await Referral.record(inviter.id, invitee.id, at=NOON)
    await fold_referrals(at=NOON)

    with pytest.raises(ReferralRing):
        await Referral.record(chain[-1].id, chain[0].id, at=NOON)
    [newcomer] = await members(1)
    await bind(chain[500].id, newcomer.id)

    assert len(await ancestors_of(chain[-1].id)) == 500
    assert (await Place.of(chain[-1].id)).depth == 500
    assert sum(one.members for one in await ReferralTeam.of(newcomer.id)) == 500
    assert sum(one.members for one in await ReferralTeam.of(chain[0].id)) == 499
    await sound()


async def test_two_trees_hung_under_each_other_at_once_make_no_ring() -> None:
    for _ in range(8):
        left, right = await a_chain(4), await a_chain(4)

        outcomes = await asyncio.gather(
            bind(left[0].id, right[3].id), bind(right[0].id, left[3].id), return_exceptions=True
        )

        assert sorted(type(one).__name__ for one in outcomes) == ["ReferralChange", "ReferralRing"]
    await sound()


async def test_branches_rebound_at_random_and_at_once_stay_trees() -> None:
    chance, people = random.Random(7), await members(40)
    for number in range(1, 40):
        await Referral.record(people[chance.randrange(number)].id, people[number].id, at=NOON)
    for _ in range(6):
        pairs = [chance.sample(people, 2) for _ in range(6)]
        wanted = [bind(one.id, None if chance.random() < 0.2 else other.id) for one, other in pairs]
        outcomes = await asyncio.gather(*wanted, fold_referrals(at=NOON), return_exceptions=True)
        assert all(isinstance(one, (ReferralChange, DomainError, int)) for one in outcomes), outcomes
        assert await audit_referrals() == []
    await sound()


async def test_a_big_tree_moves_while_others_come_in_below() -> None:
    top, [target] = await members(1), await members(1)
    team = [top[0]]
    with held_back(TOPIC, STANDING):
        async with transaction():
            for number in range(1, 2_000):
                [member] = await members(1)
                await Referral.record(team[(number - 1) // 3].id, member.id, at=NOON)
                team.append(member)
    await fold_referrals(at=NOON)
    newcomers = await members(60)

    async def come_in() -> None:
        for number, newcomer in enumerate(newcomers):
            await Referral.record(team[number * 33].id, newcomer.id, at=NOON)

    async def move() -> None:
        for _ in range(3):
            await bind(top[0].id, target.id)
            await bind(top[0].id, None)
        await bind(top[0].id, target.id)

    await asyncio.gather(come_in(), move(), fold_referrals(at=NOON))

    assert sum(one.members for one in await ReferralTeam.of(target.id)) == 2_060
    await sound()


async def test_whoever_comes_by_a_colleagues_code_comes_alone() -> None:
    colleague = await a_member(is_staff=True)
    login = PlatformLogin(PlatformName.WECHAT, "wx0123456789abcdef", "openid-1", None, session_key="key")

    found = await recognise(login, at=NOON, invite_code=colleague.invite_code)

    assert (found.is_new, found.inviter_id) == (True, None)
    assert await Referral.all().count() == 0
