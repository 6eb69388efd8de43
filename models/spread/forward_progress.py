"""Progress: what came by the codes of those who took a task, counted in SQL, and the milestones that it pays.

Visits count by visitor, those made while the task ran after it was taken; whom a task excludes does not count for it.
Of those who registered by the code last and whose inviter the member is, whoever has reached a stage by the end counts
for it, as long as that stage stands. A job counts those that were counted longest ago; a milestone is paid once by a
constraint, so counting twice, late, or in two processes pays nothing more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.members.member import ACTIVE, Member, MemberErased
from models.one_by_one import OneByOne
from models.spread.forward_claim import ForwardClaim
from models.spread.forward_reward import ForwardBudgetUsedUp, ForwardReward
from models.spread.forward_task import ForwardTask, ForwardTaskState
from models.spread.forward_task_version import ForwardTaskVersion
from models.spread.forward_terms import Exclusion, ForwardTerms, Measure, Milestone
from store.database import among, execute, fetch, transaction, violates
from store.ids import as_id

WEIGHED_AT_ONCE = 200
RUNS_MOST = 10
LEAVING_AT_ONCE = 5_000
AGAIN_AFTER = timedelta(seconds=20)
COUNTED_AFTER_END = timedelta(hours=1)
"""How long after its end a task is counted, so that effects on their way are counted too."""

# A mate is somebody of a circle of the inviter, in which both were when the visit was made.
_MATE = (
    "EXISTS (SELECT 1 FROM membership a JOIN chat_group g ON g.id = a.group_id "
    "JOIN chat_group h ON h.circle_id = g.circle_id JOIN membership b ON b.group_id = h.id "
    "WHERE a.member_id = v.member_id AND b.member_id = c.member_id "
    "AND a.joined_at < v.visited_at AND b.joined_at < v.visited_at)"
)
_REASONED = (Exclusion.SELF, Exclusion.KNOWN, Exclusion.DEVICE, Exclusion.BURST, Exclusion.CIRCLE_MATE)


@dataclass(frozen=True)
class Progress:
    """How far a claim has come, by measure."""

    counts: Mapping[Measure, int]

    def reaches(self, milestone: Milestone) -> bool:
        return self.counts.get(milestone.measure, 0) >= milestone.count


async def progress_of(claim_ids: Collection[UUID]) -> dict[UUID, Progress]:
    """How far some claims of counted tasks have come, in two statements however many they are."""
    if not claim_ids:
        return {}
    counts: dict[UUID, dict[Measure, int]] = {one: {} for one in claim_ids}
    wanted = among("c.id", 1, "uuid")
    for row in await fetch(_VISITS.format(wanted=wanted), list(claim_ids)):
        counts[as_id(row["id"])][Measure.VISITS] = int(row["n"])
    for row in await fetch(_STAGES.format(wanted=wanted), list(claim_ids)):
        counts[as_id(row["id"])][Measure(row["stage"])] = int(row["n"])
    return {one: Progress(found) for one, found in counts.items()}


def _allowed() -> str:
    """That a visit counts for the task whose exclusions are `t.exclusions`, kept as a list of words."""
    tolerated = " OR ".join(
        f"(v.reason = '{one}' AND CAST(t.exclusions AS TEXT) NOT LIKE '%\"{one}\"%')" for one in _REASONED
    )
    mates = f"(CAST(t.exclusions AS TEXT) NOT LIKE '%\"{Exclusion.CIRCLE_MATE}\"%' OR NOT {_MATE})"
    return f"(v.counts OR {tolerated}) AND {mates}"


_VISITS = f"""
SELECT c.id AS id, COUNT(DISTINCT COALESCE(v.visitor, CAST(v.id AS TEXT))) AS n
FROM forward_claim c JOIN forward_task t ON t.id = c.task_id JOIN visit v ON v.code_id = c.code_id
WHERE {{wanted}} AND v.visited_at >= c.taken_at AND v.visited_at < t.ends_at AND {_allowed()}
GROUP BY c.id
"""  # noqa: S608 - SQL of the program; values are bound
_CAME = f"""
FROM forward_claim c JOIN forward_task t ON t.id = c.task_id
JOIN arrival a ON a.last_code_id = c.code_id AND a.last_at >= c.taken_at
JOIN referral r ON r.invitee_id = a.member_id AND r.inviter_id = c.member_id
JOIN referral_stage s ON s.invitee_id = a.member_id AND s.voided_at IS NULL AND s.reached_at < t.ends_at
    AND s.reached_at >= a.registered_at
WHERE a.registered_at < t.ends_at AND EXISTS (
    SELECT 1 FROM visit v WHERE v.code_id = c.code_id AND v.member_id = a.member_id AND {_allowed()})
"""  # noqa: S608 - SQL of the program; values are bound
_STAGES = f"SELECT c.id AS id, s.stage AS stage, COUNT(*) AS n {_CAME} AND {{wanted}} GROUP BY c.id, s.stage"
STAGES_OF_TASK = f"SELECT s.stage AS stage, COUNT(*) AS n {_CAME} AND c.task_id = $1 GROUP BY s.stage"
"""Of how many, by stage, came by the codes of a task."""


async def weigh_due(*, at: datetime) -> int:
    """Count the claims that were counted longest ago, and pay what they have come to; returns how many payments."""
    paid, run = 0, OneByOne("weigh forward claim")
    for _ in range(RUNS_MOST):
        rows = await fetch(_DUE, at - AGAIN_AFTER, WEIGHED_AT_ONCE)
        claims = [ForwardClaim.from_row(row) for row in rows]
        found = await progress_of([one.id for one in claims])
        terms = await _terms_of(claims)
        for claim in claims:
            known = terms[claim.task_id, claim.version]
            paid += await run.do(claim.id, _weigh(claim, known, found[claim.id], at=at)) or 0
        # Those that failed too, so that they do not stand in the way of the others.
        await ForwardClaim.filter(id__in=[one.id for one in claims], weighed_at__isnull=False).update(weighed_at=at)
        if len(rows) < WEIGHED_AT_ONCE:
            break
    return paid


_DUE = (
    "SELECT c.* FROM forward_claim c JOIN forward_task t ON t.id = c.task_id "
    "WHERE c.weighed_at <= $1 AND t.state = 'published' ORDER BY c.weighed_at, c.id LIMIT $2"
)


async def _terms_of(claims: Sequence[ForwardClaim]) -> dict[tuple[UUID, int], ForwardTerms]:
    wanted = {(one.task_id, one.version) for one in claims}
    return {one: await ForwardTaskVersion.terms_of(*one) for one in wanted}


async def _weigh(claim: ForwardClaim, terms: ForwardTerms, found: Progress, *, at: datetime) -> int:
    """Pay the milestones that a claim has reached and was not paid for; how many."""
    reached = [one for one in terms.milestones if found.reaches(one)]
    if not reached:
        return 0
    causes = {one.cause for one in await ForwardReward.filter(claim_id=claim.id)}
    return sum([await _pay(claim, terms, one, at=at) for one in reached if one.cause not in causes])


async def _pay(claim: ForwardClaim, terms: ForwardTerms, milestone: Milestone, *, at: datetime) -> bool:
    """Set a milestone's points pending; False where that is done, or the task or its budget is at an end."""
    try:
        async with transaction():
            await Member.hold(claim.member_id)
            if not await Member.exists(id=claim.member_id, status__in=ACTIVE):
                return False
            task = await ForwardTask.shared(claim.task_id)
            if task.state is not ForwardTaskState.PUBLISHED:
                return False
            await ForwardReward.pay(
                task,
                claim.id,
                claim.member_id,
                milestone.cause,
                milestone.points,
                version=claim.version,
                hold_hours=terms.hold_hours,
                is_looked_at=False,
                at=at,
            )
    except (MemberErased, ForwardBudgetUsedUp):
        return False
    except IntegrityError as error:
        if violates(error, ForwardReward, "forward_reward_once_per_cause"):
            return False
        raise
    return True


async def still_reached(reward: ForwardReward) -> bool:
    """Whether what a reward was set pending for stands when it is to be released."""
    measure, _, count = reward.cause.partition(":")
    if measure not in [one.value for one in Measure]:
        return True
    found = (await progress_of([reward.claim_id]))[reward.claim_id]
    return found.reaches(Milestone(Measure(measure), int(count), reward.amount))


async def end_due(*, at: datetime) -> int:
    """Close the tasks that have been over for an hour, once all their claims are counted; returns how many.

    Claims of tasks that are not open any more leave the line of those that are counted, so many in each run.
    """
    ended = await execute(_END, at, at - COUNTED_AFTER_END)
    await execute(_LEAVE, LEAVING_AT_ONCE)
    return ended


_LEAVE = """
UPDATE forward_claim SET weighed_at = NULL WHERE id IN (
    SELECT c.id FROM forward_claim c JOIN forward_task t ON t.id = c.task_id
    WHERE c.weighed_at IS NOT NULL AND t.state <> 'published' LIMIT $1)
"""
_END = """
UPDATE forward_task SET state = 'ended', ended_at = $1 WHERE state = 'published' AND ends_at <= $2
AND NOT EXISTS (SELECT 1 FROM forward_claim c WHERE c.task_id = forward_task.id AND c.weighed_at < forward_task.ends_at)
"""
