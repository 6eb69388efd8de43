"""Progress: what came by a code is counted, milestones are paid once, and what does not stand is not released."""

import asyncio
from datetime import timedelta

import pytest

from models.actor import Actor
from models.groups.membership_change import ChangeKind, Happening, MembershipChange, Scene
from models.groups.role import Role
from models.members.member import Member, MemberStatus
from models.points.budget import Budget
from models.points.reconciliation import reconcile
from models.spread.forward_claim import ForwardClaim, ForwardClaimState
from models.spread.forward_decision import ForwardDecision, ForwardVerdict, RejectionReason, Verdict
from models.spread.forward_eligibility import forward_eligibility
from models.spread.forward_figures import figures_of
from models.spread.forward_hand_in import ForwardHandIn, NoProofAsked
from models.spread.forward_progress import AGAIN_AFTER, end_due, progress_of, weigh_due
from models.spread.forward_reward import PUT_OFF, ForwardReward, ForwardRewardState
from models.spread.forward_settlement import settle_due
from models.spread.forward_task import ForwardTask, ForwardTaskState
from models.spread.forward_task_version import change_forward_task
from models.spread.forward_terms import Exclusion, Measure, Milestone
from models.spread.invite_stage import stage_undone
from models.spread.invite_stage_name import InviteStage
from models.spread.referral_stage import ReferralStage
from models.spread.visit import Visit
from models.spread.visit_forgetting import forget_visitors
from store.outbox import relay
from tests.build import a_member
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.play.build import a_budget
from tests.spread.forwarding import (
    ACCEPTED,
    DAY,
    HOUR,
    STAFF_ID,
    a_proof,
    a_task,
    brought,
    claimed,
    code_of,
    counted,
    points_of,
    taken,
    visited,
)

pytestmark = pytest.mark.usefixtures("database", "empty_redis")

TWO_VISITS = Milestone(Measure.VISITS, 2, 5)
FOUR_VISITS = Milestone(Measure.VISITS, 4, 10)
CHECK_IN, INTRODUCED, REGISTERED = InviteStage.FIRST_CHECK_IN, InviteStage.INTRODUCED, InviteStage.REGISTERED


async def counts_of(claim: ForwardClaim) -> dict[Measure, int]:
    return dict((await progress_of([claim.id]))[claim.id].counts)


async def test_visits_pay_each_milestone_once() -> None:
    claim = await taken(await a_task(counted(TWO_VISITS, FOUR_VISITS)))
    await visited(claim, "phone-1", "phone-2", "phone-3")

    assert await weigh_due(at=NOON + 2 * HOUR) == 1
    assert await points_of(claim.member_id) == (5, 0)
    await visited(claim, "phone-4")
    assert await weigh_due(at=NOON + 3 * HOUR) == 1
    assert await weigh_due(at=NOON + 4 * HOUR) == 0
    assert await points_of(claim.member_id) == (15, 0)
    assert await settle_due(at=NOON + 2 * DAY) == 2
    assert await points_of(claim.member_id) == (0, 15)
    assert await reconcile() == []


async def test_one_visitor_counts_once_however_often_it_comes() -> None:
    claim = await taken(await a_task(counted(TWO_VISITS)))
    for day in range(3):
        await visited(claim, "phone-1", at=NOON + HOUR + day * DAY)

    assert await counts_of(claim) == {Measure.VISITS: 1}
    assert await weigh_due(at=NOON + 4 * DAY) == 0


async def test_visits_before_it_was_taken_and_after_its_end_do_not_count() -> None:
    task = await a_task(counted(TWO_VISITS))
    claim = await taken(task)
    await visited(claim, "phone-1", at=NOON - HOUR)
    await visited(claim, "phone-2", at=task.ends_at)

    assert await counts_of(claim) == {}


async def test_what_a_task_excludes_does_not_count_and_what_it_does_not_does() -> None:
    strict, mild = await a_task(counted(TWO_VISITS)), await a_task(counted(TWO_VISITS, exclusions=()))
    first, second = await taken(strict), await taken(mild)
    await visited(first, "phone-1")

    await visited(second, "phone-1", at=NOON + 2 * HOUR)  # Known: it came by another code before.
    await visited(first, "phone-1", at=NOON + 2 * DAY)

    assert await counts_of(second) == {Measure.VISITS: 1}
    assert await counts_of(first) == {Measure.VISITS: 1}


async def test_a_circle_mate_counts_unless_it_is_excluded() -> None:
    group, inviter = await a_group(), await a_member()
    for member in (inviter, mate := await a_member()):
        await a_place(group, member=member)
    strict = await taken(await a_task(counted(TWO_VISITS)), inviter)
    mild = await taken(await a_task(counted(TWO_VISITS, exclusions=(Exclusion.SELF,))), inviter)
    for claim in (mild, strict):
        code, at = await code_of(claim), NOON + HOUR
        await Visit.record(code, member_id=mate.id, device="mate", address=None, agent="Mozilla", at=at)

    assert await counts_of(mild) == {Measure.VISITS: 1}
    assert await counts_of(strict) == {}


async def test_conversions_count_who_came_by_the_code_and_reached_the_stage() -> None:
    claim = await taken(await a_task(counted(Milestone(Measure.FIRST_CHECK_IN, 2, 50))))
    await brought(claim, REGISTERED, INTRODUCED, CHECK_IN)
    await brought(claim, REGISTERED)

    assert await counts_of(claim) == {
        Measure.VISITS: 2,
        Measure.REGISTERED: 2,
        Measure.INTRODUCED: 1,
        Measure.FIRST_CHECK_IN: 1,
    }
    assert await weigh_due(at=NOON + 2 * HOUR) == 0
    await brought(claim, REGISTERED, CHECK_IN)
    assert await weigh_due(at=NOON + 3 * HOUR) == 1
    assert await points_of(claim.member_id) == (50, 0)


async def test_a_stage_that_does_not_stand_when_the_hours_are_over_pays_nothing() -> None:
    claim = await taken(await a_task(counted(hold_hours=48)))
    newcomer = await brought(claim, REGISTERED, CHECK_IN)
    assert await weigh_due(at=NOON + 2 * HOUR) == 1
    await ReferralStage.undo(newcomer.id, CHECK_IN, at=NOON + DAY)

    assert await settle_due(at=NOON + 3 * DAY) == 1

    assert await points_of(claim.member_id) == (0, 0)
    assert (await ForwardReward.get()).state is ForwardRewardState.UNREACHED
    assert await reconcile() == []


async def test_a_milestone_that_did_not_stand_pays_anew_once_it_is_reached_again() -> None:
    claim = await taken(await a_task(counted(hold_hours=48)))
    newcomer = await brought(claim, REGISTERED, CHECK_IN)
    await weigh_due(at=NOON + 2 * HOUR)
    await ReferralStage.undo(newcomer.id, CHECK_IN, at=NOON + DAY)
    await settle_due(at=NOON + 3 * DAY)
    assert await weigh_due(at=NOON + 3 * DAY) == 0
    before = await forward_eligibility(claim.member_id, claim.task_id, at=NOON + 3 * DAY)

    await brought(claim, REGISTERED, CHECK_IN, at=NOON + 4 * DAY)

    assert [one.points for one in before.eligibility.preview] == [50]
    assert await weigh_due(at=NOON + 5 * DAY) == 1
    assert await weigh_due(at=NOON + 6 * DAY) == 0
    assert {one.cause for one in await ForwardReward.all()} == {"first_check_in:1", "first_check_in:1#2"}
    after = await forward_eligibility(claim.member_id, claim.task_id, at=NOON + 6 * DAY)
    assert after.eligibility.preview == []
    await settle_due(at=NOON + 8 * DAY)
    assert await points_of(claim.member_id) == (0, 50)
    assert await reconcile() == []


async def test_a_stage_that_is_undone_after_it_was_paid_takes_its_points_back() -> None:
    claim = await taken(await a_task(counted(Milestone(Measure.FIRST_PURCHASE, 1, 50), hold_hours=1)))
    newcomer = await brought(claim, REGISTERED, InviteStage.FIRST_PURCHASE)
    await weigh_due(at=NOON + 2 * HOUR)
    await settle_due(at=NOON + DAY)
    assert await points_of(claim.member_id) == (0, 50)

    await stage_undone(newcomer.id, InviteStage.FIRST_PURCHASE, at=NOON + 2 * DAY, note="订单已退回")
    await relay(at=NOON + 3 * DAY)

    assert await points_of(claim.member_id) == (0, 0)
    assert (await ForwardReward.get()).state is ForwardRewardState.UNREACHED
    assert await reconcile() == []


async def test_who_has_left_the_circle_by_now_was_a_mate_when_it_came() -> None:
    group, inviter, mate = await a_group(), await a_member(), await a_member()
    await a_place(group, member=inviter)
    joined = Happening(ChangeKind.JOINED, Scene.FREE, Actor.member(mate.id), Role.MEMBER)
    await MembershipChange.record(group.id, mate.id, joined, at=NOON - DAY)
    claim = await taken(await a_task(counted(TWO_VISITS)), inviter)

    await Visit.record(await code_of(claim), member_id=mate.id, device="mate", agent="Mozilla", at=NOON + HOUR)

    assert await counts_of(claim) == {}


async def test_a_claim_is_counted_by_the_rules_that_it_was_taken_under() -> None:
    task = await a_task(counted(TWO_VISITS, exclusions=()))
    early = await taken(task)
    shorter = counted(TWO_VISITS, ends_at=NOON + 2 * DAY)
    await change_forward_task(
        task.id, shorter, expected_version=1, reason="收紧", acceptance=ACCEPTED, staff_id=STAFF_ID, at=NOON
    )
    late = await taken(task)
    for claim in (early, late):
        await visited(claim, "phone-1", at=NOON + HOUR)  # The second time it is known.
        await visited(claim, f"{claim.id}", at=NOON + 3 * DAY)

    assert await counts_of(early) == {Measure.VISITS: 2}
    assert await counts_of(late) == {}
    assert (await figures_of(task.id)).visits == 2


async def test_forgetting_visitors_changes_no_count() -> None:
    claim = await taken(await a_task(counted(TWO_VISITS, ends_at=NOON + 200 * DAY)))
    for day in range(3):
        await visited(claim, "phone-1", at=NOON + HOUR + day * DAY)

    await forget_visitors(at=NOON + 150 * DAY)

    assert await counts_of(claim) == {Measure.VISITS: 1}
    assert await weigh_due(at=NOON + 151 * DAY) == 0


@pytest.mark.parametrize("kind", ["of one address", "without a device"])
async def test_visits_that_look_made_wait_for_a_reviewer(kind: str) -> None:
    claim = await taken(await a_task(counted(FOUR_VISITS, hold_hours=0)))
    code = await code_of(claim)
    for number in range(4):
        is_of_one = kind == "of one address"
        device, address = (f"phone-{number}", "203.0.113.9") if is_of_one else (None, f"203.0.113.{number}")
        await Visit.record(code, device=device, address=address, agent=f"Mozilla {number}", at=NOON + HOUR)

    assert await weigh_due(at=NOON + 2 * HOUR) == 1

    waiting = await ForwardClaim.get()
    assert (waiting.state, waiting.queued_at) == (ForwardClaimState.CLAIMED, NOON + 2 * HOUR)
    assert await settle_due(at=NOON + DAY) == 0
    decision = await ForwardDecision.decide(
        Verdict(claim.id, ForwardVerdict.REJECTED, RejectionReason.FORGED), staff_id=STAFF_ID, at=NOON + DAY
    )
    await ForwardDecision.undo(decision.id, staff_id=STAFF_ID, at=NOON + DAY)
    given = Verdict(claim.id, ForwardVerdict.APPROVED)
    await ForwardDecision.decide(given, staff_id=STAFF_ID, at=NOON + DAY)
    assert await settle_due(at=NOON + 2 * DAY) == 1
    assert await points_of(claim.member_id) == (0, 10)
    assert await weigh_due(at=NOON + 2 * DAY) == 0


async def test_a_counted_claim_that_was_rejected_is_paid_nothing_more() -> None:
    claim = await taken(await a_task(counted(FOUR_VISITS, Milestone(Measure.VISITS, 5, 10))))
    code = await code_of(claim)
    for number in range(4):
        await Visit.record(code, device=f"phone-{number}", address="203.0.113.9", agent="M", at=NOON + HOUR)
    await weigh_due(at=NOON + 2 * HOUR)
    given = Verdict(claim.id, ForwardVerdict.REJECTED, RejectionReason.FORGED)
    await ForwardDecision.decide(given, staff_id=STAFF_ID, at=NOON + DAY)
    await visited(claim, "phone-9", at=NOON + DAY)

    assert await weigh_due(at=NOON + 2 * DAY) == 0
    assert await settle_due(at=NOON + 2 * DAY) == 1
    assert await points_of(claim.member_id) == (0, 0)
    proof_id = (await a_proof(claim.member_id)).id
    with pytest.raises(NoProofAsked):
        await ForwardHandIn.prove(claim.member_id, claim.id, proof_id=proof_id, at=NOON + 2 * DAY)


async def test_who_takes_no_part_is_paid_when_it_does_again() -> None:
    claim = await claimed(await a_task(hold_hours=1))
    await Member.filter(id=claim.member_id).update(status=MemberStatus.FROZEN)

    assert await settle_due(at=NOON + 2 * HOUR) == 0
    assert (await ForwardReward.get()).state is ForwardRewardState.HELD
    await Member.filter(id=claim.member_id).update(status=MemberStatus.NORMAL)
    assert await settle_due(at=NOON + 2 * HOUR + PUT_OFF) == 1
    assert await points_of(claim.member_id) == (0, 20)


async def test_a_task_waits_for_its_claims_until_an_hour_after_its_end() -> None:
    task = await a_task(counted(TWO_VISITS))
    await taken(task)
    await weigh_due(at=task.ends_at + HOUR / 2)

    assert await end_due(at=task.ends_at + HOUR) == 0
    await weigh_due(at=task.ends_at + HOUR)
    assert await end_due(at=task.ends_at + HOUR) == 1


async def test_counting_twice_at_once_pays_once() -> None:
    task = await a_task(counted(TWO_VISITS))
    claims = [await taken(task) for _ in range(3)]
    for number, claim in enumerate(claims):
        await visited(claim, f"phone-{number}-1", f"phone-{number}-2")

    await asyncio.gather(*(weigh_due(at=NOON + 2 * HOUR) for _ in range(4)))

    assert await ForwardReward.all().count() == 3
    for claim in claims:
        assert await points_of(claim.member_id) == (5, 0)


async def test_a_budget_that_is_used_up_pays_when_it_is_filled() -> None:
    budget = await a_budget(7)
    task = await a_task(counted(TWO_VISITS, budget_id=budget.id))
    claims = [await taken(task) for _ in range(2)]
    for number, claim in enumerate(claims):
        await visited(claim, f"phone-{number}-1", f"phone-{number}-2")

    assert await weigh_due(at=NOON + 2 * HOUR) == 1
    assert await weigh_due(at=NOON + 3 * HOUR) == 0
    await Budget.resize(budget.id, 20, reason="追加", at=NOON, staff_id=STAFF_ID)
    assert await weigh_due(at=NOON + 4 * HOUR) == 1


async def test_what_was_counted_just_now_is_not_counted_again() -> None:
    claim = await taken(await a_task(counted(TWO_VISITS)))
    await weigh_due(at=NOON + HOUR)
    await visited(claim, "phone-1", "phone-2")

    assert await weigh_due(at=NOON + HOUR + AGAIN_AFTER - timedelta(seconds=1)) == 0
    assert await weigh_due(at=NOON + HOUR + AGAIN_AFTER) == 1


async def test_a_task_ends_once_all_its_claims_are_counted() -> None:
    task = await a_task(counted(TWO_VISITS))
    claim = await taken(task)
    await visited(claim, "phone-1", "phone-2", at=task.ends_at - HOUR)
    later = task.ends_at + 2 * HOUR

    assert await end_due(at=later) == 0
    assert await weigh_due(at=later) == 1
    assert await end_due(at=later) == 1
    assert (await ForwardTask.get(id=task.id)).state is ForwardTaskState.ENDED
    assert (await ForwardClaim.get()).weighed_at is None
    assert await settle_due(at=later + 2 * DAY) == 1


async def test_figures_are_those_of_a_small_world() -> None:
    task = await a_task(counted())
    first, second = await taken(task), await taken(task)
    await taken(task)
    await brought(first, REGISTERED, CHECK_IN)
    await brought(first, REGISTERED)
    await brought(second, REGISTERED, CHECK_IN)
    await visited(second, "passer-by")
    await weigh_due(at=NOON + 2 * HOUR)
    await settle_due(at=NOON + 2 * DAY)

    found = await figures_of(task.id)

    assert (found.taken, found.claimed, found.touches, found.visits) == (3, 0, 4, 4)
    assert (found.conversions, found.stages[CHECK_IN]) == (3, 2)
    assert (found.pending, found.paid, found.taken_back, found.owed) == (0, 100, 0, 0)
    assert found.cost_per_conversion == pytest.approx(100 / 3)


async def test_somebody_frozen_is_paid_no_milestone() -> None:
    claim = await taken(await a_task(counted(TWO_VISITS)))
    await visited(claim, "phone-1", "phone-2")
    await Member.filter(id=claim.member_id).update(status=MemberStatus.FROZEN)

    assert await weigh_due(at=NOON + 2 * HOUR) == 0
    assert await ForwardReward.all().count() == 0
