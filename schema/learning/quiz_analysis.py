"""The analysis of quizzes in the contract; for staff who see the quiz."""

from datetime import datetime
from typing import Any

import strawberry

from engine.cursor import encode_id
from engine.declare import Connection, Node, computed, connection, one, record_type
from models.learning.quiz import Quiz as QuizRecord
from models.learning.quiz_analysis import QuizAnalysis as QuizAnalysisRecord
from models.learning.quiz_item import QuizItem as QuizItemRecord
from schema.learning.quiz import Quiz
from schema.learning.quiz_sight import regrades_seen

OPTIONS_MOST = 50


@strawberry.type(description="An option of a question, and how often it was ticked.")
class ItemChoice:
    text: str = strawberry.field(description="What it says, as far as 200 characters.")
    is_right: bool = strawberry.field(description="Whether it is right.")
    count: int = strawberry.field(description="How often it was ticked.")
    share: float = strawberry.field(description="The same as a share of those who answered, 0 to 1.")


@record_type(QuizItemRecord, description="How a question of a quiz was answered.", visible=regrades_seen)
class QuizItemAnalysis(Node):
    asked: int = strawberry.field(description="How many were asked.")
    answered: int = strawberry.field(description="How many answered something.")
    right_count: int = strawberry.field(description="How many were wholly right.")
    discrimination: float | None = strawberry.field(
        description="How well it tells good members from others, -1 to 1: the correlation of what was earned for it "
        "with what was earned for the rest of the paper; absent where either is alike for all."
    )
    computed_at: datetime = strawberry.field(description="When it was worked out.")

    @computed(needs=("question_id",), description="The question of the bank.")
    def question_id(self: Any) -> strawberry.ID:
        return strawberry.ID(encode_id("Question", self.question_id))

    @computed(needs=("right_count", "asked"), description="The share of those asked who were wholly right, 0 to 1.")
    def right_share(self: Any) -> float:
        return float(self.right_count / self.asked) if self.asked else 0.0

    @computed(needs=("mean",), description="The mean share of its points, 0 to 1.")
    def mean_share(self: Any) -> float:
        return float(self.mean / 10_000)

    @computed(
        needs=("choices", "answered"),
        bound=OPTIONS_MOST,
        description="How often each option was ticked, in the bank's order; empty where nothing is to be ticked.",
    )
    def choices(self: Any) -> list[ItemChoice]:
        return [
            ItemChoice(
                text=one["text"],
                is_right=one["is_right"],
                count=one["count"],
                share=one["count"] / self.answered if self.answered else 0.0,
            )
            for one in self.choices
        ]


@record_type(
    QuizAnalysisRecord,
    description="How a quiz went, by the first graded attempt of each member; lateness plays no part.",
    visible=regrades_seen,
)
class QuizAnalysis(Node):
    quiz: Quiz | None = one(QuizRecord, "quiz_id", description="The quiz.")
    attempts: int = strawberry.field(description="How many members' attempts it is about.")
    reliability: float | None = strawberry.field(
        description="Cronbach's alpha (KR-20 where every question is right or wrong); absent for papers that differ."
    )
    computed_at: datetime = strawberry.field(description="When it was worked out.")
    items: Connection[QuizItemAnalysis] = connection(
        QuizItemRecord,
        "quiz_id",
        order=("question_id", "id"),
        parent_column="quiz_id",
        description="Its questions, in the order in which the bank got them.",
    )

    @computed(needs=("mean",), description="The mean score, in percent.")
    def mean_percent(self: Any) -> float:
        return float(self.mean / 100)

    @computed(needs=("median",), description="The score in the middle, in percent.")
    def median_percent(self: Any) -> float:
        return float(self.median / 100)

    @computed(needs=("deviation",), description="The standard deviation of the scores, in percent.")
    def deviation_percent(self: Any) -> float:
        return float(self.deviation / 100)

    @computed(needs=("histogram",), bound=10, description="How many scores lie in each tenth, the lowest first.")
    def histogram(self: Any) -> list[int]:
        return list(self.histogram)
