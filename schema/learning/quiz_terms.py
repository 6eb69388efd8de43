"""The terms of a quiz as staff write them, and what is done with quizzes."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from models.errors import Invalid
from models.learning.marking import ScoreRule
from models.learning.question_kind import QuestionKind
from models.learning.quiz_terms import Band, DrawnRule, Keeps, Overdue, PaperItem, Pays, QuizKind, QuizTerms
from models.learning.review import Aspect, Phase, ReviewMatrix
from schema.ids import id_of, optional_id_of
from schema.learning.question_content import QuestionContent
from schema.learning.question_response import QuestionResponse
from schema.learning.quiz import Quiz, QuizRegrade
from schema.members.audience import AudienceInput
from schema.payload import Payload, changed


@strawberry.input(description="A question that everybody gets.")
class QuizItemInput:
    question_id: strawberry.ID = strawberry.field(description="The question of the bank.")
    points: int = strawberry.field(default=100, description="Hundredths of a point for it.")
    rule: ScoreRule = strawberry.field(default=ScoreRule.ALL_RIGHT, description="How its parts add up.")

    def value(self) -> PaperItem:
        return PaperItem(id_of("Question", self.question_id, field="items.questionId"), self.points, self.rule)


@strawberry.input(description="Questions to draw from the bank: so many of those that meet all that is given.")
class QuizDrawRuleInput:
    count: int = strawberry.field(description="How many.")
    points: int = strawberry.field(default=100, description="Hundredths of a point for each.")
    rule: ScoreRule = strawberry.field(default=ScoreRule.ALL_RIGHT, description="How their parts add up.")
    category: str | None = strawberry.field(default=None, description="Of this category or one below it.")
    tag: str | None = strawberry.field(default=None, description="With this tag.")
    kind: QuestionKind | None = strawberry.field(default=None, description="Of this kind.")
    difficulty_least: int | None = strawberry.field(default=None, description="Not easier, 1 to 5.")
    difficulty_most: int | None = strawberry.field(default=None, description="Not harder, 1 to 5.")

    def value(self) -> DrawnRule:
        return DrawnRule(**{name: getattr(self, name) for name in DrawnRule.__dataclass_fields__})


@strawberry.input(description="What a member sees of its attempts in a phase.")
class ReviewRowInput:
    phase: Phase = strawberry.field(description="When.")
    aspects: list[Aspect] = strawberry.field(description="What.")


@strawberry.input(description="What to say to whoever reaches a percentage.")
class QuizBandInput:
    percent: int = strawberry.field(description="From which percentage on.")
    words: str = strawberry.field(description="What to say, up to 200 characters.")


@strawberry.input(description="The terms of a quiz, as a whole.")
class QuizTermsInput:
    title: str = strawberry.field(description="What it is called.")
    kind: QuizKind = strawberry.field(default=QuizKind.HOMEWORK, description="What it is for.")
    description: str | None = strawberry.field(default=None, description="What is said about it.")
    course_session_id: strawberry.ID | None = strawberry.field(default=None, description="Homework: its session.")
    circle_id: strawberry.ID | None = strawberry.field(default=None, description="The circle that it is of.")
    group_id: strawberry.ID | None = strawberry.field(default=None, description="The group that it is of.")
    audience: AudienceInput | None = strawberry.field(default=None, description="Whom it is for; absent: all.")
    items: list[QuizItemInput] = strawberry.field(default_factory=list, description="Questions for everybody.")
    draws: list[QuizDrawRuleInput] = strawberry.field(default_factory=list, description="How others are drawn.")
    shuffles_questions: bool = strawberry.field(default=False, description="Whether to shuffle the questions.")
    shuffles_options: bool = strawberry.field(default=True, description="Whether to shuffle options.")
    minutes: int | None = strawberry.field(default=None, description="How long an attempt may take; null: no limit.")
    opens_at: datetime | None = strawberry.field(default=None, description="From when it can be taken.")
    closes_at: datetime | None = strawberry.field(default=None, description="From when it is late.")
    late_minutes: int = strawberry.field(default=0, description="How long it is still taken in after its close.")
    late_percent: int = strawberry.field(default=100, description="What of the score counts then, in percent.")
    overdue: Overdue = strawberry.field(default=Overdue.SUBMIT, description="What becomes of an overdue attempt.")
    attempts_most: int | None = strawberry.field(default=None, description="How often one may take it.")
    gap_minutes: int = strawberry.field(default=0, description="Minutes between handing in and beginning anew.")
    keeps: Keeps = strawberry.field(default=Keeps.BEST, description="Which attempt counts.")
    pass_percent: int = strawberry.field(default=60, description="What is enough to pass, in percent.")
    pays: Pays = strawberry.field(default=Pays.PASSING, description="What it pays for; practice: nothing.")
    score_points: int | None = strawberry.field(default=None, description="Points for the whole score.")
    password: str | None = strawberry.field(default=None, description="A password to begin.")
    review: list[ReviewRowInput] | None = strawberry.field(
        default=None, description="What is seen when; null: results at once and keys after the close; practice: all."
    )
    right_after_minutes: int = strawberry.field(default=2, description="How long right after handing in lasts.")
    bands: list[QuizBandInput] = strawberry.field(default_factory=list, description="What is said to which score.")

    async def terms(self) -> QuizTerms:
        """The terms that were said; `NotFound` and `Invalid` name what of them is wrong."""
        given = {name: getattr(self, name) for name in QuizTerms.__dataclass_fields__}
        found = {
            "course_session_id": optional_id_of("CourseSession", self.course_session_id, field="courseSessionId"),
            "circle_id": optional_id_of("Circle", self.circle_id, field="circleId"),
            "group_id": optional_id_of("Group", self.group_id, field="groupId"),
            "audience": await AudienceInput.read(self.audience),
            "items": tuple(one.value() for one in self.items),
            "draws": tuple(one.value() for one in self.draws),
            "review": _matrix(self.review, self.kind),
            "bands": tuple(Band(one.percent, one.words) for one in self.bands),
        }
        return QuizTerms(**{**given, **found})


def _matrix(given: Sequence[ReviewRowInput] | None, kind: QuizKind) -> ReviewMatrix:
    if given is None:
        return ReviewMatrix.open_book() if kind is QuizKind.PRACTICE else ReviewMatrix.usual()
    rows = {one.phase: tuple(one.aspects) for one in given}
    if len(rows) < len(given):
        raise Invalid("review.phase", zh="时段重复", en="a phase stands there twice")
    return ReviewMatrix(rows)


@strawberry.input(description="A quiz to write down.")
class CreateQuizInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never creates two.")
    terms: QuizTermsInput = strawberry.field(description="Its terms.")


@strawberry.input(description="Other terms for a quiz: a draft is written anew, a published one gets a new version.")
class ChangeQuizInput:
    quiz_id: strawberry.ID = strawberry.field(description="The quiz.")
    expected_version: int = strawberry.field(description="The version that was read; refused where another came.")
    terms: QuizTermsInput = strawberry.field(description="All its terms.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit; needed once it is published.")


@strawberry.input(description="A draft to publish.")
class PublishQuizInput:
    quiz_id: strawberry.ID = strawberry.field(description="The quiz.")


@strawberry.input(description="A quiz to close before its time.")
class CloseQuizInput:
    quiz_id: strawberry.ID = strawberry.field(description="The quiz.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.input(description="A quiz to put away.")
class ArchiveQuizInput:
    quiz_id: strawberry.ID = strawberry.field(description="The quiz.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.input(description="A question whose corrected key the attempts at a quiz are to be marked by.")
class RegradeQuizInput:
    quiz_id: strawberry.ID = strawberry.field(description="The quiz.")
    question_id: strawberry.ID = strawberry.field(description="The question, in the version that holds now.")
    reason: str = strawberry.field(description="Why, for the audit.")
    takes_back: bool = strawberry.field(
        default=False, description="Whether what was paid for passes and scores that are lost is taken back."
    )


@strawberry.type
class QuizChangePayload(Payload):
    quiz: Quiz | None = changed("The quiz.")


@strawberry.type(description="A quiz that was written down.")
class CreateQuizPayload(QuizChangePayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A quiz whose terms were changed.")
class ChangeQuizPayload(QuizChangePayload):
    pass


@strawberry.type(description="A quiz that was published.")
class PublishQuizPayload(QuizChangePayload):
    pass


@strawberry.type(description="A quiz that was closed.")
class CloseQuizPayload(QuizChangePayload):
    pass


@strawberry.type(description="A quiz that was put away.")
class ArchiveQuizPayload(QuizChangePayload):
    pass


@strawberry.type(description="A regrade; what is not done at once goes on in the background.")
class RegradeQuizPayload(Payload):
    regrade: QuizRegrade | None = changed("The regrade; the earlier one where it was ordered before.")


@strawberry.type(description="A question of a paper, as a member would get it, with its key.")
class QuizPreviewItem:
    position: int = strawberry.field(description="Its place, from 1.")
    points_most: int = strawberry.field(description="Hundredths of a point for it.")
    question: QuestionContent = strawberry.field(description="What is asked.")
    right_response: QuestionResponse | None = strawberry.field(description="A right answer.")
    explanation: str | None = strawberry.field(description="Why.")
