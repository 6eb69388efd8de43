"""A change of a graded attempt: how it stood before and after, why, and by whom; never altered.

A key was corrected, or a marker thought again. What the new score earns is paid; what the old one has earned is taken
back where staff say so, as far as the member still has it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.insight.standing import standing_changed
from models.learning.grading import due_for, settle
from models.learning.quiz_answer import QuizAnswer
from models.learning.quiz_attempt import AttemptState, QuizAttempt
from models.learning.quiz_standing import QuizStanding
from models.learning.quiz_terms import Pays, QuizTerms
from models.learning.quiz_version import QuizVersion
from models.points.account import Bucket, of_member, of_platform
from models.points.behaviour import Behaviour
from models.points.earning import Earning
from models.points.entry import InsufficientPoints, Move, PointEntry, Rule
from models.record import Record
from models.staff.audit import REASON_MOST
from store.database import savepoint
from store.engines.guards import AppendOnly
from store.ids import new_id

BACK_REASON = "quiz_score_back"


class AttemptChange(Record):
    attempt: fields.ForeignKeyRelation[QuizAttempt] = fields.ForeignKeyField(
        "models.QuizAttempt", related_name=False, on_delete=fields.OnDelete.CASCADE
    )
    attempt_id: UUID
    member_id: UUID = fields.UUIDField()
    answer_id: UUID = fields.UUIDField()
    regrade_id: UUID | None = fields.UUIDField(null=True, description="Absent where a marker thought again.")
    answer_points_before: int | None = fields.IntField(null=True)
    answer_points: int | None = fields.IntField(null=True)
    points_before: int | None = fields.IntField(null=True)
    points: int | None = fields.IntField(null=True)
    score_before: int | None = fields.IntField(null=True)
    score: int | None = fields.IntField(null=True)
    was_passed: bool | None = fields.BooleanField(null=True)  # type: ignore[assignment]  # Tortoise types it as never null
    is_passed: bool | None = fields.BooleanField(null=True)  # type: ignore[assignment]  # Tortoise types it as never null
    taken_back = fields.IntField(default=0, description="Points that were taken back.")
    kept = fields.BooleanField(default=False, description="Whether the member had spent what would have come back.")
    reason = fields.CharField(max_length=REASON_MOST)
    staff_id: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "attempt_change"
        constraints = (UniqueConstraint(fields=("regrade_id", "answer_id"), name="attempt_change_once_per_regrade"),)
        indexes = (
            Index(fields=("attempt_id", "created_at", "id"), name="attempt_change_by_attempt"),
            Index(fields=("created_at",), name="attempt_change_by_time"),
            Index(fields=("member_id",), name="attempt_change_by_member"),
        )
        guards = (AppendOnly("attempt_change"),)

    @classmethod
    def before(cls, attempt: QuizAttempt, answer: QuizAnswer) -> "Before":
        """How an attempt stands, before an answer of it is marked anew; the caller holds it and its member's row."""
        return Before(attempt, answer.points, attempt.points, attempt.score, attempt.is_passed)


@dataclass(frozen=True)
class Before:
    """What an attempt and its answer stood at."""

    attempt: QuizAttempt
    answer_points: int | None
    points: int | None
    score: int | None
    is_passed: bool | None

    async def record(
        self,
        answer: QuizAnswer,
        *,
        takes_back: bool,
        reason: str,
        staff_id: UUID,
        regrade: UUID | None,
        at: datetime,
    ) -> bool:
        """Settle the attempt anew after its answer was marked, and keep what changed; whether anything did."""
        if answer.points == self.answer_points:
            return False
        attempt, change_id, taken = self.attempt, new_id(), Taken()
        if attempt.state is AttemptState.GRADED:
            terms = await QuizVersion.of(attempt.quiz_id, attempt.quiz_version)
            standing = await settle(attempt, terms, source=f"attempt_change:{change_id}", at=at)
            if takes_back and standing:
                taken = await _take_back(attempt, standing, terms, change_id, reason, staff_id=staff_id, at=at)
        await AttemptChange.create(
            id=change_id,
            attempt_id=attempt.id,
            member_id=attempt.member_id,
            answer_id=answer.id,
            regrade_id=regrade,
            answer_points_before=self.answer_points,
            answer_points=answer.points,
            points_before=self.points,
            points=attempt.points,
            score_before=self.score,
            score=attempt.score,
            was_passed=self.is_passed,
            is_passed=attempt.is_passed,
            taken_back=taken.points,
            kept=taken.kept,
            reason=reason,
            staff_id=staff_id,
            created_at=at,
        )
        return True


@dataclass(frozen=True)
class Taken:
    points: int = 0
    kept: bool = False


async def _take_back(
    attempt: QuizAttempt,
    standing: QuizStanding,
    terms: QuizTerms,
    change_id: UUID,
    reason: str,
    *,
    staff_id: UUID,
    at: datetime,
) -> Taken:
    """Take back what the standing has not earned any more; a member who has spent it keeps it."""
    try:
        async with savepoint():
            if terms.pays is Pays.SCORE:
                return await _score_back(attempt, standing, terms, change_id, reason, staff_id=staff_id, at=at)
            if standing.passed_at and standing.score < terms.pass_percent * 100:
                return await _pass_back(standing, reason, staff_id=staff_id, at=at)
    except InsufficientPoints:
        return Taken(kept=True)
    return Taken()


async def _score_back(
    attempt: QuizAttempt,
    standing: QuizStanding,
    terms: QuizTerms,
    change_id: UUID,
    reason: str,
    *,
    staff_id: UUID,
    at: datetime,
) -> Taken:
    over = standing.paid - due_for(terms, standing.score)
    if over <= 0:
        return Taken()
    move = Move(
        debit=of_member(attempt.member_id),
        credit=of_platform(Bucket.ISSUED),
        amount=over,
        reason=BACK_REASON,
        source=f"attempt_change:{change_id}",
        rule=Rule(attempt.quiz_id, attempt.quiz_version),
        note=reason,
        staff_id=staff_id,
    )
    await PointEntry.post([move], at=at)
    await QuizStanding.filter(id=standing.id).update(paid=standing.paid - over)
    await standing_changed([attempt.member_id], at=at)
    return Taken(over)


async def _pass_back(standing: QuizStanding, reason: str, *, staff_id: UUID, at: datetime) -> Taken:
    """The pass is gone, with everything it was paid; a later one is paid as another."""
    paid = await Earning.filter(
        member_id=standing.member_id,
        behaviour=Behaviour.QUIZ_PASSED,
        source__startswith=f"quiz:{standing.quiz_id}",
        reversed_at__isnull=True,
    )
    for source in sorted({one.source for one in paid}):
        await Earning.take_back(
            standing.member_id, Behaviour.QUIZ_PASSED, source, at=at, note=reason, staff_id=staff_id
        )
    await QuizStanding.filter(id=standing.id).update(passed_at=None)
    await standing_changed([standing.member_id], at=at)
    return Taken(sum(one.amount for one in paid))
