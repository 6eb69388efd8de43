"""Quizzes for tests, published through the verbs that staff use."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from models.learning.asked import Asked
from models.learning.handing_in import HandedIn, hand_in
from models.learning.presentation import Presentation
from models.learning.question import Question, QuestionStatus
from models.learning.question_terms import QuestionTerms
from models.learning.quiz import Quiz
from models.learning.quiz_answer import Given, QuizAnswer
from models.learning.quiz_attempt import QuizAttempt
from models.learning.quiz_terms import PaperItem, QuizTerms
from models.learning.quiz_version import create_quiz, publish_quiz
from models.learning.response import Response
from models.learning.starting import begin_attempt
from models.members.member import Member
from models.points.account import Account, of_member
from store.ids import new_id
from tests.conftest import NOON
from tests.learning.questions import Pair, single

STAFF = new_id()
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
PRICKLY = ("机油多久换一次？", "轮胎气压多久查一次？", "刹车片多厚该换？", "防冻液多久换一次？", "空调滤芯多久换一次？")


async def a_question(pair: Pair | None = None, **terms: Any) -> Question:
    """An active question; single, with the option d right, if none is given."""
    content, key = pair or single()
    given = {"category": "汽车/保养", "explanation": "见车主手册。", **terms}
    said = QuestionTerms(content=content, key=key, **given)
    return await Question.write(said, staff_id=STAFF, at=NOON - DAY, status=QuestionStatus.ACTIVE)


async def questions(count: int = 2, **terms: Any) -> list[Question]:
    """Questions of one kind that are told apart by their stems."""
    return [await a_question(single(f"第 {n} 题：{PRICKLY[n % len(PRICKLY)]}"), **terms) for n in range(count)]


def paper(*asked: Question, points: int = 100, **rules: Any) -> QuizTerms:
    """Homework of these questions."""
    items = tuple(PaperItem(one.id, points) for one in asked)
    return QuizTerms(**{"title": "周一行业观察·课后作业", "items": items, **rules})


async def a_quiz(*asked: Question, **rules: Any) -> Quiz:
    """A published quiz, of two single questions if none are given."""
    some = asked or (() if "draws" in rules else tuple(await questions()))
    draft = await create_quiz(paper(*some, **rules), staff_id=STAFF, at=NOON - DAY, once=None)
    return await publish_quiz(draft.id, staff_id=STAFF, at=NOON - DAY)


async def begun(member: Member, quiz: Quiz, *, at: Any = NOON) -> QuizAttempt:
    return (await begin_attempt(member.id, quiz.id, at=at)).attempt


async def answers_of(attempt: QuizAttempt) -> list[QuizAnswer]:
    return await QuizAnswer.filter(attempt_id=attempt.id).order_by("position")


async def right(attempt: QuizAttempt, *positions: int, sequence: int = 1) -> list[Given]:
    """The right answers to these positions, as the member would give them; to all, if none is named."""
    rows = await answers_of(attempt)
    asked = await Asked.versions(row.graded_version_id for row in rows)
    found = []
    for row in rows:
        by = asked[row.graded_version_id]
        if not positions or row.position in positions:
            response = Presentation.from_json(row.presentation).right(by.content, by.key)
            found.append(Given(row.position, response, sequence))
    return found


async def wrong(attempt: QuizAttempt, *positions: int, sequence: int = 1) -> list[Given]:
    """Answers to single questions that are not right."""
    found = []
    for row in await answers_of(attempt):
        if row.position in positions:
            shown = Presentation.from_json(row.presentation)
            found.append(Given(row.position, shown.told(Response(options=("a",))), sequence))
    return found


async def handed_in(member: Member, quiz: Quiz, *right_ones: int, at: Any = NOON) -> HandedIn:
    """An attempt of a quiz of single questions, with the right answer at these positions and none elsewhere."""
    attempt = await begun(member, quiz, at=at)
    given: Sequence[Given] = await right(attempt, *right_ones) if right_ones else ()
    return await hand_in(member.id, attempt.id, given, at=at)


async def passed(member_id: UUID, quiz: Quiz, *, at: Any = NOON) -> None:
    """The quiz, of single questions, is passed at an instant."""
    await handed_in(await Member.get(id=member_id), quiz, *range(1, len(quiz.items) + 1), at=at)


async def points_of(member: Member) -> int:
    account = await Account.get_or_none(id=of_member(member.id).id)
    return int(account.balance) if account else 0


def told(response: Response | None) -> Any:
    return response.to_json() if response else None
