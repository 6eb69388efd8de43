"""The analysis of a quiz: how it went, and how each of its questions did, as of an instant.

It is about the first graded attempt of each member, since later ones know what the first has shown, and leaves late
factors aside. A job works it out anew some minutes after something was graded, marked again or regraded: attempts are
read in pages and added up beside the event loop, so a quiz of ten thousand costs memory for its questions alone. The
figures of questions go on to the bank, added up over the quizzes that asked them.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.learning.item_figures import Answered, PaperSums, add_all
from models.learning.quiz import Quiz
from models.learning.quiz_item import QuizItem
from models.learning.response import Response
from models.one_by_one import OneByOne
from models.record import Record
from store.clock import as_instant
from store.database import among, fetch, fetch_rows, fetch_value, transaction
from store.ids import as_id

ATTEMPTS_AT_ONCE = 100
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SETTLED_AFTER = timedelta(minutes=1)
"""How much older than an analysis a grade must be to be in it for certain: no request takes that long."""
LOOKED_BACK = timedelta(days=1)
"""How far behind the last analysis of any quiz is looked for what none has seen."""


class QuizAnalysis(Record):
    quiz: fields.ForeignKeyRelation[Quiz] = fields.ForeignKeyField(
        "models.Quiz", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    quiz_id: UUID
    attempts = fields.IntField(description="How many members' first attempts it is about.")
    mean = fields.IntField(description="Hundredths of a percent, as are the median and the deviation.")
    median = fields.IntField()
    deviation = fields.IntField()
    reliability: float | None = fields.FloatField(null=True)
    histogram: list[int] = fields.JSONField(description="How many scores lie in each tenth.")
    computed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "quiz_analysis"
        constraints = (UniqueConstraint(fields=("quiz_id",), name="quiz_analysis_once"),)
        indexes = (Index(fields=("computed_at", "id"), name="quiz_analysis_by_time"),)

    @classmethod
    async def compute(cls, quiz_id: UUID, *, at: datetime) -> Self | None:
        """Work a quiz out as it stands, keep it, and tell the bank; None while nothing is graded."""
        sums = await summed(quiz_id)
        if not sums.attempts:
            return None
        row = cls(
            quiz_id=quiz_id,
            attempts=sums.attempts,
            mean=sums.mean,
            median=sums.median,
            deviation=round(sums.deviation),
            reliability=sums.reliability,
            histogram=sums.histogram,
            computed_at=at,
        )
        async with transaction():
            await cls.bulk_create([row], on_conflict=["quiz_id"], update_fields=_FIGURES)
            await QuizItem.put(quiz_id, sums.items, at=at)
        return await cls.get(quiz_id=quiz_id)

    @classmethod
    async def compute_due(cls, *, at: datetime) -> int:
        """Work out the quizzes in which something was graded since; returns how many."""
        last, run = await fetch_value("SELECT MAX(computed_at) AS last FROM quiz_analysis"), OneByOne("analyse quiz")
        since = as_instant(last) - LOOKED_BACK if last else LONG_AGO
        rows = await fetch(_CHANGED, since)
        done = 0
        for row in rows:
            known = await cls.get_or_none(quiz_id=as_id(row["quiz_id"]))
            if known is None or as_instant(row["changed_at"]) > known.computed_at - SETTLED_AFTER:
                done += bool(await run.do(as_id(row["quiz_id"]), cls.compute(as_id(row["quiz_id"]), at=at)))
        return done


_FIGURES = ["attempts", "mean", "median", "deviation", "reliability", "histogram", "computed_at"]
_CHANGED = (
    "SELECT c.quiz_id, MAX(c.changed_at) AS changed_at FROM ("
    "SELECT a.quiz_id, a.graded_at AS changed_at FROM quiz_attempt a WHERE a.graded_at > $1 UNION ALL "
    "SELECT a.quiz_id, h.created_at FROM attempt_change h JOIN quiz_attempt a ON a.id = h.attempt_id "
    "WHERE h.created_at > $1) c GROUP BY c.quiz_id ORDER BY c.quiz_id"
)
_FIRST = (
    "SELECT a.id, a.submitted_at FROM quiz_attempt a WHERE a.quiz_id = $1 AND a.state = 'graded' "
    "AND (a.submitted_at, a.id) > ($2, $3) AND NOT EXISTS (SELECT 1 FROM quiz_attempt e WHERE e.quiz_id = a.quiz_id "
    "AND e.member_id = a.member_id AND e.state = 'graded' AND e.number < a.number) "
    "ORDER BY a.submitted_at, a.id LIMIT $4"
)
_ANSWERS = (
    "SELECT n.attempt_id, n.question_id, n.graded_version_id, n.points, n.points_most, n.is_right, n.response "
    "FROM quiz_answer n WHERE "
)


async def summed(quiz_id: UUID) -> PaperSums:
    """The sums over the first graded attempts at a quiz."""
    sums = PaperSums()
    async for rows in _pages(quiz_id):
        await asyncio.to_thread(lambda some: add_all(sums, _by_attempt(some)), rows)
    return sums


async def _pages(quiz_id: UUID) -> AsyncIterator[Sequence[Any]]:
    """The answers of the attempts, some attempts at a time and each of them whole."""
    behind = (LONG_AGO, UUID(int=0))
    while attempts := await fetch(_FIRST, quiz_id, *behind, ATTEMPTS_AT_ONCE):
        behind = (as_instant(attempts[-1]["submitted_at"]), as_id(attempts[-1]["id"]))
        ids = [as_id(row["id"]) for row in attempts]
        yield await fetch_rows(_ANSWERS + among("n.attempt_id", 1, "uuid"), ids)


def _by_attempt(rows: Sequence[Any]) -> Mapping[UUID, Sequence[Answered]]:
    found: dict[UUID, list[Answered]] = defaultdict(list)
    for row in rows:
        found[as_id(row["attempt_id"])].append(
            Answered(
                question_id=as_id(row["question_id"]),
                version_id=as_id(row["graded_version_id"]),
                points=row["points"] or 0,
                points_most=row["points_most"],
                is_right=bool(row["is_right"]),
                chosen=_chosen(row["response"]),
            )
        )
    return found


def _chosen(stored: Any) -> Sequence[str] | None:
    """The options that were ticked, or which of true and false; nothing of another kind; None for no answer."""
    told = orjson.loads(stored) if isinstance(stored, str | bytes) else stored
    if not told:
        return None
    if options := told.get("options"):
        return tuple(options)
    if (truth := told.get("truth")) is not None:
        return ("true",) if truth else ("false",)
    return None if Response.from_json(told).is_empty else ()
