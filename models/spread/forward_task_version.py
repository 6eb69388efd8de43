"""The versions of a forwarding task: its terms as they stood, which every claim names; and the verbs that make them.

A draft is written as a whole, again and again; its version rises each time, so that of two who edit at once the second
reads what the first has written. Publishing closes the first version that is kept. From then on a change is a new
version with a reason in the audit, and has to pass the rule check anew; the way of proof and the beginning stay.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, Invalid, bounded_text
from models.idempotency import Once, perform_once
from models.points.budget import Budget
from models.record import Record
from models.spread.forward_task import ForwardTask, ForwardTaskOver, ForwardTaskState
from models.spread.forward_terms import ForwardTerms
from models.spread.sharing_acceptance import Accepted, SharingAcceptance
from models.spread.sharing_rules import Clause
from models.staff.audit import REASON_MOST, AuditRow
from store.database import transaction
from store.engines.guards import AppendOnly
from store.settings import settings

FIXED = ("mode", "starts_at", "budget_id", "in_mini_program")


class ForwardTaskChanged(DomainError):
    code = "FORWARD_TASK_CHANGED"
    zh = "该转发任务刚被他人修改，请刷新后重试"
    en = "Somebody changed this task meanwhile; read it again."
    field = "expectedVersion"


class ForwardTaskPublished(DomainError):
    code = "FORWARD_TASK_PUBLISHED"
    zh = "该转发任务已发布"
    en = "This task was published before."


@dataclass(frozen=True)
class Opened:
    """A task that members see from now on, and the clauses it breaks: accepted, or outside the mini-program."""

    task: ForwardTask
    clauses: Sequence[Clause]


class ForwardTaskVersion(Record):
    task: fields.ForeignKeyRelation[ForwardTask] = fields.ForeignKeyField(
        "models.ForwardTask", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    task_id: UUID
    version = fields.IntField()
    terms: dict[str, Any] = fields.JSONField(description="The terms as columns of the task.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "forward_task_version"
        constraints = (UniqueConstraint(fields=("task_id", "version"), name="forward_task_version_once"),)
        guards = (AppendOnly("forward_task_version"),)

    @classmethod
    async def close(cls, task: ForwardTask, *, at: datetime) -> Self:
        """Keep the terms that hold from now on under the task's version."""
        return await cls.create(task_id=task.id, version=task.version, terms=told(task), created_at=at)

    @classmethod
    async def terms_of(cls, task_id: UUID, version: int) -> ForwardTerms:
        """The terms of a version that was published."""
        return _read((await cls.get(task_id=task_id, version=version)).terms)

    @classmethod
    async def terms_of_all(cls, wanted: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], ForwardTerms]:
        """The terms of some versions, in one statement."""
        if not wanted:
            return {}
        task_ids, versions = ({one[place] for one in wanted} for place in (0, 1))
        rows = await cls.filter(task_id__in=list(task_ids), version__in=list(versions))
        return {(one.task_id, one.version): _read(one.terms) for one in rows}


async def create_forward_task(
    terms: ForwardTerms, *, staff_id: UUID, at: datetime, once: Once | None = None
) -> ForwardTask:
    """A new draft. Raises `Invalid`, and `NotFound` or `BudgetClosed` for its budget."""

    async def write(id: UUID) -> ForwardTask:
        kept = _known(terms.checked())
        await Budget.demand_open(kept.budget_id)
        task = await ForwardTask.create(id=id, created_at=at, **kept.columns())
        await audit("create_forward_task", task, None, staff_id=staff_id, reason=None, at=at)
        return task

    return await perform_once(once, ForwardTask, write, at=at)


async def change_forward_task(
    id: UUID,
    terms: ForwardTerms,
    *,
    expected_version: int,
    reason: str | None,
    acceptance: Accepted | None = None,
    staff_id: UUID,
    at: datetime,
) -> Opened:
    """Write a draft anew, or give a published task a new version of its terms, for which a reason is needed.

    Raises `Invalid`, `NotFound`, `BudgetClosed`, `ForwardTaskChanged`, `ForwardTaskOver` for one that is not open any
    more, and `SharingRulesViolated` as publishing does.
    """
    kept = _known(terms.checked())
    async with transaction():
        task = await ForwardTask.held(id)
        if task.version != expected_version:
            raise ForwardTaskChanged()
        before, is_draft = told(task), task.state is ForwardTaskState.DRAFT
        if is_draft:
            await Budget.demand_open(kept.budget_id)
        else:
            _refuse_fixed(task, kept)
            bounded_text(reason or "", "reason", least=1, most=REASON_MOST)
        task.version += 1
        task.update_from_dict(kept.columns())
        await task.save(update_fields=["version", *ForwardTerms.__dataclass_fields__])
        clauses: Sequence[Clause] = ()
        if not is_draft:
            clauses = await _opened(task, acceptance, staff_id=staff_id, at=at)
        await audit("change_forward_task", task, before, staff_id=staff_id, reason=reason, at=at)
    return Opened(task, clauses)


async def publish_forward_task(
    id: UUID,
    *,
    acceptance: Accepted | None = None,
    expected_version: int,
    staff_id: UUID,
    at: datetime,
) -> Opened:
    """Open a task to members.

    Raises `ForwardTaskPublished`, `NotFound`, `ForwardTaskChanged`, `BudgetClosed`, `ForwardTaskOver`, and
    `SharingRulesViolated` where it is for the mini-program, breaks clauses, and nobody accepts each in writing.
    """
    async with transaction():
        task = await ForwardTask.held(id)
        if task.state is not ForwardTaskState.DRAFT:
            raise ForwardTaskPublished()
        if task.version != expected_version:
            raise ForwardTaskChanged()
        if at >= task.ends_at:
            raise ForwardTaskOver()
        await Budget.demand_open(task.budget_id)
        task.state, task.version, task.published_at = ForwardTaskState.PUBLISHED, task.version + 1, at
        await task.save(update_fields=["state", "version", "published_at"])
        clauses = await _opened(task, acceptance, staff_id=staff_id, at=at)
        before = {"state": ForwardTaskState.DRAFT}
        await audit("publish_forward_task", task, before, staff_id=staff_id, reason=None, at=at)
    return Opened(task, clauses)


async def _opened(task: ForwardTask, given: Accepted | None, *, staff_id: UUID, at: datetime) -> Sequence[Clause]:
    """Keep the version, and what its clauses were accepted with; the audit is told of that by itself."""
    clauses, accepted = await SharingAcceptance.demand(task, given, staff_id=staff_id, at=at)
    if task.broken:
        # What was found since the last version is accepted now, or is no more.
        await ForwardTask.filter(id=task.id).update(broken=[])
    await ForwardTaskVersion.close(task, at=at)
    if accepted:
        codes = [one.code for one in clauses]
        await AuditRow.write(
            staff_id=staff_id,
            action="accept_sharing_risk",
            subject=task,
            before=None,
            after={"version": task.version, "clauses": codes, "words": accepted.words},
            reason=None,
            at=at,
        )
    return clauses


def told(task: ForwardTask) -> dict[str, Any]:
    """The terms of a task as plain data."""
    plain: dict[str, Any] = orjson.loads(orjson.dumps(task.terms.columns(), default=str))
    return plain


def _read(stored: dict[str, Any]) -> ForwardTerms:
    instants = {name: datetime.fromisoformat(stored[name]) for name in ("starts_at", "ends_at")}
    budget_id = stored["budget_id"] and UUID(stored["budget_id"])
    task = ForwardTask(**{**stored, **instants, "budget_id": budget_id})
    return task.terms


def _known(terms: ForwardTerms) -> ForwardTerms:
    if terms.page is not None and terms.page not in settings().scene_pages:
        raise Invalid("page", zh="不是可推广的页面", en="no code leads to this page")
    return terms


def _refuse_fixed(task: ForwardTask, terms: ForwardTerms) -> None:
    if task.state is not ForwardTaskState.PUBLISHED:
        raise ForwardTaskOver()
    for name in FIXED:
        if getattr(task, name) != getattr(terms, name):
            raise Invalid(name, zh="发布后不能更改", en="it does not change once the task is published")
    if terms.total_most is not None and terms.total_most < task.claimed:
        raise Invalid("totalMost", zh="少于已领取的名额", en="more places than that are taken")


async def audit(
    action: str, task: ForwardTask, before: dict[str, Any] | None, *, staff_id: UUID, reason: str | None, at: datetime
) -> None:
    after = {"state": task.state, "version": task.version, **told(task)}
    await AuditRow.write(
        staff_id=staff_id, action=action, subject=task, before=before, after=after, reason=reason, at=at
    )
