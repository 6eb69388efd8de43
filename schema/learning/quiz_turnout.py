"""Who handed in and who did not, in the contract; and the reminders that members got."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from engine.declare import Node, computed, one, record_type
from models.groups.group import Group as GroupRecord
from models.learning.quiz import Quiz as QuizRecord
from models.learning.quiz_missing import GROUPS_MOST, GroupTurnout, Turnout
from models.learning.quiz_notice import QuizNotice as QuizNoticeRecord
from schema.groups.group import Group
from schema.learning.quiz import Quiz
from schema.learning.quiz_sight import attempts_seen


@strawberry.type(description="How many members of a group handed a quiz in, of those who should.")
class QuizGroupTurnout:
    group_id: strawberry.Private[object]
    group: Group | None = one(GroupRecord, "group_id", description="The group.")
    expected: int = strawberry.field(description="How many should.")
    handed_in: int = strawberry.field(description="How many have.")
    missing: int = strawberry.field(description="How many have not.")

    @classmethod
    def of(cls, found: GroupTurnout) -> Self:
        return cls(group_id=found.group_id, expected=found.expected, handed_in=found.handed_in, missing=found.missing)


@strawberry.type(description="How many handed a quiz in, of those who should.")
class QuizTurnout:
    by_group: strawberry.Private[Sequence[GroupTurnout]]
    expected: int = strawberry.field(description="How many should.")
    handed_in: int = strawberry.field(description="How many have.")
    missing: int = strawberry.field(description="How many have not.")

    @classmethod
    def of(cls, total: Turnout, by_group: Sequence[GroupTurnout]) -> Self:
        return cls(by_group=by_group, expected=total.expected, handed_in=total.handed_in, missing=total.missing)

    @computed(
        bound=GROUPS_MOST, description="The same by group, where most are missing first; at most a hundred groups."
    )
    def groups(self) -> list[QuizGroupTurnout]:
        return [QuizGroupTurnout.of(one) for one in self.by_group]


@record_type(QuizNoticeRecord, description="A reminder to hand a quiz in.", visible=attempts_seen)
class QuizNotice(Node):
    quiz: Quiz | None = one(QuizRecord, "quiz_id", description="The quiz; absent where it is not seen any more.")
    minutes_before: int = strawberry.field(description="At which distance from its close, in minutes.")
    created_at: datetime = strawberry.field(description="When it was given.")
