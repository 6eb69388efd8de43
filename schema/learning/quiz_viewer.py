"""What a member can see of its own quizzes."""

import strawberry

from engine.declare import Connection, connection
from engine.relation import Condition
from models.learning.question_standing import QuestionStanding as QuestionStandingRecord
from models.learning.quiz_attempt import QuizAttempt as QuizAttemptRecord
from schema.learning.quiz_answer import WrongAnswer
from schema.learning.quiz_attempt import QuizAttempt


@strawberry.type
class QuizzesViewer:
    quiz_attempts: Connection[QuizAttempt] = connection(
        QuizAttemptRecord,
        "member_id",
        order=("-started_at", "-id"),
        description="The caller's attempts at quizzes, the newest first.",
    )
    wrong_answers: Connection[WrongAnswer] = connection(
        QuestionStandingRecord,
        "member_id",
        order=("-last_at", "-id"),
        where=Condition("NOT {row}.is_right"),
        description="The book: questions that the caller last answered wrongly, the newest first.",
    )
