"""What came of quizzes: boards, who has not handed in, and the analysis of questions."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from auth.context import Context
from auth.permissions import IsMemberOr
from auth.scope import in_scope
from engine.declare import mirrored
from models.errors import NotFound
from models.learning.quiz import Quiz as QuizRecord
from models.learning.quiz_ranking import QuizRanking as QuizRankingRecord
from models.learning.quiz_ranking import is_ranking_shown
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.learning.quiz_ranking import QuizRanking
from schema.learning.quiz_sight import quizzes_seen
from schema.payload import query

QuizId = Annotated[strawberry.ID, strawberry.argument(description="The quiz.")]


async def _seen(context: Context, text: str) -> QuizRecord:
    """A quiz that the caller sees; `NotFound` for any other."""
    id: UUID = id_of("Quiz", text, field="quizId")
    if not await in_scope([id], quizzes_seen(context), table="quiz"):
        raise NotFound(field="quizId")
    return await QuizRecord.get(id=id)


@strawberry.type
class QuizResultsQueries:
    @query(
        allow=IsMemberOr(StaffRight.QUIZZES_READ),
        description="The board of a quiz; absent for members while marks are not shown.",
    )
    async def quiz_ranking(self, info: Info, quiz_id: QuizId) -> QuizRanking | None:
        quiz = await _seen(info.context, quiz_id)
        is_member = info.context.caller.kind is CallerKind.MEMBER
        is_hidden = is_member and not is_ranking_shown(quiz, at=info.context.at)
        ranking: QuizRanking | None = mirrored(None if is_hidden else QuizRankingRecord(quiz.id))
        return ranking
