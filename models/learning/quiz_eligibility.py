"""Whether a member may begin an attempt, told before it tries: every reason, when next, and what it would be paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.eligibility import Due, Eligibility
from models.errors import DomainError
from models.learning.grading import SCORE_REASON, due_for
from models.learning.quiz import Quiz
from models.learning.quiz_attempt import QuizAttempt
from models.learning.quiz_standing import QuizStanding
from models.learning.quiz_terms import Pays
from models.learning.quiz_version import terms_of
from models.members.member import ACTIVE, Member, MemberNotActive
from models.points.behaviour import Behaviour, Fact
from models.points.earning import Earning


class QuizAttemptsUsed(DomainError):
    code = "QUIZ_ATTEMPTS_USED"
    zh = "作答次数已用完（{most} 次）"
    en = "You have taken this quiz as often as one may, {most} times."


class QuizTooSoon(DomainError):
    code = "QUIZ_TOO_SOON"
    zh = "距离上次作答需间隔 {minutes} 分钟"
    en = "Between two attempts lie {minutes} minutes."


@dataclass(frozen=True)
class QuizEligibility:
    """`open_attempt` is what the member can go on with; `attempts_left` is None without a limit."""

    quiz: Quiz
    eligibility: Eligibility
    open_attempt: QuizAttempt | None
    attempts_used: int
    attempts_left: int | None


async def quiz_eligibility(member_id: UUID, quiz_id: UUID, *, at: datetime) -> QuizEligibility:
    """Everything that stands against beginning at `at`, the password aside. Raises `NotFound`."""
    quiz = await Quiz.seen(quiz_id, member_id)
    member = await Member.existing(member_id)
    last = await QuizAttempt.last_one(quiz_id, member_id)
    found: list[DomainError] = [] if member.status in ACTIVE else [MemberNotActive()]
    can_go_on = last is not None and last.is_open and not last.is_overdue(at=at)
    if not can_go_on:
        found += await refusals(quiz, member_id, last, at=at)
    used = last.number if last else 0
    left = None if quiz.attempts_most is None else max(quiz.attempts_most - used, 0)
    eligibility = Eligibility(found, await _preview(quiz, member_id, at=at))
    return QuizEligibility(quiz, eligibility, last if can_go_on else None, used, left)


async def refusals(quiz: Quiz, member_id: UUID, last: QuizAttempt | None, *, at: datetime) -> list[DomainError]:
    """What stands against one attempt more after the `last` one."""
    found = [one] if (one := quiz.closing(at=at)) else []
    found += await quiz.for_whom.refusals(member_id, at=at)
    if last is None:
        return found
    if quiz.attempts_most is not None and last.number >= quiz.attempts_most:
        found.append(QuizAttemptsUsed(most=quiz.attempts_most))
    ended_at = last.submitted_at or last.deadline_at or last.started_at
    next_at = ended_at + timedelta(minutes=quiz.gap_minutes)
    if at < next_at:
        found.append(QuizTooSoon(minutes=quiz.gap_minutes, retry_at=next_at))
    return found


async def _preview(quiz: Quiz, member_id: UUID, *, at: datetime) -> Sequence[Due]:
    """What the next attempt would be paid for the whole score."""
    standing = await QuizStanding.get_or_none(quiz_id=quiz.id, member_id=member_id)
    if quiz.pays is Pays.SCORE:
        due = due_for(terms_of(quiz), 10_000) - (standing.paid if standing else 0)
        return [Due(SCORE_REASON, due)] if due > 0 else []
    if quiz.pays is Pays.NOTHING or (standing and standing.passed_at):
        return []
    facts = {str(Fact.SCORE): 100}
    return (await Earning.eligibility(member_id, Behaviour.QUIZ_PASSED, at=at, facts=facts)).preview
