"""Attempts in the contract: begun, saved, handed in; and what of their results may be seen now."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import Info

from engine.declare import Connection, Node, batch, computed, connection, one, record_type
from models.learning.attempt_change import AttemptChange as AttemptChangeRecord
from models.learning.quiz import Quiz as QuizRecord
from models.learning.quiz_answer import QuizAnswer as QuizAnswerRecord
from models.learning.quiz_attempt import AttemptState
from models.learning.quiz_attempt import QuizAttempt as QuizAttemptRecord
from models.learning.reviewing import AttemptResult, results_of
from models.members.member import Member as MemberRecord
from schema.enums import publish
from schema.learning.quiz_answer import QuizAnswer, may_mark
from schema.learning.quiz_sight import attempts_seen, changes_seen
from schema.members.member import Member

if TYPE_CHECKING:
    from auth.context import Context
    from schema.learning.quiz import Quiz

publish(
    AttemptState,
    "What has become of an attempt.",
    named="QuizAttemptState",
    open="It can be gone on with.",
    waiting="It is handed in and waits for somebody to mark a text.",
    graded="It is graded.",
    abandoned="Its time ran out, and it came to nothing.",
)


@strawberry.type(description="What came of an attempt, as far as it may be seen now.")
class QuizResult:
    points: int | None = strawberry.field(description="Hundredths of a point; absent before it is graded or shown.")
    percent: int | None = strawberry.field(description="What counts of the score, in whole percents.")
    is_passed: bool | None = strawberry.field(description="Whether it is enough to pass.")
    feedback: str | None = strawberry.field(description="What the quiz says to such a score.")


async def results_seen(attempts: Sequence[Any], context: "Context") -> list[QuizResult]:
    found = await results_of(attempts, at=context.at, sees_all=may_mark(context))
    return [_result(one) for one in found]


def _result(found: AttemptResult) -> QuizResult:
    return QuizResult(points=found.points, percent=found.percent, is_passed=found.is_passed, feedback=found.feedback)


@record_type(AttemptChangeRecord, description="What a regrade or a marker changed later.", visible=changes_seen)
class AttemptChange(Node):
    answer: QuizAnswer = one(QuizAnswerRecord, "answer_id", description="The answer that was marked anew.")
    answer_points_before: int | None = strawberry.field(description="Hundredths of a point for it before.")
    answer_points: int | None = strawberry.field(description="Hundredths of a point for it since.")
    points_before: int | None = strawberry.field(description="The attempt's hundredths of a point before.")
    points: int | None = strawberry.field(description="The attempt's hundredths of a point since.")
    was_passed: bool | None = strawberry.field(description="Whether it had passed.")
    is_passed: bool | None = strawberry.field(description="Whether it passes since.")
    taken_back: int = strawberry.field(description="Points that were taken back.")
    kept: bool = strawberry.field(description="Whether the member had spent what would have come back, and keeps it.")
    reason: str = strawberry.field(description="Why.")
    created_at: datetime = strawberry.field(description="When.")


@record_type(QuizAttemptRecord, description="A member's attempt at a quiz.", visible=attempts_seen)
class QuizAttempt(Node):
    quiz: Annotated["Quiz", strawberry.lazy("schema.learning.quiz")] | None = one(
        QuizRecord, "quiz_id", description="The quiz; absent where the caller does not see it any more."
    )
    quiz_version: int = strawberry.field(description="The version of its terms that it was begun under.")
    member: Member = one(MemberRecord, "member_id", description="Whose it is.")
    number: int = strawberry.field(description="The member's nth attempt at the quiz, from 1.")
    state: AttemptState = strawberry.field(description="What has become of it.")
    started_at: datetime = strawberry.field(description="When it was begun.")
    deadline_at: datetime | None = strawberry.field(description="The first instant that is too late to hand it in.")
    submitted_at: datetime | None = strawberry.field(description="When it was handed in.")
    graded_at: datetime | None = strawberry.field(description="When it was graded.")
    is_late: bool = strawberry.field(description="Whether it was handed in after the quiz's close.")
    was_overdue: bool = strawberry.field(description="Whether the clock ended it, with what was saved in time.")
    points_most: int = strawberry.field(description="Hundredths of a point for the whole paper.")
    answers: Connection[QuizAnswer] = connection(
        QuizAnswerRecord,
        "attempt_id",
        order=("position", "id"),
        description="Its questions in their order, and what was answered.",
    )
    result: QuizResult = batch(results_seen, description="What came of it, as far as it may be seen now.")
    changes: Connection[AttemptChange] = connection(
        AttemptChangeRecord,
        "attempt_id",
        order=("-created_at", "-id"),
        description="What was changed after it was graded, the newest first; for staff.",
    )

    @computed(needs=("deadline_at", "state"), description="Seconds left by the server's clock; absent where no limit.")
    def seconds_left(self: Any, info: Info) -> int | None:
        if self.deadline_at is None or self.state is not AttemptState.OPEN:
            return None
        return max(int((self.deadline_at - info.context.at).total_seconds()), 0)
