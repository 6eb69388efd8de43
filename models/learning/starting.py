"""Beginning an attempt, or going on with the one that is open.

Each key begins once, and a member has one open attempt at a quiz whatever the keys: the unique index decides between
two devices, and the later one goes on with what the earlier one began. An open attempt whose time is over is closed
first, so that it is never in the way.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.attempts import Attempts, Limit
from models.errors import DomainError
from models.idempotency import Once, perform_once
from models.learning.handing_in import end_overdue
from models.learning.paper import Placed, composed, shown
from models.learning.quiz import Quiz
from models.learning.quiz_answer import QuizAnswer
from models.learning.quiz_attempt import QuizAttempt, deadline_of
from models.learning.quiz_eligibility import refusals
from models.learning.quiz_terms import QuizTerms
from models.learning.quiz_version import terms_of
from models.members.member import Member
from models.spoken_password import same_words
from store.database import transaction

PASSWORD_TRIES = Limit("quiz-password", most=10)


class QuizPasswordWrong(DomainError):
    code = "QUIZ_PASSWORD_WRONG"
    zh = "口令不正确"
    en = "The password is wrong."
    field = "password"


@dataclass(frozen=True)
class Begun:
    """The attempt, and whether it was open before."""

    attempt: QuizAttempt
    is_resumed: bool = False


class _IsOpen(Exception):
    def __init__(self, attempt: QuizAttempt) -> None:
        super().__init__()
        self.attempt = attempt


async def begin_attempt(
    member_id: UUID, quiz_id: UUID, *, at: datetime, once: Once | None = None, password: str | None = None
) -> Begun:
    """Begin an attempt, or give back the open one as it was left.

    Raises `QuizNotOpen`, `QuizClosed`, `QuizAttemptsUsed`, `QuizTooSoon`, `QuizPasswordWrong`, `NotEnoughQuestions`,
    the refusals of the quiz's audience, `MemberNotActive`, `NotFound`.
    """
    await _close_overdue(member_id, quiz_id, at=at)
    await _demand_password(await Quiz.seen(quiz_id, member_id), member_id, password, at=at)

    async def act(id: UUID) -> QuizAttempt:
        await Member.touch(member_id, at=at)
        quiz = await Quiz.shared(quiz_id, member_id)
        last = await QuizAttempt.last_one(quiz_id, member_id)
        if last and last.is_open:
            raise _IsOpen(last)
        for refusal in await refusals(quiz, member_id, last, at=at):
            raise refusal
        return await _begun(id, quiz, member_id, number=last.number + 1 if last else 1, at=at)

    try:
        return Begun(await perform_once(once, QuizAttempt, act, at=at))
    except _IsOpen as found:
        return Begun(found.attempt, is_resumed=True)


async def _begun(id: UUID, quiz: Quiz, member_id: UUID, *, number: int, at: datetime) -> QuizAttempt:
    seed, terms = secrets.token_hex(16), terms_of(quiz)
    earlier = QuizAnswer.filter(attempt__member_id=member_id, attempt__quiz_id=quiz.id)
    seen = {one["question_id"] for one in await earlier.values("question_id")}
    placed = await composed(terms, seed=seed, seen=seen)
    attempt = await QuizAttempt.create(
        id=id,
        quiz_id=quiz.id,
        quiz_version=quiz.version,
        member_id=member_id,
        number=number,
        seed=seed,
        overdue=quiz.overdue,
        started_at=at,
        deadline_at=deadline_of(quiz, at=at),
        points_most=sum(one.points for one in placed),
    )
    rows = [_answer(attempt, place, one, terms) for place, one in enumerate(placed, start=1)]
    await QuizAnswer.bulk_create(rows)
    return attempt


def _answer(attempt: QuizAttempt, position: int, placed: Placed, terms: QuizTerms) -> QuizAnswer:
    asked = placed.asked
    return QuizAnswer(
        attempt_id=attempt.id,
        member_id=attempt.member_id,
        position=position,
        question_id=asked.question_id,
        question_version_id=asked.id,
        graded_version_id=asked.id,
        presentation=shown(placed, terms, seed=attempt.seed).to_json(),
        rule=placed.rule,
        points_most=placed.points,
    )


async def _close_overdue(member_id: UUID, quiz_id: UUID, *, at: datetime) -> None:
    """Close what the clock has ended but no job yet."""
    known = await QuizAttempt.open_one(quiz_id, member_id)
    if known is None or not known.is_overdue(at=at):
        return
    async with transaction():
        await Member.touch(member_id, at=at)
        attempt = await QuizAttempt.held(known.id, member_id)
        if attempt.is_open:
            await end_overdue(attempt, at=at)


async def _demand_password(quiz: Quiz, member_id: UUID, given: str | None, *, at: datetime) -> None:
    """Raise `QuizPasswordWrong`, `TooManyAttempts` after too many; outside any transaction. Who is in needs none."""
    if quiz.password is None or await QuizAttempt.open_one(quiz.id, member_id):
        return
    subject = f"{quiz.id}:{member_id}"
    await Attempts.take(PASSWORD_TRIES, subject, at=at)
    if not same_words(given or "", quiz.password):
        raise QuizPasswordWrong()
    await Attempts.forgive(PASSWORD_TRIES, subject)
