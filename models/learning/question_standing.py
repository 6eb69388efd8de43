"""How a member last answered a question, in whatever quiz: the book of its wrong answers.

A question leaves the book when it is answered rightly, in a quiz or when it is practised again. It stands there for its
member once the review of the attempt shows what was right and wrong, and not before.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.learning.quiz_answer import QuizAnswer
from models.learning.quiz_attempt import QuizAttempt
from models.record import Record
from store.database import execute
from store.ids import new_id

ROWS_AT_ONCE = 50


class QuestionStanding(Record):
    member_id: UUID = fields.UUIDField()
    question_id: UUID = fields.UUIDField()
    attempt: fields.ForeignKeyRelation[QuizAttempt] = fields.ForeignKeyField(
        "models.QuizAttempt", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    attempt_id: UUID
    answer_id: UUID = fields.UUIDField(description="The answer in which it was last asked in a quiz.")
    is_right = fields.BooleanField()
    answered = fields.IntField(default=1, description="How often it was answered and marked.")
    wrong = fields.IntField(description="How often wrongly.")
    last_at: datetime = fields.DatetimeField()

    class Meta:
        table = "question_standing"
        constraints = (UniqueConstraint(fields=("member_id", "question_id"), name="question_standing_once"),)
        indexes = (Index(fields=("member_id", "is_right", "last_at", "id"), name="question_standing_by_member"),)

    @classmethod
    async def note(cls, answers: Sequence[QuizAnswer], *, at: datetime) -> None:
        """Write down how marked answers of one member went, once each when they are first marked."""
        marked = sorted((one for one in answers if one.is_right is not None), key=lambda one: one.question_id)
        for start in range(0, len(marked), ROWS_AT_ONCE):
            some = marked[start : start + ROWS_AT_ONCE]
            values = [value for one in some for value in _row(one, at)]
            await execute(f"{_INSERT} VALUES {_places(len(some))} {_ON_CONFLICT}", *values)

    @classmethod
    async def correct(cls, answers: Sequence[QuizAnswer]) -> None:
        """Say anew how answers went that were regraded, where they are the last of their question."""
        for is_right in (True, False):
            regraded = [one.id for one in answers if one.is_right is is_right]
            await cls.filter(answer_id__in=regraded).update(is_right=is_right)


_COLUMNS = ("id", "member_id", "question_id", "attempt_id", "answer_id", "is_right", "answered", "wrong", "last_at")
_INSERT = f"INSERT INTO question_standing ({', '.join(_COLUMNS)})"
_ON_CONFLICT = (
    "ON CONFLICT (member_id, question_id) DO UPDATE SET attempt_id = excluded.attempt_id, "
    "answer_id = excluded.answer_id, is_right = excluded.is_right, answered = question_standing.answered + 1, "
    "wrong = question_standing.wrong + excluded.wrong, last_at = excluded.last_at"
)


def _row(answer: QuizAnswer, at: datetime) -> tuple[Any, ...]:
    wrong = 0 if answer.is_right else 1
    ids = (new_id(), answer.member_id, answer.question_id, answer.attempt_id, answer.id)
    return (*ids, answer.is_right, 1, wrong, at)


def _places(rows: int) -> str:
    width = len(_COLUMNS)
    each = (", ".join(f"${row * width + n}" for n in range(1, width + 1)) for row in range(rows))
    return ", ".join(f"({one})" for one in each)
