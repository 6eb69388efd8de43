"""A series: the standing order for the knowledge quiz of a circle's week.

It says when in the week the quiz opens, by the clock on the wall of its zone, for how long, and how its questions are
drawn. Each week's quiz is made of what the series says then; a change touches no quiz that is there already.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfoNotFoundError

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import DomainError, Invalid, NotFound, bounded_text, within
from models.groups.circle import Circle
from models.idempotency import Once, perform_once
from models.learning.quiz_terms import DrawnRule, Pays, QuizKind, QuizTerms
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.clock import zone_named
from store.database import transaction

TITLE_MOST = 40
WINDOW_HOURS_MOST = 24 * 7
WEEK = timedelta(days=7)


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


@dataclass(frozen=True)
class SeriesTerms:
    """`weekday` is 1 (Monday) to 7, `minute` is counted on the wall from midnight.

    `score_points` are paid for the whole score, their share for less; without them a pass is paid by the earn rules.
    """

    title: str
    circle_id: UUID
    weekday: int
    minute: int
    draws: tuple[DrawnRule, ...]
    zone: str = "Asia/Shanghai"
    window_hours: int = 24
    minutes: int | None = None
    attempts_most: int | None = 1
    pass_percent: int = 60
    score_points: int | None = None

    def checked(self) -> Self:
        """These terms, or `Invalid`."""
        bounded_text(self.title, "title", least=1, most=TITLE_MOST)
        within("weekday", self.weekday, 1, 7)
        within("minute", self.minute, 0, 24 * 60 - 1)
        within("windowHours", self.window_hours, 1, WINDOW_HOURS_MOST)
        try:
            zone_named(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise Invalid("zone", zh="没有这个时区", en="there is no such zone") from None
        self.quiz_terms(datetime(2026, 1, 1, tzinfo=UTC)).checked()
        return self

    @property
    def slot(self) -> tuple[int, int, str]:
        """When in the week it opens."""
        return self.weekday, self.minute, self.zone

    def opens_at(self, monday: date) -> datetime:
        """The instant (UTC) at which the quiz of the week that begins on a Monday opens."""
        day = monday + timedelta(days=self.weekday - 1)
        wall = datetime.combine(day, time(self.minute // 60, self.minute % 60), zone_named(self.zone))
        return wall.astimezone(UTC)

    def closes_at(self, monday: date) -> datetime:
        return self.opens_at(monday) + timedelta(hours=self.window_hours)

    def monday_of(self, at: datetime) -> date:
        """The Monday of the week, in the series' zone, in which an instant lies."""
        day = at.astimezone(zone_named(self.zone)).date()
        return day - timedelta(days=day.weekday())

    def quiz_terms(self, opens_at: datetime) -> QuizTerms:
        """The terms of the quiz that opens at an instant."""
        day = opens_at.astimezone(zone_named(self.zone))
        return QuizTerms(
            title=f"{self.title}（{day.month}月{day.day}日）",
            kind=QuizKind.WEEKLY,
            circle_id=self.circle_id,
            draws=self.draws,
            opens_at=opens_at,
            closes_at=opens_at + timedelta(hours=self.window_hours),
            minutes=self.minutes,
            attempts_most=self.attempts_most,
            pass_percent=self.pass_percent,
            pays=Pays.SCORE if self.score_points else Pays.PASSING,
            score_points=self.score_points,
        )

    def columns(self) -> dict[str, Any]:
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return found | {"draws": [one.to_json() for one in self.draws]}


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
        found = await cls.select_for_update(no_key=True).get_or_none(id=id)
        if found is None:
            raise NotFound(field="quizSeriesId")
        return found

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


def drawn_rules(stored: Sequence[Mapping[str, Any]]) -> tuple[DrawnRule, ...]:
    read: Callable[[Mapping[str, Any]], DrawnRule] = DrawnRule.from_json
    return tuple(read(one) for one in stored)


async def _known(terms: SeriesTerms) -> None:
    terms.checked()
    if not await Circle.exists(id=terms.circle_id):
        raise NotFound(field="circleId")
