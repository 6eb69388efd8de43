"""Series of weekly quizzes in the contract; for staff who see the whole brand."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import strawberry

from auth.scope import is_whole_brand
from engine.declare import Connection, Node, computed, connection, one, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.groups.circle import Circle as CircleRecord
from models.learning.quiz import Quiz as QuizRecord
from models.learning.quiz_series import QuizSeries as QuizSeriesRecord
from models.learning.quiz_series import SeriesStatus
from models.learning.quiz_series_terms import SeriesTerms
from models.learning.quiz_series_week import QuizSeriesWeek as QuizSeriesWeekRecord
from models.learning.quiz_terms import RULES_MOST
from models.staff.right import StaffRight
from schema.enums import publish
from schema.groups.circle import Circle
from schema.ids import id_of
from schema.learning.quiz import Quiz, QuizDrawRule
from schema.learning.quiz_terms import QuizDrawRuleInput
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context

publish(
    SeriesStatus,
    "Whether a series goes on.",
    named="QuizSeriesStatus",
    active="Each week's quiz is made.",
    ended="No more are made.",
)


def _seen(context: "Context") -> Condition:
    return EVERY_ROW if context.caller.may(StaffRight.QUIZZES_READ) and is_whole_brand(context) else NO_ROW


@record_type(QuizSeriesWeekRecord, description="A week of a series.", visible=_seen)
class QuizSeriesWeek(Node):
    monday: date = strawberry.field(description="The first day of the week, in the zone of the series.")
    opens_at: datetime = strawberry.field(description="When its quiz opens, or should have.")
    created_at: datetime = strawberry.field(description="When it was made.")
    quiz: Quiz | None = one(QuizRecord, "quiz_id", description="The quiz; absent for a week that was missed.")


@record_type(QuizSeriesRecord, description="The standing order for the quiz of a circle's week.", visible=_seen)
class QuizSeries(Node):
    title: str = strawberry.field(description="What its quizzes are called, before the day.")
    circle: Circle | None = one(CircleRecord, "circle_id", description="The circle.")
    weekday: int = strawberry.field(description="On which day they open, 1 (Monday) to 7.")
    zone: str = strawberry.field(description="The zone whose clock is meant.")
    window_hours: int = strawberry.field(description="How long they are open.")
    minutes: int | None = strawberry.field(description="How long an attempt may take; absent: as long as it is open.")
    attempts_most: int | None = strawberry.field(description="How often one may take each; absent: without limit.")
    pass_percent: int = strawberry.field(description="What is enough to pass, in percent.")
    score_points: int | None = strawberry.field(description="Points for the whole score; absent: a pass is paid.")
    status: SeriesStatus = strawberry.field(description="Whether it goes on.")
    version: int = strawberry.field(description="Rises with every change.")
    problem: str | None = strawberry.field(description="The code of what keeps this week's from being made.")
    created_at: datetime = strawberry.field(description="When it was ordered.")
    ended_at: datetime | None = strawberry.field(description="When it was ended.")
    weeks: Connection[QuizSeriesWeek] = connection(
        QuizSeriesWeekRecord, "series_id", order=("-monday", "-id"), description="Its weeks so far, the newest first."
    )

    @computed(needs=("minute",), description="When they open, such as `20:00`.")
    def opens_at_time(self: Any) -> str:
        return f"{self.minute // 60:02}:{self.minute % 60:02}"

    @computed(needs=("draws",), bound=RULES_MOST, description="How their questions are drawn.")
    def draws(self: Any) -> list[QuizDrawRule]:
        return [QuizDrawRule(**{name: one.get(name) for name in QuizDrawRule.__annotations__}) for one in self.draws]


@strawberry.input(description="A weekly quiz as a whole.")
class QuizSeriesTermsInput:
    title: str = strawberry.field(description="What its quizzes are called, before the day; up to 40 characters.")
    circle_id: strawberry.ID = strawberry.field(description="The circle.")
    weekday: int = strawberry.field(description="On which day they open, 1 (Monday) to 7.")
    minute: int = strawberry.field(description="When, in minutes from midnight on the wall: 1200 is 20:00.")
    draws: list[QuizDrawRuleInput] = strawberry.field(description="How their questions are drawn.")
    zone: str = strawberry.field(default="Asia/Shanghai", description="The zone whose clock is meant.")
    window_hours: int = strawberry.field(default=24, description="How long they are open, up to a week.")
    minutes: int | None = strawberry.field(default=None, description="How long an attempt may take; null: no limit.")
    attempts_most: int | None = strawberry.field(default=1, description="How often one may take each; null: no limit.")
    pass_percent: int = strawberry.field(default=60, description="What is enough to pass, in percent.")
    score_points: int | None = strawberry.field(
        default=None, description="Points for the whole score; null: a pass is paid by the earn rules."
    )

    def terms(self) -> SeriesTerms:
        given = {name: getattr(self, name) for name in SeriesTerms.__dataclass_fields__}
        circle_id = id_of("Circle", self.circle_id, field="circleId")
        return SeriesTerms(**{**given, "circle_id": circle_id, "draws": tuple(one.value() for one in self.draws)})


@strawberry.input(description="A weekly quiz to order.")
class OrderQuizSeriesInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never orders two.")
    terms: QuizSeriesTermsInput = strawberry.field(description="What is ordered.")


@strawberry.input(description="Another order, from the next quiz on.")
class ChangeQuizSeriesInput:
    quiz_series_id: strawberry.ID = strawberry.field(description="The series.")
    expected_version: int = strawberry.field(description="The version that was read; refused where another came.")
    terms: QuizSeriesTermsInput = strawberry.field(description="What is ordered.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.input(description="A series to end.")
class EndQuizSeriesInput:
    quiz_series_id: strawberry.ID = strawberry.field(description="The series.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.type
class QuizSeriesPayload(Payload):
    series: QuizSeries | None = changed("The series.")


@strawberry.type(description="A weekly quiz that was ordered.")
class OrderQuizSeriesPayload(QuizSeriesPayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A series that was changed.")
class ChangeQuizSeriesPayload(QuizSeriesPayload):
    pass


@strawberry.type(description="A series that was ended.")
class EndQuizSeriesPayload(QuizSeriesPayload):
    pass
