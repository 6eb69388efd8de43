"""Weekly quizzes: ordered, changed and ended by staff who see the whole brand."""

from uuid import UUID

import strawberry
from strawberry import Info

from auth.permissions import StaffCan
from auth.scope import demand_whole_brand
from engine.declare import Connection, mirrored
from models.learning.quiz_series import QuizSeries as QuizSeriesRecord
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.learning.quiz_series import (
    ChangeQuizSeriesInput,
    ChangeQuizSeriesPayload,
    EndQuizSeriesInput,
    EndQuizSeriesPayload,
    OrderQuizSeriesInput,
    OrderQuizSeriesPayload,
    QuizSeries,
)
from schema.payload import listed, mutation

WRITES = StaffCan(StaffRight.QUIZZES_WRITE)


def _id(text: str) -> UUID:
    return id_of("QuizSeries", text, field="quizSeriesId")


@strawberry.type
class QuizSeriesQueries:
    quiz_series: Connection[QuizSeries] = listed(
        QuizSeriesRecord,
        order=("-created_at", "-id"),
        allow=StaffCan(StaffRight.QUIZZES_READ),
        description="Weekly quizzes, the newest order first; for staff who see the whole brand.",
    )


@strawberry.type
class QuizSeriesMutations:
    @mutation(allow=WRITES, description="Order a knowledge quiz for each week of a circle.")
    async def order_quiz_series(self, info: Info, input: OrderQuizSeriesInput) -> OrderQuizSeriesPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        series = await QuizSeriesRecord.order(input.terms.terms(), staff_id=context.staff_id, at=context.at, once=once)
        return OrderQuizSeriesPayload(series=mirrored(series), is_replay=once.replayed)

    @mutation(allow=WRITES, description="Order it otherwise, from the next quiz on.")
    async def change_quiz_series(self, info: Info, input: ChangeQuizSeriesInput) -> ChangeQuizSeriesPayload:
        context = info.context
        demand_whole_brand(context)
        series = await QuizSeriesRecord.change(
            _id(input.quiz_series_id),
            input.terms.terms(),
            expected_version=input.expected_version,
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
        )
        return ChangeQuizSeriesPayload(series=mirrored(series))

    @mutation(allow=WRITES, description="Make no more quizzes of a series.")
    async def end_quiz_series(self, info: Info, input: EndQuizSeriesInput) -> EndQuizSeriesPayload:
        context = info.context
        demand_whole_brand(context)
        series = await QuizSeriesRecord.end(
            _id(input.quiz_series_id), reason=input.reason, staff_id=context.staff_id, at=context.at
        )
        return EndQuizSeriesPayload(series=mirrored(series))
