"""Time. The clock is injected, and one function turns an instant into a business day.

A business day belongs to a zone and begins at an hour of it: with hour 4, a check-in at 03:59 counts for the day
before. The hour is read on the wall: the day begins when the zone's clock shows it, also on the days that are an hour
shorter or longer, so every instant lies in exactly one business day.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved: for tests and for planting history."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self.at

    def advance(self, **duration: float) -> datetime:
        self.at += timedelta(**duration)
        return self.at


@lru_cache(maxsize=256)
def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name; raises `ZoneInfoNotFoundError` for an unknown one."""
    return ZoneInfo(name)


def business_day(at: datetime, zone: str, day_start_hour: int = 0) -> date:
    """The business day that the aware instant `at` lies in, for a zone whose day begins at `day_start_hour` (0-23)."""
    local = at.astimezone(zone_named(zone))
    return local.date() if local.hour >= day_start_hour else local.date() - timedelta(days=1)


def as_instant(value: datetime | str) -> datetime:
    """The instant in a row that the driver gave, which on SQLite is text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def day_start(day: date, zone: str, day_start_hour: int = 0) -> datetime:
    """The first instant (UTC) of a business day; where the hour is skipped that day, the instant after the gap."""
    wall = datetime.combine(day, time(day_start_hour), zone_named(zone))
    return wall.astimezone(UTC)
