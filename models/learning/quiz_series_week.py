"""A week of a series: the quiz that was made for it, once (`quiz_series_week_once`), or that none came to be.

A week counts by its Monday in the series' zone, so a series that is moved to another weekday makes no second quiz in a
week that has one. After standing still each week is made up for whose quiz would still be open, with the times that it
would have had; one whose window is over is written down as missed.
"""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

import structlog
from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError
from models.learning.paper import demand_supply
from models.learning.quiz import Quiz, QuizStatus
from models.learning.quiz_series import QuizSeries, SeriesStatus
from models.learning.quiz_series_terms import WEEK
from models.learning.quiz_terms import QuizTerms
from models.learning.quiz_version import QuizVersion
from models.one_by_one import OneByOne
from models.record import Record
from store.database import transaction, violates

_log = structlog.get_logger("quizzes")


class QuizSeriesWeek(Record):
    series: fields.ForeignKeyRelation[QuizSeries] = fields.ForeignKeyField(
        "models.QuizSeries", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    series_id: UUID
    monday: date = fields.DateField(description="The first day of the week.")
    opens_at: datetime = fields.DatetimeField()
    quiz_id: UUID | None = fields.UUIDField(null=True, description="Absent for a week that was missed.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "quiz_series_week"
        constraints = (UniqueConstraint(fields=("series_id", "monday"), name="quiz_series_week_once"),)

    @classmethod
    async def make(cls, series_id: UUID, monday: date, *, at: datetime) -> Quiz | None:
        """Make and publish the quiz of a week, if it is due and nobody did before; None where none came of it.

        Raises `NotEnoughQuestions`, and then the week is still to be made.
        """
        try:
            async with transaction():
                series = await QuizSeries.held(series_id)
                terms = series.terms
                opens_at = terms.opens_at(monday)
                if series.status is SeriesStatus.ENDED or not series.slot_since <= opens_at <= at:
                    return None
                is_over = at >= terms.closes_at(monday)
                quiz = None if is_over else await _published(terms.quiz_terms(opens_at), at=at)
                quiz_id = quiz.id if quiz else None
                await cls.create(series_id=series_id, monday=monday, opens_at=opens_at, quiz_id=quiz_id, created_at=at)
        except IntegrityError as error:
            if violates(error, cls, "quiz_series_week_once"):
                return None
            raise
        return quiz


async def make_due(*, at: datetime) -> int:
    """Make the quizzes of all weeks that are due at `at`; returns how many."""
    made, run = 0, OneByOne("make weekly quiz")
    for series in await QuizSeries.filter(status=SeriesStatus.ACTIVE).order_by("id"):
        made += await run.do(series.id, _make_all(series, at=at)) or 0
    return made


async def _make_all(series: QuizSeries, *, at: datetime) -> int:
    last = await QuizSeriesWeek.filter(series_id=series.id).order_by("-monday").first()
    made, problem = 0, None
    for monday in _weeks(series, last.monday if last else None, at):
        try:
            made += await QuizSeriesWeek.make(series.id, monday, at=at) is not None
        except DomainError as refusal:
            problem = refusal.code
            _log.warning("weekly quiz not made", series=str(series.id), week=monday.isoformat(), code=refusal.code)
    if problem != series.problem:
        await QuizSeries.filter(id=series.id, version=series.version).update(problem=problem)
    return made


def _weeks(series: QuizSeries, last: date | None, at: datetime) -> Iterator[date]:
    """The Mondays of the weeks that have begun and are not settled."""
    terms = series.terms
    monday = last + WEEK if last else terms.monday_of(series.created_at)
    while monday <= terms.monday_of(at):
        yield monday
        monday += WEEK


async def _published(terms: QuizTerms, *, at: datetime) -> Quiz:
    """A quiz of the system's own making, as `publish_quiz` would leave it; the order for it is in the audit."""
    await demand_supply(terms)
    columns = {**terms.columns(), "status": QuizStatus.PUBLISHED, "version": 1, "published_at": at, "created_at": at}
    quiz = await Quiz.create(**columns)
    await QuizVersion.close(quiz, terms, at=at)
    return quiz
