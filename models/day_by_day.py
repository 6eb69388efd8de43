"""What goes on for some days, numbered from 1: each begins at the same hour of the clock in its zone."""

from datetime import date, datetime, timedelta
from typing import Any

from models.members.audience import Audience
from models.record import Record
from store.clock import business_day, day_start


class DayByDay(Record):
    zone: str
    day_start_hour: int
    starts_on: date
    audience: dict[str, Any]

    class Meta:
        abstract = True

    @property
    def for_whom(self) -> Audience:
        return Audience.from_json(self.audience)

    def number_of(self, at: datetime) -> int:
        """The day that an instant lies in: 1 is the first; below before the start, above `days` after the end."""
        return (business_day(at, self.zone, self.day_start_hour) - self.starts_on).days + 1

    def date_of(self, day: int) -> date:
        return self.starts_on + timedelta(days=day - 1)

    def day_opens(self, day: int) -> datetime:
        return day_start(self.date_of(day), self.zone, self.day_start_hour)

    def day_ends(self, day: int) -> datetime:
        """The first instant after a day."""
        return self.day_opens(day + 1)
