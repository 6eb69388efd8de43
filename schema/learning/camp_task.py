"""Tasks of camps in the contract."""

from datetime import datetime
from typing import Any

import strawberry

from engine.cursor import encode_id
from engine.declare import Node, computed, record_type
from models.learning.camp_task import CampTask as CampTaskRecord
from models.learning.camp_terms import TaskKind, TaskTerms
from schema.enums import publish
from schema.ids import id_of
from schema.learning.camp_sight import tasks_seen

publish(
    TaskKind,
    "What a task asks for.",
    named="CampTaskKind",
    lesson="Attend a session of a course, or watch it.",
    check_in="Check in on the day.",
    quiz="Pass a quiz.",
    post="Hand something in, in words and pictures.",
)
TARGETS = {TaskKind.LESSON: "CourseSession", TaskKind.QUIZ: "Quiz", TaskKind.CHECK_IN: "CheckInPlan"}
"""The types of what tasks are about."""


@record_type(CampTaskRecord, description="A task of a day of a camp; members see it once unlocked.", visible=tasks_seen)
class CampTask(Node):
    day: int = strawberry.field(description="The day, from 1.")
    position: int = strawberry.field(description="Its place in the day, from 0.")
    kind: TaskKind = strawberry.field(description="What it asks for.")
    title: str = strawberry.field(description="What it is called.")
    detail: str | None = strawberry.field(description="All about it.")
    words_least: int = strawberry.field(description="Least characters of what is handed in.")
    pictures_least: int = strawberry.field(description="Least pictures of what is handed in.")
    opens_at: datetime = strawberry.field(description="When it is unlocked.")

    @computed(needs=("kind", "target_id"), description="The session, the quiz or the check-in plan that it is about.")
    def target_id(self: Any) -> strawberry.ID | None:
        named = TARGETS.get(TaskKind(self.kind))
        return strawberry.ID(encode_id(named, self.target_id)) if named and self.target_id else None


@strawberry.input(description="A task of a day of a camp.")
class CampTaskInput:
    day: int = strawberry.field(description="The day, from 1.")
    kind: TaskKind = strawberry.field(description="What it asks for.")
    title: str = strawberry.field(description="What it is called, 1 to 60 characters.")
    detail: str | None = strawberry.field(default=None, description="All about it, up to 2000 characters.")
    target_id: strawberry.ID | None = strawberry.field(
        default=None, description="The session, the quiz, or the check-in plan; without one any plan counts."
    )
    words_least: int = strawberry.field(default=0, description="Least characters of what is handed in.")
    pictures_least: int = strawberry.field(default=0, description="Least pictures of what is handed in, up to 9.")

    def value(self) -> TaskTerms:
        given = {name: getattr(self, name) for name in TaskTerms.__dataclass_fields__}
        named = TARGETS.get(self.kind)
        target = id_of(named, self.target_id, field="tasks.targetId") if named and self.target_id else None
        return TaskTerms(**{**given, "target_id": target})
