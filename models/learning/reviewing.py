"""Reviewing: what a member is told about the questions of its attempts, by the review matrix of each quiz.

This is the one door by which anything of a key leaves for a member. Beside the matrix it asks whether the member is
being asked the same question right now in another attempt: then nothing of its key is told anywhere until that one is
handed in, whatever else would allow it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from models.learning.answer_key import AnswerKey
from models.learning.asked import Asked
from models.learning.marking import mark
from models.learning.presentation import Presentation
from models.learning.question_content import Content
from models.learning.quiz import Quiz
from models.learning.quiz_answer import QuizAnswer
from models.learning.quiz_attempt import AttemptState, QuizAttempt
from models.learning.quiz_standing import QuizStanding
from models.learning.quiz_version import terms_of
from models.learning.response import Response
from models.learning.review import KEY_ASPECTS, Aspect, ReviewMatrix, phase_of
from store.database import among, fetch
from store.ids import as_id

Aspects = frozenset[Aspect]


@dataclass(frozen=True)
class Reviewed:
    """A question as its member sees it now; what it may not see, and what is not there, is None."""

    content: Content
    response: Response | None = None
    is_right: bool | None = None
    points: int | None = None
    right: Response | None = None
    explanation: str | None = None
    words: str | None = None


@dataclass(frozen=True)
class AttemptResult:
    """What came of an attempt, as far as it may be seen."""

    points: int | None = None
    percent: int | None = None
    is_passed: bool | None = None
    feedback: str | None = None


async def results_of(attempts: Sequence[QuizAttempt], *, at: datetime, sees_all: bool = False) -> list[AttemptResult]:
    """What a member may see of the results of some of its attempts at `at`; everything for staff, who `sees_all`."""
    quizzes = await _quizzes_of(attempts)
    allowed = {} if sees_all else await aspects_of(attempts, quizzes, at=at)
    found = []
    for attempt in attempts:
        aspects = frozenset(Aspect) if sees_all else allowed[attempt.id]
        is_seen, percent = Aspect.MARKS in aspects, attempt.percent
        says = percent is not None and Aspect.FEEDBACK in aspects
        found.append(
            AttemptResult(
                points=attempt.points if is_seen else None,
                percent=percent if is_seen else None,
                is_passed=attempt.is_passed if is_seen else None,
                feedback=terms_of(quizzes[attempt.quiz_id]).band_of(percent or 0) if says else None,
            )
        )
    return found


@dataclass(frozen=True)
class StandingSeen:
    """Where a member stands in a quiz, as far as it may see."""

    graded: int
    percent: int | None = None
    passed_at: datetime | None = None


async def standings_seen(member_id: UUID, quiz_ids: Sequence[UUID], *, at: datetime) -> dict[UUID, StandingSeen]:
    """Where a member stands in some quizzes; the figures only where the marks of all its attempts are shown."""
    standings = await QuizStanding.filter(member_id=member_id, quiz_id__in=quiz_ids)
    attempts = await QuizAttempt.filter(member_id=member_id, quiz_id__in=quiz_ids, state=AttemptState.GRADED)
    allowed = await aspects_of(attempts, await _quizzes_of(attempts), at=at)
    hidden = {one.quiz_id for one in attempts if Aspect.MARKS not in allowed[one.id]}
    return {
        one.quiz_id: StandingSeen(one.graded)
        if one.quiz_id in hidden
        else StandingSeen(one.graded, one.score // 100, one.passed_at)
        for one in standings
    }


async def _quizzes_of(attempts: Iterable[QuizAttempt]) -> dict[UUID, Quiz]:
    return {one.id: one for one in await Quiz.filter(id__in={one.quiz_id for one in attempts})}


async def aspects_of(
    attempts: Sequence[QuizAttempt], quizzes: Mapping[UUID, Quiz], *, at: datetime
) -> dict[UUID, Aspects]:
    """What may be seen of some attempts of some quizzes as a whole at `at`, by their ids."""
    ids = [one.id for one in attempts]
    rows = await fetch(_OVERLAPPING.format(attempts=among("t.id", 1, "uuid")), ids)
    covered = {as_id(row["id"]) for row in rows}
    return {
        one.id: _allowed(quizzes[one.quiz_id], one, at=at) - (_OF_WHOLE if one.id in covered else frozenset())
        for one in attempts
    }


async def review(answers: Sequence[QuizAnswer], member_id: UUID, *, at: datetime) -> list[Reviewed]:
    """What a member may see of some of its own answers at `at`, in their order."""
    attempts = {one.id: one for one in await QuizAttempt.filter(id__in={one.attempt_id for one in answers})}
    quizzes = await _quizzes_of(attempts.values())
    asked_now = await _asked_now(member_id)
    asked = await Asked.versions(one for row in answers for one in (row.question_version_id, row.graded_version_id))
    found = []
    for answer in answers:
        attempt = attempts[answer.attempt_id]
        aspects = _allowed(quizzes[attempt.quiz_id], attempt, at=at)
        if asked_now[answer.question_id] - {attempt.id}:
            aspects -= KEY_ASPECTS
        found.append(_reviewed(answer, attempt, aspects, asked))
    return found


async def reviewed_for_staff(answers: Sequence[QuizAnswer]) -> list[Reviewed]:
    """Everything about some answers, for whoever marks them."""
    asked = await Asked.versions(one for row in answers for one in (row.question_version_id, row.graded_version_id))
    return [_shown(answer, asked, frozenset(Aspect)) for answer in answers]


async def keys_for_staff(answers: Sequence[QuizAnswer]) -> list[AnswerKey]:
    """The keys that some answers are marked by."""
    asked = await Asked.versions(one.graded_version_id for one in answers)
    return [asked[one.graded_version_id].key for one in answers]


def _allowed(quiz: Quiz, attempt: QuizAttempt, *, at: datetime) -> Aspects:
    # An attempt that is open has been ended by the clock alone, or is about to be; its key is told when it is over.
    is_closed = quiz.is_closed(at=at) and not (attempt.is_open and not attempt.is_overdue(at=at))
    phase = phase_of(attempt, is_closed=is_closed, at=at)
    return ReviewMatrix.from_json(quiz.review).at(phase)


async def _asked_now(member_id: UUID) -> Mapping[UUID, set[UUID]]:
    """The questions that a member is being asked, and in which attempts."""
    rows = QuizAnswer.filter(attempt__member_id=member_id, attempt__state=AttemptState.OPEN)
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for one in await rows.values("question_id", "attempt_id"):
        found[one["question_id"]].add(one["attempt_id"])
    return found


_OF_WHOLE = frozenset({Aspect.MARKS, Aspect.FEEDBACK})
_OVERLAPPING = (
    "SELECT DISTINCT t.id FROM quiz_attempt t "
    "JOIN quiz_attempt ot ON ot.member_id = t.member_id AND ot.state = 'open' AND ot.id <> t.id "
    "JOIN quiz_answer o ON o.attempt_id = ot.id "
    "JOIN quiz_answer a ON a.attempt_id = t.id AND a.question_id = o.question_id WHERE {attempts}"
)
"""Attempts with a question that their member is being asked in another one: what they came to might tell its key."""


def _reviewed(answer: QuizAnswer, attempt: QuizAttempt, aspects: Aspects, asked: Mapping[UUID, Asked]) -> Reviewed:
    """In an open attempt nothing is marked yet: what practice tells of it is told of what has been answered."""
    if attempt.state is not AttemptState.OPEN or not aspects & KEY_ASPECTS:
        return _shown(answer, asked, aspects)
    if answer.response is None:
        return _shown(answer, asked, aspects - KEY_ASPECTS)
    by = asked[answer.graded_version_id]
    found = mark(by.content, by.key, answer.given, answer.rule, answer.points_most)
    told = _shown(answer, asked, aspects)
    return replace(
        told,
        is_right=found.is_right if Aspect.CORRECTNESS in aspects else None,
        points=found.points if Aspect.MARKS in aspects and not found.needs_marker else None,
    )


def _shown(answer: QuizAnswer, asked: Mapping[UUID, Asked], aspects: Aspects) -> Reviewed:
    seen, by = asked[answer.question_version_id], asked[answer.graded_version_id]
    shown, given = Presentation.from_json(answer.presentation), answer.given
    return Reviewed(
        content=shown.shown(seen.content),
        response=shown.told(given) if given and Aspect.ANSWERS in aspects else None,
        is_right=answer.is_right if Aspect.CORRECTNESS in aspects else None,
        points=answer.points if Aspect.MARKS in aspects else None,
        right=shown.right(by.content, by.key) if Aspect.RIGHT_ANSWER in aspects else None,
        explanation=by.explanation if Aspect.EXPLANATION in aspects else None,
        words=answer.words if Aspect.MARKS in aspects else None,
    )
