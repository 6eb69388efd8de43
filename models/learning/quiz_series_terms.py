"""The terms of a weekly quiz as staff order them, and the time in a week that they mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfoNotFoundError

from models.errors import Invalid, bounded_text, within
from models.learning.quiz_terms import DrawnRule, Pays, QuizKind, QuizTerms
from store.clock import zone_named

TITLE_MOST = 40
WINDOW_HOURS_MOST = 24 * 7
WEEK = timedelta(days=7)


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


def drawn_rules(stored: Sequence[Mapping[str, Any]]) -> tuple[DrawnRule, ...]:
    """The rules of a column."""
    return tuple(DrawnRule.from_json(one) for one in stored)
