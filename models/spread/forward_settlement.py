"""Settlement of forwarding tasks: what becomes due is released or taken back, and proofs that did not come count as
failed. Each row is a transaction of its own, in the order of its hour, and whatever is run twice does nothing twice."""

from datetime import datetime

from models.one_by_one import OneByOne
from models.spread.forward_claim import ForwardClaim
from models.spread.forward_decision import ForwardDecision, RejectionReason
from models.spread.forward_progress import still_reached
from models.spread.forward_reward import ForwardReward, ForwardRewardState
from store.database import fetch
from store.ids import as_id

SETTLED_AT_ONCE = 200
RUNS_MOST = 10

# What waits since its task was stopped is not due before staff have chosen.
_DUE = (
    "SELECT r.id FROM forward_reward r JOIN forward_task t ON t.id = r.task_id WHERE r.due_at <= $1 "
    "AND (r.state = 'rejected' OR t.state IN ('published', 'ended') OR (t.state = 'stopped' AND t.pending = 'release'))"
    " ORDER BY r.due_at, r.id LIMIT $2"
)
UNREACHED_NOTE = "到期复核时未达到里程碑"


async def settle_due(*, at: datetime) -> int:
    """Release or take back what is due, oldest first; returns how many rewards."""
    settled, run = 0, OneByOne("settle forward reward")
    for _ in range(RUNS_MOST):
        ids = [as_id(row["id"]) for row in await fetch(_DUE, at, SETTLED_AT_ONCE + len(run.failed))]
        wanted = [one for one in ids if one not in run.failed]
        for reward in await ForwardReward.filter(id__in=wanted).order_by("due_at", "id"):
            settled += bool(await run.do(reward.id, _settle(reward, at=at)))
        if len(ids) < SETTLED_AT_ONCE:
            break
    return settled


async def _settle(reward: ForwardReward, *, at: datetime) -> bool:
    if reward.state is ForwardRewardState.REJECTED:
        decision = (
            await ForwardDecision.filter(claim_id=reward.claim_id, undone_at__isnull=True, verdict="rejected")
            .order_by("-created_at")
            .first()
        )
        note = str(decision.reason or RejectionReason.NO_PROOF) if decision else ""
        staff_id = decision.staff_id if decision else None
        return await reward.take_back(at=at, note=note, staff_id=staff_id, among=[ForwardRewardState.REJECTED])
    if not await still_reached(reward):
        return await reward.take_back(at=at, note=UNREACHED_NOTE, among=[ForwardRewardState.HELD])
    return await reward.release(at=at)


async def lapse_proofs(*, at: datetime) -> int:
    """Reject the claims whose proof did not come in time; returns how many."""
    lapsed, run = 0, OneByOne("lapse forward proof")
    for _ in range(RUNS_MOST):
        due = ForwardClaim.filter(proof_due_at__lte=at).exclude(id__in=run.failed)
        some = await due.order_by("proof_due_at", "id").limit(SETTLED_AT_ONCE)
        for claim in some:
            lapsed += bool(await run.do(claim.id, ForwardDecision.lapse(claim, at=at)))
        if len(some) < SETTLED_AT_ONCE:
            break
    return lapsed


async def collect_owed(*, at: datetime) -> int:
    """Take back what is owed from those who have it by now; returns how many rewards."""
    collected, run = 0, OneByOne("collect owed forward reward")
    owed = ForwardReward.filter(state=ForwardRewardState.OWED).order_by("changed_at", "id").limit(SETTLED_AT_ONCE)
    for reward in await owed:
        taken = reward.take_back(at=at, note=reward.note or "", among=[ForwardRewardState.OWED])
        if not await run.do(reward.id, taken):
            # Behind the others, so that those who cannot pay do not stand in the way.
            await ForwardReward.filter(id=reward.id, state=ForwardRewardState.OWED).update(changed_at=at)
            continue
        collected += 1
    return collected
