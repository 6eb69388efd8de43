"""The versions of a question, which never change, and its tags.

What may be seen and what is secret are columns of their own: whoever reads one does not read the other by accident.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.learning.answer_key import AnswerKey
from models.learning.question_content import Content
from models.learning.question_kind import QuestionKind
from models.learning.question_terms import TAG_MOST, QuestionTerms
from models.record import Record
from store.engines.guards import AppendOnly


class Head(Protocol):
    """The question that a version belongs to."""

    id: UUID
    version: int


class QuestionVersion(Record):
    question: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "models.Question", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    question_id: UUID
    version = fields.IntField()
    kind = fields.CharEnumField(QuestionKind, max_length=10)
    content: dict[str, Any] = fields.JSONField(description="What anybody may see while answering.")
    key: dict[str, Any] = fields.JSONField(description="What is right; it does not leave the server early.")
    explanation: str | None = fields.TextField(null=True, description="As secret as the key.")
    created_by: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "question_version"
        constraints = (UniqueConstraint(fields=("question_id", "version"), name="question_version_once"),)
        guards = (AppendOnly("question_version"),)

    @classmethod
    def of(cls, question: Head, said: QuestionTerms, *, staff_id: UUID, at: datetime) -> Self:
        """The version that holds from now on, not yet saved."""
        return cls(
            question_id=question.id,
            version=question.version,
            kind=said.content.kind,
            content=said.content.to_json(),
            key=said.key.to_json(),
            explanation=said.explanation,
            created_by=staff_id,
            created_at=at,
        )

    @property
    def shown(self) -> Content:
        """What may be seen."""
        return Content.from_json(self.content)

    @property
    def secret(self) -> AnswerKey:
        """What is right."""
        return AnswerKey.from_json(self.key)


class QuestionTag(Record):
    question: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "models.Question", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    question_id: UUID
    name = fields.CharField(max_length=TAG_MOST)
    position = fields.SmallIntField()

    class Meta:
        table = "question_tag"
        constraints = (UniqueConstraint(fields=("question_id", "name"), name="question_tag_once"),)
        indexes = (Index(fields=("name", "question_id"), name="question_tag_by_name"),)

    @classmethod
    async def replace(cls, question_id: UUID, names: Sequence[str]) -> None:
        """Let a question bear these tags and no others; the caller holds the question."""
        await cls.filter(question_id=question_id).delete()
        rows = [cls(question_id=question_id, name=name, position=place) for place, name in enumerate(names)]
        if rows:
            await cls.bulk_create(rows)

    @classmethod
    def each(cls, many: Iterable[tuple[Head, QuestionTerms]]) -> list[Self]:
        """The tags of new questions, not yet saved."""
        return [
            cls(question_id=question.id, name=name, position=place)
            for question, said in many
            for place, name in enumerate(said.tags)
        ]
