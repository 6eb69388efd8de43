"""Grading: from the answers of an attempt to its score, the member's standing, and what that pays.

Everything happens in the transaction that hands in, marks or regrades, under the member's row and then the attempt's,
so of any number of callers at one instant each finds the others' work done. A first pass is paid by the earn rules, for
the cause `quiz:<id>`; a quiz that pays for the score pays the difference to what it has paid before, by entries that
name the quiz and the version of the attempt. So nothing is paid twice, however often an attempt is graded.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from models.groups.group import Group
from models.insight.standing import standing_changed
from models.learning.asked import Asked
from models.learning.marking import mark
from models.learning.quiz_answer import QuizAnswer
from models.learning.quiz_attempt import AttemptState, QuizAttempt
from models.learning.quiz_standing import QuizStanding
from models.learning.quiz_terms import Pays, QuizTerms
from models.points.account import Currency
from models.points.behaviour import Behaviour, Fact
from models.points.earning import Earning
from models.points.entry import PointEntry, Rule, reward

SCORE_REASON = "quiz_score"
CLOSED = ("state", "submitted_at", "later_at", "is_late", "was_overdue")
"""What handing in says of an attempt; it is saved with what grading says."""


async def mark_by_key(answers: Sequence[QuizAnswer], *, keys: Mapping[UUID, UUID], at: datetime | None) -> None:
    """Mark answers by the key of the version seen, or of a later one that `keys` names for the question, unsaved.

    `at` is when they were handed in, where they are now.
    """
    wanted = [keys[answer.question_id] for answer in answers if answer.question_id in keys]
    asked = await Asked.versions([*wanted, *(answer.question_version_id for answer in answers)])
    for answer in answers:
        seen = asked[answer.question_version_id]
        named = asked[keys.get(answer.question_id, seen.id)]
        by = named if named.version > seen.version else seen
        answer.graded_version_id = by.id
        found = mark(by.content, by.key, answer.given, answer.rule, answer.points_most)
        answer.points = None if found.needs_marker else found.points
        answer.is_right, answer.needs_marker = found.is_right, found.needs_marker
        answer.handed_in_at = at or answer.handed_in_at


async def settle(
    attempt: QuizAttempt,
    terms: QuizTerms,
    answers: Sequence[QuizAnswer] | None = None,
    *,
    source: str,
    at: datetime,
) -> QuizStanding | None:
    """Finish an attempt whose answers are all marked, and pay what is due; None while one waits for a marker.

    `answers` are all of its answers, where they are at hand. `source` names what is paid for where the score is.
    """
    if answers is None:
        answers = await QuizAnswer.filter(attempt_id=attempt.id).only("id", "points", "needs_marker")
    if any(one.needs_marker for one in answers):
        await attempt.save(update_fields=CLOSED)
        return None
    attempt.points = sum(one.points or 0 for one in answers)
    attempt.score = score_of(attempt, terms)
    attempt.is_passed = attempt.score >= terms.pass_percent * 100
    attempt.state, attempt.graded_at = AttemptState.GRADED, attempt.graded_at or at
    await attempt.save(update_fields=[*CLOSED, "points", "score", "is_passed", "graded_at"])
    standing = await QuizStanding.of(attempt)
    if await standing.settle(terms) and standing.passed_at is None:
        standing.passed_at = at
        if terms.pays is Pays.PASSING:
            await _pay_pass(attempt, standing, terms, at=at)
    if terms.pays is Pays.SCORE:
        await _pay_score(attempt, standing, terms, source=source, at=at)
    await standing.save()
    return standing


def score_of(attempt: QuizAttempt, terms: QuizTerms) -> int:
    """What counts of an attempt's points, in hundredths of a percent, rounded down; less where it was late."""
    factor = terms.late_percent if attempt.is_late else 100
    return (attempt.points or 0) * 100 * factor // attempt.points_most


def due_for(terms: QuizTerms, score: int) -> int:
    """What a kept score is worth in all, in a quiz that pays for it."""
    return (terms.score_points or 0) * score // 10_000


async def _pay_pass(attempt: QuizAttempt, standing: QuizStanding, terms: QuizTerms, *, at: datetime) -> None:
    await Earning.pay(
        attempt.member_id,
        Behaviour.QUIZ_PASSED,
        await pass_source(attempt.member_id, attempt.quiz_id),
        at=at,
        facts={Fact.SCORE: standing.score // 100},
        target=f"quiz:{attempt.quiz_id}",
        circle_id=terms.circle_id or await _circle_of(terms.group_id),
    )


async def pass_source(member_id: UUID, quiz_id: UUID) -> str:
    """The cause of a pass: `quiz:<id>`, and `quiz:<id>#2` for the pass after one that was taken back."""
    source = f"quiz:{quiz_id}"
    back = Earning.filter(member_id=member_id, behaviour=Behaviour.QUIZ_PASSED, reversed_at__isnull=False)
    taken = set(await back.filter(source__startswith=source).values_list("source", flat=True))
    return f"{source}#{len(taken) + 1}" if taken else source


async def _pay_score(
    attempt: QuizAttempt, standing: QuizStanding, terms: QuizTerms, *, source: str, at: datetime
) -> None:
    due = due_for(terms, standing.score) - standing.paid
    if due <= 0:
        return
    rule = Rule(attempt.quiz_id, attempt.quiz_version)
    paid = reward(attempt.member_id, due, reason=SCORE_REASON, source=source, currency=Currency.POINTS, rule=rule)
    await PointEntry.post([paid], at=at)
    standing.paid += due
    await standing_changed([attempt.member_id], at=at)


async def _circle_of(group_id: UUID | None) -> UUID | None:
    return (await Group.get(id=group_id)).circle_id if group_id else None
