"""A notice: a member is told once, at each distance, how many of its points lapse at the end of a day.

The distances are 30, 7 and 1 days. What comes to be at a nearer distance before a notice was given (the points are
new, or nothing ran for a while) is told at that one only, so nobody hears the same twice in a row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.record import Record
from store.brand_day import brand_day, brand_day_start
from store.clock import as_instant
from store.database import among, fetch
from store.ids import as_id

DISTANCES = (1, 7, 30)
LOTS_AT_ONCE = 500

_LAPSING = (
    "SELECT id, account_id, expires_at FROM point_lot WHERE remaining > 0 AND expires_at <= $1 "
    "AND (expires_at, id) > ($2, $3) ORDER BY expires_at, id LIMIT $4"
)
_UNTOLD = (
    "SELECT l.member_id, CAST(SUM(l.remaining) AS BIGINT) AS points FROM point_lot l "
    "JOIN member m ON m.id = l.member_id AND m.status IN ('normal', 'muted', 'frozen') "
    "WHERE {of_whom} AND l.remaining > 0 AND l.expires_at > $2 AND l.expires_at <= $3 "
    "AND NOT EXISTS (SELECT 1 FROM expiry_notice n WHERE n.member_id = l.member_id AND n.last_day = $4 "
    "AND n.days_before = $5) GROUP BY l.member_id"
)
_LAST_ID = UUID(int=2**128 - 1)


class ExpiryNotice(Record):
    member_id: UUID = fields.UUIDField()
    last_day: date = fields.DateField(description="The last business day on which they can be spent.")
    days_before = fields.SmallIntField()
    amount = fields.BigIntField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "expiry_notice"
        constraints = (
            UniqueConstraint(fields=("member_id", "last_day", "days_before"), name="expiry_notice_once"),
            CheckConstraint(check="amount > 0", name="expiry_notice_tells_something"),
        )
        indexes = (Index(fields=("member_id", "created_at", "id"), name="expiry_notice_by_member"),)

    @classmethod
    async def tell_due(cls, *, at: datetime) -> int:
        """Write the notices that are due at `at`, those of some lots at a time; returns how many."""
        return sum([await cls._tell(due, at=at) for due in _due(at)])

    @classmethod
    async def _tell(cls, due: "_Due", *, at: datetime) -> int:
        told, after = 0, (due.begins_at, _LAST_ID)
        while lots := await fetch(_LAPSING, due.ends_at, *after, LOTS_AT_ONCE):
            untold = await fetch(
                _UNTOLD.format(of_whom=among("l.account_id", 1, "uuid")),
                list({lot["account_id"] for lot in lots}),
                due.begins_at,
                due.ends_at,
                due.last_day,
                due.days_before,
            )
            notices = [cls._of(as_id(row["member_id"]), due, int(row["points"]), at) for row in untold]
            await cls.bulk_create(notices, ignore_conflicts=True)
            told += len(notices)
            after = as_instant(lots[-1]["expires_at"]), as_id(lots[-1]["id"])
        return told

    @classmethod
    def _of(cls, member_id: UUID, due: "_Due", amount: int, at: datetime) -> Self:
        return cls(
            member_id=member_id, last_day=due.last_day, days_before=due.days_before, amount=amount, created_at=at
        )


@dataclass(frozen=True)
class _Due:
    """What lapses after `begins_at`, at `ends_at` at the latest, is to be told at this distance."""

    last_day: date
    days_before: int
    begins_at: datetime
    ends_at: datetime


def _due(at: datetime) -> Iterator[_Due]:
    """Every day within the longest distance, and the distance at which its points are told today."""
    today = brand_day(at)
    for days in range(DISTANCES[-1] + 1):
        day = today + timedelta(days=days)
        distance = next(one for one in DISTANCES if days <= one)
        begins_at, ends_at = brand_day_start(day), brand_day_start(day + timedelta(days=1))
        yield _Due(day, distance, max(begins_at, at), ends_at)
