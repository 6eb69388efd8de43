"""Regrading by a corrected key, and marking by hand: old scores are kept, gains are paid, losses stay."""

import asyncio
from decimal import Decimal

import pytest

from models.learning import quiz_regrade
from models.learning.answer_key import AnswerKey
from models.learning.answer_mark import AnswerMarked, AnswerNotForMarkers, ByHand, mark_answer
from models.learning.attempt_change import AttemptChange
from models.learning.handing_in import hand_in
from models.learning.question import Question
from models.learning.question_standing import QuestionStanding
from models.learning.question_terms import QuestionTerms
from models.learning.quiz import Quiz
from models.learning.quiz_answer import Given, QuizAnswer
from models.learning.quiz_attempt import AttemptState, QuizAttempt
from models.learning.quiz_regrade import SETTLED_AFTER, QuizRegrade, RegradeDoesNotFit, work_off_regrades
from models.learning.quiz_standing import QuizStanding
from models.learning.quiz_terms import Pays
from models.learning.response import Response
from models.members.member import Member
from models.points.account import Bucket, of_member, of_platform
from models.points.behaviour import Behaviour
from models.points.earn_rule import EarnRule
from models.points.earn_terms import EarnTerms
from models.points.earning import Earning
from models.points.entry import Move, PointEntry
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from store.database import transaction
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON
from tests.learning.questions import judge, short_text, single
from tests.learning.quizzes import (
    MINUTE,
    STAFF,
    a_question,
    a_quiz,
    answers_of,
    begun,
    handed_in,
    points_of,
    questions,
    right,
    wrong,
)

pytestmark = pytest.mark.usefixtures("database")


async def corrected(question: Question, right_one: str = "a") -> Question:
    """The question with another option as its right one."""
    content, _ = single("第 1 题：轮胎气压多久查一次？")
    key = AnswerKey(shares={right_one: Decimal(100)})
    found = await Question.get(id=question.id)
    return await Question.change(
        question.id, QuestionTerms(content, key), expected_version=found.version, staff_id=STAFF, at=NOON
    )


async def regraded(quiz: Quiz, question: Question, *, takes_back: bool = False) -> QuizRegrade:
    return await QuizRegrade.record(
        quiz.id, question.id, reason="答案有误", staff_id=STAFF, takes_back=takes_back, at=NOON + MINUTE
    )


async def with_both(member: Member, quiz: Quiz) -> QuizAttempt:
    """An attempt whose first answer is right and whose second will be by the corrected key."""
    attempt = await begun(member, quiz)
    given = [*await right(attempt, 1), *await wrong(attempt, 2)]
    return (await hand_in(member.id, attempt.id, given, at=NOON)).attempt


async def test_a_corrected_key_raises_the_score_and_pays_the_pass_that_it_brings() -> None:
    await EarnRule.put(Behaviour.QUIZ_PASSED, EarnTerms(20), at=LONG_AGO)
    one, two = await questions()
    member, quiz = await a_member(), await a_quiz(one, two)
    attempt = await with_both(member, quiz)
    unpaid = await points_of(member)
    [_, seen] = await answers_of(attempt)
    await corrected(two)

    regrade = await regraded(quiz, two)

    found, change = await QuizAttempt.get(), await AttemptChange.get()
    assert (regrade.changed, found.points, found.score, found.is_passed) == (1, 200, 10_000, True)
    assert (change.points_before, change.points, change.score_before, change.score) == (100, 200, 5_000, 10_000)
    assert (change.was_passed, change.is_passed, change.reason, change.staff_id) == (False, True, "答案有误", STAFF)
    assert (unpaid, await points_of(member)) == (0, 20)
    [_, answer] = await answers_of(attempt)
    assert answer.question_version_id == seen.question_version_id
    assert answer.graded_version_id == regrade.question_version_id
    assert (await QuestionStanding.get(question_id=two.id)).is_right
    assert await AuditRow.filter(action="regrade_quiz").count() == 1


async def test_regrading_again_changes_nothing() -> None:
    one, two = await questions()
    member, quiz = await a_member(), await a_quiz(one, two, pays=Pays.SCORE, score_points=100)
    await with_both(member, quiz)
    await corrected(two)

    first, again = await regraded(quiz, two), await regraded(quiz, two)
    at_once = await asyncio.gather(*(first.work_off(at=NOON + MINUTE) for _ in range(5)))
    await work_off_regrades(at=NOON + MINUTE + SETTLED_AFTER)
    done = await QuizRegrade.get(id=first.id)

    assert (first.id, at_once, done.changed) == (again.id, [0] * 5, 1)
    assert done.done_at == NOON + MINUTE + SETTLED_AFTER
    assert await points_of(member) == 100
    assert await AttemptChange.all().count() == 1
    assert [one.amount for one in await PointEntry.filter(member_id=member.id).order_by("id")] == [50, 50]


async def test_of_many_attempts_the_job_does_what_the_request_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiz_regrade, "AT_ONCE", 2)
    one, two = await questions()
    quiz = await a_quiz(one, two)
    for _ in range(5):
        await with_both(await a_member(), quiz)
    await corrected(two)

    ordered = await regraded(quiz, two)
    await work_off_regrades(at=NOON + MINUTE)

    assert (ordered.changed, (await QuizRegrade.get()).changed) == (2, 5)


async def test_two_who_regrade_at_one_instant_pay_once() -> None:
    await EarnRule.put(Behaviour.QUIZ_PASSED, EarnTerms(20), at=LONG_AGO)
    one, two = await questions()
    members, quiz = [await a_member() for _ in range(4)], await a_quiz(one, two)
    for member in members:
        await with_both(member, quiz)
    await corrected(two)

    found = await asyncio.gather(*(regraded(quiz, two) for _ in range(3)))

    assert len({regrade.id for regrade in found}) == 1
    assert [await points_of(member) for member in members] == [20] * 4
    assert await AttemptChange.all().count() == 4


async def test_a_lost_pass_is_kept_unless_staff_take_it_back() -> None:
    await EarnRule.put(Behaviour.QUIZ_PASSED, EarnTerms(20), at=LONG_AGO)
    for takes_back, expected in ((False, (20, NOON)), (True, (0, None))):
        one, two = await questions()
        member, quiz = await a_member(), await a_quiz(one, two, pass_percent=100)
        await handed_in(member, quiz, 1, 2)
        await corrected(two)

        await regraded(quiz, two, takes_back=takes_back)

        standing = await QuizStanding.get(member_id=member.id)
        assert (await points_of(member), standing.passed_at) == expected
        assert standing.score == 5_000
    assert (await AttemptChange.filter(taken_back=20).count(), await reconcile()) == (1, [])


async def test_a_pass_after_one_that_was_taken_back_is_paid_again() -> None:
    await EarnRule.put(Behaviour.QUIZ_PASSED, EarnTerms(20), at=LONG_AGO)
    one, two = await questions()
    member, quiz = await a_member(), await a_quiz(one, two, pass_percent=100)
    await handed_in(member, quiz, 1, 2)
    await corrected(two)
    await regraded(quiz, two, takes_back=True)
    await corrected(two, "d")

    await regraded(quiz, two)

    assert await points_of(member) == 20
    assert {earning.source for earning in await Earning.all()} == {f"quiz:{quiz.id}", f"quiz:{quiz.id}#2"}


async def test_a_lower_score_takes_back_the_difference_where_staff_say_so() -> None:
    one, two = await questions()
    member, quiz = await a_member(), await a_quiz(one, two, pays=Pays.SCORE, score_points=100)
    await handed_in(member, quiz, 1, 2)
    await corrected(two)

    await regraded(quiz, two, takes_back=True)

    back = await PointEntry.filter(member_id=member.id, reason="quiz_score_back").get()
    assert (await points_of(member), back.amount, back.rule_id) == (50, -50, quiz.id)
    assert (await QuizStanding.get()).paid == 50


async def test_who_has_spent_it_keeps_it() -> None:
    one, two = await questions()
    member, quiz = await a_member(), await a_quiz(one, two, pays=Pays.SCORE, score_points=100)
    await handed_in(member, quiz, 1, 2)
    async with transaction():
        spent = Move(of_member(member.id), of_platform(Bucket.SPENT), 90, "order", "order:1")
        await PointEntry.post([spent], at=NOON)
    await corrected(two)

    await regraded(quiz, two, takes_back=True)

    change = await AttemptChange.get()
    assert (await points_of(member), change.kept, change.taken_back) == (10, True, 0)
    assert ((await QuizAttempt.get()).score, (await QuizStanding.get()).paid) == (5_000, 100)


async def test_what_is_handed_in_after_a_regrade_goes_by_the_new_key() -> None:
    one, two = await questions()
    member, quiz = await a_member(), await a_quiz(one, two)
    attempt = await begun(member, quiz)
    await handed_in(await a_member(), quiz)
    await corrected(two)
    await regraded(quiz, two)

    await hand_in(member.id, attempt.id, [*await right(attempt, 1), *await wrong(attempt, 2)], at=NOON + MINUTE)

    assert (await QuizAttempt.get(id=attempt.id)).points == 200


async def test_who_saw_the_question_as_it_was_after_the_correction_goes_by_that() -> None:
    one, two = await questions()
    early, late, quiz = await a_member(), await a_member(), await a_quiz(one, two)
    await with_both(early, quiz)
    await corrected(two)
    regrade = await regraded(quiz, two)
    content, key = judge()
    await Question.change(two.id, QuestionTerms(content, key), expected_version=2, staff_id=STAFF, at=NOON)

    attempt = (await handed_in(late, quiz, 1, 2, at=NOON + MINUTE)).attempt
    changed = await regrade.work_off(at=NOON + MINUTE)

    assert (attempt.points, changed) == (200, 0)
    assert {one.points for one in await QuizAttempt.all()} == {200}


async def test_an_earlier_regrade_never_undoes_a_later_one() -> None:
    one, two = await questions()
    member, quiz = await a_member(), await a_quiz(one, two)
    await with_both(member, quiz)
    await corrected(two)
    first = await regraded(quiz, two)
    await corrected(two, "b")
    await regraded(quiz, two)

    assert await first.work_off(at=NOON + MINUTE) == 0
    await work_off_regrades(at=NOON + 2 * MINUTE)
    assert (await QuizAttempt.get()).points == 100


async def test_a_question_that_asks_something_else_is_not_regraded() -> None:
    one, two = await questions()
    quiz = await a_quiz(one, two)
    await handed_in(await a_member(), quiz, 1)
    content, key = judge()
    await Question.change(two.id, QuestionTerms(content, key), expected_version=1, staff_id=STAFF, at=NOON)

    with pytest.raises(RegradeDoesNotFit):
        await regraded(quiz, two)
    assert (await QuizRegrade.all().count(), (await QuizAttempt.get()).points) == (0, 100)


async def text_handed_in(member: Member, quiz: Quiz) -> list[QuizAnswer]:
    attempt = await begun(member, quiz)
    given = [
        Given(n, Response(text="分散风险，好比既买债券又买股票"), 1) for n in range(1, attempt.points_most // 100 + 1)
    ]
    await hand_in(member.id, attempt.id, given, at=NOON)
    return await answers_of(attempt)


async def test_two_markers_of_the_last_two_texts_finish_the_attempt_once() -> None:
    await EarnRule.put(Behaviour.QUIZ_PASSED, EarnTerms(20), at=LONG_AGO)
    member = await a_member()
    quiz = await a_quiz(*[await a_question(short_text()) for _ in range(2)])
    texts = await text_handed_in(member, quiz)
    waiting = (await QuizAttempt.get()).state

    await asyncio.gather(*(mark_answer(one.id, ByHand(points=70), staff_id=STAFF, at=NOON) for one in texts))

    attempt = await QuizAttempt.get()
    assert (waiting, attempt.state, attempt.points) == (AttemptState.WAITING, AttemptState.GRADED, 140)
    assert await points_of(member) == 20
    assert (await QuizStanding.get()).graded == 1


async def test_of_two_markers_of_one_text_the_second_is_told() -> None:
    member, quiz = await a_member(), await a_quiz(await a_question(short_text()))
    [text] = await text_handed_in(member, quiz)

    done = await asyncio.gather(
        *(mark_answer(text.id, ByHand(points=points), staff_id=STAFF, at=NOON) for points in (30, 90)),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in done) == ["AnswerMarked", "QuizAnswer"]
    assert AnswerMarked.code == "ANSWER_MARKED"
    assert await AuditRow.filter(action="mark_answer").count() == 1


async def test_to_mark_again_needs_a_reason_and_keeps_the_old_score() -> None:
    await EarnRule.put(Behaviour.QUIZ_PASSED, EarnTerms(20), at=LONG_AGO)
    member, quiz = await a_member(), await a_quiz(await a_question(short_text()))
    [text] = await text_handed_in(member, quiz)
    await mark_answer(text.id, ByHand(points=30), staff_id=STAFF, at=NOON)

    await mark_answer(text.id, ByHand(rubric=(60, 30)), reason="漏看了例子", staff_id=STAFF, at=NOON + MINUTE)

    change = await AttemptChange.get()
    assert (change.points_before, change.points, change.regrade_id, change.reason) == (30, 90, None, "漏看了例子")
    assert await points_of(member) == 20


async def test_a_key_marks_what_has_a_key() -> None:
    member, quiz = await a_member(), await a_quiz(await a_question())
    done = await handed_in(member, quiz, 1)
    [answer] = await answers_of(done.attempt)
    with pytest.raises(AnswerNotForMarkers):
        await mark_answer(answer.id, ByHand(points=0), staff_id=STAFF, at=NOON)
    assert (await QuizAttempt.get()).points == 100


async def test_an_empty_text_needs_no_marker() -> None:
    member, quiz = await a_member(), await a_quiz(await a_question(short_text()))
    done = await handed_in(member, quiz)

    assert (done.attempt.state, done.attempt.points) == (AttemptState.GRADED, 0)
