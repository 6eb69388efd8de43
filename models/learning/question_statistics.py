"""How a question went: how often it was answered, how often rightly, and how well it tells good members from others.

The numbers are worked out from attempts by whoever knows these, and put here as a whole; a later reckoning takes the
place of an earlier one, never the other way round.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.record import Record
from store.database import execute, transaction
from store.ids import new_id


@dataclass(frozen=True)
class Reckoned:
    """What was worked out of a question; discrimination lies between -1 and 1, and is None where too few answered."""

    question_id: UUID
    answered: int
    right: int
    discrimination: float | None = None


class QuestionStatistics(Record):
    question_id: UUID = fields.UUIDField()
    answered = fields.IntField()
    right_count = fields.IntField()
    discrimination: float | None = fields.FloatField(null=True)
    computed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "question_statistics"
        constraints = (
            UniqueConstraint(fields=("question_id",), name="question_statistics_once"),
            CheckConstraint(check="right_count BETWEEN 0 AND answered", name="question_statistics_right"),
        )

    @property
    def error_rate(self) -> float | None:
        """The share of answers that were not right, 0 to 1; None before the first."""
        return (self.answered - self.right_count) / self.answered if self.answered else None

    @classmethod
    async def put(cls, reckoned: Sequence[Reckoned], *, at: datetime) -> None:
        """Keep what was worked out at an instant, for each question the latest."""
        async with transaction():
            for one in sorted(reckoned, key=lambda one: one.question_id):
                await execute(_PUT, new_id(), one.question_id, one.answered, one.right, one.discrimination, at)


_PUT = (
    "INSERT INTO question_statistics (id, question_id, answered, right_count, discrimination, computed_at) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (question_id) DO UPDATE SET answered = excluded.answered, "
    "right_count = excluded.right_count, discrimination = excluded.discrimination, computed_at = excluded.computed_at "
    "WHERE question_statistics.computed_at <= excluded.computed_at"
)
