"""Figures of forwarding tasks for staff: what a task has brought and cost, and how reviewers decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.errors import Invalid
from models.spread.forward_progress import STAGES_OF_TASK, VISITOR, VISITS_FROM
from models.spread.invite_stage_name import InviteStage
from store.database import fetch, fetch_value
from store.ids import as_id

REVIEWERS_MOST = 200
PERIOD_MOST = timedelta(days=366)


@dataclass(frozen=True)
class ForwardFigures:
    """`visits` are visitors that count, by the rules of their claims, `touches` all visits; points are
    those of rewards by their state."""

    taken: int
    claimed: int
    waiting: int
    approved: int
    rejected: int
    touches: int
    visits: int
    stages: Mapping[InviteStage, int]
    pending: int
    paid: int
    taken_back: int
    owed: int

    @property
    def conversions(self) -> int:
        """Who registered by a code of the task."""
        return self.stages.get(InviteStage.REGISTERED, 0)

    @property
    def cost_per_conversion(self) -> float | None:
        """Points, paid and pending, for each of them; None where there is none."""
        return (self.paid + self.pending) / self.conversions if self.conversions else None


async def figures_of(task_id: UUID) -> ForwardFigures:
    """What a task has come to, each figure by its rows."""
    [claims] = await fetch(_CLAIMS, task_id)
    touches, visits = await fetch_value(_TOUCHES, task_id), await fetch_value(_VISITS, task_id)
    stages = {InviteStage(row["stage"]): int(row["n"]) for row in await fetch(STAGES_OF_TASK, task_id)}
    points = {str(row["state"]): int(row["n"]) for row in await fetch(_POINTS, task_id)}
    return ForwardFigures(
        **{name: int(claims[name] or 0) for name in ("taken", "claimed", "waiting", "approved", "rejected")},
        touches=int(touches),
        visits=int(visits),
        stages=stages,
        pending=sum(points.get(one, 0) for one in ("waiting", "held", "rejected")),
        paid=points.get("paid", 0) + points.get("waived", 0),
        taken_back=points.get("taken_back", 0) + points.get("unreached", 0),
        owed=points.get("owed", 0),
    )


_CLAIMS = """
SELECT COUNT(*) AS taken, COUNT(claimed_at) AS claimed, COUNT(queued_at) AS waiting,
    SUM(CASE WHEN state = 'approved' THEN 1 ELSE 0 END) AS approved,
    SUM(CASE WHEN state = 'rejected' THEN 1 ELSE 0 END) AS rejected
FROM forward_claim WHERE task_id = $1
"""
_TOUCHES = "SELECT COUNT(*) AS n FROM forward_claim c JOIN visit v ON v.code_id = c.code_id WHERE c.task_id = $1"
_VISITS = f"""
SELECT COUNT(*) AS n FROM (SELECT DISTINCT c.id AS id, {VISITOR} AS visitor {VISITS_FROM} AND c.task_id = $1) one
"""  # noqa: S608 - SQL of the program; values are bound
_POINTS = "SELECT state, SUM(amount) AS n FROM forward_reward WHERE task_id = $1 GROUP BY state"


@dataclass(frozen=True)
class ReviewerFigures:
    """How a reviewer decided in a period; `overturned` rejections were approved by somebody after a dispute."""

    staff_id: UUID
    decided: int
    approved: int
    rejected: int
    asked: int
    undone: int
    overturned: int


async def reviewers(since: datetime, until: datetime) -> Sequence[ReviewerFigures]:
    """Those who decided about claims in a period, who decided most first. Raises `Invalid` for one too long."""
    if not timedelta() < until - since <= PERIOD_MOST:
        raise Invalid("period", zh=f"时长应为 1–{PERIOD_MOST.days} 天", en=f"it lasts {PERIOD_MOST.days} days at most")
    names = ("decided", "approved", "rejected", "asked", "undone", "overturned")
    rows = await fetch(_REVIEWERS, since, until, REVIEWERS_MOST)
    return [ReviewerFigures(as_id(row["staff_id"]), **{name: int(row[name]) for name in names}) for row in rows]


_REVIEWERS = """
SELECT d.staff_id AS staff_id, COUNT(*) AS decided,
    SUM(CASE WHEN d.undone_at IS NULL AND d.verdict = 'approved' THEN 1 ELSE 0 END) AS approved,
    SUM(CASE WHEN d.undone_at IS NULL AND d.verdict = 'rejected' THEN 1 ELSE 0 END) AS rejected,
    SUM(CASE WHEN d.undone_at IS NULL AND d.verdict = 'proof_asked' THEN 1 ELSE 0 END) AS asked,
    COUNT(d.undone_at) AS undone,
    SUM(CASE WHEN d.undone_at IS NULL AND d.verdict = 'rejected' AND EXISTS (
        SELECT 1 FROM forward_decision later WHERE later.claim_id = d.claim_id AND later.round > d.round
        AND later.verdict = 'approved' AND later.undone_at IS NULL) THEN 1 ELSE 0 END) AS overturned
FROM forward_decision d WHERE d.staff_id IS NOT NULL AND d.created_at >= $1 AND d.created_at < $2
GROUP BY d.staff_id ORDER BY decided DESC, d.staff_id LIMIT $3
"""
