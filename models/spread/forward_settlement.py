"""Settlement of forwarding tasks: what becomes due is released or taken back, and proofs that did not come count as
failed. Each row is a transaction of its own, in the order of its hour, and whatever is run twice does nothing twice."""

from datetime import datetime
from uuid import UUID

from models.one_by_one import OneByOne
from models.spread.forward_claim import ForwardClaim
from models.spread.forward_decision import ForwardDecision, RejectionReason
from models.spread.forward_progress import still_reached
from models.spread.forward_reward import ForwardReward, ForwardRewardState
from models.spread.invite_stage_name import InviteStage
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
    if reward.state is ForwardRewardState.REJECTED and reward.note:
        return await reward.take_back(at=at, note=reward.note, among=[ForwardRewardState.REJECTED])
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
        return await _lapsed(reward, ForwardRewardState.HELD, at=at)
    return await reward.release(at=at)


async def unreach(invitee_id: UUID, stage: InviteStage, *, at: datetime) -> None:
    """Take back what was paid for milestones that do not stand without a stage of somebody, which was undone."""
    for row in await fetch(_PAID_FOR, invitee_id, f"{stage}:%"):
        reward = ForwardReward.from_row(row)
        if not await still_reached(reward):
            await _lapsed(reward, ForwardRewardState.PAID, at=at)


async def _lapsed(reward: ForwardReward, state: ForwardRewardState, *, at: datetime) -> bool:
    """Take back what does not stand any more; it pays again once it is reached anew, while its task runs."""
    unreached = ForwardRewardState.UNREACHED
    return await reward.take_back(at=at, note=UNREACHED_NOTE, among=[state], becomes=unreached)


_PAID_FOR = """
SELECT r.* FROM arrival a JOIN forward_claim c ON c.code_id = a.last_code_id JOIN forward_reward r ON r.claim_id = c.id
WHERE a.member_id = $1 AND r.state = 'paid' AND r.cause LIKE $2 ORDER BY r.id
"""


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
    collected, run, after = 0, OneByOne("collect owed forward reward"), UUID(int=0)
    owed = ForwardReward.filter(state=ForwardRewardState.OWED)
    while some := await owed.filter(id__gt=after).order_by("id").limit(SETTLED_AT_ONCE):
        for reward in some:
            taken = reward.take_back(at=at, note=reward.note or "", among=[ForwardRewardState.OWED])
            collected += bool(await run.do(reward.id, taken))
        after = some[-1].id
    return collected
