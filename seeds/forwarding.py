"""Forwarding tasks in all four modes, with claims in every state; one that was stopped, and one that is a draft yet.

The one that pays for conversions keeps the sharing rules; the others run outside the mini-program, where they lead
nobody into it, or on the owner's word.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid5

from models.errors import DomainError
from models.points.budget import Budget, BudgetPlan
from models.spread.arrival import Arrival
from models.spread.forward_claim import ForwardClaim
from models.spread.forward_decision import ForwardDecision, ForwardVerdict, RejectionReason, Verdict
from models.spread.forward_ending import ForwardEnding
from models.spread.forward_hand_in import ForwardHandIn
from models.spread.forward_progress import weigh_due
from models.spread.forward_proof import ForwardProof
from models.spread.forward_settlement import settle_due
from models.spread.forward_task import ForwardTask, PendingFate
from models.spread.forward_task_version import create_forward_task, publish_forward_task
from models.spread.forward_terms import (
    ForwardProofMode,
    ForwardTarget,
    ForwardTerms,
    Material,
    MaterialKind,
    Measure,
    Milestone,
    Target,
)
from models.spread.scene_code import SceneCode
from models.spread.sharing_acceptance import Accepted
from models.spread.sharing_rules import CLAUSES
from models.spread.visit import Visit
from seeds.community import Act, Community
from seeds.personas import Habit, Persona
from store.database import savepoint

HONOUR, SCREENSHOT, VISITS, CONVERSIONS = "转发秋日茶会", "晒晒你的茶席", "邀友看新品茶单", "带一位朋友来打卡"
STOPPED, DRAFT = "转发周年海报", "冬至茶会预热"
DAYS = 12
BUDGET = "转发活动"
POSTER = Material(MaterialKind.POSTER, text="秋日茶会")
WORDS = "仅限线下门店员工群试点，风险已知悉，由运营负责人承担。"
TASKS: dict[str, dict[str, Any]] = {
    HONOUR: {"mode": ForwardProofMode.HONOUR, "points": 20, "sample_percent": 100},
    SCREENSHOT: {"mode": ForwardProofMode.SCREENSHOT, "points": 30, "day_most": 20, "total_most": 100},
    VISITS: {
        "mode": ForwardProofMode.VISITS,
        "milestones": (Milestone(Measure.VISITS, 3, 10), Milestone(Measure.VISITS, 8, 20)),
    },
    CONVERSIONS: {
        "mode": ForwardProofMode.CONVERSIONS,
        "milestones": (Milestone(Measure.FIRST_CHECK_IN, 1, 50), Milestone(Measure.FIRST_CHECK_IN, 3, 100)),
    },
    STOPPED: {"mode": ForwardProofMode.HONOUR, "points": 10, "sample_percent": 0, "in_mini_program": False},
    DRAFT: {
        "mode": ForwardProofMode.HONOUR,
        "points": 15,
        "targets": (Target(ForwardTarget.MOMENTS), Target(ForwardTarget.GROUPS, 3)),
    },
}
COPIES = (
    "这周六下午两点，老茶馆有场小茶会，泡的是今年的新白茶，想来的朋友跟我说一声。",
    "一起喝了三年茶的老朋友们又聚啦，这次还有紫砂壶养护的小课堂。",
)
RULES = "活动期间领取素材转发，按任务页所示条件核对后发放积分；积分在等待期后到账，作废或抽查不合格的将收回。"


def acts(community: Community) -> Iterator[Act]:
    calendar = community.calendar
    first = calendar.today - timedelta(days=min(DAYS, calendar.length - 1))
    for number, title in enumerate(TASKS):
        yield Act(calendar.at(first, 8 + number / 10), partial(_write, community, title))
    regulars = community.with_habit(Habit.ACTIVE, joined_before=first)[1:]
    for number, title in enumerate((HONOUR, SCREENSHOT, VISITS, STOPPED)):
        for place, persona in enumerate(regulars[number * 3 : number * 3 + 12]):
            at = calendar.at(first + timedelta(days=1 + place % 6), 9 + number + place / 20)
            yield Act(at, partial(_take_part, community, title, persona, place))
    yield from _conversions(community, calendar.at(first, 9))
    for back in range(DAYS - 3, -1, -3):
        day = calendar.today - timedelta(days=back)
        yield Act(calendar.at(day, 7), weigh_due)
        yield Act(calendar.at(day, 7.1), settle_due)
    yield Act(calendar.at(calendar.today - timedelta(days=3), 15), partial(_review, community))
    stopped_on = calendar.today - timedelta(days=2)
    if first <= stopped_on:
        yield Act(calendar.at(stopped_on, 18), partial(_stop, community))


async def _write(community: Community, title: str, *, at: datetime) -> None:
    staff_id = community.owner.id
    budget = await Budget.get_or_none(name=BUDGET, closed_at__isnull=True)
    if budget is None:
        budget = await Budget.open(BudgetPlan(BUDGET, 5_000), at=at, staff_id=staff_id)
    plan = TASKS[title]
    posters = (POSTER,) if plan.get("in_mini_program", True) else ()
    terms = ForwardTerms(
        title=title,
        description=RULES,
        starts_at=at,
        ends_at=at + timedelta(days=30),
        materials=(*(Material(MaterialKind.COPY, text=copy) for copy in COPIES), *posters),
        budget_id=budget.id,
        **plan,
    )
    draft = await create_forward_task(terms, staff_id=staff_id, at=at)
    if title != DRAFT:
        given = Accepted(WORDS, frozenset(CLAUSES))
        await publish_forward_task(draft.id, acceptance=given, expected_version=draft.version, staff_id=staff_id, at=at)


async def _take_part(community: Community, title: str, persona: Persona, place: int, *, at: datetime) -> None:
    """Two of three that take a task do it."""
    member_id, task = community.member_of(persona).id, await ForwardTask.get(title=title)
    try:
        async with savepoint():
            claim = await ForwardClaim.take(member_id, task.id, at=at)
            if title == VISITS:
                await _visits(claim, place, at=at)
            elif place % 3:
                proof_id = await _proof(claim, place, at=at) if title == SCREENSHOT else None
                await ForwardHandIn.record(member_id, task.id, proof_id=proof_id, at=at + timedelta(minutes=5))
    except DomainError:
        return


async def _visits(claim: ForwardClaim, count: int, *, at: datetime) -> None:
    code = await SceneCode.get(id=claim.code_id)
    for number in range(count):
        device, hours = f"demo-{claim.id}-{number}", timedelta(hours=1 + number)
        address = f"198.51.100.{number}"
        await Visit.record(code, device=device, address=address, agent="MicroMessenger", at=at + hours)


async def _proof(claim: ForwardClaim, place: int, *, at: datetime) -> Any:
    """A picture; the last two have handed in the same one."""
    proof_id = uuid5(claim.id, "proof")
    picture = f"{min(place, 10):064x}"
    key = f"proofs/{claim.member_id.hex}/{proof_id.hex}"
    made = await ForwardProof.take_in(
        proof_id, claim.member_id, storage_key=key, content_type="image/png", sha256=picture, at=at
    )
    return made.id


def _conversions(community: Community, opened: datetime) -> Iterator[Act]:
    """Whoever brought somebody since the task began had taken it an hour before."""
    for persona in community.personas:
        if persona.inviter is None or persona.joined_at <= opened + timedelta(hours=2):
            continue
        inviter = community.personas[persona.inviter]
        yield Act(persona.joined_at - timedelta(hours=1), partial(_take_part, community, CONVERSIONS, inviter, 0))
        yield Act(persona.joined_at + timedelta(seconds=1), partial(_arrive, community, persona, inviter))


async def _arrive(community: Community, persona: Persona, inviter: Persona, *, at: datetime) -> None:
    wanted = ForwardClaim.filter(task__title=CONVERSIONS, member_id=community.member_of(inviter).id)
    if claim := await wanted.first():
        member_id, code = community.member_of(persona).id, await SceneCode.get(id=claim.code_id)
        await Arrival.record(member_id, code, device=f"demo-{member_id}", at=at)


async def _review(community: Community, *, at: datetime) -> None:
    """A reviewer has looked at most of what waits: every third is rejected, of honour the second is asked for proof."""
    waiting = await ForwardClaim.filter(queued_at__lt=at).order_by("queued_at", "id")
    for number, claim in enumerate(waiting[: len(waiting) * 3 // 4]):
        verdict = ForwardVerdict.REJECTED if number % 3 == 2 else ForwardVerdict.APPROVED
        if claim.is_sampled and number % 3 == 1:
            verdict = ForwardVerdict.PROOF_ASKED
        reason = RejectionReason.WRONG_CONTENT if verdict is ForwardVerdict.REJECTED else None
        given = Verdict(claim.id, verdict, reason)
        await ForwardDecision.decide(given, staff_id=community.owner.id, at=at)


async def _stop(community: Community, *, at: datetime) -> None:
    task = await ForwardTask.get(title=STOPPED)
    await ForwardEnding.stop(
        task.id, PendingFate.RELEASE, reason="海报日期印错，停止转发", staff_id=community.owner.id, at=at
    )
