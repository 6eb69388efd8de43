"""An export of questions with their keys: who took which out and why, and the questions as files write them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.errors import bounded_text
from models.learning.bank_row import ROWS_MOST
from models.learning.question import Question
from models.learning.question_import import BankFormat
from models.learning.question_terms import QuestionTerms
from models.learning.question_version import QuestionTag, QuestionVersion
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.database import fetch, transaction
from store.ids import as_id

AT_ONCE = 500


class QuestionExport(Record):
    staff_id: UUID = fields.UUIDField()
    format = fields.CharEnumField(BankFormat, max_length=12)
    asked_for: dict[str, Any] = fields.JSONField(default=dict)
    reason = fields.CharField(max_length=REASON_MOST)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "question_export"
        indexes = (Index(fields=("created_at", "id"), name="question_export_by_time"),)

    @classmethod
    async def begin(
        cls, asked_for: Mapping[str, Any], *, format: BankFormat, reason: str, staff_id: UUID, at: datetime
    ) -> Self:
        """Keep who takes keys out, before the first is read. Raises `Invalid` for an empty reason."""
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        export = cls(staff_id=staff_id, format=format, asked_for=dict(asked_for), reason=why, created_at=at)
        async with transaction():
            await export.save(force_create=True)
            await AuditRow.write(
                staff_id=staff_id,
                action="export_questions",
                subject=export,
                before=None,
                after={**asked_for, "format": format},
                reason=why,
                at=at,
            )
        return export


async def exported(where: str, values: Sequence[object]) -> list[QuestionTerms]:
    """The questions for which SQL over the question `q` holds, by category and age; `where` has `$1` and on."""
    rows = await fetch(
        f"SELECT q.id FROM question q WHERE {where} ORDER BY q.category, q.created_at, q.id LIMIT {ROWS_MOST}",  # noqa: S608 - own text, values are bound
        *values,
    )
    ids = [as_id(row["id"]) for row in rows]
    return await terms_of(ids)


async def terms_of(ids: Sequence[UUID]) -> list[QuestionTerms]:
    """What is said of questions now, in the order of their ids."""
    found = []
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        questions = {one.id: one for one in await Question.filter(id__in=some)}
        versions = {(one.question_id, one.version): one for one in await QuestionVersion.filter(question_id__in=some)}
        tags: dict[UUID, list[str]] = {}
        for tag in await QuestionTag.filter(question_id__in=some).order_by("position"):
            tags.setdefault(tag.question_id, []).append(tag.name)
        for one in some:
            question = questions[one]
            version = versions[one, question.version]
            found.append(
                QuestionTerms(
                    content=version.shown,
                    key=version.secret,
                    category=question.category,
                    explanation=version.explanation,
                    tags=tuple(tags.get(one, ())),
                    difficulty=question.difficulty,
                    source=question.source,
                )
            )
    return found
