"""The days of the story: the brand's business days up to the present, and believable instants in them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from random import Random

from store.brand_day import brand_day, brand_day_start

# When people check in: the way to work, the noon break, the evening on the sofa; weights of two-hour slots from 06:00.
_SLOTS = (14, 24, 8, 16, 5, 5, 8, 16, 4)
_FIRST_SLOT = timedelta(hours=6)
_SLOT = timedelta(hours=2)


@dataclass(frozen=True)
class Calendar:
    """The last `length` business days up to the one of `now`, in the brand's zone."""

    now: datetime
    length: int

    @cached_property
    def today(self) -> date:
        return brand_day(self.now)

    @cached_property
    def first_day(self) -> date:
        return self.today - timedelta(days=self.length - 1)

    @cached_property
    def founded_on(self) -> date:
        """The day on which the community was founded, some time before the days that are told in full."""
        return self.first_day - timedelta(days=90)

    @cached_property
    def days(self) -> list[date]:
        return [self.first_day + timedelta(days=n) for n in range(self.length)]

    def at(self, day: date, hour: float = 0.0) -> datetime:
        """An instant `hour` hours into a business day."""
        return brand_day_start(day) + timedelta(hours=hour)

    def moment(self, day: date, chance: Random) -> datetime:
        """An instant of a day at which somebody may look into the community."""
        slot = chance.choices(range(len(_SLOTS)), _SLOTS)[0]
        at = self.at(day) + _FIRST_SLOT + slot * _SLOT + timedelta(seconds=chance.randrange(7200))
        # The day on which the clocks go forward is an hour shorter.
        return min(at, self.at(day + timedelta(days=1)) - timedelta(seconds=1))
