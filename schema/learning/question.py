"""Questions of the bank in the contract: for staff alone, with their keys."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from auth.caller import CallerKind
from engine.declare import Connection, Node, computed, connection, many, one, one_by, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.learning.answer_key import AnswerKey
from models.learning.question import Question as QuestionRecord
from models.learning.question_content import Content
from models.learning.question_statistics import QuestionStatistics as QuestionStatisticsRecord
from models.learning.question_terms import TAGS_MOST
from models.learning.question_version import QuestionTag as QuestionTagRecord
from models.learning.question_version import QuestionVersion as QuestionVersionRecord
from models.staff.right import StaffRight
from models.staff.staff import Staff as StaffRecord
from schema.learning.question_key import QuestionKey
from schema.learning.question_status import QuestionContent, QuestionKind, QuestionStatus
from schema.staff.staff import Staff

if TYPE_CHECKING:
    from auth.context import Context


def bank_seen(context: "Context") -> Condition:
    """The bank, with its keys, is for staff with the right to read it."""
    is_meant = context.caller.kind is CallerKind.STAFF and context.caller.may(StaffRight.QUIZZES_READ)
    return EVERY_ROW if is_meant else NO_ROW


@record_type(QuestionTagRecord, description="A word that a question is found by.", visible=bank_seen)
class QuestionTag(Node):
    name: str = strawberry.field(description="The word.")


@record_type(QuestionStatisticsRecord, description="How a question went so far.", visible=bank_seen)
class QuestionStatistics(Node):
    answered: int = strawberry.field(description="How often it was answered.")
    right_count: int = strawberry.field(description="How often rightly.")
    discrimination: float | None = strawberry.field(
        description="How well it tells good attempts from others, -1 to 1; absent where too few answered."
    )
    computed_at: datetime = strawberry.field(description="When this was worked out.")

    @computed(needs=("answered", "right_count"), description="The share of answers that were not right, 0 to 1.")
    def error_rate(self: Any) -> float | None:
        return (self.answered - self.right_count) / self.answered if self.answered else None


@record_type(QuestionVersionRecord, description="What a question asked, and what was right.", visible=bank_seen)
class QuestionVersion(Node):
    version: int = strawberry.field(description="Its number, from 1.")
    kind: QuestionKind = strawberry.field(description="What it asks for.")
    explanation: str | None = strawberry.field(description="Why the answer is what it is.")
    created_by: Staff | None = one(StaffRecord, "created_by", description="Who wrote it.")
    created_at: datetime = strawberry.field(description="When it was written.")

    @computed(needs=("content",), description="What anybody sees who answers it.")
    def content(self: Any) -> QuestionContent:
        return QuestionContent.of(Content.from_json(self.content))

    @computed(needs=("key",), description="What is right.")
    def key(self: Any) -> QuestionKey:
        return QuestionKey.of(AnswerKey.from_json(self.key))


_CURRENT = Condition("{row}.version = (SELECT q.version FROM question q WHERE q.id = {row}.question_id)")


@record_type(QuestionRecord, description="A question of the bank.", visible=bank_seen)
class Question(Node):
    kind: QuestionKind = strawberry.field(description="What it asks for.")
    status: QuestionStatus = strawberry.field(description="Whether it is used.")
    category: str = strawberry.field(description="Where it lies: 汽车/保养.")
    difficulty: int = strawberry.field(description="1 is the easiest, 5 the hardest.")
    source: str | None = strawberry.field(description="Where it was taken from.")
    version: int = strawberry.field(description="Rises with every change.")
    created_at: datetime = strawberry.field(description="When it was written.")
    updated_at: datetime = strawberry.field(description="When it was changed last.")
    current: QuestionVersion | None = one_by(
        QuestionVersionRecord, "question_id", where=_CURRENT, description="The version that holds."
    )
    statistics: QuestionStatistics | None = one_by(
        QuestionStatisticsRecord, "question_id", description="How it went so far; absent before that was worked out."
    )
    versions: Connection[QuestionVersion] = connection(
        QuestionVersionRecord, "question_id", order=("-version", "-id"), description="All versions, the latest first."
    )
    tags: list[QuestionTag] = many(
        QuestionTagRecord, "question_id", order=("position", "id"), bound=TAGS_MOST, description="Words to find it by."
    )


@strawberry.type(description="A category and how many questions lie in it, those below it not counted.")
class QuestionCategory:
    path: str = strawberry.field(description="Its path: 汽车/保养.")
    question_count: int = strawberry.field(description="How many there are that are not archived.")


@strawberry.type(description="Two questions that say nearly the same.")
class QuestionTwins:
    one: Question = strawberry.field(description="One of them.")
    other: Question = strawberry.field(description="The other.")
    similarity: float = strawberry.field(description="How alike they are; 1 for the same words.")


@strawberry.type(description="Questions that say nearly the same.")
class DuplicateQuestions:
    pairs: list[QuestionTwins] = strawberry.field(description="Up to 100 pairs, those most alike first.")
    is_complete: bool = strawberry.field(description="Whether these are all, and all were compared.")
