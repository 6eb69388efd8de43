"""The review: what is seen when, of every aspect in every phase; and what the book of wrong answers shows."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest

from auth.caller import Caller, CallerKind
from auth.context import Context
from models.learning.handing_in import hand_in
from models.learning.question_standing import QuestionStanding
from models.learning.quiz import Quiz
from models.learning.quiz_answer import Given, QuizAnswer
from models.learning.quiz_attempt import AttemptOver, QuizAttempt
from models.learning.quiz_terms import Band, Pays, QuizKind
from models.learning.quiz_version import change_quiz, close_quiz, terms_of
from models.learning.response import Response
from models.learning.review import Aspect, Phase, ReviewMatrix
from models.learning.reviewing import AttemptResult, Reviewed, StandingSeen, results_of, review, standings_seen
from models.members.member import Member
from schema.learning.quiz_sight import book_seen
from store.clock import FixedClock
from store.database import fetch
from tests.build import a_member
from tests.conftest import NOON
from tests.learning.quizzes import DAY, MINUTE, STAFF, a_question, a_quiz, answers_of, begun, handed_in, right, told

pytestmark = pytest.mark.usefixtures("database")

CLOSES = NOON + DAY
WHEN = {
    Phase.DURING: NOON,
    Phase.RIGHT_AFTER: NOON + MINUTE,
    Phase.LATER: NOON + 10 * MINUTE,
    Phase.AFTER_CLOSE: CLOSES,
}


def seen_of(found: Reviewed) -> set[Aspect]:
    shown = {
        Aspect.ANSWERS: found.response,
        Aspect.CORRECTNESS: found.is_right,
        Aspect.MARKS: found.points,
        Aspect.RIGHT_ANSWER: found.right,
        Aspect.EXPLANATION: found.explanation,
    }
    return {aspect for aspect, value in shown.items() if value is not None}


async def looked(member: Member, attempt: QuizAttempt, at: datetime) -> set[Aspect]:
    """What of a member's attempt is seen at an instant, in its one question and in its result."""
    attempt = await QuizAttempt.get(id=attempt.id)
    [found] = await review(await answers_of(attempt), member.id, at=at)
    [result] = await results_of([attempt], at=at)
    assert (result.points is None) == (result.percent is None) == (result.is_passed is None)
    if attempt.points is not None:
        assert (Aspect.MARKS in seen_of(found)) == (result.points is not None)
    return seen_of(found) | ({Aspect.FEEDBACK} if result.feedback else set())


@pytest.mark.parametrize("phase", [Phase.RIGHT_AFTER, Phase.LATER, Phase.AFTER_CLOSE])
@pytest.mark.parametrize("aspect", Aspect)
async def test_an_aspect_is_seen_in_its_phase_and_in_no_other(phase: Phase, aspect: Aspect) -> None:
    matrix = ReviewMatrix({one: (aspect,) if one is phase else () for one in Phase if one is not Phase.DURING})
    quiz = await a_quiz(await a_question(), review=matrix, closes_at=CLOSES, bands=(Band(0, "不错"),))
    member = await a_member()
    attempt = await begun(member, quiz)
    given = await right(attempt)
    await QuizAnswer.save_all(member.id, attempt.id, given, at=NOON)
    seen = {Phase.DURING: await looked(member, attempt, NOON)}
    await hand_in(member.id, attempt.id, at=NOON)
    for one in (Phase.RIGHT_AFTER, Phase.LATER, Phase.AFTER_CLOSE):
        seen[one] = await looked(member, attempt, WHEN[one])

    assert seen == {one: {aspect} if one is phase else set() for one in Phase} | {Phase.DURING: {Aspect.ANSWERS}}


async def test_practice_tells_of_each_question_as_it_is_answered() -> None:
    from tests.learning.quizzes import questions

    rules = {"kind": QuizKind.PRACTICE, "pays": Pays.NOTHING, "review": ReviewMatrix.open_book()}
    member, quiz = await a_member(), await a_quiz(*await questions(), **rules)
    attempt = await begun(member, quiz)
    wrong = Given(1, (await right(attempt, 1))[0].response, 1)
    await QuizAnswer.save_all(member.id, attempt.id, [wrong], at=NOON)

    answered, untouched = await review(await answers_of(attempt), member.id, at=NOON)

    assert (answered.is_right, answered.points, answered.explanation) == (True, 100, "见车主手册。")
    assert seen_of(untouched) == set()
    assert [one.points for one in await answers_of(attempt)] == [None, None]


async def test_what_is_being_asked_elsewhere_tells_nothing_of_its_key() -> None:
    asked = await a_question()
    practice = await a_quiz(asked, kind=QuizKind.PRACTICE, pays=Pays.NOTHING, review=ReviewMatrix.open_book())
    exam, member = await a_quiz(asked), await a_member()
    done = await handed_in(member, practice)
    before = await looked(member, done.attempt, NOON)
    attempt = await begun(member, exam)

    [during] = await review(await answers_of(done.attempt), member.id, at=NOON)
    in_book = await book_of(member, NOON)
    await hand_in(member.id, attempt.id, at=NOON)
    [after] = await review(await answers_of(done.attempt), member.id, at=NOON)

    assert Aspect.RIGHT_ANSWER in before
    assert seen_of(during) == set()
    assert in_book == []
    assert after.explanation == "见车主手册。"


@pytest.mark.parametrize("is_exam_first", [True, False])
async def test_what_is_asked_in_two_open_attempts_is_told_in_neither(is_exam_first: bool) -> None:
    asked = await a_question()
    practice = await a_quiz(asked, kind=QuizKind.PRACTICE, pays=Pays.NOTHING, review=ReviewMatrix.open_book())
    exam, member = await a_quiz(asked), await a_member()
    quizzes = (exam, practice) if is_exam_first else (practice, exam)
    attempts = {one.id: await begun(member, one) for one in quizzes}
    tried = attempts[practice.id]
    await QuizAnswer.save_all(member.id, tried.id, await right(tried), at=NOON)

    [during] = await review(await answers_of(tried), member.id, at=NOON)

    assert seen_of(during) == {Aspect.ANSWERS}


async def test_what_an_attempt_came_to_is_not_told_while_a_question_of_it_is_being_asked_elsewhere() -> None:
    asked = await a_question()
    practice = await a_quiz(asked, kind=QuizKind.PRACTICE, pays=Pays.NOTHING, review=ReviewMatrix.open_book())
    exam, member = await a_quiz(asked), await a_member()
    attempt = await begun(member, exam)
    tried = (await handed_in(member, practice, 1)).attempt

    [during] = await results_of([tried], at=NOON)
    standing = await standings_seen(member.id, [practice.id], at=NOON)
    [for_staff] = await results_of([tried], at=NOON, sees_all=True)
    await hand_in(member.id, attempt.id, at=NOON)
    [after] = await results_of([tried], at=NOON)

    assert during == AttemptResult()
    assert standing == {practice.id: StandingSeen(1)}
    assert (after.percent, for_staff.percent) == (100, 100)
    assert (await standings_seen(member.id, [practice.id], at=NOON))[practice.id].percent == 100


async def test_an_end_that_comes_sooner_ends_what_is_under_way_before_the_keys_are_told() -> None:
    quiz, member, other = await a_quiz(closes_at=NOON + DAY, minutes=60), await a_member(), await a_member()
    attempt, short = await begun(member, quiz), await begun(other, quiz, at=NOON - 55 * MINUTE)
    sooner = replace(terms_of(quiz), closes_at=NOON + 10 * MINUTE)

    await change_quiz(quiz.id, sooner, expected_version=1, reason="提前截止", staff_id=STAFF, at=NOON)

    found = {one.id: one.deadline_at for one in await QuizAttempt.all()}
    assert found == {attempt.id: NOON + 10 * MINUTE, short.id: NOON + 5 * MINUTE}
    with pytest.raises(AttemptOver):
        await QuizAnswer.save_all(member.id, attempt.id, await right(attempt), at=NOON + 10 * MINUTE)


async def test_to_close_a_quiz_opens_what_is_shown_after_its_close() -> None:
    quiz, member = await a_quiz(await a_question()), await a_member()
    done = await handed_in(member, quiz)
    before = await looked(member, done.attempt, NOON + DAY)
    await close_quiz(quiz.id, reason="答案公布", staff_id=STAFF, at=NOON + DAY)

    assert Aspect.RIGHT_ANSWER not in before
    assert Aspect.RIGHT_ANSWER in await looked(member, done.attempt, NOON + DAY)


async def test_a_standing_shows_its_figures_with_the_marks() -> None:
    open_one, covered = await a_quiz(), await a_quiz(review=ReviewMatrix())
    member = await a_member()
    for quiz in (open_one, covered):
        await handed_in(member, quiz, 1, 2)

    found = await standings_seen(member.id, [open_one.id, covered.id], at=NOON)

    assert (found[open_one.id].percent, found[open_one.id].passed_at) == (100, NOON)
    assert (found[covered.id].graded, found[covered.id].percent, found[covered.id].passed_at) == (1, None, None)


async def book_of(member: Member, at: datetime) -> list[object]:
    """The questions in a member's book, as the contract reads it."""
    context = Context(Caller(CallerKind.MEMBER, member.id), "zh-CN", None, "r", FixedClock(at))
    seen = book_seen(context)
    sql = seen.sql.replace("{row}", "s")
    for place, _ in enumerate(seen.values, start=1):
        sql = sql.replace("?", f"${place}", 1)
    return [
        row["question_id"]
        for row in await fetch(f"SELECT s.question_id FROM question_standing s WHERE {sql}", *seen.values)
    ]


@pytest.mark.parametrize(
    ("phase", "is_closed"), list(product([Phase.RIGHT_AFTER, Phase.LATER, Phase.AFTER_CLOSE], [False, True]))
)
async def test_the_book_and_the_review_agree_on_when_wrong_is_told(phase: Phase, is_closed: bool) -> None:
    """The phase is told by Python to the review and by the database to the book."""
    shown: dict[Phase, tuple[Aspect, ...]] = {
        one: (Aspect.CORRECTNESS,) if one is phase else () for one in Phase if one is not Phase.DURING
    }
    quiz, member = await a_quiz(await a_question(), review=ReviewMatrix(shown), closes_at=CLOSES), await a_member()
    done = await handed_in(member, quiz)
    if is_closed:
        await close_quiz(quiz.id, reason="答案公布", staff_id=STAFF, at=NOON)
    edges = [
        NOON,
        NOON + 2 * MINUTE - timedelta(microseconds=1),
        NOON + 2 * MINUTE,
        CLOSES - timedelta(microseconds=1),
        CLOSES,
    ]
    for at in edges:
        in_review = Aspect.CORRECTNESS in await looked(member, done.attempt, at)
        assert (at, bool(await book_of(member, at))) == (at, in_review)


async def test_the_book_holds_the_last_word_of_each_question() -> None:
    from tests.learning.quizzes import questions

    asked = await questions(2)
    member = await a_member()
    first, second = [await a_quiz(*asked, review=ReviewMatrix.open_review()) for _ in range(2)]
    await handed_in(member, first, 1)
    await handed_in(member, second, 2, at=NOON + MINUTE)

    rows = {row.question_id: row for row in await QuestionStanding.filter(member_id=member.id)}

    assert [(rows[one.id].is_right, rows[one.id].answered, rows[one.id].wrong) for one in asked] == [
        (False, 2, 1),
        (True, 2, 1),
    ]


async def test_feedback_is_the_highest_band_that_is_reached() -> None:
    bands = (Band(0, "再接再厉"), Band(50, "不错"), Band(90, "优秀"))
    member, quiz = await a_member(), await a_quiz(bands=bands)
    words = []
    for positions in ((), (1,), (1, 2)):
        done = await handed_in(member, quiz, *positions)
        [result] = await results_of([done.attempt], at=NOON)
        words.append(result.feedback)

    assert words == ["再接再厉", "不错", "优秀"]


async def test_what_a_member_answered_is_told_in_the_names_that_it_saw() -> None:
    member, quiz = await a_member(), await a_quiz(await a_question())
    attempt = await begun(member, quiz)
    await QuizAnswer.save_all(member.id, attempt.id, [Given(1, Response(options=("3",)), 1)], at=NOON)
    [row] = await answers_of(attempt)
    [seen] = await review([row], member.id, at=NOON)

    assert told(seen.response) == {"options": ["3"]}
    assert told(row.given) == {"options": [row.presentation["options"][2]]}
    assert await Quiz.all().count() == 1
