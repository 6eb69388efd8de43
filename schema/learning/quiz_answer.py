"""Answers in the contract: what was asked, what was answered, and what of the rest may be seen now."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry

from auth.caller import CallerKind
from engine.declare import Node, batch, one, record_type
from models.learning.answer_key import AnswerKey
from models.learning.question_standing import QuestionStanding as QuestionStandingRecord
from models.learning.quiz_answer import QuizAnswer as QuizAnswerRecord
from models.learning.quiz_attempt import QuizAttempt as QuizAttemptRecord
from models.learning.reviewing import Reviewed, keys_for_staff, review, reviewed_for_staff
from models.members.member import Member as MemberRecord
from models.staff.right import StaffRight
from schema.learning.question_content import QuestionContent
from schema.learning.question_response import QuestionResponse
from schema.learning.quiz_sight import attempts_seen, book_seen
from schema.members.member import Member

if TYPE_CHECKING:
    from auth.context import Context
    from schema.learning.quiz_attempt import QuizAttempt


@strawberry.type(description="A question as it was asked, and what the caller may see of its answer now.")
class AnswerReview:
    question: QuestionContent = strawberry.field(description="What is asked.")
    response: QuestionResponse | None = strawberry.field(description="What was answered.")
    is_right: bool | None = strawberry.field(description="Whether it is right; absent while that is not shown.")
    points: int | None = strawberry.field(description="Hundredths of a point for it; absent while not shown.")
    right_response: QuestionResponse | None = strawberry.field(description="A right answer, once it is shown.")
    explanation: str | None = strawberry.field(description="Why, once it is shown.")
    words: str | None = strawberry.field(description="What the marker says, once marks are shown.")

    @classmethod
    def of(cls, found: Reviewed) -> Self:
        return cls(
            question=QuestionContent.of(found.content),
            response=QuestionResponse.of(found.response),
            is_right=found.is_right,
            points=found.points,
            right_response=QuestionResponse.of(found.right),
            explanation=found.explanation,
            words=found.words,
        )


@strawberry.type(description="A line of a rubric.")
class RubricLine:
    text: str = strawberry.field(description="What a marker looks for.")
    share: str = strawberry.field(description="Its share of the points, in percent.")


@strawberry.type(description="What a marker goes by.")
class MarkersGuide:
    rubric: list[RubricLine] = strawberry.field(description="The lines of the rubric.")
    sample: str | None = strawberry.field(description="A good answer.")

    @classmethod
    def of(cls, key: AnswerKey) -> Self:
        lines = [RubricLine(text=one.text, share=str(one.share)) for one in key.rubric]
        return cls(rubric=lines, sample=key.sample)


def may_mark(context: "Context") -> bool:
    """Whether the caller is staff who may see whole attempts; only rows in their scope ever reach it."""
    caller = context.caller
    is_staff = caller.kind is CallerKind.STAFF
    return is_staff and (caller.may(StaffRight.QUIZZES_MARK) or caller.may(StaffRight.QUIZZES_READ))


async def reviews_of(answers: Sequence[Any], context: "Context") -> list[AnswerReview]:
    """What the caller may see of answers: its own by the matrix, or all of it for staff."""
    if may_mark(context):
        found = await reviewed_for_staff(answers)
    else:
        found = await review(answers, context.member_id, at=context.at)
    return [AnswerReview.of(one) for one in found]


async def guides_of(answers: Sequence[Any], context: "Context") -> list[MarkersGuide | None]:
    if not may_mark(context):
        return [None] * len(answers)
    return [MarkersGuide.of(one) for one in await keys_for_staff(answers)]


async def reviews_in_book(standings: Sequence[Any], context: "Context") -> list[AnswerReview]:
    """What the caller may see of the answers in which the questions of its book were last asked."""
    answers = {one.id: one for one in await QuizAnswerRecord.filter(id__in=[row.answer_id for row in standings])}
    return await reviews_of([answers[row.answer_id] for row in standings], context)


@record_type(QuizAnswerRecord, description="A question of an attempt, and its answer.", visible=attempts_seen)
class QuizAnswer(Node):
    position: int = strawberry.field(description="Its place in the paper, from 1.")
    points_most: int = strawberry.field(description="Hundredths of a point for it.")
    sequence: int = strawberry.field(description="The client's number of what stands; 0 before the first.")
    answered_at: datetime | None = strawberry.field(description="When it was answered last.")
    handed_in_at: datetime | None = strawberry.field(description="When it was handed in.")
    needs_marker: bool = strawberry.field(description="Whether it waits for somebody to mark it.")
    marked_at: datetime | None = strawberry.field(description="When somebody marked it.")
    member: Member = one(MemberRecord, "member_id", description="Whose it is.")
    attempt: Annotated["QuizAttempt", strawberry.lazy("schema.learning.quiz_attempt")] = one(
        QuizAttemptRecord, "attempt_id", description="The attempt that it is part of."
    )
    review: AnswerReview = batch(reviews_of, description="What is asked, and what may be seen of the answer now.")
    guide: MarkersGuide | None = batch(guides_of, description="What a marker goes by; for staff.")


@record_type(QuestionStandingRecord, description="A question last answered wrongly.", visible=book_seen)
class WrongAnswer(Node):
    answered: int = strawberry.field(description="How often the caller answered it.")
    wrong: int = strawberry.field(description="How often wrongly.")
    last_at: datetime = strawberry.field(description="When last.")
    review: AnswerReview = batch(
        reviews_in_book, needs=("answer_id",), description="What is asked, and what may be seen of the last answer now."
    )
