"""A series: the standing order for the knowledge quiz of a circle's week.

It says when in the week the quiz opens, by the clock on the wall of its zone, for how long, and how its questions are
drawn. Each week's quiz is made of what the series says then; a change touches no quiz that is there already.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import DomainError, NotFound, bounded_text
from models.groups.circle import Circle
from models.idempotency import Once, perform_once
from models.learning.quiz_series_terms import TITLE_MOST, SeriesTerms, drawn_rules
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.database import transaction


class QuizSeriesChanged(DomainError):
    code = "QUIZ_SERIES_CHANGED"
    zh = "该系列刚被他人修改，请刷新后重试"
    en = "Somebody changed this series meanwhile; read it again."
    field = "expectedVersion"


class QuizSeriesEnded(DomainError):
    code = "QUIZ_SERIES_ENDED"
    zh = "该系列已结束"
    en = "This series has ended."


class SeriesStatus(StrEnum):
    """Whether a series goes on."""

    ACTIVE = "active"
    ENDED = "ended"


class QuizSeries(Record):
    title = fields.CharField(max_length=TITLE_MOST)
    circle: fields.ForeignKeyRelation[Circle] = fields.ForeignKeyField(
        "models.Circle", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    circle_id: UUID
    weekday = fields.SmallIntField(description="1 (Monday) to 7.")
    minute = fields.SmallIntField(description="When it opens, in minutes from midnight on the wall.")
    zone = fields.CharField(max_length=60)
    window_hours = fields.SmallIntField()
    draws: list[dict[str, Any]] = fields.JSONField()
    minutes: int | None = fields.IntField(null=True)
    attempts_most: int | None = fields.SmallIntField(null=True)
    pass_percent = fields.SmallIntField()
    score_points: int | None = fields.IntField(null=True)
    status = fields.CharEnumField(SeriesStatus, max_length=10, default=SeriesStatus.ACTIVE)
    version = fields.IntField(default=1)
    problem = fields.CharField(
        max_length=60, null=True, description="The code of what keeps this week's from being made."
    )
    slot_since: datetime = fields.DatetimeField(description="From when on it opens at this time of the week.")
    created_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "quiz_series"
        constraints = (CheckConstraint(check="weekday BETWEEN 1 AND 7", name="quiz_series_weekday"),)
        indexes = (Index(fields=("created_at", "id"), name="quiz_series_by_age"),)

    @classmethod
    async def order(cls, terms: SeriesTerms, *, staff_id: UUID, at: datetime, once: Once | None) -> Self:
        """Order a quiz each week, from the next time on. Raises `Invalid`, `NotFound`."""

        async def write(id: UUID) -> Self:
            await _known(terms)
            series = await cls.create(id=id, created_at=at, slot_since=at, **terms.columns())
            await series._audit("create_quiz_series", None, staff_id=staff_id, at=at)
            return series

        return await perform_once(once, cls, write, at=at)

    @classmethod
    async def change(
        cls, id: UUID, terms: SeriesTerms, *, expected_version: int, reason: str, staff_id: UUID, at: datetime
    ) -> Self:
        """Order it otherwise from the next quiz on.

        Raises `QuizSeriesChanged`, `QuizSeriesEnded`, `Invalid`, `NotFound`.
        """
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        await _known(terms)
        async with transaction():
            series = await cls.held(id)
            if series.version != expected_version:
                raise QuizSeriesChanged()
            series._demand_active()
            before = series.told()
            if terms.slot != series.terms.slot:
                series.slot_since = at
            series.update_from_dict(terms.columns())
            series.version, series.problem = series.version + 1, None
            await series.save()
            await series._audit("change_quiz_series", before, staff_id=staff_id, reason=why, at=at)
        return series

    @classmethod
    async def end(cls, id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> Self:
        """Make no more of them; those that are there go on. Raises `QuizSeriesEnded`, `Invalid`, `NotFound`."""
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        async with transaction():
            series = await cls.held(id)
            series._demand_active()
            before = series.told()
            series.status, series.ended_at, series.version = SeriesStatus.ENDED, at, series.version + 1
            await series.save(update_fields=["status", "ended_at", "version"])
            await series._audit("end_quiz_series", before, staff_id=staff_id, reason=why, at=at)
        return series

    @classmethod
    async def held(cls, id: UUID) -> Self:
        """The series, which nobody else changes or makes a quiz of meanwhile; or `NotFound`."""
        return await cls.locked(id, field="quizSeriesId")

    @property
    def terms(self) -> SeriesTerms:
        columns = {name: getattr(self, name) for name in SeriesTerms.__dataclass_fields__}
        return SeriesTerms(**{**columns, "draws": drawn_rules(self.draws)})

    def told(self) -> dict[str, object]:
        """What the audit keeps of it."""
        return {**self.terms.columns(), "status": self.status, "version": self.version}

    def _demand_active(self) -> None:
        if self.status is SeriesStatus.ENDED:
            raise QuizSeriesEnded()

    async def _audit(
        self, action: str, before: dict[str, object] | None, *, staff_id: UUID, at: datetime, reason: str | None = None
    ) -> None:
        await AuditRow.write(
            staff_id=staff_id, action=action, subject=self, before=before, after=self.told(), reason=reason, at=at
        )


async def _known(terms: SeriesTerms) -> None:
    terms.checked()
    if not await Circle.exists(id=terms.circle_id):
        raise NotFound(field="circleId")
