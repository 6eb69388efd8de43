"""Decisions: one for each hand-in, taking effect when they can no longer be undone; samples, bars and disputes."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from models.errors import Invalid
from models.idempotency import IdempotencyMismatch, Once
from models.points.reconciliation import reconcile
from models.spread.forward_bar import ForwardBar, ForwardBarred
from models.spread.forward_claim import ForwardClaim, ForwardClaimState
from models.spread.forward_decision import (
    UNDO_WITHIN,
    CannotUndo,
    ForwardClaimDecided,
    ForwardDecision,
    ForwardVerdict,
    ProofNotAskable,
    RejectionReason,
    Verdict,
)
from models.spread.forward_eligibility import ForwardStep, forward_eligibility
from models.spread.forward_ending import ForwardEnding, unwind_due
from models.spread.forward_figures import reviewers
from models.spread.forward_hand_in import ForwardHandIn, ForwardProofLate, NoProofAsked
from models.spread.forward_reward import ForwardReward, ForwardRewardState
from models.spread.forward_settlement import lapse_proofs, settle_due
from models.spread.forward_task import ForwardTask, ForwardTaskStopped
from models.staff.audit import AuditRow
from store.database import fetch_value
from store.ids import new_id
from tests.build import a_member
from tests.conftest import NOON
from tests.play.build import a_budget
from tests.spread.forwarding import DAY, HOUR, a_proof, a_task, claimed, points_of, screenshot, taken

pytestmark = pytest.mark.usefixtures("database", "empty_redis")

STAFF_ID, COLLEAGUE_ID = UUID(int=7), UUID(int=8)
APPROVED, REJECTED, ASKED = ForwardVerdict.APPROVED, ForwardVerdict.REJECTED, ForwardVerdict.PROOF_ASKED
MINUTE = timedelta(minutes=1)


async def decided(
    claim: ForwardClaim, verdict: ForwardVerdict, *, staff_id: UUID = STAFF_ID, at: object = NOON
) -> ForwardDecision:
    reason = RejectionReason.NOT_FORWARDED if verdict is REJECTED else None
    given = Verdict(claim.id, verdict, reason)
    return await ForwardDecision.decide(given, staff_id=staff_id, at=at)  # type: ignore[arg-type]  # an instant


async def now(claim: ForwardClaim) -> ForwardClaim:
    return await ForwardClaim.get(id=claim.id)


async def a_sampled(**rules: Any) -> ForwardClaim:
    return await claimed(await a_task(sample_percent=100, **rules))


async def test_an_approval_pays_when_the_hours_are_over() -> None:
    claim = await claimed(await a_task(screenshot(hold_hours=24)))

    await decided(claim, APPROVED, at=NOON + HOUR)

    assert (await now(claim)).state is ForwardClaimState.APPROVED
    assert (await now(claim)).queued_at is None
    assert await settle_due(at=NOON + 24 * HOUR - MINUTE) == 0
    assert await settle_due(at=NOON + 24 * HOUR) == 1
    assert await points_of(claim.member_id) == (0, 20)


async def test_a_late_approval_pays_once_it_cannot_be_undone() -> None:
    claim = await claimed(await a_task(screenshot(hold_hours=1)))
    await decided(claim, APPROVED, at=NOON + DAY)

    assert await settle_due(at=NOON + DAY + UNDO_WITHIN - MINUTE) == 0
    assert await settle_due(at=NOON + DAY + UNDO_WITHIN) == 1


async def test_a_rejection_gives_the_points_back_to_the_budget() -> None:
    budget = await a_budget(100)
    claim = await claimed(await a_task(screenshot(budget_id=budget.id)))

    await decided(claim, REJECTED)

    assert await points_of(claim.member_id) == (20, 0)
    assert await settle_due(at=NOON + UNDO_WITHIN) == 1
    assert await points_of(claim.member_id) == (0, 0)
    assert (await ForwardReward.get()).state is ForwardRewardState.TAKEN_BACK
    assert await fetch_value("SELECT balance FROM account WHERE holder = 'budget'") == 100
    assert await reconcile() == []


async def test_of_two_reviewers_one_decides() -> None:
    claim = await claimed(await a_task(screenshot()))

    outcomes = await asyncio.gather(
        *(decided(claim, one, staff_id=who) for one, who in ((APPROVED, STAFF_ID), (REJECTED, COLLEAGUE_ID)) * 2),
        return_exceptions=True,
    )

    assert Counter(type(one).__name__ for one in outcomes) == {"ForwardDecision": 1, "ForwardClaimDecided": 3}
    assert await ForwardDecision.all().count() == 1
    assert await AuditRow.filter(action="decide_forward_claim").count() == 1


async def test_what_nobody_waits_for_is_not_decided() -> None:
    claim = await claimed(await a_task())

    with pytest.raises(ForwardClaimDecided):
        await decided(claim, APPROVED)

    assert await ForwardDecision.all().count() == 0


async def test_a_rejection_needs_a_reason() -> None:
    claim = await claimed(await a_task(screenshot()))

    with pytest.raises(Invalid):
        await ForwardDecision.decide(Verdict(claim.id, REJECTED), staff_id=STAFF_ID, at=NOON)

    assert (await now(claim)).state is ForwardClaimState.CLAIMED


@pytest.mark.parametrize("verdict", [APPROVED, REJECTED])
async def test_a_decision_is_undone_within_minutes_and_moves_nothing(verdict: ForwardVerdict) -> None:
    claim = await claimed(await a_task(screenshot(hold_hours=0)))
    decision = await decided(claim, verdict)

    await ForwardDecision.undo(decision.id, staff_id=STAFF_ID, at=NOON + UNDO_WITHIN - MINUTE)

    assert (await now(claim)).state is ForwardClaimState.CLAIMED
    assert (await now(claim)).queued_at == NOON
    assert await settle_due(at=NOON + DAY) == 0
    assert await points_of(claim.member_id) == (20, 0)
    await decided(claim, APPROVED, at=NOON + UNDO_WITHIN)
    assert await settle_due(at=NOON + DAY) == 1
    assert await points_of(claim.member_id) == (0, 20)


async def test_a_decision_that_took_effect_is_not_undone() -> None:
    claim = await claimed(await a_task(screenshot()))
    decision = await decided(claim, REJECTED)

    with pytest.raises(CannotUndo):
        await ForwardDecision.undo(decision.id, staff_id=STAFF_ID, at=NOON + UNDO_WITHIN)
    await ForwardDecision.undo(decision.id, staff_id=STAFF_ID, at=NOON)
    with pytest.raises(CannotUndo):
        await ForwardDecision.undo(decision.id, staff_id=STAFF_ID, at=NOON)


async def test_many_are_decided_each_by_itself_and_a_replay_decides_nothing() -> None:
    task = await a_task(screenshot())
    claims = [await claimed(task) for _ in range(3)]
    await decided(claims[1], APPROVED, staff_id=COLLEAGUE_ID)
    verdicts = [Verdict(one.id, APPROVED) for one in claims] + [Verdict(new_id(), APPROVED)]
    among = {one.id for one in claims}

    async def decide(once: Once) -> list[str]:
        found = await ForwardDecision.decide_many(verdicts, among=among, staff_id=STAFF_ID, at=NOON, once=once)
        return [str(one.decision.id) if one.decision else str(one.refusal and one.refusal.code) for one in found]

    first, again = (Once.of(f"staff:{STAFF_ID}", "DecideForwardClaims", "key-00000001", {}) for _ in range(2))
    outcomes = await decide(first)

    assert outcomes[1] == "FORWARD_CLAIM_DECIDED"
    assert outcomes[3] == "NOT_FOUND"
    assert await decide(again) == outcomes
    assert again.replayed
    assert await ForwardDecision.all().count() == 3


async def test_so_many_are_decided_at_once_and_each_once() -> None:
    once = Once.of(f"staff:{STAFF_ID}", "DecideForwardClaims", "key-00000002", {})
    for verdicts in ([], [Verdict(new_id(), APPROVED)] * 2, [Verdict(new_id(), APPROVED) for _ in range(101)]):
        with pytest.raises(Invalid):
            await ForwardDecision.decide_many(verdicts, among=set(), staff_id=STAFF_ID, at=NOON, once=once)


async def test_a_sampled_claim_waits_beyond_its_hours() -> None:
    claim = await a_sampled()

    assert claim.is_sampled
    assert await settle_due(at=NOON + 10 * DAY) == 0
    assert await points_of(claim.member_id) == (20, 0)


async def test_a_proof_that_was_asked_for_is_handed_in_and_looked_at() -> None:
    claim = await a_sampled()
    await decided(claim, ASKED)
    asked = await now(claim)
    assert (asked.state, asked.proof_due_at) == (ForwardClaimState.PROOF_ASKED, NOON + 48 * HOUR)

    await ForwardHandIn.prove(claim.member_id, claim.id, proof_id=(await a_proof(claim.member_id)).id, at=NOON + HOUR)

    proved = await now(claim)
    assert (proved.state, proved.round, proved.proof_due_at) == (ForwardClaimState.CLAIMED, 2, None)
    with pytest.raises(ProofNotAskable):
        await decided(claim, ASKED)
    await decided(claim, APPROVED, at=NOON + 2 * HOUR)
    assert await settle_due(at=NOON + 3 * DAY) == 1
    assert await points_of(claim.member_id) == (0, 20)
    assert await ForwardReward.all().count() == 1


async def test_a_proof_that_does_not_come_fails_and_bars() -> None:
    claim = await a_sampled(bar_days=10)
    await decided(claim, ASKED)

    assert await lapse_proofs(at=NOON + 48 * HOUR - MINUTE) == 0
    assert await lapse_proofs(at=NOON + 48 * HOUR) == 1
    assert await lapse_proofs(at=NOON + 48 * HOUR) == 0
    assert await settle_due(at=NOON + 49 * HOUR) == 1

    assert (await now(claim)).state is ForwardClaimState.REJECTED
    assert await points_of(claim.member_id) == (0, 0)
    with pytest.raises(ForwardBarred) as refusal:
        await ForwardClaim.take(claim.member_id, (await a_task()).id, at=NOON + 3 * DAY)
    assert refusal.value.retry_at == NOON + 48 * HOUR + 10 * DAY


async def test_a_proof_is_too_late_after_its_time() -> None:
    claim = await a_sampled()
    await decided(claim, ASKED)
    proof = await a_proof(claim.member_id)

    with pytest.raises(ForwardProofLate):
        await ForwardHandIn.prove(claim.member_id, claim.id, proof_id=proof.id, at=NOON + 48 * HOUR)

    assert (await now(claim)).round == 1


async def test_who_failed_a_sample_is_barred_from_honour_alone_and_not_after_an_undo() -> None:
    claim = await a_sampled()
    decision = await decided(claim, REJECTED)
    member_id = claim.member_id

    with pytest.raises(ForwardBarred):
        await ForwardClaim.take(member_id, (await a_task()).id, at=NOON)
    await ForwardClaim.take(member_id, (await a_task(screenshot())).id, at=NOON)
    await ForwardDecision.undo(decision.id, staff_id=STAFF_ID, at=NOON)
    await ForwardClaim.take(member_id, (await a_task()).id, at=NOON)


async def test_no_proof_is_handed_in_that_nobody_asked_for() -> None:
    claim = await claimed(await a_task())
    proof = await a_proof(claim.member_id)

    with pytest.raises(NoProofAsked):
        await ForwardHandIn.prove(claim.member_id, claim.id, proof_id=proof.id, at=NOON)

    assert await ForwardHandIn.all().count() == 1


async def test_a_member_stands_by_a_rejected_claim_and_is_paid_anew() -> None:
    budget = await a_budget(20)
    claim = await claimed(await a_task(screenshot(budget_id=budget.id)))
    await decided(claim, REJECTED)
    proof = await a_proof(claim.member_id)
    with pytest.raises(NoProofAsked) as refusal:
        await ForwardHandIn.prove(claim.member_id, claim.id, proof_id=proof.id, at=NOON)
    assert refusal.value.retry_at == NOON + UNDO_WITHIN
    await settle_due(at=NOON + HOUR)

    made = await ForwardHandIn.prove(claim.member_id, claim.id, proof_id=proof.id, words="换了张清楚的", at=NOON + HOUR)

    assert (made.round, made.is_disputed) == (2, True)
    assert await points_of(claim.member_id) == (20, 0)
    await decided(claim, APPROVED, staff_id=COLLEAGUE_ID, at=NOON + 2 * HOUR)
    await settle_due(at=NOON + 3 * DAY)
    assert await points_of(claim.member_id) == (0, 20)
    assert await ForwardReward.all().count() == 2
    assert await reconcile() == []
    found = await reviewers(NOON, NOON + DAY)
    assert [(one.staff_id, one.rejected, one.approved, one.overturned) for one in found] == [
        (STAFF_ID, 1, 0, 1),
        (COLLEAGUE_ID, 0, 1, 0),
    ]


async def test_one_stands_by_a_claim_so_often_only() -> None:
    claim = await claimed(await a_task(screenshot()))
    for round_number in range(2):
        at = NOON + round_number * HOUR
        await decided(claim, REJECTED, at=at)
        await settle_due(at=at + UNDO_WITHIN)
        proof_id = (await a_proof(claim.member_id)).id
        await ForwardHandIn.prove(claim.member_id, claim.id, proof_id=proof_id, at=at + 2 * UNDO_WITHIN)
    await decided(claim, REJECTED, at=NOON + 3 * HOUR)
    await settle_due(at=NOON + 4 * HOUR)

    proof_id = (await a_proof(claim.member_id)).id
    with pytest.raises(NoProofAsked):
        await ForwardHandIn.prove(claim.member_id, claim.id, proof_id=proof_id, at=NOON + 5 * HOUR)

    assert (await now(claim)).round == 3


async def test_who_failed_a_sample_claims_no_task_that_it_took_before() -> None:
    claim = await a_sampled()
    other = await a_task()
    await ForwardClaim.take(claim.member_id, other.id, at=NOON)
    await decided(claim, REJECTED)

    with pytest.raises(ForwardBarred):
        await ForwardHandIn.record(claim.member_id, other.id, at=NOON)

    assert (await ForwardTask.get(id=other.id)).claimed == 0
    found = await forward_eligibility(claim.member_id, other.id, at=NOON)
    assert [one.code for one in found.eligibility.refusals] == ["FORWARD_BARRED"]


async def test_an_undo_lifts_its_own_bar_and_brings_back_what_it_lifted() -> None:
    claim = await a_sampled()
    await decided(claim, REJECTED)
    await settle_due(at=NOON + HOUR)
    proof_id = (await a_proof(claim.member_id)).id
    await ForwardHandIn.prove(claim.member_id, claim.id, proof_id=proof_id, at=NOON + HOUR)

    again = await decided(claim, REJECTED, at=NOON + 2 * HOUR)
    await ForwardDecision.undo(again.id, staff_id=STAFF_ID, at=NOON + 2 * HOUR)
    assert await ForwardBar.refusal(claim.member_id, at=NOON + 2 * HOUR)
    good = await decided(claim, APPROVED, at=NOON + 3 * HOUR)
    assert await ForwardBar.refusal(claim.member_id, at=NOON + 3 * HOUR) is None
    await ForwardDecision.undo(good.id, staff_id=STAFF_ID, at=NOON + 3 * HOUR)
    assert await ForwardBar.refusal(claim.member_id, at=NOON + 3 * HOUR)


async def test_a_task_that_is_taken_back_is_looked_at_and_punishes_no_more() -> None:
    waiting, asked = await a_sampled(), await a_sampled()
    await decided(asked, ASKED)
    for claim in (waiting, asked):
        await ForwardEnding.void(claim.task_id, reason="素材有误", staff_id=STAFF_ID, at=NOON)

    with pytest.raises(ForwardTaskStopped):
        await decided(waiting, REJECTED)
    assert await lapse_proofs(at=NOON + 3 * DAY) == 0
    await unwind_due(at=NOON + 3 * DAY)

    assert [((await now(one)).queued_at, (await now(one)).proof_due_at) for one in (waiting, asked)] == [
        (None, None)
    ] * 2
    assert await ForwardBar.all().count() == 0
    proof_id = (await a_proof(asked.member_id)).id
    with pytest.raises(ForwardTaskStopped):
        await ForwardHandIn.prove(asked.member_id, asked.id, proof_id=proof_id, at=NOON)


async def test_what_was_rejected_is_disputed_also_after_the_end_but_not_for_ever() -> None:
    task = await a_task(screenshot(ends_at=NOON + HOUR, proof_hours=24))
    claim = await claimed(task)
    rejected_at = NOON + 3 * HOUR
    await decided(claim, REJECTED, at=rejected_at)
    await settle_due(at=rejected_at + HOUR)
    proof_id = (await a_proof(claim.member_id)).id
    found = await forward_eligibility(claim.member_id, task.id, at=rejected_at + HOUR)
    assert (found.step, found.eligibility.is_allowed) == (ForwardStep.PROVE, True)
    assert [one.points for one in found.eligibility.preview] == [20]

    with pytest.raises(ForwardProofLate):
        await ForwardHandIn.prove(claim.member_id, claim.id, proof_id=proof_id, at=rejected_at + DAY)
    await ForwardHandIn.prove(claim.member_id, claim.id, proof_id=proof_id, at=rejected_at + HOUR)

    assert await points_of(claim.member_id) == (20, 0)


async def test_a_proof_that_was_asked_for_costs_no_dispute() -> None:
    claim = await a_sampled()
    await decided(claim, ASKED)
    await ForwardHandIn.prove(claim.member_id, claim.id, proof_id=(await a_proof(claim.member_id)).id, at=NOON)
    for number in range(2):
        at = NOON + (number + 1) * HOUR
        await decided(claim, REJECTED, at=at)
        await settle_due(at=at + UNDO_WITHIN)
        proof_id = (await a_proof(claim.member_id)).id
        made = await ForwardHandIn.prove(claim.member_id, claim.id, proof_id=proof_id, at=at + UNDO_WITHIN)
        assert made.is_disputed

    assert (await now(claim)).round == 4


async def test_the_step_to_prove_is_told() -> None:
    claim = await a_sampled()
    await decided(claim, ASKED)

    found = await forward_eligibility(claim.member_id, claim.task_id, at=NOON)
    late = await forward_eligibility(claim.member_id, claim.task_id, at=NOON + 3 * DAY)

    assert (found.step, found.eligibility.refusals) == (ForwardStep.PROVE, [])
    assert [one.code for one in late.eligibility.refusals] == ["FORWARD_PROOF_LATE"]


async def test_a_key_is_of_one_batch() -> None:
    claims = [await claimed(await a_task(screenshot())) for _ in range(2)]
    among = {one.id for one in claims}

    async def decide(*verdicts: Verdict) -> None:
        once = Once.of(
            f"staff:{STAFF_ID}", "DecideForwardClaims", "key-00000003", [one.claim_id.hex for one in verdicts]
        )
        await ForwardDecision.decide_many(verdicts, among=among, staff_id=STAFF_ID, at=NOON, once=once)

    await decide(Verdict(claims[0].id, APPROVED))
    with pytest.raises(IdempotencyMismatch):
        await decide(Verdict(claims[1].id, APPROVED))

    assert await ForwardDecision.all().count() == 1


async def test_a_note_is_kept_without_space_around_it() -> None:
    claim = await claimed(await a_task(screenshot()))
    once = Once.of(f"staff:{STAFF_ID}", "DecideForwardClaims", "key-00000004", {})
    given = Verdict(claim.id, APPROVED, note="好" * 200 + "\n")

    [outcome] = await ForwardDecision.decide_many([given], among={claim.id}, staff_id=STAFF_ID, at=NOON, once=once)

    assert outcome.decision
    assert outcome.decision.note == "好" * 200


async def test_another_members_claim_is_not_there() -> None:
    claim, stranger = await a_sampled(), await a_member()
    await decided(claim, ASKED)
    proof = await a_proof(stranger.id)

    with pytest.raises(Exception, match="Not found"):
        await ForwardHandIn.prove(stranger.id, claim.id, proof_id=proof.id, at=NOON)

    assert (await now(claim)).state is ForwardClaimState.PROOF_ASKED
    assert (await taken(await a_task(), stranger)).member_id == stranger.id
