"""Builders of questions in the bank."""

from typing import Any

from models.learning.question import Question, QuestionStatus
from models.learning.question_terms import QuestionTerms
from store.ids import new_id
from tests.build import LONG_AGO
from tests.learning.questions import Pair, single

STAFF_ID = new_id()


def terms(pair: Pair | None = None, **about: Any) -> QuestionTerms:
    """What is said of a question; `about` are what a test is about."""
    content, key = pair or single()
    return QuestionTerms(content, key, **{"category": "汽车/保养", **about})


async def a_question(
    pair: Pair | None = None, *, status: QuestionStatus = QuestionStatus.ACTIVE, **about: Any
) -> Question:
    return await Question.write(terms(pair, **about), status=status, staff_id=STAFF_ID, at=LONG_AGO)
