"""A question in a quiz: how it was answered there, which options were ticked how often, and what the bank hears."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.learning.asked import Asked
from models.learning.item_figures import ItemSums
from models.learning.question_kind import CHOSEN_KINDS, QuestionKind
from models.learning.question_statistics import QuestionStatistics, Reckoned
from models.learning.quiz import Quiz
from models.record import Record
from store.database import among, fetch
from store.ids import as_id

TEXT_MOST = 200

_TOTALS = (
    "SELECT i.question_id, SUM(i.answered) AS answered, SUM(i.right_count) AS right_count, "
    "SUM(i.discrimination * i.asked) / SUM(CASE WHEN i.discrimination IS NOT NULL THEN i.asked END) AS discrimination "
    "FROM quiz_item i WHERE {of_these} GROUP BY i.question_id"
)


class QuizItem(Record):
    quiz: fields.ForeignKeyRelation[Quiz] = fields.ForeignKeyField(
        "models.Quiz", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    quiz_id: UUID
    question_id: UUID = fields.UUIDField()
    version_id: UUID = fields.UUIDField(description="The latest version by whose key it was marked.")
    asked = fields.IntField()
    answered = fields.IntField(description="How often something was answered.")
    right_count = fields.IntField()
    mean = fields.IntField(description="The mean share of its points, in hundredths of a percent.")
    discrimination: float | None = fields.FloatField(null=True)
    choices: list[dict[str, Any]] = fields.JSONField(description="Each option, and how often it was ticked.")
    computed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "quiz_item"
        constraints = (
            UniqueConstraint(fields=("quiz_id", "question_id"), name="quiz_item_once"),
            CheckConstraint(check="right_count <= answered AND answered <= asked", name="quiz_item_counts"),
        )
        indexes = (Index(fields=("question_id",), name="quiz_item_by_question"),)

    @classmethod
    async def put(cls, quiz_id: UUID, items: Mapping[UUID, ItemSums], *, at: datetime) -> None:
        """Keep the figures of a quiz's questions in the place of earlier ones, and tell the bank the totals."""
        asked = await Asked.versions(one.version_id for one in items.values())
        rows = [
            cls(
                quiz_id=quiz_id,
                question_id=question_id,
                version_id=sums.version_id,
                asked=sums.asked,
                answered=sums.answered,
                right_count=sums.right,
                mean=sums.mean,
                discrimination=sums.discrimination,
                choices=_choices(asked[sums.version_id], sums),
                computed_at=at,
            )
            for question_id, sums in sorted(items.items())
        ]
        await cls.bulk_create(rows, on_conflict=["quiz_id", "question_id"], update_fields=_FIGURES)
        await _tell_bank(items.keys(), at=at)


_FIGURES = ["version_id", "asked", "answered", "right_count", "mean", "discrimination", "choices", "computed_at"]


def _choices(asked: Asked, sums: ItemSums) -> list[dict[str, Any]]:
    """What could be ticked, what of it is right, and how often it was ticked; nothing for other kinds."""
    content, key = asked.content, asked.key
    if content.kind in CHOSEN_KINDS:
        named = [(one.id, one.text, one.id in key.right_ids) for one in content.options]
    elif content.kind is QuestionKind.JUDGE:
        named = [("true", "对", key.truth is True), ("false", "错", key.truth is False)]
    else:
        return []
    return [
        {"id": option, "text": text[:TEXT_MOST], "is_right": is_right, "count": sums.chosen[option]}
        for option, text, is_right in named
    ]


async def _tell_bank(question_ids: Collection[UUID], *, at: datetime) -> None:
    """What the questions came to over all quizzes; discrimination is the mean, by how often it was asked."""
    rows = await fetch(_TOTALS.format(of_these=among("i.question_id", 1, "uuid")), list(question_ids))
    reckoned = [
        Reckoned(as_id(row["question_id"]), int(row["answered"]), int(row["right_count"]), row["discrimination"])
        for row in rows
    ]
    await QuestionStatistics.put(reckoned, at=at)
