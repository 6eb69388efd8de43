"""Large sets for benchmarks: members by the hundred thousand, each in two groups, with about ten check-ins each.

The rows are made up here and loaded at once, but what they say is folded by the same functions as the verbs use: the
streaks by `Progress.advance`, the pay by `rewards_due`, the names of accounts by `AccountKey`. So entries balance,
streaks fit their check-ins, and groups count their members. Nobody has checked in today.

Like the demo it is planted whole or not at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import gcd
from uuid import UUID

import orjson

from models.checkins.plan import CheckInPlan
from models.points.account import Account, of_member
from models.record import Record
from seeds.calendar import Calendar
from store.bulk import Row

SEATS = 80
"""Members of a group."""

ARRIVAL = timedelta(days=60)
"""In which all of them joined, evenly."""


@dataclass(frozen=True)
class Table:
    """Rows of a record; the columns that the rows do not give hold their defaults."""

    record: type[Record]
    given: tuple[str, ...]
    rows: Iterator[Row]

    @property
    def name(self) -> str:
        return str(self.record._meta.db_table)

    @property
    def columns(self) -> list[str]:
        return [*self.given, *self._others]

    def whole_rows(self) -> Iterator[Row]:
        tail = tuple(_default(self.record, column) for column in self._others)
        return ((*row, *tail) for row in self.rows)

    @property
    def _others(self) -> list[str]:
        return [column for column in self.record._meta.fields_db_projection if column not in self.given]


@dataclass
class Crowd:
    """The members by number, and what follows from a number."""

    size: int
    days: int
    calendar: Calendar
    circle_ids: dict[str, UUID]
    plan: CheckInPlan
    member_ids: list[UUID] = field(default_factory=list)
    account_ids: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.member_ids = [ordered_id(self.joined_at(n), n) for n in range(self.size)]
        self.account_ids = [of_member(member_id).id for member_id in self.member_ids]
        self._stride = next(
            step for step in range(int(self.size * 0.618) or 1, self.size + 2) if gcd(step, self.size) == 1
        )

    def joined_at(self, n: int) -> datetime:
        return self.calendar.at(self.calendar.founded_on, 12) + n * (ARRIVAL / self.size)

    @property
    def group_count(self) -> int:
        """Of the first kind, and as many of the second."""
        return -(-self.size // SEATS)

    def seats(self, n: int) -> tuple[int, int]:
        """A member's seats, counted through: official groups fill up in order, theme groups are mixed."""
        return n, self.size + n * self._stride % self.size

    def group_of(self, seat: int) -> tuple[int, int]:
        """The group's number and the seat within it, from 0."""
        kind, place = divmod(seat, self.size)
        group, within = divmod(place, SEATS)
        return kind * self.group_count + group, within

    def group_id(self, group: int) -> UUID:
        return ordered_id(self.calendar.at(self.calendar.founded_on, 10), group)


def ordered_id(at: datetime, number: int, part: int = 0) -> UUID:
    """An id of version 7 as if made at an instant: those of one instant are in the order of `number` and `part`."""
    return UUID(int=int(at.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62 | number << 8 | part)


def _default(record: type[Record], column: str) -> object:
    default: object = record._meta.fields_map[column].default
    value = default() if callable(default) else default
    return orjson.dumps(value).decode() if isinstance(value, (list, dict)) else value


def account_table(rows: Iterator[Row]) -> Table:
    return Table(Account, ("id", "holder", "holder_id", "currency", "bucket", "balance", "earned_total"), rows)
