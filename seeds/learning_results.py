"""Results of a quiz in bulk: the rows that the verbs would have left, for quizzes that pay nothing.

The questions are drawn, shown, marked and counted by the same functions; only the statements are fewer. What pays goes
by the verbs, since points move through one door.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from models.learning.grading import score_of
from models.learning.marking import mark
from models.learning.paper import Placed, composed, shown
from models.learning.question_kind import CHOSEN_KINDS, QuestionKind
from models.learning.question_standing import QuestionStanding
from models.learning.quiz import Quiz
from models.learning.quiz_answer import QuizAnswer
from models.learning.quiz_attempt import AttemptState, QuizAttempt, deadline_of
from models.learning.quiz_standing import QuizStanding
from models.learning.quiz_terms import Pays, QuizTerms
from models.learning.quiz_version import terms_of
from models.learning.response import Response


@dataclass(frozen=True)
class Taker:
    """Somebody who takes the quiz once: when, and how often it is right."""

    member_id: UUID
    at: datetime
    skill: float


async def plant_results(quiz: Quiz, takers: Sequence[Taker], chance: Random) -> None:
    """Write an attempt of each taker at a published quiz that pays nothing, graded, with all that goes by it."""
    if quiz.pays is not Pays.NOTHING:
        raise ValueError("what pays is taken by the verbs")
    terms = terms_of(quiz)
    attempts, answers = [], []
    for taker in takers:
        seed = f"{chance.getrandbits(128):032x}"
        placed = await composed(terms, seed=seed, seen=())
        attempt = _attempt(quiz, terms, taker, placed, seed)
        rows = [_answer(attempt, terms, position, one, taker, chance) for position, one in enumerate(placed, start=1)]
        attempt.points = sum(row.points or 0 for row in rows)
        attempt.score = score_of(attempt, terms)
        attempt.is_passed = attempt.score >= terms.pass_percent * 100
        attempts.append(attempt)
        answers += rows
    await QuizAttempt.bulk_create(attempts)
    await QuizAnswer.bulk_create(answers, batch_size=500)
    await QuizStanding.bulk_create([_standing(attempt) for attempt in attempts])
    by_time = sorted(attempts, key=lambda one: one.started_at)
    for attempt in by_time:
        own = [row for row in answers if row.attempt_id == attempt.id]
        await QuestionStanding.note(own, at=attempt.submitted_at or attempt.started_at)


def _attempt(quiz: Quiz, terms: QuizTerms, taker: Taker, placed: Sequence[Placed], seed: str) -> QuizAttempt:
    submitted_at = taker.at + timedelta(minutes=2)
    return QuizAttempt(
        quiz_id=quiz.id,
        quiz_version=quiz.version,
        member_id=taker.member_id,
        number=1,
        state=AttemptState.GRADED,
        seed=seed,
        overdue=quiz.overdue,
        started_at=taker.at,
        deadline_at=deadline_of(quiz, at=taker.at),
        submitted_at=submitted_at,
        later_at=submitted_at + timedelta(minutes=terms.right_after_minutes),
        graded_at=submitted_at,
        points_most=sum(one.points for one in placed),
    )


def _answer(
    attempt: QuizAttempt, terms: QuizTerms, position: int, placed: Placed, taker: Taker, chance: Random
) -> QuizAnswer:
    asked = placed.asked
    presentation = shown(placed, terms, seed=attempt.seed)
    right = presentation.taken(presentation.right(asked.content, asked.key))
    response = right if chance.random() < taker.skill else _guess(placed, chance)
    found = mark(asked.content, asked.key, response, placed.rule, placed.points)
    return QuizAnswer(
        attempt_id=attempt.id,
        member_id=taker.member_id,
        position=position,
        question_id=asked.question_id,
        question_version_id=asked.id,
        graded_version_id=asked.id,
        presentation=presentation.to_json(),
        rule=placed.rule,
        points_most=placed.points,
        response=response.to_json(),
        sequence=position,
        answered_at=taker.at + timedelta(seconds=20 * position),
        points=found.points,
        is_right=found.is_right,
        handed_in_at=attempt.submitted_at,
    )


def _guess(placed: Placed, chance: Random) -> Response:
    content = placed.asked.content
    if content.kind in CHOSEN_KINDS:
        return Response(options=(chance.choice(content.option_ids),))
    if content.kind is QuestionKind.JUDGE:
        return Response(truth=not placed.asked.key.truth)
    raise ValueError(f"nobody guesses at {content.kind} here")


def _standing(attempt: QuizAttempt) -> QuizStanding:
    return QuizStanding(
        quiz_id=attempt.quiz_id,
        member_id=attempt.member_id,
        graded=1,
        score=attempt.score,
        best=attempt.score,
        submitted_at=attempt.submitted_at,
        passed_at=attempt.submitted_at if attempt.is_passed else None,
    )
