"""Practising a wrong answer again: one question of the book, answered and told at once what was right.

It is open once the review of the attempt shows the right answer; before that, to try until it is right would tell the
key. Nothing is paid for it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.expressions import F
from tortoise.indexes import Index

from models.errors import DomainError, NotFound
from models.learning.asked import Asked
from models.learning.marking import mark
from models.learning.presentation import Presentation
from models.learning.question_standing import QuestionStanding
from models.learning.quiz_answer import QuizAnswer
from models.learning.response import Response
from models.learning.reviewing import Reviewed, review
from models.members.member import Member
from models.record import Record
from store.database import transaction


class RepracticeNotYet(DomainError):
    code = "REPRACTICE_NOT_YET"
    zh = "答案公布后才能重练这道题"
    en = "This question can be practised again once its right answer is shown."


@dataclass(frozen=True)
class Practised:
    """How it went, and what was right."""

    standing: QuestionStanding
    reviewed: Reviewed


class Repractice(Record):
    member_id: UUID = fields.UUIDField()
    question_id: UUID = fields.UUIDField()
    question_version_id: UUID = fields.UUIDField()
    response: dict[str, Any] | None = fields.JSONField(null=True)
    is_right = fields.BooleanField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "repractice"
        indexes = (Index(fields=("member_id", "created_at", "id"), name="repractice_by_member"),)

    @classmethod
    async def record(cls, member_id: UUID, standing_id: UUID, response: Response, *, at: datetime) -> Practised:
        """Answer a question of one's book again. A right answer takes it out of the book.

        Raises `RepracticeNotYet`, `Invalid`, `MemberNotActive`, `NotFound`.
        """
        async with transaction():
            await Member.touch(member_id, at=at)
            standing = await QuestionStanding.get_or_none(id=standing_id, member_id=member_id)
            if standing is None:
                raise NotFound(field="wrongAnswerId")
            answer = await QuizAnswer.get(id=standing.answer_id)
            [reviewed] = await review([answer], member_id, at=at)
            if reviewed.right is None:
                raise RepracticeNotYet()
            by = (await Asked.versions([answer.graded_version_id]))[answer.graded_version_id]
            taken = Presentation.from_json(answer.presentation).taken(response).checked(by.content)
            made = await cls._marked(standing, answer, by, taken, at=at)
            standing = await QuestionStanding.get(id=standing.id)
        told = Presentation.from_json(answer.presentation).told(taken)
        return Practised(
            standing,
            Reviewed(
                reviewed.content, told, is_right=made.is_right, right=reviewed.right, explanation=reviewed.explanation
            ),
        )

    @classmethod
    async def _marked(
        cls, standing: QuestionStanding, answer: QuizAnswer, by: Asked, response: Response, *, at: datetime
    ) -> Self:
        """A short text, which nobody marks here, counts as practised when something is written."""
        found = mark(by.content, by.key, response, answer.rule, answer.points_most)
        is_right = not response.is_empty if found.needs_marker else bool(found.is_right)
        known = QuestionStanding.filter(id=standing.id)
        await known.update(is_right=is_right, answered=F("answered") + 1, wrong=F("wrong") + (not is_right), last_at=at)
        return await cls.create(
            member_id=standing.member_id,
            question_id=standing.question_id,
            question_version_id=by.id,
            response=response.to_json(),
            is_right=is_right,
            created_at=at,
        )
