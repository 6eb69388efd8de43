"""The windows that limits count in: the brand's business day, its ISO week and its month, around an instant."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from store.clock import business_day, day_start
from store.settings import settings


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows that limits count in: when each began and when the next one begins."""

    day_from: datetime
    day_until: datetime
    week_from: datetime
    week_until: datetime
    month_from: datetime
    month_until: datetime

    @classmethod
    def at(cls, at: datetime) -> "Windows":
        """By the brand's days, ISO weeks and months."""
        return _windows_at(at, settings().brand_zone, settings().day_start_hour)


@lru_cache(maxsize=1_000)
def _windows_at(at: datetime, zone: str, hour: int) -> Windows:
    return _windows(business_day(at, zone, hour), zone, hour)


@lru_cache(maxsize=1_000)
def _windows(today: date, zone: str, hour: int) -> Windows:
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    ends = (today + timedelta(days=1), monday + timedelta(days=7), (first + timedelta(days=31)).replace(day=1))
    starts = (today, monday, first)
    instants = [day_start(day, zone, hour) for pair in zip(starts, ends, strict=True) for day in pair]
    return Windows(*instants)
