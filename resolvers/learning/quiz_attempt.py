"""Attempts: begun, saved and handed in by members; marked, where they are texts, by staff."""

from uuid import UUID

import strawberry
from strawberry import Info

from auth.permissions import IsMember, StaffCan
from auth.scope import demand_member
from engine.declare import Connection, mirrored
from engine.relation import Condition
from models.learning.answer_mark import ByHand, mark_answer
from models.learning.handing_in import hand_in
from models.learning.quiz_answer import QuizAnswer as QuizAnswerRecord
from models.learning.repractice import Repractice
from models.learning.starting import begin_attempt
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.learning.quiz_answer import AnswerReview, QuizAnswer
from schema.learning.quiz_attempt_acts import (
    BeginQuizInput,
    BeginQuizPayload,
    HandInQuizInput,
    HandInQuizPayload,
    MarkQuizAnswerInput,
    MarkQuizAnswerPayload,
    PractiseWrongAnswerInput,
    PractiseWrongAnswerPayload,
    SaveQuizAnswersInput,
    SaveQuizAnswersPayload,
)
from schema.payload import listed, mutation

MARKS = StaffCan(StaffRight.QUIZZES_MARK)
_IS_THERE = "NOT EXISTS (SELECT 1 FROM member m WHERE m.id = {row}.member_id AND m.status = 'erased')"
"""What an erased member wrote is gone, and waits for nobody."""


def _id(text: str) -> UUID:
    return id_of("QuizAttempt", text, field="attemptId")


@strawberry.type
class QuizAttemptQueries:
    answers_to_mark: Connection[QuizAnswer] = listed(
        QuizAnswerRecord,
        order=("handed_in_at", "id"),
        where=Condition("{row}.needs_marker AND " + _IS_THERE),
        allow=MARKS,
        description="Texts that wait for somebody to mark them, the longest waiting first.",
    )


@strawberry.type
class QuizAttemptMutations:
    @mutation(allow=IsMember(), description="Begin a quiz, or go on with the attempt that is open.")
    async def begin_quiz(self, info: Info, input: BeginQuizInput) -> BeginQuizPayload:
        context, once = info.context, info.context.once(input)
        quiz_id = id_of("Quiz", input.quiz_id, field="quizId")
        begun = await begin_attempt(context.member_id, quiz_id, password=input.password, at=context.at, once=once)
        return BeginQuizPayload(attempt=mirrored(begun.attempt), is_resumed=begun.is_resumed, is_replay=once.replayed)

    @mutation(allow=IsMember(), description="Keep answers while an attempt is open; the latest of each stands.")
    async def save_quiz_answers(self, info: Info, input: SaveQuizAnswersInput) -> SaveQuizAnswersPayload:
        given = [one.value() for one in input.answers]
        attempt = await QuizAnswerRecord.save_all(
            info.context.member_id, _id(input.attempt_id), given, at=info.context.at
        )
        return SaveQuizAnswersPayload(attempt=mirrored(attempt))

    @mutation(allow=IsMember(), single=True, description="Hand an attempt in; texts are left to a marker.")
    async def hand_in_quiz(self, info: Info, input: HandInQuizInput) -> HandInQuizPayload:
        context, given = info.context, [one.value() for one in input.answers]
        done = await hand_in(context.member_id, _id(input.attempt_id), given, at=context.at)
        return HandInQuizPayload(attempt=mirrored(done.attempt), viewer=mirrored(done.member), is_replay=done.is_replay)

    @mutation(allow=IsMember(), description="Answer a question of the book of wrong answers again.")
    async def practise_wrong_answer(self, info: Info, input: PractiseWrongAnswerInput) -> PractiseWrongAnswerPayload:
        standing_id = id_of("WrongAnswer", input.wrong_answer_id, field="wrongAnswerId")
        done = await Repractice.record(info.context.member_id, standing_id, input.response.value(), at=info.context.at)
        return PractiseWrongAnswerPayload(is_right=done.reviewed.is_right, review=AnswerReview.of(done.reviewed))

    @mutation(allow=MARKS, description="Mark a text; with the last one its attempt is graded and paid.")
    async def mark_quiz_answer(self, info: Info, input: MarkQuizAnswerInput) -> MarkQuizAnswerPayload:
        context = info.context
        known = await QuizAnswerRecord.existing(
            id_of("QuizAnswer", input.answer_id, field="answerId"), field="answerId"
        )
        await demand_member(context, known.member_id, field="answerId")
        answer = await mark_answer(
            known.id,
            ByHand(input.points, input.rubric, input.words),
            reason=input.reason,
            takes_back=input.takes_back,
            staff_id=context.staff_id,
            at=context.at,
        )
        return MarkQuizAnswerPayload(answer=mirrored(answer))
