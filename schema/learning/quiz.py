"""Quizzes in the contract: their rules, open to whoever may take them; their papers for staff alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from engine.cursor import encode_id
from engine.declare import Connection, Node, batch, computed, connection, one, record_type
from models.groups.circle import Circle as CircleRecord
from models.groups.group import Group as GroupRecord
from models.learning.marking import ScoreRule
from models.learning.question_kind import QuestionKind
from models.learning.quiz import Quiz as QuizRecord
from models.learning.quiz import QuizStatus
from models.learning.quiz_attempt import QuizAttempt as QuizAttemptRecord
from models.learning.quiz_regrade import QuizRegrade as QuizRegradeRecord
from models.learning.quiz_terms import Keeps, Overdue, PaperItem, Pays, QuizKind
from models.learning.quiz_version import terms_of
from models.learning.review import Aspect, Phase, ReviewMatrix
from models.learning.reviewing import StandingSeen, standings_seen
from models.staff.right import StaffRight
from schema.enums import publish
from schema.groups.circle import Circle
from schema.groups.group import Group
from schema.learning.quiz_attempt import QuizAttempt
from schema.learning.quiz_sight import quizzes_seen, regrades_seen
from schema.members.audience import Audience, audience_field

if TYPE_CHECKING:
    from auth.context import Context

publish(
    QuizKind,
    "What a quiz is for.",
    homework="What a session of a course leaves to do.",
    weekly="The knowledge quiz of a circle's week.",
    practice="Practice, which pays nothing.",
)
publish(
    QuizStatus,
    "What has become of a quiz.",
    draft="Members do not see it yet.",
    published="Members see it, and may take it within its time.",
    closed="Staff closed it before its time, or for good.",
    archived="It was put away.",
)
publish(
    Overdue,
    "What becomes of an attempt whose time runs out.",
    named="QuizOverdue",
    submit="What was saved in time is handed in.",
    abandon="It comes to nothing.",
)
publish(
    Keeps,
    "Which of a member's attempts counts.",
    named="QuizKeeps",
    best="The best.",
    last="The last.",
    first="The first.",
    mean="The mean of all.",
)
publish(
    Pays,
    "What a quiz pays for.",
    named="QuizPays",
    nothing="Nothing.",
    passing="The first pass, by the earn rules.",
    score="The score: a better one pays the difference.",
)
publish(
    ScoreRule,
    "How the parts of a question add up.",
    all_right="All right, or nothing.",
    per_option="Each part that is right earns its share.",
    with_penalty="As per option, and each wrong part takes its share away, never below nothing.",
)
publish(
    Aspect,
    "What can be shown of an attempt.",
    named="ReviewAspect",
    answers="What the member answered.",
    correctness="Whether it is right.",
    marks="The points.",
    right_answer="What would have been right.",
    explanation="Why.",
    feedback="What the quiz says to the score.",
)
publish(
    Phase,
    "When an attempt is looked at.",
    named="ReviewPhase",
    during="While it is open.",
    right_after="In the first minutes after it was handed in.",
    later="Later, while the quiz is open.",
    after_close="Once nobody can hand in any more.",
)


@strawberry.type(description="What a member sees of its attempts in a phase.")
class ReviewRow:
    phase: Phase = strawberry.field(description="When.")
    aspects: list[Aspect] = strawberry.field(description="What.")


@strawberry.type(description="A question that everybody gets.")
class QuizItem:
    question_id: strawberry.ID = strawberry.field(description="The question of the bank.")
    points: int = strawberry.field(description="Hundredths of a point for it.")
    rule: ScoreRule = strawberry.field(description="How its parts add up.")


@strawberry.type(description="How some questions are drawn from the bank.")
class QuizDrawRule:
    count: int = strawberry.field(description="How many.")
    points: int = strawberry.field(description="Hundredths of a point for each.")
    rule: ScoreRule = strawberry.field(description="How their parts add up.")
    category: str | None = strawberry.field(description="Of this category or one below it.")
    tag: str | None = strawberry.field(description="With this tag.")
    kind: QuestionKind | None = strawberry.field(description="Of this kind.")
    difficulty_least: int | None = strawberry.field(description="Not easier.")
    difficulty_most: int | None = strawberry.field(description="Not harder.")


@strawberry.type(description="What is said to whoever reaches a percentage.")
class QuizBand:
    percent: int = strawberry.field(description="From which percentage on.")
    words: str = strawberry.field(description="What is said.")


@strawberry.type(description="What of a quiz is for staff.")
class QuizPaper:
    items: list[QuizItem] = strawberry.field(description="The questions that everybody gets.")
    draws: list[QuizDrawRule] = strawberry.field(description="How others are drawn.")
    bands: list[QuizBand] = strawberry.field(description="What is said to which score.")
    password: str | None = strawberry.field(description="Its password, to say it aloud.")


@strawberry.type(description="Where the caller stands in a quiz, as far as it may be seen now.")
class QuizStanding:
    graded: int = strawberry.field(description="How many attempts are graded.")
    percent: int | None = strawberry.field(description="What is kept, in whole percents; absent while not shown.")
    passed_at: datetime | None = strawberry.field(description="When it was first passed; absent while not shown.")


@record_type(QuizRegradeRecord, description="A correction of a key, and what it changed.", visible=regrades_seen)
class QuizRegrade(Node):
    takes_back: bool = strawberry.field(description="Whether what was paid for higher scores is taken back.")
    reason: str = strawberry.field(description="Why.")
    changed: int = strawberry.field(description="How many attempts came to another score.")
    created_at: datetime = strawberry.field(description="When it was ordered.")
    done_at: datetime | None = strawberry.field(description="When it was done; absent while it goes on.")

    @computed(needs=("question_id",), description="The question whose key was corrected.")
    def question_id(self: Any) -> strawberry.ID:
        return strawberry.ID(encode_id("Question", self.question_id))


async def papers_of(quizzes: Sequence[Any], context: "Context") -> list[QuizPaper | None]:
    """What of quizzes is for staff; the password only for those who may write them."""
    caller = context.caller
    if caller.kind is not CallerKind.STAFF or not caller.may(StaffRight.QUIZZES_READ):
        return [None] * len(quizzes)
    return [_paper(one, shows_password=caller.may(StaffRight.QUIZZES_WRITE)) for one in quizzes]


async def viewer_standings(quizzes: Sequence[Any], context: "Context") -> list[QuizStanding | None]:
    if context.caller.kind is not CallerKind.MEMBER:
        return [None] * len(quizzes)
    found = await standings_seen(context.member_id, [one.id for one in quizzes], at=context.at)
    return [_standing(found.get(one.id)) for one in quizzes]


@record_type(QuizRecord, description="A quiz.", visible=quizzes_seen)
class Quiz(Node):
    title: str = strawberry.field(description="What it is called.")
    kind: QuizKind = strawberry.field(description="What it is for.")
    description: str | None = strawberry.field(description="What is said about it.")
    status: QuizStatus = strawberry.field(description="What has become of it.")
    version: int = strawberry.field(description="The present version of its terms; 0 for a draft.")
    circle: Circle | None = one(CircleRecord, "circle_id", description="The circle that it is of.")
    group: Group | None = one(GroupRecord, "group_id", description="The group that it is of.")
    audience: Audience | None = audience_field()
    shuffles_questions: bool = strawberry.field(description="Whether everybody gets the questions in another order.")
    shuffles_options: bool = strawberry.field(description="Whether everybody gets the options in another order.")
    minutes: int | None = strawberry.field(description="How long an attempt may take; absent: without limit.")
    opens_at: datetime | None = strawberry.field(description="From when it can be taken; absent: always.")
    closes_at: datetime | None = strawberry.field(description="From when it is late; absent: never.")
    late_minutes: int = strawberry.field(description="How long after its close it is still taken in.")
    late_percent: int = strawberry.field(description="What of the score counts then, in percent.")
    ends_at: datetime | None = strawberry.field(description="From when nothing is taken in.")
    overdue: Overdue = strawberry.field(description="What becomes of an attempt whose time runs out.")
    attempts_most: int | None = strawberry.field(description="How often one may take it; absent: without limit.")
    gap_minutes: int = strawberry.field(description="Minutes between handing in and beginning anew.")
    keeps: Keeps = strawberry.field(description="Which attempt counts.")
    pass_percent: int = strawberry.field(description="What is enough to pass, in percent.")
    pays: Pays = strawberry.field(description="What it pays for.")
    score_points: int | None = strawberry.field(description="Points for the whole score, where it pays for that.")
    right_after_minutes: int = strawberry.field(description="How long right after handing in lasts.")
    published_at: datetime | None = strawberry.field(description="When it was published.")
    closed_at: datetime | None = strawberry.field(description="When staff closed it.")
    created_at: datetime = strawberry.field(description="When it was written down.")
    paper: QuizPaper | None = batch(papers_of, description="What of it is for staff.")
    viewer_standing: QuizStanding | None = batch(
        viewer_standings, needs=("id",), description="Where the caller stands; absent before its first grade."
    )
    attempts: Connection[QuizAttempt] = connection(
        QuizAttemptRecord,
        "quiz_id",
        order=("-started_at", "-id"),
        description="The caller's own attempts, the newest first; for staff those of the members in their scope.",
    )
    regrades: Connection[QuizRegrade] = connection(
        QuizRegradeRecord, "quiz_id", order=("-created_at", "-id"), description="Corrected keys; for staff."
    )

    @computed(needs=("course_session_id",), description="The session of a course that it belongs to.")
    def course_session_id(self: Any) -> strawberry.ID | None:
        session_id: UUID | None = self.course_session_id
        return strawberry.ID(encode_id("CourseSession", session_id)) if session_id else None

    @computed(needs=("items", "draws"), description="How many questions an attempt has.")
    def question_count(self: Any) -> int:
        return len(self.items) + sum(int(one["count"]) for one in self.draws)

    @computed(needs=("password",), description="Whether it takes a password to begin.")
    def needs_password(self: Any) -> bool:
        return self.password is not None

    @computed(needs=("review",), bound=4, description="What a member sees of its attempts, by phase.")
    def review(self: Any) -> list[ReviewRow]:
        matrix = ReviewMatrix.from_json(self.review)
        return [ReviewRow(phase=one, aspects=sorted(matrix.at(one))) for one in Phase]

    @computed(needs=("status", "ends_at"), description="Whether nobody can hand in any more.")
    def is_over(self: Any, info: Info) -> bool:
        is_past = self.ends_at is not None and info.context.at >= self.ends_at
        return is_past or self.status in (QuizStatus.CLOSED, QuizStatus.ARCHIVED)


def _paper(quiz: QuizRecord, *, shows_password: bool) -> QuizPaper:
    terms = terms_of(quiz)
    return QuizPaper(
        items=[_item(one) for one in terms.items],
        draws=[
            QuizDrawRule(**{name: getattr(one, name) for name in QuizDrawRule.__annotations__}) for one in terms.draws
        ],
        bands=[QuizBand(percent=one.percent, words=one.words) for one in terms.bands],
        password=quiz.password if shows_password else None,
    )


def _item(item: PaperItem) -> QuizItem:
    question_id = strawberry.ID(encode_id("Question", item.question_id))
    return QuizItem(question_id=question_id, points=item.points, rule=item.rule)


def _standing(found: StandingSeen | None) -> QuizStanding | None:
    return QuizStanding(graded=found.graded, percent=found.percent, passed_at=found.passed_at) if found else None
