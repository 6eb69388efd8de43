"""The brand's own time: its business days, and the day, week and month that limits count in.

A check-in plan may keep another zone or hour; whatever else is counted by days goes by these.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from store.clock import business_day, day_start
from store.settings import settings


def brand_day(at: datetime) -> date:
    """The brand's business day of an instant."""
    return business_day(at, settings().brand_zone, settings().day_start_hour)


def brand_day_start(day: date) -> datetime:
    """The first instant (UTC) of a business day of the brand."""
    return day_start(day, settings().brand_zone, settings().day_start_hour)


@dataclass(frozen=True, slots=True)
class Windows:
    """The brand's day, ISO week and month around an instant: when each began and when the next one begins."""

    day_from: datetime
    day_until: datetime
    week_from: datetime
    week_until: datetime
    month_from: datetime
    month_until: datetime

    @classmethod
    def at(cls, at: datetime) -> "Windows":
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
