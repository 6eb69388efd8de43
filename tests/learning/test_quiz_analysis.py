"""The analysis of a quiz: figures against tables worked out by hand, what the bank hears, and when it is done anew."""

from datetime import timedelta
from decimal import Decimal
from math import sqrt
from typing import Any

import pytest

from models.learning import quiz_analysis
from models.learning.answer_key import AnswerKey
from models.learning.handing_in import hand_in
from models.learning.item_figures import Answered, PaperSums, add_all
from models.learning.question import Question
from models.learning.question_statistics import QuestionStatistics
from models.learning.question_terms import QuestionTerms
from models.learning.quiz import Quiz
from models.learning.quiz_analysis import QuizAnalysis
from models.learning.quiz_answer import Given
from models.learning.quiz_attempt import QuizAttempt
from models.learning.quiz_item import QuizItem
from models.learning.quiz_regrade import QuizRegrade
from models.learning.quiz_terms import DrawnRule
from models.learning.response import Response
from models.members.member import Member
from models.staff.colleague import DataScope
from store.ids import new_id
from tests.build import a_member, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.learning.questions import judge, short_text, single
from tests.learning.quizzes import MINUTE, STAFF, a_question, a_quiz, begun, handed_in, questions, right, wrong

WHOLE, NOTHING = 100, 0
# Who gets which of three questions: right, wrong (the first option), or left empty.
TABLE = {"王小明": "rrr", "李思远": "rrw", "陈雨桐": "r--", "赵子涵": "www"}


async def attempted(quiz: Quiz, marks: str, *, member: Member | None = None, at: Any = NOON) -> QuizAttempt:
    """An attempt handed in with right, wrong and no answers."""
    found = member or await a_member()
    attempt = await begun(found, quiz, at=at)
    places = {one: [n for n, mark in enumerate(marks, start=1) if mark == one] for one in "rw"}
    given: list[Given] = await right(attempt, *places["r"]) if places["r"] else []
    given += await wrong(attempt, *places["w"])
    return (await hand_in(found.id, attempt.id, given, at=at)).attempt


async def a_tried_quiz() -> tuple[Quiz, list[Question]]:
    asked = await questions(3)
    quiz = await a_quiz(*asked)
    for name, marks in TABLE.items():
        await attempted(quiz, marks, member=await a_member(nickname=name))
    return quiz, asked


async def test_the_figures_of_a_quiz_are_those_of_the_table(database: str) -> None:
    quiz, _ = await a_tried_quiz()

    found = await QuizAnalysis.compute(quiz.id, at=NOON)

    assert found is not None
    assert (found.attempts, found.mean, found.median, found.deviation) == (4, 4_999, 4_999, 3_727)
    assert found.histogram == [1, 0, 0, 1, 0, 0, 1, 0, 0, 1]
    # KR-20: 3/2 (1 - (0.75*0.25 + 0.5*0.5 + 0.25*0.75) / 1.25)
    assert found.reliability == pytest.approx(0.75)


async def test_the_figures_of_questions_are_those_of_the_table(database: str) -> None:
    quiz, asked = await a_tried_quiz()

    await QuizAnalysis.compute(quiz.id, at=NOON)
    items = [await QuizItem.get(quiz_id=quiz.id, question_id=one.id) for one in asked]

    assert [(one.asked, one.answered, one.right_count, one.mean) for one in items] == [
        (4, 4, 3, 7_500),
        (4, 3, 2, 5_000),
        (4, 3, 1, 2_500),
    ]
    assert [one.discrimination for one in items] == pytest.approx([1.5 / sqrt(8.25), 2 / sqrt(8), 1.5 / sqrt(8.25)])
    counts = [{one["id"]: one["count"] for one in item.choices} for item in items]
    assert counts == [
        {"a": 1, "b": 0, "c": 0, "d": 3},
        {"a": 1, "b": 0, "c": 0, "d": 2},
        {"a": 2, "b": 0, "c": 0, "d": 1},
    ]
    assert [(one["text"], one["is_right"]) for one in items[0].choices] == [
        ("润滑", False),
        ("冷却", False),
        ("清洁", False),
        ("提高油品标号", True),
    ]


def answers(*points: int) -> list[Answered]:
    return [Answered(QUESTIONS[n], VERSION, one, 100, one == 100, ()) for n, one in enumerate(points)]


QUESTIONS, VERSION = [new_id() for _ in range(3)], new_id()


@pytest.mark.parametrize(
    ("papers", "median", "reliability"),
    [
        # Alpha of partial marks: variances 1250, 1250; of the totals 5000: 2 (1 - 2500 / 5000).
        ([(100, 100), (50, 50), (0, 0), (50, 50)], 5_000, 1.0),
        ([(100, 0), (0, 100)], 5_000, None),
        ([(100, 50)], 7_500, None),
        ([(100,), (0,)], 5_000, None),
        # 2 (1 - (1/4 + 1/4) / (1/4)) * 100^2: questions that contradict each other.
        ([(100, 0), (0, 100), (0, 0), (100, 100)], 5_000, 0.0),
    ],
)
def test_the_median_and_the_reliability_of_some_papers(
    papers: list[tuple[int, ...]], median: int, reliability: float | None
) -> None:
    sums = PaperSums()
    add_all(sums, {new_id(): answers(*one) for one in papers})

    assert sums.median == median
    assert sums.reliability == (None if reliability is None else pytest.approx(reliability))


def test_nothing_is_told_of_questions_that_all_answer_alike() -> None:
    sums = PaperSums()
    add_all(sums, {new_id(): answers(100, one) for one in (0, 100)})

    assert [sums.items[one].discrimination for one in QUESTIONS[:2]] == [None, None]
    assert sums.deviation == 2_500


async def test_only_the_first_graded_attempt_of_a_member_counts(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiz_analysis, "ATTEMPTS_AT_ONCE", 2)
    quiz = await a_quiz(*await questions(2))
    for marks in ("rw", "rr", "ww", "wr", "r-"):
        member = await a_member()
        await attempted(quiz, marks, member=member)
        await attempted(quiz, "rr", member=member, at=NOON + MINUTE)
    await begun(await a_member(), quiz)

    found = await QuizAnalysis.compute(quiz.id, at=NOON)

    assert found is not None
    assert (found.attempts, found.mean, found.histogram) == (5, 5_000, [1, 0, 0, 0, 0, 3, 0, 0, 0, 1])


async def test_what_waits_for_a_marker_is_not_counted_yet(database: str) -> None:
    quiz = await a_quiz(await a_question(short_text()), await a_question(judge(truth=True)))
    member = await a_member()
    attempt = await begun(member, quiz)
    given = [Given(1, Response(text="分散风险。"), 1), Given(2, Response(truth=False), 1)]
    await hand_in(member.id, attempt.id, given, at=NOON)

    assert await QuizAnalysis.compute(quiz.id, at=NOON) is None
    assert await QuizItem.all().count() == 0


async def test_true_and_false_are_counted_and_empty_answers_are_none(database: str) -> None:
    quiz = await a_quiz(await a_question(judge(truth=True)))
    for truth in (True, False, False, None):
        member = await a_member()
        attempt = await begun(member, quiz)
        given = [] if truth is None else [Given(1, Response(truth=truth), 1)]
        await hand_in(member.id, attempt.id, given, at=NOON)

    await QuizAnalysis.compute(quiz.id, at=NOON)
    item = await QuizItem.get(quiz_id=quiz.id)

    assert (item.asked, item.answered, item.right_count) == (4, 3, 1)
    assert [(one["text"], one["count"], one["is_right"]) for one in item.choices] == [("对", 1, True), ("错", 2, False)]
    assert item.discrimination is None


async def test_the_bank_hears_the_totals_over_all_quizzes(database: str) -> None:
    [asked] = await questions(1)
    first, second = await a_quiz(asked), await a_quiz(asked)
    for quiz, marks in ((first, "r"), (first, "w"), (second, "r")):
        await attempted(quiz, marks)

    await QuizAnalysis.compute_due(at=NOON + MINUTE)
    known = await QuestionStatistics.get(question_id=asked.id)

    assert (known.answered, known.right_count) == (3, 2)
    assert known.error_rate == pytest.approx(1 / 3)


async def test_a_quiz_is_analysed_again_once_something_changed(database: str) -> None:
    quiz, asked = await a_tried_quiz()
    hour = timedelta(hours=1)

    first = [await QuizAnalysis.compute_due(at=NOON + n * MINUTE) for n in (5, 10)]
    await attempted(quiz, "rrr", at=NOON + hour)
    second = [await QuizAnalysis.compute_due(at=NOON + hour + n * MINUTE) for n in (5, 10)]
    content, _ = single("第 0 题：机油多久换一次？")
    key = AnswerKey(shares={"a": Decimal(100)})
    said = QuestionTerms(content=content, key=key, category="汽车/保养", explanation="见车主手册。")
    await Question.change(asked[0].id, said, expected_version=1, staff_id=STAFF, at=NOON + 2 * hour)
    await QuizRegrade.record(quiz.id, asked[0].id, reason="答案有误", staff_id=STAFF, at=NOON + 2 * hour)
    third = [await QuizAnalysis.compute_due(at=NOON + 2 * hour + n * MINUTE) for n in (5, 10)]

    assert (first, second, third) == ([1, 0], [1, 0], [1, 0])
    item = await QuizItem.get(quiz_id=quiz.id, question_id=asked[0].id)
    assert (item.asked, item.right_count) == (5, 1)
    assert [one["is_right"] for one in item.choices] == [True, False, False, False]
    assert await QuizAnalysis.all().count() == 1


async def test_drawn_papers_have_no_reliability(database: str) -> None:
    await questions(3, tags=("保养",))
    quiz = await a_quiz(draws=(DrawnRule(2, tag="保养"),))
    for _ in range(6):
        await handed_in(await a_member(), quiz, 1)

    found = await QuizAnalysis.compute(quiz.id, at=NOON)

    assert found is not None
    assert sum(one.asked for one in await QuizItem.all()) == 12
    assert found.reliability is None


ANALYSIS = """query($id: ID!) { quizAnalysis(quizId: $id) { attempts meanPercent medianPercent deviationPercent
    reliability histogram quiz { title } items(first: 5) { edges { node { id questionId asked answered rightCount
    rightShare meanShare discrimination choices { text isRight count share } } } } } }"""


async def test_staff_read_an_analysis_and_members_do_not(callers: Callers) -> None:
    quiz, asked = await a_tried_quiz()
    reader = await callers.staff(await a_staff("quizzes.read"))
    before = (await reader.data(ANALYSIS, id=public_id(quiz)))["quizAnalysis"]
    await QuizAnalysis.compute(quiz.id, at=NOON)

    found = (await reader.data(ANALYSIS, id=public_id(quiz)))["quizAnalysis"]
    first = found["items"]["edges"][0]["node"]

    assert before is None
    assert (found["attempts"], found["meanPercent"], found["medianPercent"]) == (4, 49.99, 49.99)
    assert (found["deviationPercent"], found["reliability"]) == (37.27, pytest.approx(0.75))
    assert found["histogram"] == [1, 0, 0, 1, 0, 0, 1, 0, 0, 1]
    assert first["questionId"] == public_id(asked[0])
    assert (first["asked"], first["rightCount"], first["rightShare"], first["meanShare"]) == (4, 3, 0.75, 0.75)
    assert first["choices"][3] == {"text": "提高油品标号", "isRight": True, "count": 3, "share": 0.75}

    member = await callers.member(await a_member())
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert await member.error(ANALYSIS, id=public_id(quiz)) == "FORBIDDEN"
    assert (await member.data(node, id=public_id(await QuizAnalysis.get())))["node"] is None
    assert (await member.data(node, id=first["id"]))["node"] is None
    assert await callers.nobody().error(ANALYSIS, id=public_id(quiz)) == "UNAUTHENTICATED"
    narrow = await callers.staff(await a_staff("quizzes.read", scope=DataScope.REGION, region="华东"))
    assert await narrow.error(ANALYSIS, id=public_id(quiz)) == "NOT_FOUND"
