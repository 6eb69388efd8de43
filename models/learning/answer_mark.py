"""Marking by hand: staff read a short text, give it points, by the lines of its rubric or in all, and say why.

When the last answer of an attempt that waited is marked, the attempt is graded and paid in the same transaction. To
mark an answer again needs a reason, and leaves a row of how the attempt stood before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.errors import DomainError, Invalid, NotFound, bounded_text, within
from models.learning.asked import Asked
from models.learning.attempt_change import AttemptChange
from models.learning.grading import settle
from models.learning.question_kind import QuestionKind
from models.learning.question_standing import QuestionStanding
from models.learning.quiz_answer import WORDS_MOST, QuizAnswer
from models.learning.quiz_attempt import AttemptState, QuizAttempt
from models.learning.quiz_version import QuizVersion
from models.members.member import Member
from models.staff.audit import REASON_MOST, AuditRow, columns_of
from store.database import transaction


class AnswerMarked(DomainError):
    code = "ANSWER_MARKED"
    zh = "该答案已评分，修改评分请填写原因"
    en = "This answer is marked; to mark it again needs a reason."
    field = "reason"


class AnswerNotForMarkers(DomainError):
    code = "ANSWER_NOT_FOR_MARKERS"
    zh = "该答案不需要人工评分"
    en = "This answer is not marked by hand."
    field = "answerId"


@dataclass(frozen=True)
class ByHand:
    """`points` in hundredths of a point, or such points for each line of the rubric; `words` are for the member."""

    points: int | None = None
    rubric: Sequence[int] = ()
    words: str | None = None


async def mark_answer(
    id: UUID, given: ByHand, *, staff_id: UUID, at: datetime, reason: str | None = None, takes_back: bool = False
) -> QuizAnswer:
    """Mark an answer, and grade its attempt where it was the last.

    Raises `AnswerMarked`, `AnswerNotForMarkers`, `Invalid`, `MemberErased`, `NotFound`.
    """
    why = bounded_text(reason, "reason", most=REASON_MOST) or None
    words = bounded_text(given.words, "words", most=WORDS_MOST) or None
    known = await QuizAnswer.existing(id, field="answerId")
    async with transaction():
        await Member.hold(known.member_id)
        attempt = await QuizAttempt.held(known.attempt_id, known.member_id)
        answer = await QuizAnswer.get(id=id)
        if not attempt.is_handed_in:
            raise NotFound(field="answerId")
        asked = (await Asked.versions([answer.graded_version_id]))[answer.graded_version_id]
        if asked.content.kind is not QuestionKind.SHORT_TEXT or not (answer.needs_marker or answer.marked_at):
            raise AnswerNotForMarkers()
        if answer.marked_at and not why:
            raise AnswerMarked()
        was_first = answer.marked_at is None
        before, stood = columns_of(answer, "points", "words"), AttemptChange.before(attempt, answer)
        answer.points = _points(given, answer, len(asked.key.rubric))
        answer.rubric, answer.words = list(given.rubric) or None, words
        answer.is_right, answer.needs_marker = answer.points == answer.points_most, False
        answer.marked_by, answer.marked_at = staff_id, at
        await answer.save(update_fields=[*_MARKED])
        after = columns_of(answer, "points", "words")
        await AuditRow.write(
            staff_id=staff_id, action="mark_answer", subject=answer, before=before, after=after, reason=why, at=at
        )
        if was_first:
            await QuestionStanding.note([answer], at=at)
            await _finish(attempt, at=at)
        else:
            await QuestionStanding.correct([answer])
            await stood.record(answer, takes_back=takes_back, reason=why or "", staff_id=staff_id, regrade=None, at=at)
    return answer


_MARKED = ("points", "rubric", "words", "is_right", "needs_marker", "marked_by", "marked_at")


async def _finish(attempt: QuizAttempt, *, at: datetime) -> None:
    if attempt.state is AttemptState.WAITING:
        terms = await QuizVersion.of(attempt.quiz_id, attempt.quiz_version)
        await settle(attempt, terms, source=f"quiz_attempt:{attempt.id}", at=at)


def _points(given: ByHand, answer: QuizAnswer, lines: int) -> int:
    if (given.points is None) == (not given.rubric):
        raise Invalid("points", zh="填写总分或各项得分", en="give points in all, or for each line of the rubric")
    if given.rubric and len(given.rubric) != lines:
        raise Invalid("rubric", zh=f"应有 {lines} 项", en=f"there are {lines} lines")
    for one in given.rubric:
        within("rubric", one, 0, answer.points_most)
    points = sum(given.rubric) if given.points is None else given.points
    within("points", points, 0, answer.points_most)
    return points
