"""Times on the wall: which instant a local day and time are, also on the days on which the clocks are put.

A time that is skipped in spring is as much later as the clocks jump (02:30 becomes 03:30), as iCalendar has it; of one
that comes twice in autumn the first is meant. So each local time is one instant, and a class stays at eight in the
evening all the year.
"""

import re
from datetime import UTC, date, datetime, time

from models.errors import Invalid
from store.clock import zone_named

_WALL = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def instant_of(day: date, minute: int, zone: str) -> datetime:
    """The instant (UTC) of a minute, counted on the wall from midnight, of a local day."""
    wall = datetime.combine(day, time(minute // 60, minute % 60), zone_named(zone))
    return wall.astimezone(UTC)


def local_day(at: datetime, zone: str) -> date:
    return at.astimezone(zone_named(zone)).date()


def local_minute(at: datetime, zone: str) -> int:
    """What the clock on the wall shows, in minutes from midnight."""
    wall = at.astimezone(zone_named(zone))
    return wall.hour * 60 + wall.minute


def minute_of(text: str, field: str) -> int:
    """The minute that a time such as `20:00` means, or `Invalid`."""
    found = _WALL.fullmatch(text.strip())
    if found is None:
        raise Invalid(field, zh="应为 00:00–23:59", en="say it as 00:00 to 23:59")
    return int(found[1]) * 60 + int(found[2])


def wall_time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
