"""A quiz that a crowd has begun and nobody handed in: written by the project's verbs, its attempts in bulk."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import orjson

from models.learning.answer_key import AnswerKey
from models.learning.question import Question, QuestionStatus
from models.learning.question_content import Content, Option
from models.learning.question_kind import QuestionKind
from models.learning.question_terms import QuestionTerms
from models.learning.question_version import QuestionVersion
from models.learning.quiz import Quiz
from models.learning.quiz_terms import PaperItem, Pays, QuizTerms
from models.learning.quiz_version import create_quiz, publish_quiz
from store.bulk import load, loading
from store.clock import SystemClock
from store.database import fetch
from store.ids import as_id, new_id

BEGUN_MOST = 40_000
"""So many members have begun it: each can hand in once."""
QUESTIONS = 10
POINTS = 100
SCORE_POINTS = 20
RIGHT = 7
"""How many of its questions everybody answers rightly when it hands in."""

_BEGUN = (
    "SELECT a.member_id, a.id FROM quiz_attempt a JOIN member m ON m.id = a.member_id LEFT JOIN account c "
    "ON c.holder_id = m.id AND c.holder = 'member' AND c.currency = 'points' AND c.bucket = 'available' "
    "WHERE a.state = 'open' AND m.status IN ('normal', 'muted') WINDOW alike AS (PARTITION BY c.balance) "
    "ORDER BY count(*) OVER alike DESC, c.balance, a.id"
)
_ATTEMPT = (
    *("id", "quiz_id", "quiz_version", "member_id", "number", "state", "seed", "overdue", "started_at"),
    *("is_late", "was_overdue", "points_most"),
)
_ANSWER = (
    *("id", "attempt_id", "member_id", "position", "question_id", "question_version_id", "graded_version_id"),
    *("presentation", "rule", "points_most", "sequence", "needs_marker"),
)


async def plant() -> None:
    """The quiz and its open attempts, into the project's own database."""
    at, staff_id = SystemClock().now() - timedelta(hours=1), new_id()
    asked = [
        await Question.write(_question(n), staff_id=staff_id, at=at, status=QuestionStatus.ACTIVE)
        for n in range(QUESTIONS)
    ]
    terms = QuizTerms(
        title="每周知识测验",
        items=tuple(PaperItem(one.id, POINTS) for one in asked),
        shuffles_options=False,
        pays=Pays.SCORE,
        score_points=SCORE_POINTS,
    )
    draft = await create_quiz(terms, staff_id=staff_id, at=at, once=None)
    quiz = await publish_quiz(draft.id, staff_id=staff_id, at=at)
    versions = {one.question_id: one.id for one in await QuestionVersion.all()}
    placed = [(one.id, versions[one.id]) for one in asked]
    rows = await fetch("SELECT id FROM member WHERE status = 'normal' ORDER BY md5(id::text) LIMIT $1", BEGUN_MOST)
    attempts = [(as_id(row["id"]), new_id()) for row in rows]
    async with loading("quiz_attempt", "quiz_answer"):
        await load("quiz_attempt", _ATTEMPT, (_attempt(quiz, *one, at) for one in attempts))
        await load("quiz_answer", _ANSWER, _answers(attempts, placed))


async def begun(connection: asyncpg.Connection) -> Sequence[tuple[UUID, UUID]]:
    """Members with the attempt that each can hand in; those whose answers will be alike come together."""
    return [(row["member_id"], row["id"]) for row in await connection.fetch(_BEGUN)]


def given() -> list[dict[str, object]]:
    """What everybody hands in: the first option is right in the first questions, and wrong in the others."""
    return [{"position": place, "sequence": "1", "response": {"options": ["1"]}} for place in range(1, QUESTIONS + 1)]


def _question(number: int) -> QuestionTerms:
    right = "a" if number < RIGHT else "b"
    options = tuple(Option(one, f"说法{one}") for one in "abcd")
    content = Content(QuestionKind.SINGLE, f"关于保养的第 {number + 1} 题，哪种说法正确？", options=options)
    return QuestionTerms(content, AnswerKey(shares={right: Decimal(100)}), category="汽车/保养")


def _attempt(quiz: Quiz, member_id: UUID, attempt_id: UUID, at: object) -> tuple[object, ...]:
    points = QUESTIONS * POINTS
    begun = (attempt_id, quiz.id, quiz.version, member_id, 1, "open", attempt_id.hex, "submit", at)
    return (*begun, False, False, points)


def _answers(
    attempts: Sequence[tuple[UUID, UUID]], placed: Sequence[tuple[UUID, UUID]]
) -> Iterator[tuple[object, ...]]:
    shown = orjson.dumps({"options": list("abcd")}).decode()
    for member_id, attempt_id in attempts:
        for position, (question_id, version_id) in enumerate(placed, start=1):
            ids = (new_id(), attempt_id, member_id, position, question_id, version_id, version_id)
            yield (*ids, shown, "all_right", POINTS, 0, False)
