"""The versions of a quiz: its terms as they stood, which every attempt names; and the verbs that make them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, NotFound, bounded_text
from models.groups.circle import Circle
from models.groups.group import Group
from models.idempotency import Once, perform_once
from models.learning.course_session import CourseSession
from models.learning.paper import demand_supply
from models.learning.quiz import Quiz, QuizClosed, QuizStatus
from models.learning.quiz_terms import QuizTerms
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow, columns_of
from store.database import execute, transaction
from store.engines.guards import AppendOnly


class QuizChanged(DomainError):
    code = "QUIZ_CHANGED"
    zh = "该测验刚被他人修改，请刷新后重试"
    en = "Somebody changed this quiz meanwhile; read it again."
    field = "expectedVersion"


class QuizPublished(DomainError):
    code = "QUIZ_PUBLISHED"
    zh = "该测验已发布"
    en = "This quiz was published before."


class QuizVersion(Record):
    quiz: fields.ForeignKeyRelation[Quiz] = fields.ForeignKeyField(
        "models.Quiz", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    quiz_id: UUID
    version = fields.IntField()
    rules: dict[str, Any] = fields.JSONField(description="The terms.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "quiz_version"
        constraints = (UniqueConstraint(fields=("quiz_id", "version"), name="quiz_version_once"),)
        guards = (AppendOnly("quiz_version"),)

    @classmethod
    async def close(cls, quiz: Quiz, terms: QuizTerms, *, at: datetime) -> Self:
        """Keep the terms that hold from now on under the quiz's version."""
        return await cls.create(quiz_id=quiz.id, version=quiz.version, rules=terms.to_json(), created_at=at)

    @classmethod
    async def of(cls, quiz_id: UUID, version: int) -> QuizTerms:
        """The terms of a version."""
        return (await cls.get(quiz_id=quiz_id, version=version)).terms

    @property
    def terms(self) -> QuizTerms:
        return QuizTerms.from_json(self.rules)


async def create_quiz(terms: QuizTerms, *, staff_id: UUID, at: datetime, once: Once | None) -> Quiz:
    """A new draft. Raises `Invalid`, and `NotFound` for what it names."""

    async def write(id: UUID) -> Quiz:
        await _known(terms)
        quiz = await Quiz.create(id=id, created_at=at, **terms.columns())
        await _audit("create_quiz", quiz, None, terms.to_json(), staff_id=staff_id, at=at)
        return quiz

    return await perform_once(once, Quiz, write, at=at)


async def change_quiz(
    id: UUID, terms: QuizTerms, *, expected_version: int, reason: str | None, staff_id: UUID, at: datetime
) -> Quiz:
    """Write a draft anew, or give a published quiz a new version of its terms, for which a reason is needed.

    Attempts under way keep their version, but end with the quiz: after its end its keys may be told. Raises
    `Invalid`, `NotFound`, `QuizChanged`, `NotEnoughQuestions`, and `QuizClosed` for one that staff closed.
    """
    async with transaction():
        quiz = await Quiz.held(id)
        if quiz.version != expected_version:
            raise QuizChanged()
        if quiz.status not in (QuizStatus.DRAFT, QuizStatus.PUBLISHED):
            raise QuizClosed()
        await _known(terms)
        before = told(quiz)
        if quiz.version:
            bounded_text(reason or "", "reason", least=1, most=REASON_MOST)
            await demand_supply(terms)
            quiz.version += 1
        await quiz.update_from_dict(terms.columns()).save()
        if quiz.version:
            await QuizVersion.close(quiz, terms, at=at)
        if quiz.ends_at:
            await execute(_END_ATTEMPTS, max(quiz.ends_at, at), id)
        await _audit("change_quiz", quiz, before, terms.to_json(), staff_id=staff_id, reason=reason, at=at)
    return quiz


async def publish_quiz(id: UUID, *, staff_id: UUID, at: datetime) -> Quiz:
    """Open a quiz to members, within its window. Raises `QuizPublished`, `NotEnoughQuestions`, `NotFound`."""
    async with transaction():
        quiz = await Quiz.held(id)
        if quiz.status is not QuizStatus.DRAFT:
            raise QuizPublished()
        terms = terms_of(quiz)
        await demand_supply(terms)
        quiz.status, quiz.version, quiz.published_at = QuizStatus.PUBLISHED, 1, at
        await quiz.save(update_fields=["status", "version", "published_at"])
        await QuizVersion.close(quiz, terms, at=at)
        before, after = {"status": QuizStatus.DRAFT}, {"status": quiz.status, "version": 1}
        await _audit("publish_quiz", quiz, before, after, staff_id=staff_id, at=at)
    return quiz


async def close_quiz(id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> Quiz:
    """Close a quiz before its time: the attempts under way are overdue from now on.

    Raises `QuizClosed`, `Invalid`, `NotFound`.
    """
    why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
    async with transaction():
        quiz = await Quiz.held(id)
        if quiz.status is not QuizStatus.PUBLISHED:
            raise QuizClosed()
        quiz.status, quiz.closed_at = QuizStatus.CLOSED, at
        await quiz.save(update_fields=["status", "closed_at"])
        await execute(_END_ATTEMPTS, at, id)
        before, after = {"status": QuizStatus.PUBLISHED}, {"status": quiz.status}
        await _audit("close_quiz", quiz, before, after, staff_id=staff_id, reason=why, at=at)
    return quiz


async def archive_quiz(id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> Quiz:
    """Put a draft or a closed quiz away; nothing of it is lost. Raises `QuizPublished` for one that is open."""
    why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
    async with transaction():
        quiz = await Quiz.held(id)
        if quiz.status is QuizStatus.PUBLISHED and not quiz.is_closed(at=at):
            raise QuizPublished()
        before = columns_of(quiz, "status")
        quiz.status = QuizStatus.ARCHIVED
        await quiz.save(update_fields=["status"])
        await _audit("archive_quiz", quiz, before, columns_of(quiz, "status"), staff_id=staff_id, reason=why, at=at)
    return quiz


_END_ATTEMPTS = (
    "UPDATE quiz_attempt SET deadline_at = $1 WHERE quiz_id = $2 AND state = 'open' "
    "AND (deadline_at IS NULL OR deadline_at > $1)"
)


def terms_of(quiz: Quiz) -> QuizTerms:
    """The terms of a quiz as it stands, with its password."""
    return QuizTerms.of_columns({name: getattr(quiz, name) for name in QuizTerms.__dataclass_fields__})


def told(quiz: Quiz) -> dict[str, Any]:
    """The terms as plain JSON."""
    return terms_of(quiz).to_json()


async def _known(terms: QuizTerms) -> None:
    """Check the terms, and that what they name is there."""
    terms.checked()
    named: Sequence[tuple[str, type[Record], UUID | None]] = (
        ("circleId", Circle, terms.circle_id),
        ("groupId", Group, terms.group_id),
        ("courseSessionId", CourseSession, terms.course_session_id),
    )
    for field, record, named_id in named:
        if named_id is not None and not await record.exists(id=named_id):
            raise NotFound(field=field)


async def _audit(
    action: str,
    quiz: Quiz,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    *,
    staff_id: UUID,
    at: datetime,
    reason: str | None = None,
) -> None:
    await AuditRow.write(
        staff_id=staff_id, action=action, subject=quiz, before=before, after=after, reason=reason, at=at
    )
