"""Progress: what came by the codes of those who took a task, counted in SQL, and the milestones that it pays.

Visits count by visitor, those made while the task ran after it was taken; whom a task excludes does not count for it.
When it ends and whom it excludes stands on the claim, as it was when it was taken.
Of those who registered by the code last and whose inviter the member is, whoever has reached a stage by the end counts
for it, as long as that stage stands. A job counts those that were counted longest ago; a milestone is paid once by a
constraint, so counting twice, late, or in two processes pays nothing more. Where most of the visits that reach one come
from one address, or from no device that is known, its points wait for a reviewer.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.members.member import ACTIVE, Member, MemberErased
from models.one_by_one import OneByOne
from models.spread.forward_claim import AT_AN_END, ForwardClaim
from models.spread.forward_reward import ForwardBudgetUsedUp, ForwardReward, ForwardRewardState
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

DOUBTED_FROM = 3
"""Fewer visitors say nothing about where they come from."""

# A mate is somebody of a circle of the inviter, in which both had been by the time of the visit: who leaves after it or
# just before stays one. Places are read from the log too, because it keeps those that were left. Everybody is in the
# official circle, so being there together says nothing.
_PLACES = """(SELECT group_id, member_id, joined_at AS since FROM membership
    UNION ALL SELECT group_id, member_id, happened_at FROM membership_change WHERE kind = 'joined')"""
_MATE = f"""EXISTS (SELECT 1 FROM {_PLACES} a JOIN chat_group g ON g.id = a.group_id
    JOIN circle i ON i.id = g.circle_id AND NOT i.is_official
    JOIN chat_group h ON h.circle_id = g.circle_id JOIN {_PLACES} b ON b.group_id = h.id
    WHERE a.member_id = v.member_id AND b.member_id = c.member_id
    AND a.since < v.visited_at AND b.since < v.visited_at)"""  # noqa: S608 - SQL of the program; values are bound
_REASONED = (Exclusion.SELF, Exclusion.KNOWN, Exclusion.DEVICE, Exclusion.BURST, Exclusion.CIRCLE_MATE)


@dataclass(frozen=True)
class Progress:
    """How far a claim has come, by measure."""

    counts: Mapping[Measure, int]

    def reaches(self, milestone: Milestone) -> bool:
        return self.counts.get(milestone.measure, 0) >= milestone.count


@dataclass(frozen=True)
class Origin:
    """Where the visitors of a claim come from: how many in all, most of one address, and how many of no device."""

    visitors: int = 0
    of_one_address: int = 0
    without_device: int = 0

    @property
    def is_doubtful(self) -> bool:
        return self.visitors >= DOUBTED_FROM and 2 * max(self.of_one_address, self.without_device) > self.visitors


async def origins_of(claim_ids: Collection[UUID]) -> dict[UUID, Origin]:
    """Where the visitors of some claims come from, in one statement."""
    if not claim_ids:
        return {}
    rows = await fetch(_ORIGINS.format(wanted=among("c.id", 1, "uuid")), list(claim_ids))
    names = ("visitors", "of_one_address", "without_device")
    found = {as_id(row["id"]): Origin(**{name: int(row[name]) for name in names}) for row in rows}
    return {one: found.get(one, Origin()) for one in claim_ids}


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


def allowed() -> str:
    """That a visit `v` counts for the claim `c`, whose exclusions are kept as a list of words."""
    tolerated = " OR ".join(
        f"(v.reason = '{one}' AND CAST(c.exclusions AS TEXT) NOT LIKE '%\"{one}\"%')" for one in _REASONED
    )
    mates = f"(CAST(c.exclusions AS TEXT) NOT LIKE '%\"{Exclusion.CIRCLE_MATE}\"%' OR NOT {_MATE})"
    return f"(v.counts OR {tolerated}) AND {mates}"


VISITS_FROM = f"""
FROM forward_claim c JOIN visit v ON v.code_id = c.code_id
WHERE v.visited_at >= c.taken_at AND v.visited_at < c.counts_until AND {allowed()}
"""
VISITOR = "v.visitor_no"
_VISITS = f"SELECT c.id AS id, COUNT(DISTINCT {VISITOR}) AS n {VISITS_FROM} AND {{wanted}} GROUP BY c.id"
_ORIGINS = f"""
SELECT id, SUM(n) AS visitors, MAX(CASE WHEN address IS NULL THEN 0 ELSE n END) AS of_one_address,
    SUM(bare) AS without_device
FROM (SELECT c.id AS id, v.address_hash AS address, COUNT(DISTINCT {VISITOR}) AS n,
    COUNT(DISTINCT CASE WHEN v.device_hash IS NULL AND v.visitor IS NOT NULL AND NOT v.is_forgotten THEN {VISITOR} END)
    AS bare {VISITS_FROM} AND {{wanted}} GROUP BY c.id, v.address_hash) near GROUP BY id
"""  # noqa: S608 - SQL of the program; values are bound
_CAME = f"""
FROM forward_claim c
JOIN arrival a ON a.last_code_id = c.code_id AND a.last_at >= c.taken_at
JOIN referral r ON r.invitee_id = a.member_id AND r.inviter_id = c.member_id
JOIN referral_stage s ON s.invitee_id = a.member_id AND s.voided_at IS NULL AND s.reached_at < c.counts_until
    AND s.reached_at >= a.registered_at
WHERE a.registered_at < c.counts_until AND EXISTS (
    SELECT 1 FROM visit v WHERE v.code_id = c.code_id AND v.member_id = a.member_id AND {allowed()})
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
        terms = await ForwardTaskVersion.terms_of_all({(one.task_id, one.version) for one in claims})
        for claim in claims:
            known = terms[claim.task_id, claim.version]
            paid += await run.do(claim.id, _weigh(claim, known, found[claim.id], at=at)) or 0
        # Those that failed too, so that they do not stand in the way of the others; who is counted to its end is done.
        is_last = [one for one in claims if at >= one.counts_until + COUNTED_AFTER_END and one.id not in run.failed]
        still = ForwardClaim.filter(id__in=[one.id for one in claims], weighed_at__isnull=False)
        await still.filter(id__in=[one.id for one in is_last]).update(weighed_at=None)
        await still.update(weighed_at=at)
        if len(rows) < WEIGHED_AT_ONCE:
            break
    return paid


_DUE = (
    "SELECT c.* FROM forward_claim c JOIN forward_task t ON t.id = c.task_id "
    "WHERE c.weighed_at <= $1 AND t.state = 'published' ORDER BY c.weighed_at, c.id LIMIT $2"
)


async def _weigh(claim: ForwardClaim, terms: ForwardTerms, found: Progress, *, at: datetime) -> int:
    """Pay the milestones that a claim has reached and was not paid for; how many."""
    reached = [one for one in terms.milestones if found.reaches(one)]
    if not reached:
        return 0
    rewards = await ForwardReward.filter(claim_id=claim.id)
    unpaid = [(one, cause) for one in reached if (cause := _cause_of(one, rewards))]
    if not unpaid:
        return 0
    is_doubtful = (await origins_of([claim.id]))[claim.id].is_doubtful
    paid = 0
    for one, cause in unpaid:
        is_looked_at = is_doubtful and one.measure is Measure.VISITS
        paid += await _pay(claim, terms, one, cause, is_looked_at=is_looked_at, at=at)
    return paid


def _cause_of(milestone: Milestone, rewards: Sequence[ForwardReward]) -> str | None:
    """By which cause a milestone is to be paid: its own, or one more where all before did not stand; None: it was."""
    before = [one for one in rewards if one.milestone_cause == milestone.cause]
    if any(one.state is not ForwardRewardState.UNREACHED for one in before):
        return None
    return f"{milestone.cause}#{len(before) + 1}" if before else milestone.cause


async def _pay(
    claim: ForwardClaim, terms: ForwardTerms, milestone: Milestone, cause: str, *, is_looked_at: bool, at: datetime
) -> bool:
    """Set a milestone's points pending; False where that is done, or the claim, its task or budget is at an end."""
    try:
        async with transaction():
            await Member.hold(claim.member_id)
            if not await Member.exists(id=claim.member_id, status__in=ACTIVE):
                return False
            task = await ForwardTask.shared(claim.task_id)
            now = await ForwardClaim.get(id=claim.id)
            if task.state is not ForwardTaskState.PUBLISHED or now.state in AT_AN_END:
                return False
            await ForwardReward.pay(
                task,
                claim.id,
                claim.member_id,
                cause,
                milestone.points,
                version=claim.version,
                hold_hours=terms.hold_hours,
                is_looked_at=is_looked_at,
                at=at,
            )
            if is_looked_at:
                await now.queue(at=at)
    except (MemberErased, ForwardBudgetUsedUp):
        return False
    except IntegrityError as error:
        if violates(error, ForwardReward, "forward_reward_once_per_cause"):
            return False
        raise
    return True


async def still_reached(reward: ForwardReward) -> bool:
    """Whether what a reward was set pending for stands when it is to be released."""
    measure, _, count = reward.milestone_cause.partition(":")
    if measure not in [one.value for one in Measure]:
        return True
    found = (await progress_of([reward.claim_id]))[reward.claim_id]
    return found.reaches(Milestone(Measure(measure), int(count), reward.amount))


async def end_due(*, at: datetime) -> int:
    """Close the tasks that have been over for an hour, once all their claims are counted to their end; how many.

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
AND NOT EXISTS (SELECT 1 FROM forward_claim c WHERE c.task_id = forward_task.id AND c.weighed_at IS NOT NULL)
"""
