"""Stages pay whoever brought somebody, up to two levels and the invitee itself, once; and are taken back."""

from datetime import timedelta

import pytest
from tortoise.exceptions import IntegrityError

from models.checkins.check_in import CheckIn
from models.checkins.plan import CheckInPlan
from models.checkins.void import CheckInVoid
from models.errors import Invalid
from models.members.introduction import Introduction, Lines
from models.members.member import Member
from models.points.account import Account, of_member
from models.points.adjustment import PointAdjustment
from models.points.behaviour import Behaviour, Fact
from models.points.earn_amount import AmountKind, Step, Tiers
from models.points.earn_rule import EarnRule
from models.points.earn_terms import EarnTerms
from models.points.earning import Earning, release_due
from models.points.reconciliation import reconcile
from models.spread.invite_stage import pay_inviters
from models.spread.invite_stage_name import InviteStage
from models.spread.referral import Referral
from models.spread.referral_audit import audit_referrals
from models.spread.referral_change import ReferralChange
from models.spread.referral_policy import ReferralPolicy, ReferralRules, Tier
from models.spread.referral_reward import ReferralReward, RewardNotOwed, RewardState, collect_owed
from models.spread.referral_stage import ReferralStage
from models.spread.referral_team import Generation, ReferralTeam, fold_referrals
from models.spread.referral_tier import ReferralTierAward
from store.ids import new_id
from store.outbox import Payload
from tests.build import LONG_AGO, a_member, a_plan
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("database", "empty_redis")

STAFF = new_id()


async def a_rule(behaviour: Behaviour, amount: int, **terms: object) -> None:
    await EarnRule.put(behaviour, EarnTerms(amount, **terms), at=LONG_AGO)  # type: ignore[arg-type]  # what a test is about


async def put(**rules: object) -> None:
    version = (await ReferralPolicy.current()).version
    wanted = ReferralRules(**rules)  # type: ignore[arg-type]  # what a test is about
    await ReferralPolicy.put(wanted, expected_version=version, staff_id=STAFF, reason="调整", at=NOON)


async def points_of(*members: Member) -> list[int]:
    return [int((await Account.get(id=of_member(one.id).id)).balance) for one in members]


async def a_family() -> tuple[Member, Member, Member]:
    """Who brought the inviter, the inviter, and whom it brought."""
    grand, inviter, member = [await a_member(nickname=name) for name in ("陈雨桐", "李思远", "王小明")]
    await Referral.record(grand.id, inviter.id, at=NOON)
    await Referral.record(inviter.id, member.id, at=NOON)
    return grand, inviter, member


async def check_in(member: Member) -> CheckIn:
    plan = await CheckInPlan.get_or_none(is_default=True) or await a_plan(base_points=0)
    return await CheckIn.record(member.id, plan, at=NOON)


async def void(made: CheckIn) -> None:
    await CheckInVoid.record(made.id, reason="作弊", staff_id=STAFF, at=NOON, once=None)


@pytest.mark.parametrize(("levels", "expected"), [(0, [0, 0, 7]), (1, [0, 50, 7]), (2, [20, 50, 7])])
async def test_as_many_levels_are_paid_as_the_policy_says(levels: int, expected: list[int]) -> None:
    family = await a_family()
    await put(levels_paid=levels)
    await a_rule(Behaviour.INVITED_FIRST_CHECK_IN, 7)
    await a_rule(Behaviour.INVITE_FIRST_CHECK_IN, 50)
    await a_rule(Behaviour.GRAND_INVITE_FIRST_CHECK_IN, 20)

    await check_in(family[2])

    assert await points_of(*family) == expected
    assert await reconcile() == []


async def test_the_database_pays_no_third_level() -> None:
    _, inviter, member = await a_family()
    about = {"invitee_id": member.id, "member_id": inviter.id, "amount": 1, "created_at": NOON, "changed_at": NOON}
    kind = {"stage": InviteStage.REGISTERED, "behaviour": Behaviour.INVITE_REGISTERED}

    for level, levels_paid in ((3, 3), (3, 2), (2, 1), (-1, 2)):
        with pytest.raises(IntegrityError):
            await ReferralReward(level=level, levels_paid=levels_paid, **about, **kind).save(force_create=True)
    with pytest.raises(Invalid):
        await put(levels_paid=3)

    assert await ReferralReward.all().count() == 0


async def test_a_stage_pays_once_also_after_the_inviter_was_replaced() -> None:
    _, inviter, member = await a_family()
    other = await a_member()
    await a_rule(Behaviour.INVITE_INTRODUCED, 10)
    await Introduction.publish(member.id, Lines(name="小明"), at=NOON)
    payload: Payload = {"invitee_id": str(member.id), "behaviour": "invite_introduced", "at": NOON.isoformat()}

    await ReferralChange.by_staff(member.id, other.id, reason="填错", proof="截图", staff_id=STAFF, at=NOON, once=None)
    await pay_inviters([payload, payload])

    assert await points_of(inviter, other) == [10, 0]
    assert [one.member_id for one in await ReferralReward.all()] == [inviter.id]


async def test_a_void_of_the_first_check_in_takes_all_of_it_back_for_good() -> None:
    family = await a_family()
    await put(levels_paid=2)
    await a_rule(Behaviour.INVITE_FIRST_CHECK_IN, 50)
    await a_rule(Behaviour.GRAND_INVITE_FIRST_CHECK_IN, 20, release_days=7)
    made = await check_in(family[2])
    await fold_referrals(at=NOON)
    active = await ReferralTeam.of(family[0].id)

    await void(made)
    await release_due(at=NOON + timedelta(days=8))

    assert active == [Generation(1, 1, 0), Generation(2, 1, 1)]
    assert await ReferralTeam.of(family[0].id) == [Generation(1, 1, 0), Generation(2, 1, 0)]
    assert await points_of(*family) == [0, 0, 0]
    assert {one.state for one in await ReferralReward.all()} == {RewardState.TAKEN_BACK}
    assert (await ReferralStage.get(invitee_id=family[2].id, stage=InviteStage.FIRST_CHECK_IN)).voided_at == NOON
    await fold_referrals(at=NOON)
    assert await audit_referrals() == []
    assert await reconcile() == []


async def test_what_was_spent_is_owed_and_collected_later() -> None:
    _, inviter, member = await a_family()
    await a_rule(Behaviour.INVITE_FIRST_CHECK_IN, 50)
    made = await check_in(member)
    await PointAdjustment.deduct(inviter.id, 30, reason="兑换", staff_id=STAFF, at=NOON, once=None)

    await void(made)
    owed = await ReferralReward.get()
    assert (owed.state, await points_of(inviter)) == (RewardState.OWED, [20])
    assert await collect_owed(at=NOON) == 0
    await PointAdjustment.grant(inviter.id, 40, reason="补偿", staff_id=STAFF, at=NOON, once=None)
    assert await collect_owed(at=NOON) == 1

    assert ((await ReferralReward.get()).state, await points_of(inviter)) == (RewardState.TAKEN_BACK, [10])
    with pytest.raises(RewardNotOwed):
        await ReferralReward.waive(owed.id, reason="不再追回", staff_id=STAFF, at=NOON)
    assert await reconcile() == []


async def test_staff_may_let_a_debt_be() -> None:
    _, inviter, member = await a_family()
    await a_rule(Behaviour.INVITE_FIRST_CHECK_IN, 50)
    made = await check_in(member)
    await PointAdjustment.deduct(inviter.id, 30, reason="兑换", staff_id=STAFF, at=NOON, once=None)
    await void(made)

    await ReferralReward.waive((await ReferralReward.get()).id, reason="不再追回", staff_id=STAFF, at=NOON)

    await PointAdjustment.grant(inviter.id, 40, reason="补偿", staff_id=STAFF, at=NOON, once=None)
    assert await collect_owed(at=NOON) == 0
    assert await points_of(inviter) == [60]


@pytest.mark.parametrize(("lost_voids", "left"), [(False, 8), (True, 0)])
async def test_tiers_pay_once_each_and_may_go_with_those_lost(lost_voids: bool, left: int) -> None:
    inviter = await a_member()
    await put(tiers=(Tier(2), Tier(3)), lost_voids_assist=lost_voids)
    await EarnRule.put(
        Behaviour.INVITE_TIER,
        EarnTerms(0, amount_kind=AmountKind.TIER, tiers=Tiers(Fact.COUNT, (Step(2, 3), Step(3, 5)))),
        at=LONG_AGO,
    )
    made = []
    for _ in range(4):
        member = await a_member()
        await Referral.record(inviter.id, member.id, at=NOON)
        made.append(await check_in(member))
    paid = await points_of(inviter)

    for one in made[:3]:
        await void(one)

    assert (paid, await points_of(inviter)) == ([8], [left])
    states = [(one.people, one.state) for one in await ReferralTierAward.of_member(inviter.id)]
    state = RewardState.TAKEN_BACK if lost_voids else RewardState.PAID
    assert states == [(2, state), (3, state)]


async def test_taking_back_with_a_bond_empties_the_former_inviter() -> None:
    _, inviter, member = await a_family()
    await a_rule(Behaviour.INVITE_FIRST_CHECK_IN, 50)
    await check_in(member)

    await ReferralChange.by_staff(
        member.id, None, reason="虚假邀请", takes_back=True, staff_id=STAFF, at=NOON, once=None
    )

    assert await points_of(inviter) == [0]
    assert await Earning.filter(reversed_at__isnull=True).count() == 0


async def test_what_was_done_before_a_late_bond_pays_nobody_and_counts_for_no_tier() -> None:
    inviter, member = await a_member(), await a_member()
    await put(tiers=(Tier(1), Tier(1, InviteStage.INTRODUCED)))
    await EarnRule.put(Behaviour.INVITE_TIER, EarnTerms(9), at=LONG_AGO)
    await a_rule(Behaviour.INVITE_FIRST_CHECK_IN, 50)
    await Introduction.publish(member.id, Lines(name="小明"), at=NOON)
    await check_in(member)

    await ReferralChange.by_staff(
        member.id, inviter.id, reason="补登", proof="截图", staff_id=STAFF, at=NOON + timedelta(hours=1), once=None
    )
    newcomer = await a_member()
    await Referral.record(inviter.id, newcomer.id, at=NOON + timedelta(hours=2))
    await Introduction.publish(newcomer.id, Lines(name="小红"), at=NOON + timedelta(hours=3))

    assert await points_of(inviter) == [9]
    assert [(one.stage, one.people) for one in await ReferralTierAward.all()] == [(InviteStage.INTRODUCED, 1)]
    assert [one.stage for one in await ReferralStage.reached_of(member.id)][:2] == [
        InviteStage.INTRODUCED,
        InviteStage.FIRST_CHECK_IN,
    ]
