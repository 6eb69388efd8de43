"""What a member can see of its own quizzes."""

import strawberry

from engine.declare import Connection, connection
from engine.relation import Condition
from models.learning.question_standing import QuestionStanding as QuestionStandingRecord
from models.learning.quiz_attempt import QuizAttempt as QuizAttemptRecord
from models.learning.quiz_notice import QuizNotice as QuizNoticeRecord
from schema.learning.quiz_answer import WrongAnswer
from schema.learning.quiz_attempt import QuizAttempt
from schema.learning.quiz_turnout import QuizNotice


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
    quiz_notices: Connection[QuizNotice] = connection(
        QuizNoticeRecord,
        "member_id",
        order=("-created_at", "-id"),
        description="Reminders of quizzes that the caller had not handed in, the newest first.",
    )
