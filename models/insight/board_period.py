"""Periods: the brand's days, ISO weeks and months that boards count by.

A period is a run of the brand's business days. A week is the one of ISO 8601, so the last days of a December may lie
in the first week of the next year, and the first of a January in `2026-W53`.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Self

from store.brand_day import brand_day_start

_ONE_DAY = timedelta(days=1)
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(9000, 1, 1)


class Window(StrEnum):
    """How long a board counts before it begins anew."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ALL = "all"


@dataclass(frozen=True)
class Period:
    """One day, week or month by its first and last business day; the window `all` has neither an end nor a past."""

    window: Window
    first_day: date
    last_day: date

    @classmethod
    def of(cls, window: Window, day: date) -> Self:
        """The period of a window that holds a business day; a day at the calendar's ends is moved inside it."""
        day = min(max(day, _FIRST_DAY), _LAST_DAY)
        if window is Window.WEEK:
            monday = day - timedelta(days=day.weekday())
            return cls(window, monday, monday + timedelta(days=6))
        if window is Window.MONTH:
            first = day.replace(day=1)
            return cls(window, first, (first + timedelta(days=31)).replace(day=1) - _ONE_DAY)
        if window is Window.ALL:
            return cls(window, date.min, date.max)
        return cls(window, day, day)

    @cached_property
    def name(self) -> str:
        """`2026-11-23`, `2026-W48`, `2026-11` or `all`."""
        if self.window is Window.ALL:
            return "all"
        if self.window is Window.WEEK:
            year, week, _ = self.first_day.isocalendar()
            return f"{year}-W{week:02}"
        return self.first_day.isoformat()[: 7 if self.window is Window.MONTH else 10]

    @property
    def previous(self) -> "Period | None":
        return None if self.window is Window.ALL else Period.of(self.window, self.first_day - _ONE_DAY)

    @property
    def next(self) -> "Period | None":
        return None if self.window is Window.ALL else Period.of(self.window, self.following_day)

    @property
    def following_day(self) -> date:
        """The first business day after the period."""
        return self.last_day + _ONE_DAY

    @property
    def starts_at(self) -> datetime:
        """The first instant of the period by the brand's clock."""
        return brand_day_start(self.first_day)

    @property
    def ends_at(self) -> datetime:
        """The first instant after the period."""
        return brand_day_start(self.following_day)

    @property
    def forgotten_at(self) -> datetime | None:
        """When a live board of this period is needed no more: an hour after the period that follows it."""
        return self.next.ends_at + timedelta(hours=1) if self.next else None


@lru_cache(maxsize=16)
def live_periods(day: date) -> tuple[Period, ...]:
    """The periods that boards show on a business day: the current ones, those before them, and all time."""
    current = [Period.of(window, day) for window in (Window.DAY, Window.WEEK, Window.MONTH)]
    previous = [period.previous for period in current if period.previous]
    return (*current, *previous, Period.of(Window.ALL, day))
