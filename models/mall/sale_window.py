"""A sale window: from when to when something is sold, and on which days of a month.

The days are the brand's business days. A day below 0 counts from the end of its month: from -3 to -1 are the last three
days, of February too. Between windows the next one is known, so a refusal can say when to come back.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from models.errors import Invalid
from store.brand_day import brand_day, brand_day_start

DAY_MOST = 28
"""Days that every month has, from either end."""

MONTHS_AHEAD = 14


@dataclass(frozen=True)
class SaleWindow:
    """From `from_at` until before `until_at`, on the days from `first_day` to `last_day` of each month."""

    from_at: datetime | None = None
    until_at: datetime | None = None
    first_day: int | None = None
    last_day: int | None = None

    def checked(self) -> Self:
        """This window, or `Invalid`."""
        if self.from_at and self.until_at and self.from_at >= self.until_at:
            raise Invalid("sellsUntil", zh="结束时间应晚于开始时间", en="it must be after the start")
        if (self.first_day is None) != (self.last_day is None):
            raise Invalid("monthLastDay", zh="首日与末日须同时填写", en="the first and the last day go together")
        if self.first_day is not None and self.last_day is not None:
            _check_days(self.first_day, self.last_day)
        return self

    def is_open(self, at: datetime) -> bool:
        return self.opens_at(at) == at

    def opens_at(self, at: datetime) -> datetime | None:
        """`at` itself where it lies in the window, else when the window opens next; None where it never will."""
        earliest = max(at, self.from_at) if self.from_at else at
        starts = (max(earliest, begins) for begins, ends in self._stretches(earliest) if earliest < ends)
        opening = next(starts, None)
        return None if opening is None or (self.until_at and opening >= self.until_at) else opening

    def _stretches(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The days of each month in which it is open, from the month of `since` on."""
        if self.first_day is None or self.last_day is None:
            yield since, datetime.max.replace(tzinfo=since.tzinfo)
            return
        month = brand_day(since).replace(day=1)
        for _ in range(MONTHS_AHEAD):
            first, last = _day_of(month, self.first_day), _day_of(month, self.last_day)
            yield brand_day_start(first), brand_day_start(last + timedelta(days=1))
            month = (month + timedelta(days=31)).replace(day=1)


def _check_days(first: int, last: int) -> None:
    for field, day in (("monthFirstDay", first), ("monthLastDay", last)):
        if not 1 <= abs(day) <= DAY_MOST:
            raise Invalid(field, zh="应为 1–28，或 -28–-1（倒数）", en="it must be 1 to 28, or -28 to -1 from the end")
    if ((first > 0) == (last > 0) and first > last) or first < 0 < last:
        raise Invalid("monthLastDay", zh="末日不得早于首日", en="it must not lie before the first day")


def _day_of(month: date, day: int) -> date:
    return month.replace(day=day if day > 0 else monthrange(month.year, month.month)[1] + 1 + day)
