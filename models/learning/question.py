"""A question of the bank: where it lies, how hard it is, whether it is used, and which of its versions holds.

What it asks and what is right stand in its versions, which never change: a change makes a new one, and an attempt
keeps the one it saw. Of two people who change a question at once, the later one is told to read it again. A question
is never deleted, only archived: it is not drawn any more, and can be brought back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import DomainError, NotFound, within
from models.idempotency import Once, perform_once
from models.learning.question_kind import ARRANGED_KINDS, QuestionKind
from models.learning.question_terms import CATEGORY_MOST, SOURCE_MOST, QuestionTerms
from models.learning.question_version import QuestionTag, QuestionVersion
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from store.database import transaction

AT_ONCE_MOST = 200


class QuestionChanged(DomainError):
    code = "QUESTION_CHANGED"
    zh = "该题目刚被他人修改，请刷新后重试"
    en = "Somebody changed this question meanwhile; read it again."
    field = "expectedVersion"


class QuestionArchived(DomainError):
    code = "QUESTION_ARCHIVED"
    zh = "该题目已归档，请先恢复"
    en = "This question is archived; bring it back first."


class QuestionStatus(StrEnum):
    """Whether a question is used."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


@dataclass(frozen=True)
class WrittenQuestion:
    """A question that comes with others: its terms, and the id that it will have."""

    id: UUID
    terms: QuestionTerms


class Question(Record):
    kind = fields.CharEnumField(QuestionKind, max_length=10)
    status = fields.CharEnumField(QuestionStatus, max_length=10, default=QuestionStatus.DRAFT)
    category = fields.CharField(max_length=CATEGORY_MOST, description="A path: 汽车/保养.")
    difficulty = fields.SmallIntField(default=3, description="1 is the easiest, 5 the hardest.")
    source = fields.CharField(max_length=SOURCE_MOST, null=True, description="Where it was taken from.")
    version = fields.IntField(default=1, description="The version that holds, which is also the last one.")
    words = fields.TextField(description="The words of stem and options in one form, to be searched.")
    fingerprint = fields.CharField(max_length=32, description="The same for questions that say the same.")
    created_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()

    class Meta:
        table = "question"
        constraints = (
            CheckConstraint(check="version >= 1", name="question_version_from_one"),
            CheckConstraint(check="difficulty BETWEEN 1 AND 5", name="question_difficulty_to_five"),
        )
        indexes = (
            Index(fields=("created_at", "id"), name="question_by_time"),
            Index(fields=("category", "status", "kind", "difficulty"), name="question_by_category"),
            Index(fields=("fingerprint",), name="question_by_fingerprint"),
        )

    @classmethod
    async def write(
        cls,
        terms: QuestionTerms,
        *,
        staff_id: UUID,
        at: datetime,
        status: QuestionStatus = QuestionStatus.DRAFT,
        once: Once | None = None,
    ) -> Self:
        """A new question. Raises `Invalid`."""
        said = terms.checked()
        if said.content.kind in ARRANGED_KINDS:
            said = said.renamed()

        async def act(id: UUID) -> Self:
            question = cls._of(said, id=id, status=status, at=at)
            await question.save(force_create=True)
            await QuestionVersion.of(question, said, staff_id=staff_id, at=at).save(force_create=True)
            await QuestionTag.replace(question.id, said.tags)
            await question._audit("write_question", None, staff_id=staff_id, reason=None, at=at)
            return question

        return await perform_once(once, cls, act, at=at)

    @classmethod
    async def write_many(
        cls, many: Sequence[WrittenQuestion], *, status: QuestionStatus, staff_id: UUID, at: datetime
    ) -> list[Self]:
        """New questions of checked terms, in a few statements; whoever brings them in audits it as one act."""
        async with transaction():
            pairs = [(cls._of(one.terms, id=one.id, status=status, at=at), one.terms) for one in many]
            questions = [question for question, _ in pairs]
            await cls.bulk_create(questions, batch_size=500)
            versions = [QuestionVersion.of(question, said, staff_id=staff_id, at=at) for question, said in pairs]
            await QuestionVersion.bulk_create(versions, batch_size=500)
            await QuestionTag.bulk_create(QuestionTag.each(pairs), batch_size=1_000)
        return questions

    @classmethod
    async def change(
        cls,
        question_id: UUID,
        terms: QuestionTerms,
        *,
        expected_version: int,
        staff_id: UUID,
        at: datetime,
        reason: str | None = None,
    ) -> Self:
        """Say all of a question anew, as its next version.

        Raises `QuestionChanged` where it is not the expected version any more, `QuestionArchived`, `Invalid`,
        `NotFound`.
        """
        said = terms.checked()
        async with transaction():
            known = await cls.existing(question_id, field="questionId")
            if known.status is QuestionStatus.ARCHIVED:
                raise QuestionArchived(field="questionId")
            still = cls.filter(id=question_id, version=expected_version).exclude(status=QuestionStatus.ARCHIVED)
            if not await still.update(**_columns(said), version=expected_version + 1, updated_at=at):
                raise QuestionChanged()
            question = await cls.get(id=question_id)
            await QuestionVersion.of(question, said, staff_id=staff_id, at=at).save(force_create=True)
            await QuestionTag.replace(question_id, said.tags)
            await question._audit("change_question", known, staff_id=staff_id, reason=reason, at=at)
        return question

    @classmethod
    async def put_status(
        cls,
        question_ids: Sequence[UUID],
        status: QuestionStatus,
        *,
        staff_id: UUID,
        at: datetime,
        reason: str | None = None,
    ) -> list[Self]:
        """Take questions into use, back to the draft, or into the archive; those that are there already stay.

        Raises `NotFound` where one of them is absent, `QuestionChanged` where somebody else was quicker, and then
        changes none; `Invalid` for too many.
        """
        within("questionIds", len(set(question_ids)), 1, AT_ONCE_MOST)
        async with transaction():
            questions = await cls.filter(id__in=set(question_ids)).order_by("id")
            if len(questions) < len(set(question_ids)):
                raise NotFound(field="questionIds")
            for known in (one for one in questions if one.status is not status):
                still = cls.filter(id=known.id, version=known.version, status=known.status)
                if not await still.update(status=status, updated_at=at):
                    raise QuestionChanged(field="questionIds")
                question = await cls.get(id=known.id)
                await question._audit("put_question_status", known, staff_id=staff_id, reason=reason, at=at)
            return await cls.filter(id__in=[one.id for one in questions]).order_by("id")

    @classmethod
    def _of(cls, said: QuestionTerms, *, id: UUID, status: QuestionStatus, at: datetime) -> Self:
        return cls(id=id, status=status, created_at=at, updated_at=at, **_columns(said))

    async def _audit(
        self, action: str, before: Self | None, *, staff_id: UUID, reason: str | None, at: datetime
    ) -> None:
        """The audit keeps where it lies and which version holds; what the versions say is kept by themselves."""
        await AuditRow.write(
            staff_id=staff_id,
            action=action,
            subject=self,
            before=columns_of(before, *TOLD) if before else None,
            after=columns_of(self, *TOLD),
            reason=reason,
            at=at,
        )


TOLD = ("kind", "status", "category", "difficulty", "source", "version")


def _columns(said: QuestionTerms) -> dict[str, Any]:
    return {
        "kind": said.content.kind,
        "category": said.category,
        "difficulty": said.difficulty,
        "source": said.source,
        "words": said.words,
        "fingerprint": said.fingerprint,
    }
