"""A standing: where a member stands in a quiz over all of its attempts; what boards, lists and payments go by.

It is written in the transaction that grades an attempt, under the member's row, so it says what the attempts say. It is
also where everybody else asks whether a quiz was passed: red packets, courses and camps, whatever the pass was paid.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.learning.quiz import Quiz
from models.learning.quiz_attempt import AttemptState, QuizAttempt
from models.learning.quiz_terms import Keeps, QuizKind, QuizTerms
from models.members.member import Member
from models.record import Record


class QuizStanding(Record):
    quiz: fields.ForeignKeyRelation[Quiz] = fields.ForeignKeyField(
        "models.Quiz", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    quiz_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    graded = fields.IntField(default=0, description="How many attempts are graded.")
    score = fields.IntField(default=0, description="What is kept, in hundredths of a percent.")
    best = fields.IntField(default=0, description="The best attempt's score, in hundredths of a percent.")
    submitted_at: datetime = fields.DatetimeField(description="When the attempt that counts was handed in.")
    passed_at: datetime | None = fields.DatetimeField(null=True, description="When it was first passed.")
    paid = fields.IntField(default=0, description="Points paid for the score so far.")

    class Meta:
        table = "quiz_standing"
        constraints = (UniqueConstraint(fields=("quiz_id", "member_id"), name="quiz_standing_once"),)
        indexes = (
            Index(fields=("quiz_id", "score", "submitted_at"), name="quiz_standing_by_score"),
            Index(fields=("member_id", "submitted_at", "id"), name="quiz_standing_by_member"),
        )

    @classmethod
    async def passed_of(cls, member_id: UUID, quiz_ids: Sequence[UUID]) -> set[UUID | None]:
        """Those of some quizzes that are passed, as far as the pass stands."""
        if not quiz_ids:
            return set()
        passed = cls.filter(member_id=member_id, quiz_id__in=list(quiz_ids), passed_at__isnull=False)
        return {one.quiz_id for one in await passed}

    @classmethod
    async def has_passed_any(cls, member_id: UUID, *, since: datetime) -> bool:
        """Whether some quiz was passed since an instant, practice aside, which tells what is right."""
        passed = cls.filter(member_id=member_id, passed_at__gte=since)
        return await passed.exclude(quiz__kind=QuizKind.PRACTICE).exists()

    @classmethod
    async def of(cls, attempt: QuizAttempt) -> Self:
        """The standing as it was before, or a new one, unsaved; the caller holds the member's row."""
        known = await cls.get_or_none(quiz_id=attempt.quiz_id, member_id=attempt.member_id)
        return known or cls(quiz_id=attempt.quiz_id, member_id=attempt.member_id)

    async def settle(self, terms: QuizTerms) -> bool:
        """Bring it up to what the graded attempts say now, unsaved; whether what is kept passes."""
        attempts = (
            await QuizAttempt.filter(quiz_id=self.quiz_id, member_id=self.member_id, state=AttemptState.GRADED)
            .order_by("number")
            .only("id", "number", "score", "submitted_at", "started_at")
        )
        kept = counting(attempts, terms.keeps)
        self.graded, self.best = len(attempts), max(one.score or 0 for one in attempts)
        self.score = mean(attempts) if terms.keeps is Keeps.MEAN else kept.score or 0
        self.submitted_at = kept.submitted_at or kept.started_at
        return self.score >= terms.pass_percent * 100


PASSED = (
    "EXISTS (SELECT 1 FROM quiz_standing qs WHERE qs.quiz_id = {quiz} AND qs.member_id = {member} "
    "AND qs.passed_at < {before})"
)
"""The same, said to the database: whether a quiz was passed before an instant."""


def counting(attempts: Sequence[QuizAttempt], keeps: Keeps) -> QuizAttempt:
    """The attempt that counts, of some in their order; for a mean, the last."""
    match keeps:
        case Keeps.BEST:
            return max(attempts, key=lambda one: (one.score or 0, -one.number))
        case Keeps.FIRST:
            return attempts[0]
        case Keeps.LAST | Keeps.MEAN:
            return attempts[-1]


def mean(attempts: Sequence[QuizAttempt]) -> int:
    """The mean of the scores, rounded down."""
    return sum(one.score or 0 for one in attempts) // len(attempts)
