"""The report on a warm-up: what was done ahead of a temporary course, who signed up on which day, and who then came;
beside what came of other temporary courses, so that the effect of warming up can be seen.

Days are those of the course's zone, counted from the day of its first session. Turnout is how many of those who had a
seat when the first session began came to any of its sessions. A course is well warmed up for when four fifths of its
tasks were done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from models.learning.course import Course
from models.learning.course_terms import CourseKind
from models.learning.local_time import instant_of, local_day
from models.learning.warm_up import DAYS_BEFORE_MOST, OnlyTemporaryCourses, WarmUpState, WarmUpTask
from store.clock import as_instant
from store.database import among, fetch
from store.ids import as_id

COMPARED_MOST = 20
WELL_DONE_PERCENT = 80
_DAY = timedelta(days=1)

_FIRST_START = (
    "(SELECT MIN(s.starts_at) FROM course_session s WHERE s.course_id = c.id "
    "AND (s.state <> 'cancelled' OR c.status = 'ended'))"
)
_FIGURES = f"""
WITH chosen AS (SELECT c.id, c.title, c.sign_up_target, {_FIRST_START} AS first_at FROM course c WHERE {{chosen}})
SELECT o.id, o.title, o.sign_up_target, o.first_at,
(SELECT COUNT(*) FROM warm_up_task t WHERE t.course_id = o.id) AS tasks,
(SELECT COUNT(*) FROM warm_up_task t WHERE t.course_id = o.id AND t.state = 'done') AS done,
(SELECT COUNT(DISTINCT e.member_id) FROM enrollment e WHERE e.course_id = o.id) AS sign_ups,
(SELECT COUNT(*) FROM enrollment e WHERE e.course_id = o.id AND e.seated_at <= o.first_at
AND (e.ended_at IS NULL OR e.ended_at > o.first_at)) AS seated,
(SELECT COUNT(DISTINCT a.member_id) FROM attendance a WHERE a.course_id = o.id AND a.voided_at IS NULL) AS attended
FROM chosen o
"""  # noqa: S608 - own text, values are bound
_OTHERS = f"""
SELECT c.id FROM course c WHERE c.kind = 'temporary' AND c.id <> $1 AND c.status IN ('published', 'ended')
AND {_FIRST_START} <= $2 ORDER BY c.created_at DESC, c.id DESC LIMIT $3
"""  # noqa: S608 - own text, values are bound


@dataclass(frozen=True)
class WarmUpFigures:
    """What came of one course. Without a session before the instant that was asked at, nobody had come yet."""

    course_id: UUID
    title: str
    target: int | None
    tasks: int
    done: int
    sign_ups: int
    seated: int
    attended: int

    @property
    def done_percent(self) -> int | None:
        return _percent(self.done, self.tasks)

    @property
    def turnout_percent(self) -> int | None:
        return _percent(self.attended, self.seated)

    @property
    def is_well_done(self) -> bool:
        return (self.done_percent or 0) >= WELL_DONE_PERCENT


@dataclass(frozen=True)
class WarmUpDay:
    """A day ahead of the course: the tasks that were due and those done on it, and who signed up."""

    day: int
    local_date: date
    due: int
    done: int
    sign_ups: int


@dataclass(frozen=True)
class WarmUpEffect:
    """Other courses of one kind together: how many, and what came of all of them."""

    courses: int
    seated: int
    attended: int
    sign_ups_per_course: int | None

    @classmethod
    def of(cls, figures: Sequence[WarmUpFigures]) -> "WarmUpEffect":
        signed_up = sum(one.sign_ups for one in figures)
        return cls(
            courses=len(figures),
            seated=sum(one.seated for one in figures),
            attended=sum(one.attended for one in figures),
            sign_ups_per_course=round(signed_up / len(figures)) if figures else None,
        )

    @property
    def turnout_percent(self) -> int | None:
        return _percent(self.attended, self.seated)


@dataclass(frozen=True)
class WarmUpReport:
    figures: WarmUpFigures
    days: Sequence[WarmUpDay]
    others: Sequence[WarmUpFigures]

    @property
    def well_warmed(self) -> WarmUpEffect:
        return WarmUpEffect.of([one for one in self.others if one.is_well_done])

    @property
    def less_warmed(self) -> WarmUpEffect:
        return WarmUpEffect.of([one for one in self.others if not one.is_well_done])


async def warm_up_report(course_id: UUID, *, at: datetime) -> WarmUpReport:
    """The report as of `at`, beside the last twenty others that have begun. Raises `OnlyTemporaryCourses`."""
    course = await Course.existing(course_id, field="courseId")
    if course.kind is not CourseKind.TEMPORARY:
        raise OnlyTemporaryCourses()
    rows = await fetch(_FIGURES.replace("{chosen}", "c.id = $1"), course.id)
    first_at = rows[0]["first_at"]
    others = [row["id"] for row in await fetch(_OTHERS, course.id, at, COMPARED_MOST)]
    compared = await fetch(_FIGURES.replace("{chosen}", among("c.id", 1, "uuid")), others) if others else []
    figures = {as_id(row["id"]): _figures(row) for row in compared}
    return WarmUpReport(
        figures=_figures(rows[0]),
        days=await _days(course, local_day(as_instant(first_at), course.zone)) if first_at else (),
        others=[figures[as_id(one)] for one in others],
    )


async def _days(course: Course, first: date) -> list[WarmUpDay]:
    dates = [first - n * _DAY for n in range(DAYS_BEFORE_MOST, -1, -1)]
    edges = [instant_of(one, 0, course.zone) for one in (*dates, first + _DAY)]
    sign_ups = await _sign_ups(course.id, edges)
    tasks = await WarmUpTask.filter(course_id=course.id)
    done = [local_day(one.closed_at, course.zone) for one in tasks if one.closed_at and one.state is WarmUpState.DONE]
    return [
        WarmUpDay(
            day=(one - first).days,
            local_date=one,
            due=sum(task.day == (one - first).days for task in tasks),
            done=done.count(one),
            sign_ups=count,
        )
        for one, count in zip(dates, sign_ups, strict=True)
    ]


async def _sign_ups(course_id: UUID, edges: Sequence[datetime]) -> list[int]:
    """How many enrolled between each edge and the next, in one statement."""
    counted = ", ".join(
        f"SUM(CASE WHEN created_at >= ${n} AND created_at < ${n + 1} THEN 1 ELSE 0 END) AS day_{n}"
        for n in range(2, len(edges) + 1)
    )
    rows = await fetch(f"SELECT {counted} FROM enrollment WHERE course_id = $1", course_id, *edges)  # noqa: S608 - own text, values are bound
    return [int(value or 0) for value in rows[0].values()]


def _figures(row: Mapping[str, Any]) -> WarmUpFigures:
    counts = {name: int(row[name]) for name in ("tasks", "done", "sign_ups", "seated", "attended")}
    return WarmUpFigures(course_id=as_id(row["id"]), title=row["title"], target=row["sign_up_target"], **counts)


def _percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None
