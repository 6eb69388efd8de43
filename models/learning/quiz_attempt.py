"""An attempt at a quiz: begun, gone on with, handed in once.

A member has one open attempt at a quiz, which a unique index says; to begin again while it is open is to go on with it.
Its questions, their versions, their order and that of their options are drawn from a seed and written down when it
begins. Whether its time is over is said by `is_overdue` alone, from the instant at which the server took the request:
the deadline is the first instant that is too late.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError, NotFound
from models.learning.quiz import Quiz
from models.learning.quiz_terms import Overdue
from models.members.member import Member
from models.record import Record
from store.database import dialect, fetch


class AttemptState(StrEnum):
    """What has become of an attempt."""

    OPEN = "open"
    WAITING = "waiting"
    GRADED = "graded"
    ABANDONED = "abandoned"


HANDED_IN = (AttemptState.WAITING, AttemptState.GRADED)


class AttemptOver(DomainError):
    code = "ATTEMPT_OVER"
    zh = "该次作答已结束，不能再修改"
    en = "This attempt is over and cannot be changed."


class QuizAttempt(Record):
    quiz: fields.ForeignKeyRelation[Quiz] = fields.ForeignKeyField(
        "models.Quiz", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    quiz_id: UUID
    quiz_version = fields.IntField(description="The terms that it was begun under.")
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    number = fields.IntField(description="The member's nth attempt at the quiz, from 1.")
    state = fields.CharEnumField(AttemptState, max_length=10, default=AttemptState.OPEN)
    seed = fields.CharField(max_length=32, description="What its questions and their order were drawn from.")
    overdue = fields.CharEnumField(Overdue, max_length=10)
    started_at: datetime = fields.DatetimeField()
    deadline_at: datetime | None = fields.DatetimeField(null=True, description="The first instant that is too late.")
    submitted_at: datetime | None = fields.DatetimeField(null=True)
    later_at: datetime | None = fields.DatetimeField(null=True, description="When right after it has passed.")
    graded_at: datetime | None = fields.DatetimeField(null=True)
    is_late = fields.BooleanField(default=False)
    was_overdue = fields.BooleanField(default=False, description="Handed in by the clock, with what was saved in time.")
    points: int | None = fields.IntField(null=True, description="Hundredths of a point; absent before it is graded.")
    points_most = fields.IntField(description="Hundredths of a point for the whole paper.")
    score: int | None = fields.IntField(null=True, description="What counts, in hundredths of a percent.")
    is_passed: bool | None = fields.BooleanField(null=True)  # type: ignore[assignment]  # Tortoise types it as never null

    class Meta:
        table = "quiz_attempt"
        constraints = (
            UniqueConstraint(fields=("quiz_id", "member_id", "number"), name="quiz_attempt_number_once"),
            UniqueConstraint(fields=("quiz_id", "member_id"), condition="state = 'open'", name="quiz_attempt_one_open"),
            CheckConstraint(
                check="points IS NULL OR points >= 0 AND points <= points_most", name="quiz_attempt_within_paper"
            ),
            CheckConstraint(
                check="(state = 'graded') = (graded_at IS NOT NULL AND points IS NOT NULL AND score IS NOT NULL)",
                name="quiz_attempt_graded_whole",
            ),
        )
        indexes = (
            Index(fields=("quiz_id", "submitted_at", "id"), name="quiz_attempt_by_quiz"),
            Index(fields=("member_id", "started_at", "id"), name="quiz_attempt_by_member"),
            Index(fields=("state", "deadline_at"), name="quiz_attempt_by_deadline"),
            Index(fields=("graded_at", "quiz_id"), name="quiz_attempt_by_grading"),
        )

    @classmethod
    async def shared(cls, id: UUID, member_id: UUID) -> Self:
        """A member's own attempt, which is not handed in while the caller's transaction lasts; or `NotFound`."""
        return await cls._own(id, member_id, " FOR SHARE" if dialect() == "postgres" else "")

    @classmethod
    async def held(cls, id: UUID, member_id: UUID) -> Self:
        """A member's own attempt, which nobody else changes; or `NotFound`. The caller holds the member's row."""
        return await cls._own(id, member_id, " FOR NO KEY UPDATE" if dialect() == "postgres" else "")

    @classmethod
    async def _own(cls, id: UUID, member_id: UUID, lock: str) -> Self:
        rows = await fetch(f"SELECT * FROM quiz_attempt WHERE id = $1 AND member_id = $2{lock}", id, member_id)  # noqa: S608 - own text, values are bound
        if not rows:
            raise NotFound(field="attemptId")
        return cls.from_row(rows[0])

    @classmethod
    async def open_one(cls, quiz_id: UUID, member_id: UUID) -> Self | None:
        """The attempt that a member can go on with, or whose time has run out meanwhile."""
        return await cls.get_or_none(quiz_id=quiz_id, member_id=member_id, state=AttemptState.OPEN)

    @classmethod
    async def last_one(cls, quiz_id: UUID, member_id: UUID) -> Self | None:
        """The member's latest attempt, whose number says how many there are; the open one, if there is one."""
        return await cls.filter(quiz_id=quiz_id, member_id=member_id).order_by("-number").first()

    @property
    def is_open(self) -> bool:
        return self.state is AttemptState.OPEN

    @property
    def is_handed_in(self) -> bool:
        return self.state in HANDED_IN

    def is_overdue(self, *, at: datetime) -> bool:
        """Whether its time is over: the one place that says so."""
        return self.deadline_at is not None and at >= self.deadline_at

    def seconds_left(self, *, at: datetime) -> int | None:
        """Whole seconds until the deadline by the server's clock; None where there is none, or it is not open."""
        if self.deadline_at is None or not self.is_open:
            return None
        return max(int((self.deadline_at - at).total_seconds()), 0)

    @property
    def percent(self) -> int | None:
        """What counts, in whole percents."""
        return None if self.score is None else self.score // 100


def deadline_of(quiz: Quiz, *, at: datetime) -> datetime | None:
    """When an attempt that begins at `at` must be handed in: after its minutes, or at the end of the quiz."""
    ends = [quiz.ends_at, at + timedelta(minutes=quiz.minutes) if quiz.minutes else None]
    return min((one for one in ends if one), default=None)
