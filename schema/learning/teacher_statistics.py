"""What teachers have given, in the contract."""

from typing import Self

import strawberry

from engine.declare import one
from models.learning.teacher import Teacher as TeacherRecord
from models.learning.teacher_statistics import TeacherStatistics as Figures
from schema.learning.teacher import Teacher

_PLAIN = (
    *("teacher_id", "sessions", "minutes", "enrolled", "attended", "late", "scored", "rated"),
    *("score", "nps", "turnout_percent"),
)


@strawberry.type(description="What a teacher has given in a time: the sessions that have ended.")
class TeacherStatistics:
    teacher_id: strawberry.Private[object]
    teacher: Teacher | None = one(TeacherRecord, "teacher_id", description="The teacher.")
    sessions: int = strawberry.field(description="How many sessions.")
    minutes: int = strawberry.field(description="How long they were.")
    enrolled: int = strawberry.field(description="How many had a seat when they began.")
    attended: int = strawberry.field(description="How many took part.")
    turnout_percent: int | None = strawberry.field(description="How many of the seats were filled.")
    late: int = strawberry.field(description="How many came late.")
    scored: int = strawberry.field(description="How many gave a score.")
    score: float | None = strawberry.field(description="The mean of the scores, 1 to 5.")
    rated: int = strawberry.field(description="How many said how likely they recommend it.")
    nps: int | None = strawberry.field(description="Promoters less detractors, -100 to 100.")

    @classmethod
    def of(cls, found: Figures) -> Self:
        return cls(**{name: getattr(found, name) for name in _PLAIN})
