"""Before an attempt: whether it is allowed, what can be gone on with, and what it would be paid."""

from typing import Self

import strawberry

from engine.declare import mirrored
from models.learning.quiz_eligibility import QuizEligibility as QuizEligibilityFound
from schema.eligibility import Eligibility
from schema.learning.quiz import Quiz
from schema.learning.quiz_attempt import QuizAttempt


@strawberry.type(description="Whether the caller may begin or go on now.")
class QuizEligibility:
    quiz: Quiz = strawberry.field(description="The quiz.")
    eligibility: Eligibility = strawberry.field(description="Whether it is allowed, every reason, and when next.")
    open_attempt: QuizAttempt | None = strawberry.field(description="What the caller can go on with.")
    attempts_used: int = strawberry.field(description="How many attempts the caller has begun.")
    attempts_left: int | None = strawberry.field(description="How many are left; absent where there is no limit.")

    @classmethod
    def of(cls, found: QuizEligibilityFound, locale: str) -> Self:
        return cls(
            quiz=mirrored(found.quiz),
            eligibility=Eligibility.of(found.eligibility, locale),
            open_attempt=mirrored(found.open_attempt),
            attempts_used=found.attempts_used,
            attempts_left=found.attempts_left,
        )
