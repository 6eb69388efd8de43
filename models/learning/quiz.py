"""A quiz: the paper of a piece of homework, of a week's knowledge quiz or of practice, and who may take it when.

While it is a draft everything may change. Publishing closes the first version of its terms; a change afterwards makes
another, and every attempt keeps the one that it was begun under, with its questions as they stood. Whoever begins an
attempt shares the quiz's row, whoever changes or closes the quiz has it alone, so nothing begins under terms, or after
an end, that it could not see.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import DomainError, NotFound
from models.groups.circle import Circle
from models.groups.group import Group
from models.learning.course_session import CourseSession
from models.learning.quiz_terms import Keeps, Overdue, Pays, QuizKind
from models.members.audience import Audience
from models.record import Record
from store.database import dialect, fetch


class QuizStatus(StrEnum):
    """What has become of a quiz."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"
    ARCHIVED = "archived"


class QuizNotOpen(DomainError):
    code = "QUIZ_NOT_OPEN"
    zh = "测验尚未开始"
    en = "This quiz is not open yet."


class QuizClosed(DomainError):
    code = "QUIZ_CLOSED"
    zh = "测验已截止"
    en = "This quiz is closed."


class Quiz(Record):
    title = fields.CharField(max_length=60)
    kind = fields.CharEnumField(QuizKind, max_length=10)
    description = fields.TextField(null=True)
    status = fields.CharEnumField(QuizStatus, max_length=10, default=QuizStatus.DRAFT)
    version = fields.IntField(default=0, description="0 while it is a draft.")
    course_session: fields.ForeignKeyNullableRelation[CourseSession] = fields.ForeignKeyField(
        "models.CourseSession", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True
    )
    course_session_id: UUID | None
    circle: fields.ForeignKeyNullableRelation[Circle] = fields.ForeignKeyField(
        "models.Circle", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True
    )
    circle_id: UUID | None
    group: fields.ForeignKeyNullableRelation[Group] = fields.ForeignKeyField(
        "models.Group", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True
    )
    group_id: UUID | None
    audience: dict[str, Any] = fields.JSONField(default=dict)
    items: list[dict[str, Any]] = fields.JSONField(default=list, description="The questions that everybody gets.")
    draws: list[dict[str, Any]] = fields.JSONField(default=list, description="How others are drawn.")
    shuffles_questions = fields.BooleanField(default=False)
    shuffles_options = fields.BooleanField(default=True)
    minutes: int | None = fields.IntField(null=True, description="How long an attempt may take; absent: any time.")
    opens_at: datetime | None = fields.DatetimeField(null=True)
    closes_at: datetime | None = fields.DatetimeField(null=True, description="From when on it is late.")
    late_minutes = fields.IntField(default=0)
    late_percent = fields.SmallIntField(default=100, description="What of the score counts when it is late.")
    ends_at: datetime | None = fields.DatetimeField(null=True, description="The first instant at which it is over.")
    overdue = fields.CharEnumField(Overdue, max_length=10, default=Overdue.SUBMIT)
    attempts_most: int | None = fields.SmallIntField(null=True)
    gap_minutes = fields.IntField(default=0, description="Minutes between handing in and beginning anew.")
    keeps = fields.CharEnumField(Keeps, max_length=10, default=Keeps.BEST)
    pass_percent = fields.SmallIntField(default=60)
    pays = fields.CharEnumField(Pays, max_length=10, default=Pays.PASSING)
    score_points: int | None = fields.IntField(null=True, description="Points for the whole score.")
    password = fields.CharField(max_length=40, null=True)
    review: dict[str, list[str]] = fields.JSONField(default=dict)
    correctness_in = fields.CharField(max_length=60, default="", description="The phases that tell right from wrong.")
    right_after_minutes = fields.IntField(default=2)
    bands: list[dict[str, Any]] = fields.JSONField(default=list)
    published_at: datetime | None = fields.DatetimeField(null=True)
    closed_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "quiz"
        constraints = (
            CheckConstraint(
                check="opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at", name="quiz_has_a_window"
            ),
        )
        indexes = (
            Index(fields=("created_at", "id"), name="quiz_by_age"),
            Index(fields=("circle_id", "kind", "created_at"), name="quiz_by_circle"),
            Index(fields=("group_id", "created_at"), name="quiz_by_group"),
            Index(fields=("course_session_id", "created_at", "id"), name="quiz_by_session"),
        )

    @classmethod
    async def shared(cls, id: UUID, member_id: UUID) -> Self:
        """The quiz for an act of a member, beside others, while nobody changes it; or `NotFound`."""
        return await cls._found(id, member_id, " FOR SHARE OF q" if dialect() == "postgres" else "")

    @classmethod
    async def seen(cls, id: UUID, member_id: UUID) -> Self:
        """The quiz as a member sees it: published, and of its own circle or group; or `NotFound`."""
        return await cls._found(id, member_id, "")

    @classmethod
    async def held(cls, id: UUID) -> Self:
        """The quiz for a change, which nobody else makes meanwhile; or `NotFound`."""
        return await cls.locked(id, field="quizId")

    @classmethod
    async def _found(cls, id: UUID, member_id: UUID, lock: str) -> Self:
        rows = await fetch(f"SELECT q.* FROM quiz q WHERE q.id = $1 AND {_SEEN}{lock}", id, member_id)  # noqa: S608 - own text, values are bound
        if not rows:
            raise NotFound(field="quizId")
        return cls.from_row(rows[0])

    @property
    def for_whom(self) -> Audience:
        return Audience.from_json(self.audience)

    @property
    def is_practice(self) -> bool:
        return self.kind is QuizKind.PRACTICE

    def is_closed(self, *, at: datetime) -> bool:
        """Whether nobody can hand in any more."""
        return self.status in (QuizStatus.CLOSED, QuizStatus.ARCHIVED) or (
            self.ends_at is not None and at >= self.ends_at
        )

    def closing(self, *, at: datetime) -> DomainError | None:
        """Why nobody can begin at `at`; None where it is open."""
        if self.is_closed(at=at):
            return QuizClosed()
        return QuizNotOpen(retry_at=self.opens_at) if self.opens_at and at < self.opens_at else None


IN_PLACE = (
    "({row}.group_id IS NULL OR EXISTS (SELECT 1 FROM membership mp WHERE mp.group_id = {row}.group_id "
    "AND mp.member_id = {member})) AND ({row}.circle_id IS NULL OR EXISTS (SELECT 1 FROM membership mp "
    "JOIN chat_group cg ON cg.id = mp.group_id WHERE cg.circle_id = {row}.circle_id AND mp.member_id = {member})) "
    "AND ({row}.course_session_id IS NULL OR EXISTS (SELECT 1 FROM course_session cs "
    "JOIN enrollment en ON en.course_id = cs.course_id WHERE cs.id = {row}.course_session_id "
    "AND en.member_id = {member} AND en.state = 'enrolled'))"
)
"""Whether a quiz, `{row}`, is of a place where a member, `{member}`, belongs; homework, of a course that it sits in."""

_SEEN = "q.version > 0 AND " + IN_PLACE.replace("{row}", "q").replace("{member}", "$2")
