"""Whether a member may take or claim a task, told before it tries: every reason against, when next, what it pays."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from models.eligibility import Due, Eligibility
from models.errors import DomainError
from models.members.member import ACTIVE, Member, MemberNotActive
from models.points.account import of_budget
from models.points.budget import Budget
from models.spread.forward_bar import ForwardBar
from models.spread.forward_claim import ForwardClaim, ForwardClaimState, ForwardTaskClaimed, ForwardTaskTaken
from models.spread.forward_hand_in import NoProofAsked, against_proof
from models.spread.forward_progress import Progress, progress_of
from models.spread.forward_reward import REASON, ForwardBudgetUsedUp, ForwardReward, ForwardRewardState
from models.spread.forward_task import ForwardTask
from models.spread.forward_task_version import ForwardTaskVersion
from models.spread.forward_terms import ForwardProofMode, ForwardTerms
from store.database import fetch_value


class ForwardStep(StrEnum):
    """What a member would do next with a task."""

    TAKE = "take"
    CLAIM = "claim"
    PROVE = "prove"
    NOTHING = "nothing"


@dataclass(frozen=True)
class ForwardEligibility:
    """`terms` are those that hold for the member, `progress` how far what it took has come."""

    task: ForwardTask
    step: ForwardStep
    eligibility: Eligibility
    terms: ForwardTerms
    claim: ForwardClaim | None = None
    progress: Progress | None = None


async def forward_eligibility(member_id: UUID, task_id: UUID, *, at: datetime) -> ForwardEligibility:
    """Everything that stands against the next step of a member with a task at `at`. Raises `NotFound`."""
    task = await ForwardTask.seen(task_id)
    member = await Member.existing(member_id)
    claim = await ForwardClaim.get_or_none(task_id=task.id, member_id=member_id)
    terms = await ForwardTaskVersion.terms_of(task.id, claim.version if claim else task.version)
    refusals: list[DomainError] = [] if member.status in ACTIVE else [MemberNotActive()]
    step, against = await _next(claim, task, terms, member_id, at=at)
    if step is not ForwardStep.PROVE and (closing := task.closing(at=at)) is not None:
        refusals.append(closing)
    refusals += against
    rewards = await ForwardReward.filter(claim_id=claim.id) if claim else []
    paid = {one.milestone_cause for one in rewards if one.state is not ForwardRewardState.UNREACHED}
    preview = () if step is ForwardStep.NOTHING and not terms.is_counted else _preview(terms, paid)
    progress = (await progress_of([claim.id]))[claim.id] if claim and terms.is_counted else None
    return ForwardEligibility(task, step, Eligibility(refusals, preview), terms, claim, progress)


async def _next(
    claim: ForwardClaim | None, task: ForwardTask, terms: ForwardTerms, member_id: UUID, *, at: datetime
) -> tuple[ForwardStep, list[DomainError]]:
    """The next step, and what stands against it beside the member's state and the task's."""
    if claim is not None and terms.is_counted:
        return ForwardStep.NOTHING, [ForwardTaskTaken()]
    if claim is not None and claim.state is not ForwardClaimState.TAKEN:
        return await _proving(claim, task, terms, at=at)
    found: list[DomainError] = [one for one in (task.quota_reached(at=at), await _wanting(task, terms)) if one]
    if terms.mode is ForwardProofMode.HONOUR and (barred := await ForwardBar.refusal(member_id, at=at)):
        found.append(barred)
    if claim is not None:
        return ForwardStep.CLAIM, found
    return ForwardStep.TAKE, found + await task.for_whom.refusals(member_id, at=at)


async def _proving(
    claim: ForwardClaim, task: ForwardTask, terms: ForwardTerms, *, at: datetime
) -> tuple[ForwardStep, list[DomainError]]:
    """Whether a proof is asked for or may still be given, and what stands against it, beside that none is asked."""
    refusal = await against_proof(claim, task, at=at)
    if isinstance(refusal, NoProofAsked) and refusal.retry_at is None:
        return ForwardStep.NOTHING, [ForwardTaskClaimed()]
    is_paid_anew = claim.state is ForwardClaimState.REJECTED
    wanting = await _wanting(task, terms) if is_paid_anew else None
    return ForwardStep.PROVE, [one for one in (refusal, wanting) if one]


async def _wanting(task: ForwardTask, terms: ForwardTerms) -> DomainError | None:
    """That the budget does not bear what the next payment is; None where it does."""
    least = terms.points or min((one.points for one in terms.milestones), default=0)
    if not task.budget_id or not least or await Budget.exists(id=task.budget_id, closed_at__isnull=True, stops=False):
        return None
    left = await fetch_value("SELECT balance FROM account WHERE id = $1", of_budget(task.budget_id).id)
    return ForwardBudgetUsedUp() if int(left or 0) < least else None


def _preview(terms: ForwardTerms, paid: set[str]) -> list[Due]:
    """What is to come yet, as exactly as the terms say it."""
    due = [Due(one.cause, one.points) for one in terms.milestones if one.cause not in paid]
    return [Due(REASON, terms.points), *due] if terms.points else due
