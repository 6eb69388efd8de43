"""Claims: one a member and task, places exactly as many as there are, points pending and then the member's own."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from models.errors import DomainError
from models.members.audience import Audience, NewMembersOnly
from models.members.member import MemberStatus
from models.points.entry import PointEntry
from models.points.reconciliation import reconcile
from models.spread.forward_claim import (
    ForwardClaim,
    ForwardClaimState,
    ForwardTaskClaimed,
    ForwardTaskNotTaken,
    ForwardTaskTaken,
    NothingToClaim,
    is_picked,
    new_seed,
)
from models.spread.forward_hand_in import ForwardHandIn
from models.spread.forward_proof import ForwardProofNeeded, ForwardProofUsed
from models.spread.forward_reward import ForwardBudgetUsedUp, ForwardReward, ForwardRewardState
from models.spread.forward_settlement import settle_due
from models.spread.forward_task import (
    ForwardQuotaReached,
    ForwardTask,
    ForwardTaskNotOpen,
    ForwardTaskOver,
    ForwardTaskStopped,
)
from models.spread.forward_task_version import change_forward_task
from models.spread.forward_terms import Measure, Milestone
from models.spread.scene_code import SceneCode
from store.ids import new_id
from tests.build import a_member
from tests.conftest import NOON
from tests.play.build import a_budget
from tests.spread.forwarding import (
    ACCEPTED,
    DAY,
    HOUR,
    STAFF_ID,
    a_proof,
    a_task,
    claimed,
    counted,
    honour,
    points_of,
    screenshot,
    taken,
)

pytestmark = pytest.mark.usefixtures("database", "empty_redis")


async def test_taking_gives_a_code_of_the_members_own() -> None:
    task, member = await a_task(), await a_member()

    claim = await taken(task, member)

    code = await SceneCode.get(id=claim.code_id)
    assert (code.inviter_id, code.campaign) == (member.id, f"forward_task:{task.id}")
    assert (claim.state, claim.version) == (ForwardClaimState.TAKEN, task.version)
    assert await points_of(member.id) == (0, 0)


async def test_points_are_pending_until_the_hours_are_over() -> None:
    task = await a_task(hold_hours=24)

    claim = await claimed(task)

    assert await points_of(claim.member_id) == (20, 0)
    assert await settle_due(at=NOON + 24 * HOUR - timedelta(seconds=1)) == 0
    assert await settle_due(at=NOON + 24 * HOUR) == 1
    assert await settle_due(at=NOON + 24 * HOUR) == 0
    assert await points_of(claim.member_id) == (0, 20)
    assert await reconcile() == []


async def test_a_task_is_taken_once() -> None:
    task, member = await a_task(), await a_member()
    await taken(task, member)

    with pytest.raises(ForwardTaskTaken):
        await taken(task, member)

    assert await ForwardClaim.all().count() == 1


async def test_a_task_is_claimed_once() -> None:
    task, member = await a_task(), await a_member()
    await claimed(task, member)

    with pytest.raises(ForwardTaskClaimed):
        await ForwardHandIn.record(member.id, task.id, at=NOON)

    assert await points_of(member.id) == (20, 0)
    assert (await ForwardTask.get(id=task.id)).claimed == 1


async def test_what_was_not_taken_is_not_claimed() -> None:
    task, member = await a_task(), await a_member()

    with pytest.raises(ForwardTaskNotTaken):
        await ForwardHandIn.record(member.id, task.id, at=NOON)

    assert await ForwardHandIn.all().count() == 0


async def test_what_counts_by_itself_is_not_claimed() -> None:
    task = await a_task(counted())
    claim = await taken(task)

    with pytest.raises(NothingToClaim):
        await ForwardHandIn.record(claim.member_id, task.id, at=NOON)


@pytest.mark.parametrize(("at", "refusal"), [(NOON - 2 * DAY, ForwardTaskNotOpen), (NOON + 30 * DAY, ForwardTaskOver)])
async def test_a_task_is_taken_within_its_window(at: object, refusal: type[DomainError]) -> None:
    task = await a_task()

    with pytest.raises(refusal):
        await taken(task, at=at)  # type: ignore[arg-type]  # an instant

    assert await ForwardClaim.all().count() == 0


async def test_a_task_for_newcomers_is_for_nobody_else() -> None:
    task = await a_task(audience=Audience(new_within_days=7))

    with pytest.raises(NewMembersOnly):
        await taken(task)

    assert await ForwardClaim.all().count() == 0


async def test_somebody_frozen_takes_nothing() -> None:
    task, member = await a_task(), await a_member(status=MemberStatus.FROZEN)

    with pytest.raises(DomainError, match="cannot take part"):
        await taken(task, member)


async def test_no_more_places_are_taken_than_there_are() -> None:
    task = await a_task(total_most=5)
    claims = [await taken(task) for _ in range(9)]

    outcomes = await asyncio.gather(
        *(ForwardHandIn.record(one.member_id, task.id, at=NOON) for one in claims), return_exceptions=True
    )

    assert Counter(type(one).__name__ for one in outcomes) == {"ForwardHandIn": 5, "ForwardQuotaReached": 4}
    assert (await ForwardTask.get(id=task.id)).claimed == 5
    assert await ForwardReward.all().count() == 5
    assert await ForwardClaim.filter(state=ForwardClaimState.CLAIMED).count() == 5
    assert await reconcile() == []


async def test_where_things_are_counted_the_taking_takes_the_place() -> None:
    task = await a_task(counted(total_most=3))
    members = [await a_member() for _ in range(6)]

    outcomes = await asyncio.gather(*(taken(task, one) for one in members), return_exceptions=True)

    assert Counter(type(one).__name__ for one in outcomes) == {"ForwardClaim": 3, "ForwardQuotaReached": 3}


async def test_places_of_a_day_are_back_on_the_next() -> None:
    task = await a_task(day_most=1)
    await claimed(task)
    late = await a_member()

    with pytest.raises(ForwardQuotaReached) as refusal:
        await claimed(task, late)

    assert refusal.value.retry_at == NOON.replace(hour=16)
    await claimed(task, late, at=NOON + 12 * HOUR)
    assert (await ForwardTask.get(id=task.id)).claimed == 2


async def test_one_member_claims_once_however_often_at_once() -> None:
    task = await a_task()
    claim = await taken(task)

    outcomes = await asyncio.gather(
        *(ForwardHandIn.record(claim.member_id, task.id, at=NOON) for _ in range(6)), return_exceptions=True
    )

    assert Counter(type(one).__name__ for one in outcomes) == {"ForwardHandIn": 1, "ForwardTaskClaimed": 5}
    assert await points_of(claim.member_id) == (20, 0)


async def test_a_budget_pays_what_it_holds_and_not_a_point_more() -> None:
    budget = await a_budget(50)
    task = await a_task(budget_id=budget.id)
    claims = [await taken(task) for _ in range(4)]

    outcomes = await asyncio.gather(
        *(ForwardHandIn.record(one.member_id, task.id, at=NOON) for one in claims), return_exceptions=True
    )

    assert Counter(type(one).__name__ for one in outcomes) == {"ForwardHandIn": 2, "ForwardBudgetUsedUp": 2}
    assert isinstance(next(one for one in outcomes if isinstance(one, DomainError)), ForwardBudgetUsedUp)
    assert (await ForwardTask.get(id=task.id)).claimed == 2
    assert await reconcile() == []


async def test_a_screenshot_waits_for_a_reviewer() -> None:
    task = await a_task(screenshot())

    claim = await claimed(task)

    assert claim.queued_at == NOON
    reward = await ForwardReward.get()
    assert (reward.state, reward.due_at) == (ForwardRewardState.WAITING, None)
    assert await settle_due(at=NOON + 10 * DAY) == 0
    assert await points_of(claim.member_id) == (20, 0)


async def test_a_screenshot_needs_a_picture_of_ones_own_that_was_not_used() -> None:
    task = await a_task(screenshot())
    claim, other = await taken(task), await claimed(task)
    assert other.proof_id

    with pytest.raises(ForwardProofNeeded):
        await ForwardHandIn.record(claim.member_id, task.id, at=NOON)
    for proof_id in (other.proof_id, (await a_proof(other.member_id)).id, new_id()):
        with pytest.raises(ForwardProofUsed):
            await ForwardHandIn.record(claim.member_id, task.id, proof_id=proof_id, at=NOON)

    assert await points_of(claim.member_id) == (0, 0)
    assert (await ForwardTask.get(id=task.id)).claimed == 1


async def test_a_sample_follows_from_its_seed() -> None:
    task = await a_task(sample_percent=50)
    claims = [await claimed(task) for _ in range(12)]

    for claim in claims:
        seed = (await ForwardHandIn.get(claim_id=claim.id)).seed
        assert seed
        assert claim.is_sampled is is_picked(seed, claim.id, 50)
        assert (claim.queued_at is not None) is claim.is_sampled


def test_a_sample_is_as_large_as_staff_say() -> None:
    ids = [(new_seed(), new_id()) for _ in range(2_000)]

    assert not any(is_picked(*one, 0) for one in ids)
    assert all(is_picked(*one, 100) for one in ids)
    assert 400 < sum(is_picked(*one, 25) for one in ids) < 600


async def test_a_claim_keeps_the_terms_that_it_was_taken_under() -> None:
    task = await a_task(points=20)
    claim = await taken(task)
    terms = honour(points=5)
    await change_forward_task(
        task.id,
        terms,
        expected_version=task.version,
        reason="下调",
        acceptance=ACCEPTED,
        staff_id=STAFF_ID,
        at=NOON,
    )

    await ForwardHandIn.record(claim.member_id, task.id, at=NOON)
    later = await claimed(task)

    assert await points_of(claim.member_id) == (20, 0)
    assert await points_of(later.member_id) == (5, 0)
    entries = await PointEntry.filter(reason="forward_task", amount__gt=0).order_by("id")
    assert [(one.rule_id, one.rule_version) for one in entries] == [(task.id, 1), (task.id, 2)]


def test_a_stopped_task_says_so() -> None:
    task = ForwardTask(state="stopped", starts_at=NOON, ends_at=NOON + DAY)

    assert isinstance(task.closing(at=NOON), ForwardTaskStopped)


def test_milestones_are_known_by_what_they_count() -> None:
    assert Milestone(Measure.VISITS, 3, 5).cause == "visits:3"
