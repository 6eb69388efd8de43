"""Quizzes: seen by members, written, published and closed by staff of their place."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Info

from auth.context import Context
from auth.permissions import IsMember, IsMemberOr, StaffCan
from auth.scope import demand_group, demand_of_course, demand_whole_brand
from engine.declare import Connection, mirrored
from models.learning.paper import previewed
from models.learning.quiz import Quiz as QuizRecord
from models.learning.quiz_eligibility import quiz_eligibility
from models.learning.quiz_regrade import QuizRegrade as QuizRegradeRecord
from models.learning.quiz_terms import QuizTerms
from models.learning.quiz_version import archive_quiz, change_quiz, close_quiz, create_quiz, publish_quiz, terms_of
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.learning.question_content import QuestionContent
from schema.learning.question_response import QuestionResponse
from schema.learning.quiz import Quiz
from schema.learning.quiz_eligibility import QuizEligibility
from schema.learning.quiz_terms import (
    ArchiveQuizInput,
    ArchiveQuizPayload,
    ChangeQuizInput,
    ChangeQuizPayload,
    CloseQuizInput,
    CloseQuizPayload,
    CreateQuizInput,
    CreateQuizPayload,
    PublishQuizInput,
    PublishQuizPayload,
    QuizPreviewItem,
    RegradeQuizInput,
    RegradeQuizPayload,
)
from schema.payload import listed, mutation, query

QuizId = Annotated[strawberry.ID, strawberry.argument(description="The quiz.")]
WRITES, READS = StaffCan(StaffRight.QUIZZES_WRITE), StaffCan(StaffRight.QUIZZES_READ)


def _id(text: str) -> UUID:
    return id_of("Quiz", text, field="quizId")


async def _demand_terms(context: Context, terms: QuizTerms) -> None:
    """Whether the caller may put a quiz where these terms say: in the place, and behind the session."""
    await _demand_place(context, terms.group_id, field="groupId")
    if terms.course_session_id:
        await demand_of_course(context, "course_session", terms.course_session_id, field="courseSessionId")


async def _demand_place(context: Context, group_id: UUID | None, *, field: str) -> None:
    """A quiz of a group is the business of whoever sees the group, any other that of the whole brand."""
    if group_id is None:
        demand_whole_brand(context)
    else:
        await demand_group(context, group_id, field=field)


async def _demand_quiz(context: Context, text: str) -> UUID:
    """The id of a quiz that the caller may change."""
    quiz = await QuizRecord.existing(_id(text), field="quizId")
    await _demand_place(context, quiz.group_id, field="quizId")
    return quiz.id


@strawberry.type
class QuizQueries:
    quizzes: Connection[Quiz] = listed(
        QuizRecord,
        order=("-created_at", "-id"),
        allow=IsMemberOr(StaffRight.QUIZZES_READ),
        description="Quizzes that the caller sees, the newest first.",
    )

    @query(allow=IsMember(), description="Whether the caller may begin a quiz or go on with it, and what it pays.")
    async def quiz_eligibility(self, info: Info, quiz_id: QuizId) -> QuizEligibility:
        found = await quiz_eligibility(info.context.member_id, _id(quiz_id), at=info.context.at)
        return QuizEligibility.of(found, info.context.locale)

    @query(allow=WRITES, description="A paper as a member would get it, with its keys; each time as it might be drawn.")
    async def quiz_preview(self, info: Info, quiz_id: QuizId) -> list[QuizPreviewItem]:
        # Any question may be put into a draft, so whoever may not read the bank does not read it here.
        READS.demand(info.context)
        quiz = await QuizRecord.get(id=await _demand_quiz(info.context, quiz_id))
        return [
            QuizPreviewItem(
                position=position,
                points_most=placed.points,
                question=QuestionContent.of(shown.shown(placed.asked.content)),
                right_response=QuestionResponse.of(shown.right(placed.asked.content, placed.asked.key)),
                explanation=placed.asked.explanation,
            )
            for position, (placed, shown) in enumerate(await previewed(terms_of(quiz)), start=1)
        ]


@strawberry.type
class QuizMutations:
    @mutation(allow=WRITES, description="Write a quiz down as a draft.")
    async def create_quiz(self, info: Info, input: CreateQuizInput) -> CreateQuizPayload:
        context, once = info.context, info.context.once(input)
        terms = await input.terms.terms()
        await _demand_terms(context, terms)
        quiz = await create_quiz(terms, staff_id=context.staff_id, at=context.at, once=once)
        return CreateQuizPayload(quiz=mirrored(quiz), is_replay=once.replayed)

    @mutation(allow=WRITES, description="Give a quiz other terms; published, as a new version.")
    async def change_quiz(self, info: Info, input: ChangeQuizInput) -> ChangeQuizPayload:
        context = info.context
        quiz_id, terms = await _demand_quiz(context, input.quiz_id), await input.terms.terms()
        await _demand_terms(context, terms)
        quiz = await change_quiz(
            quiz_id,
            terms,
            expected_version=input.expected_version,
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
        )
        return ChangeQuizPayload(quiz=mirrored(quiz))

    @mutation(allow=WRITES, description="Open a quiz to members.")
    async def publish_quiz(self, info: Info, input: PublishQuizInput) -> PublishQuizPayload:
        quiz_id = await _demand_quiz(info.context, input.quiz_id)
        quiz = await publish_quiz(quiz_id, staff_id=info.context.staff_id, at=info.context.at)
        return PublishQuizPayload(quiz=mirrored(quiz))

    @mutation(allow=WRITES, description="Close a quiz before its time; what is under way is handed in as it stands.")
    async def close_quiz(self, info: Info, input: CloseQuizInput) -> CloseQuizPayload:
        quiz_id = await _demand_quiz(info.context, input.quiz_id)
        quiz = await close_quiz(quiz_id, reason=input.reason, staff_id=info.context.staff_id, at=info.context.at)
        return CloseQuizPayload(quiz=mirrored(quiz))

    @mutation(allow=WRITES, description="Put a draft away, or a quiz that is over.")
    async def archive_quiz(self, info: Info, input: ArchiveQuizInput) -> ArchiveQuizPayload:
        quiz_id = await _demand_quiz(info.context, input.quiz_id)
        quiz = await archive_quiz(quiz_id, reason=input.reason, staff_id=info.context.staff_id, at=info.context.at)
        return ArchiveQuizPayload(quiz=mirrored(quiz))

    @mutation(allow=WRITES, description="Mark the attempts at a quiz by the corrected key of a question.")
    async def regrade_quiz(self, info: Info, input: RegradeQuizInput) -> RegradeQuizPayload:
        quiz_id = await _demand_quiz(info.context, input.quiz_id)
        regrade = await QuizRegradeRecord.record(
            quiz_id,
            id_of("Question", input.question_id, field="questionId"),
            reason=input.reason,
            takes_back=input.takes_back,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return RegradeQuizPayload(regrade=mirrored(regrade))
