"""Papers: what is drawn from what, what nobody gets twice, and how a question is put before a member."""

import asyncio
from uuid import UUID

import pytest

from models.errors import Invalid
from models.learning.asked import Asked
from models.learning.paper import NotEnoughQuestions, composed, drawn_from, supply
from models.learning.presentation import Presentation
from models.learning.question import Question, QuestionStatus
from models.learning.question_kind import QuestionKind
from models.learning.question_terms import QuestionTerms
from models.learning.quiz import QuizStatus
from models.learning.quiz_answer import QuizAnswer
from models.learning.quiz_attempt import QuizAttempt
from models.learning.quiz_terms import Band, DrawnRule, Pays, QuizKind, QuizTerms
from models.learning.quiz_version import QuizChanged, QuizVersion, change_quiz, create_quiz, publish_quiz, terms_of
from models.learning.response import Response
from models.learning.review import Aspect, Phase, ReviewMatrix
from tests.build import a_member
from tests.conftest import NOON
from tests.learning.questions import EVERY_KIND, Pair, judge, match, order, single
from tests.learning.quizzes import STAFF, a_question, a_quiz, answers_of, begun, handed_in, paper, questions

pytestmark = pytest.mark.usefixtures("database")


async def test_a_rule_draws_of_what_meets_all_of_it() -> None:
    wanted = await questions(3, tags=("机油",), difficulty=2)
    await questions(2, tags=("轮胎",), difficulty=2)
    await questions(2, tags=("机油",), difficulty=5)
    await a_question(judge(), tags=("机油",), difficulty=2)
    await a_question(single("别的圈子的题"), category="美食/川菜", tags=("机油",), difficulty=2)
    rule = DrawnRule(3, tag="机油", kind=QuestionKind.SINGLE, difficulty_most=3, category="汽车")
    await Question.put_status([wanted[0].id], QuestionStatus.ARCHIVED, staff_id=STAFF, at=NOON)

    assert set(await supply(rule)) == {wanted[1].id, wanted[2].id}
    assert await supply(DrawnRule(1, category="汽")) == []


async def test_a_draw_is_recomputed_from_its_seed() -> None:
    await questions(10, tags=("机油",))
    member = await a_member()
    quiz = await a_quiz(draws=(DrawnRule(4, tag="机油"),), shuffles_questions=True)
    attempt = await begun(member, quiz)

    again = await composed(terms_of(quiz), seed=attempt.seed, seen=())

    rows = await answers_of(attempt)
    assert [one.asked.question_id for one in again] == [one.question_id for one in rows]
    shown = [
        Presentation.of(one.asked.content, seed=attempt.seed, name=one.asked.question_id, shuffles=True)
        for one in again
    ]
    assert [one.to_json() for one in shown] == [one.presentation for one in rows]


async def test_nobody_gets_a_question_twice_while_there_are_others() -> None:
    await questions(6, tags=("机油",))
    member, quiz = await a_member(), await a_quiz(draws=(DrawnRule(3, tag="机油"),))
    drawn: list[set[UUID]] = []
    for _ in range(3):
        done = await handed_in(member, quiz)
        drawn.append({one.question_id for one in await answers_of(done.attempt)})

    assert [len(one) for one in drawn] == [3, 3, 3]
    assert drawn[0].isdisjoint(drawn[1])
    assert drawn[2] <= drawn[0] | drawn[1]


def test_the_rule_with_the_least_to_choose_from_draws_first() -> None:
    some = [UUID(int=n) for n in range(4)]
    terms = QuizTerms("测验", draws=(DrawnRule(2), DrawnRule(1)))

    for seed in map(str, range(20)):
        wide, narrow = drawn_from(terms, [some[:3], some[:1]], seed=seed, seen=())
        assert (narrow, set(wide)) == ([some[0]], {some[1], some[2]})


async def test_a_paper_is_not_published_without_its_questions() -> None:
    draft = await create_quiz(
        paper(*await questions(2), draws=(DrawnRule(3, tag="机油"),)), staff_id=STAFF, at=NOON, once=None
    )
    with pytest.raises(NotEnoughQuestions) as refused:
        await publish_quiz(draft.id, staff_id=STAFF, at=NOON)
    assert refused.value.facts == {"needed": 5, "found": 2}
    assert await QuizVersion.all().count() == 0
    await draft.refresh_from_db()
    assert draft.status is QuizStatus.DRAFT


async def test_an_attempt_keeps_the_terms_and_the_questions_that_it_was_begun_with() -> None:
    [asked] = await questions(1)
    quiz, member = await a_quiz(asked, pass_percent=100), await a_member()
    attempt = await begun(member, quiz)
    content, key = single("改过的题干")
    await Question.change(asked.id, QuestionTerms(content, key), expected_version=1, staff_id=STAFF, at=NOON)
    changed = await change_quiz(
        quiz.id, paper(asked, pass_percent=0), expected_version=1, reason="降低难度", staff_id=STAFF, at=NOON
    )
    later = await begun(await a_member(), quiz)

    assert (attempt.quiz_version, later.quiz_version, changed.version) == (1, 2, 2)
    assert (await QuizVersion.of(quiz.id, 1)).pass_percent == 100
    stems = []
    for one in (attempt, later):
        [row] = await answers_of(one)
        stems.append((await Asked.versions([row.question_version_id]))[row.question_version_id].content.stem)
    assert stems == ["第 0 题：机油多久换一次？", "改过的题干"]


async def test_of_two_who_change_a_quiz_one_reads_it_again() -> None:
    asked = await questions(2)
    quiz = await a_quiz(*asked)
    terms = [paper(*asked, title=title) for title in ("第一稿", "第二稿")]

    done = await asyncio.gather(
        *(change_quiz(quiz.id, one, expected_version=1, reason="改", staff_id=STAFF, at=NOON) for one in terms),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in done) == ["Quiz", "QuizChanged"]
    assert QuizChanged.code == "QUIZ_CHANGED"
    assert await QuizVersion.all().count() == 2


async def test_terms_come_back_from_a_version_as_they_were() -> None:
    asked = await questions(2)
    terms = paper(
        *asked,
        kind=QuizKind.HOMEWORK,
        draws=(DrawnRule(1, tag="机油", kind=QuestionKind.SINGLE, difficulty_least=2),),
        course_session_id=STAFF,
        opens_at=NOON,
        closes_at=NOON.replace(hour=9),
        late_minutes=30,
        pays=Pays.SCORE,
        score_points=30,
        review=ReviewMatrix({Phase.LATER: (Aspect.MARKS,)}),
        bands=(Band(0, "再接再厉"), Band(90, "优秀")),
    ).checked()

    assert QuizTerms.from_json(terms.to_json()) == terms


@pytest.mark.parametrize(
    "rules",
    [
        {"title": " "},
        {"items": ()},
        {"pass_percent": 101},
        {"late_minutes": 10},
        {"opens_at": NOON, "closes_at": NOON},
        {"kind": QuizKind.PRACTICE},
        {"kind": QuizKind.WEEKLY},
        {"pays": Pays.SCORE},
        {"score_points": 5},
        {"review": ReviewMatrix({Phase.DURING: (Aspect.CORRECTNESS,)})},
        {"bands": (Band(0, "好"), Band(0, "很好"))},
        {"draws": (DrawnRule(0),)},
        {"draws": (DrawnRule(200),)},
        {"circle_id": STAFF, "group_id": STAFF},
        {"kind": QuizKind.WEEKLY, "circle_id": STAFF, "course_session_id": STAFF},
    ],
)
async def test_terms_that_say_nothing_sound_are_refused(rules: dict[str, object]) -> None:
    asked = await questions(2)
    given = {"items": paper(*asked).items, "title": "测验", **rules}
    with pytest.raises(Invalid):
        QuizTerms(**given).checked()  # type: ignore[arg-type]  # what is wrong is what is tested


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_what_is_shown_as_right_is_right_in_every_order(kind: object) -> None:
    from models.learning.marking import ScoreRule, mark

    content, key = kind()  # type: ignore[operator]  # a builder of a question
    for seed in map(str, range(5)):
        shown = Presentation.of(content, seed=seed, name="题", shuffles=True)
        answer = shown.taken(shown.right(content, key)).checked(content)
        found = mark(content, key, answer, ScoreRule.ALL_RIGHT, 100)
        assert found.needs_marker or found.points == 100


@pytest.mark.parametrize("pair", [order(), match()])
def test_what_is_to_be_arranged_never_stands_in_the_order_of_the_bank(pair: Pair) -> None:
    content, _ = pair
    orders = {Presentation.of(content, seed=str(n), name="题", shuffles=False).options for n in range(30)}

    assert len(orders) > 5


def test_a_member_sees_no_name_of_the_bank() -> None:
    content, key = match()
    shown = Presentation.of(content, seed="s", name="题", shuffles=True)
    seen = shown.shown(content)

    assert [one.id for one in seen.options] == ["1", "2", "3", "4"]
    assert [one.id for one in seen.choices] == ["1", "2", "3", "4", "5"]
    assert {one.text for one in seen.options} == {one.text for one in content.options}
    assert Presentation.from_json(shown.to_json()) == shown
    with pytest.raises(Invalid):
        shown.taken(Response(pairs=key.pairs)).checked(content)


async def test_an_attempt_has_no_question_twice() -> None:
    asked = await questions(4, tags=("机油",))
    quiz = await a_quiz(asked[0], draws=(DrawnRule(2, tag="机油"), DrawnRule(1, tag="机油")))

    rows = await answers_of(await begun(await a_member(), quiz))

    assert {one.question_id for one in rows} == {one.id for one in asked}
    assert (await QuizAttempt.all().count(), await QuizAnswer.all().count()) == (1, 4)
