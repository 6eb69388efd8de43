"""Proofs: whether a member has done what a task of a camp asks for, told by what was kept where it was done.

For each kind of task there is one condition, over a member and the window of the day. It counts what happened before
the window closed, so the answer for a day that is over does not depend on when it is asked. Another area that keeps
better proof of its own says so by `proves` where it is imported by the application.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from models.learning.camp import Camp
from models.learning.camp_task import CampTask
from models.learning.camp_terms import TaskKind
from models.learning.quiz_standing import PASSED
from models.members.condition_sql import Clause
from store.database import fetch

ASKED_AT_ONCE = 100


@dataclass(frozen=True)
class Window:
    """The business day of a task, and the first instant that is too late: its end, or later where it is made up."""

    day: date
    opens_at: datetime
    ends_at: datetime
    closes_at: datetime


Proof = Callable[[CampTask, Window], Clause]
"""What must hold of a member, whose id stands as `{row}` in the clause."""

_proofs: dict[TaskKind, Proof] = {}


def proves(kind: TaskKind, proof: Proof) -> None:
    """Declare what proves tasks of a kind."""
    _proofs[kind] = proof


def window_of(camp: Camp, day: int, *, closes_at: datetime | None = None) -> Window:
    """The window of a day; `closes_at` is given for what is made up."""
    ends_at = camp.day_ends(day)
    return Window(camp.date_of(day), camp.day_opens(day), ends_at, closes_at or ends_at)


async def proven(member_id: UUID, asked: Sequence[tuple[CampTask, Window]]) -> list[bool]:
    """For each task, whether the member has done it in its window."""
    found: list[bool] = []
    for start in range(0, len(asked), ASKED_AT_ONCE):
        values: list[object] = [member_id]
        columns = []
        for number, (task, window) in enumerate(asked[start : start + ASKED_AT_ONCE]):
            clause = _proofs[task.kind](task, window)
            columns.append(f"({clause.of('m.id', first=len(values) + 1)}) AS proof_{number}")
            values += clause.values
        rows = await fetch(f"SELECT {', '.join(columns)} FROM member m WHERE m.id = $1", *values)  # noqa: S608 - own text, values are bound
        found += [bool(rows[0][f"proof_{number}"]) for number in range(len(columns))]
    return found


def all_proven(asked: Sequence[tuple[CampTask, Window]]) -> Clause:
    """That somebody has done all of some tasks; the member's id stands as `{row}`."""
    clauses = [_proofs[task.kind](task, window) for task, window in asked]
    text = " AND ".join(f"({clause.sql})" for clause in clauses) or "1 = 1"
    return Clause(text, tuple(value for clause in clauses for value in clause.values))


def _attended(task: CampTask, window: Window) -> Clause:
    """Attended or watched, also before the day: nobody attends a session twice. Voided in time, it does not count."""
    sql = (
        "EXISTS (SELECT 1 FROM attendance fact WHERE fact.member_id = {row} AND fact.session_id = ? "
        "AND fact.created_at < ? AND (fact.voided_at IS NULL OR fact.voided_at >= ?))"
    )
    return Clause(sql, (task.target_id, window.closes_at, window.closes_at))


def _passed(task: CampTask, window: Window) -> Clause:
    """Passed, also before the day: a quiz is passed once. A pass that was taken back never was."""
    return Clause(PASSED.format(quiz="?", member="{row}", before="?"), (task.target_id, window.closes_at))


def _checked_in(task: CampTask, window: Window) -> Clause:
    """Checked in on the day, or made up for it where there is time for that; voided in time, it does not count."""
    plan = "fact.plan_id = ? AND " if task.target_id else ""
    sql = (
        f"EXISTS (SELECT 1 FROM check_in fact WHERE fact.member_id = {{row}} AND {plan}"  # noqa: S608 - own text, values are bound
        "(fact.kind = 'daily' AND fact.created_at >= ? AND fact.created_at < ? "
        "OR fact.kind = 'make_up' AND fact.business_day = ? AND fact.created_at < ?) "
        "AND (fact.voided_at IS NULL OR fact.voided_at >= ?))"
    )
    which = (task.target_id,) if task.target_id else ()
    closes_at = window.closes_at
    return Clause(sql, (*which, window.opens_at, window.ends_at, window.day, closes_at, closes_at))


def _posted(task: CampTask, window: Window) -> Clause:
    """Handed in. A void settles the days before it, so when it came plays no part."""
    sql = (
        "EXISTS (SELECT 1 FROM camp_post fact WHERE fact.member_id = {row} AND fact.task_id = ? "
        "AND fact.created_at < ? AND fact.voided_at IS NULL)"
    )
    return Clause(sql, (task.id, window.closes_at))


proves(TaskKind.LESSON, _attended)
proves(TaskKind.QUIZ, _passed)
proves(TaskKind.CHECK_IN, _checked_in)
proves(TaskKind.POST, _posted)
