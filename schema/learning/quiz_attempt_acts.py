"""What is done with attempts: inputs and payloads."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from models.learning.quiz_answer import Given
from schema.learning.question_response import QuestionResponseInput
from schema.learning.quiz_answer import AnswerReview, QuizAnswer
from schema.learning.quiz_attempt import QuizAttempt
from schema.payload import Payload, changed
from schema.scalars import BigInt

if TYPE_CHECKING:
    from schema.viewer import Viewer


@strawberry.input(description="A quiz to begin, or to go on with.")
class BeginQuizInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never begins twice.")
    quiz_id: strawberry.ID = strawberry.field(description="The quiz.")
    password: str | None = strawberry.field(default=None, description="Its password, where it has one.")


@strawberry.input(description="An answer to keep.")
class QuizAnswerInput:
    position: int = strawberry.field(description="The question's place in the paper.")
    sequence: BigInt = strawberry.field(
        description="Counts what the client sends, from 1; of two answers to a question the higher number stands."
    )
    response: QuestionResponseInput | None = strawberry.field(default=None, description="The answer; null clears it.")

    def value(self) -> Given:
        return Given(self.position, self.response.value() if self.response else None, int(self.sequence))


@strawberry.input(description="Answers to keep while an attempt is open.")
class SaveQuizAnswersInput:
    attempt_id: strawberry.ID = strawberry.field(description="The attempt.")
    answers: list[QuizAnswerInput] = strawberry.field(description="The answers, each question once.")


@strawberry.input(description="An attempt to hand in; it is handed in once, however often it is sent.")
class HandInQuizInput:
    attempt_id: strawberry.ID = strawberry.field(description="The attempt.")
    answers: list[QuizAnswerInput] = strawberry.field(
        default_factory=list, description="Answers to keep before; after the deadline they come too late."
    )


@strawberry.input(description="A question of the book of wrong answers, answered again.")
class PractiseWrongAnswerInput:
    wrong_answer_id: strawberry.ID = strawberry.field(description="The entry of the book.")
    response: QuestionResponseInput = strawberry.field(description="The answer.")


@strawberry.input(description="A text that somebody marks: points in all, or for each line of its rubric.")
class MarkQuizAnswerInput:
    answer_id: strawberry.ID = strawberry.field(description="The answer.")
    points: int | None = strawberry.field(default=None, description="Hundredths of a point in all.")
    rubric: list[int] = strawberry.field(default_factory=list, description="Hundredths of a point for each line.")
    words: str | None = strawberry.field(default=None, description="What to say to the member.")
    reason: str | None = strawberry.field(default=None, description="Why it is marked again, where it was marked.")
    takes_back: bool = strawberry.field(
        default=False, description="Whether a lower score takes back what the higher one was paid."
    )


@strawberry.type(description="An attempt that was begun, or goes on.")
class BeginQuizPayload(Payload):
    attempt: QuizAttempt | None = changed("The attempt.")
    is_resumed: bool | None = changed("Whether it was open before.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="Answers that were kept; the same is said of right ones and wrong ones.")
class SaveQuizAnswersPayload(Payload):
    attempt: QuizAttempt | None = changed("The attempt.")


@strawberry.type(description="An attempt that was handed in.")
class HandInQuizPayload(Payload):
    attempt: QuizAttempt | None = changed("The attempt.")
    viewer: Annotated["Viewer", strawberry.lazy("schema.viewer")] | None = changed("The caller after it.")
    is_replay: bool = strawberry.field(default=False, description="Whether it had been handed in before.")


@strawberry.type(description="A wrong answer that was practised again.")
class PractiseWrongAnswerPayload(Payload):
    is_right: bool | None = changed("Whether it is right now, and out of the book.")
    review: AnswerReview | None = changed("What was answered, and what is right.")


@strawberry.type(description="An answer that was marked.")
class MarkQuizAnswerPayload(Payload):
    answer: QuizAnswer | None = changed("The answer.")
