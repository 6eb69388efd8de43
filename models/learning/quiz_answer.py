"""An answer of an attempt: one question, as it was put before the member, and what it last said to it.

The rows are there from the beginning, one for each question. A client numbers what it sends, and of two the higher
number stands, in whatever order they come; the same one again changes nothing. Whoever saves shares the attempt, and
whoever hands it in has it alone, so what was acknowledged is there when it is marked. Saving looks at the shape of an
answer alone: it costs the same and says the same whether it is right or wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import Invalid, within
from models.learning.asked import Asked
from models.learning.marking import ScoreRule
from models.learning.presentation import Presentation
from models.learning.quiz_attempt import AttemptOver, QuizAttempt
from models.learning.quiz_terms import QUESTIONS_MOST
from models.learning.response import Response
from models.members.member import ACTIVE, Member, MemberNotActive
from models.record import Record
from store.database import transaction
from store.rewriting import rewrite

SEQUENCE_MOST = 2**53
WORDS_MOST = 1_000

_KEPT = {"response": "jsonb", "sequence": "bigint", "answered_at": "timestamptz"}
_MARKED = {
    "points": "int",
    "is_right": "boolean",
    "needs_marker": "boolean",
    "graded_version_id": "uuid",
    "handed_in_at": "timestamptz",
}


@dataclass(frozen=True)
class Given:
    """What a client sends for a question, by its position; no response clears the answer."""

    position: int
    response: Response | None
    sequence: int


class QuizAnswer(Record):
    attempt: fields.ForeignKeyRelation[QuizAttempt] = fields.ForeignKeyField(
        "models.QuizAttempt", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    attempt_id: UUID
    member_id: UUID = fields.UUIDField()
    position = fields.SmallIntField(description="Its place in the paper, from 1.")
    question_id: UUID = fields.UUIDField()
    question_version_id: UUID = fields.UUIDField(description="The version that the member saw.")
    graded_version_id: UUID = fields.UUIDField(description="The version by whose key it is marked.")
    presentation: dict[str, Any] = fields.JSONField(default=dict)
    rule = fields.CharEnumField(ScoreRule, max_length=20)
    points_most = fields.IntField()
    response: dict[str, Any] | None = fields.JSONField(null=True, description="In the bank's names of options.")
    sequence = fields.BigIntField(default=0, description="The client's number of what stands.")
    answered_at: datetime | None = fields.DatetimeField(null=True)
    points: int | None = fields.IntField(null=True, description="Hundredths of a point; absent before it is marked.")
    is_right: bool | None = fields.BooleanField(null=True)  # type: ignore[assignment]  # Tortoise types it as never null
    needs_marker = fields.BooleanField(default=False, description="Whether it waits for staff.")
    marked_by: UUID | None = fields.UUIDField(null=True)
    marked_at: datetime | None = fields.DatetimeField(null=True, description="When staff marked it.")
    words = fields.CharField(max_length=WORDS_MOST, null=True, description="What the marker says to the member.")
    rubric: list[int] | None = fields.JSONField(null=True, description="Hundredths of a point for each criterion.")
    handed_in_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "quiz_answer"
        constraints = (
            UniqueConstraint(fields=("attempt_id", "position"), name="quiz_answer_position_once"),
            UniqueConstraint(fields=("attempt_id", "question_id"), name="quiz_answer_question_once"),
            # The queue of the markers reads this one, which holds nothing else.
            UniqueConstraint(fields=("handed_in_at", "id"), condition="needs_marker", name="quiz_answer_to_mark"),
        )
        indexes = (
            Index(fields=("question_id", "handed_in_at"), name="quiz_answer_by_question"),
            Index(fields=("member_id",), name="quiz_answer_by_member"),
        )

    @classmethod
    async def save_all(cls, member_id: UUID, attempt_id: UUID, given: Sequence[Given], *, at: datetime) -> QuizAttempt:
        """Keep what a member has answered so far. Raises `AttemptOver`, `Invalid`, `MemberNotActive`, `NotFound`."""
        async with transaction():
            attempt = await QuizAttempt.shared(attempt_id, member_id)
            if not attempt.is_open or attempt.is_overdue(at=at):
                raise AttemptOver()
            if (await Member.get(id=member_id)).status not in ACTIVE:
                raise MemberNotActive()
            await cls.keep(attempt, given, at=at)
        return attempt

    @classmethod
    async def keep(cls, attempt: QuizAttempt, given: Sequence[Given], *, at: datetime) -> None:
        """Write answers down, inside a transaction in which the attempt stays open."""
        rows = await cls.filter(attempt_id=attempt.id, position__in=[one.position for one in given])
        kept = await cls.take(rows, given, at=at)
        await rewrite("quiz_answer", _KEPT, {one.id: one._kept for one in kept}, only_if="old.sequence < new.sequence")

    @classmethod
    async def take(cls, rows: Sequence[Self], given: Sequence[Given], *, at: datetime) -> list[Self]:
        """Have rows say what was given, unsaved, where it is newer; returns those that do."""
        within("answers", len(given), 0, QUESTIONS_MOST)
        if len({one.position for one in given}) < len(given):
            raise Invalid("answers.position", zh="同一题只能提交一次", en="a question stands there twice")
        by_position, taken = {row.position: row for row in rows}, []
        asked = await Asked.versions(row.question_version_id for row in rows)
        for one in sorted(given, key=lambda one: one.position):
            row = by_position.get(one.position)
            if row is None:
                raise Invalid("answers.position", zh="没有这一题", en="there is no such question")
            within("answers.sequence", one.sequence, 1, SEQUENCE_MOST)
            response = row._taken(one.response, asked[row.question_version_id])
            if row.sequence < one.sequence:
                row.response, row.sequence, row.answered_at = response, one.sequence, at
                taken.append(row)
        return taken

    @classmethod
    async def write_marks(cls, answers: Sequence[Self]) -> None:
        """Write down how answers were marked, in one statement; the caller holds their attempt."""
        await rewrite("quiz_answer", _MARKED, {one.id: one._marks for one in answers})

    @classmethod
    async def write_all(cls, answers: Sequence[Self]) -> None:
        """Write down what was answered and how it was marked; the caller holds their attempt."""
        await rewrite("quiz_answer", _KEPT | _MARKED, {one.id: (*one._kept, *one._marks) for one in answers})

    @property
    def _kept(self) -> tuple[object, ...]:
        text = None if self.response is None else orjson.dumps(self.response).decode()
        return text, self.sequence, self.answered_at

    @property
    def _marks(self) -> tuple[object, ...]:
        return self.points, self.is_right, self.needs_marker, self.graded_version_id, self.handed_in_at

    def _taken(self, response: Response | None, asked: Asked) -> dict[str, Any] | None:
        """The response in the bank's names; `Invalid` where it does not answer the question."""
        if response is None:
            return None
        return Presentation.from_json(self.presentation).taken(response).checked(asked.content).to_json()

    @property
    def given(self) -> Response | None:
        """What the member has answered, in the bank's names."""
        return None if self.response is None else Response.from_json(self.response)
