"""Holidays: days of the brand on which no weekly slot makes a session."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import Invalid, NotFound, bounded_text
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from store.database import execute, transaction
from store.ids import new_id
from store.together import insertion

NAME_MOST = 40
DAYS_MOST = 366
_COLUMNS = ("id", "day", "name", "created_at")
_PUT = insertion("holiday", _COLUMNS) + " ON CONFLICT (day) DO UPDATE SET name = excluded.name"


class Holiday(Record):
    day: date = fields.DateField()
    name = fields.CharField(max_length=NAME_MOST)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "holiday"
        constraints = (UniqueConstraint(fields=("day",), name="holiday_once"),)
        indexes = (Index(fields=("day", "id"), name="holiday_by_day"),)

    @classmethod
    async def take_in(cls, days: Mapping[date, str], *, staff_id: UUID, at: datetime) -> list[Self]:
        """Take a list in; a day that is known gets the name that is said now. Raises `Invalid`."""
        if not 1 <= len(days) <= DAYS_MOST:
            raise Invalid("holidays", zh=f"应为 1–{DAYS_MOST} 天", en=f"give 1 to {DAYS_MOST} days")
        named = {day: bounded_text(days[day], "holidays.name", least=1, most=NAME_MOST) for day in sorted(days)}
        async with transaction():
            for day, name in named.items():
                await execute(_PUT, new_id(), day, name, at)
            found = await cls.filter(day__in=list(named)).order_by("day")
            after = {"days": {day.isoformat(): name for day, name in named.items()}}
            await AuditRow.write(
                staff_id=staff_id,
                action="import_holidays",
                subject=found[0],
                before=None,
                after=after,
                reason=None,
                at=at,
            )
        return found

    @classmethod
    async def drop(cls, id: UUID, *, staff_id: UUID, at: datetime) -> Self:
        """Make a holiday a day like others; sessions are made on it only when they are made again."""
        async with transaction():
            holiday = await cls.existing(id, field="holidayId")
            if not await cls.filter(id=id).delete():
                raise NotFound(field="holidayId")
            before = columns_of(holiday, "day", "name")
            await AuditRow.write(
                staff_id=staff_id, action="drop_holiday", subject=holiday, before=before, after=None, reason=None, at=at
            )
        return holiday

    @classmethod
    async def between(cls, first: date, last: date) -> dict[date, str]:
        """The holidays from one day to another."""
        return {one.day: one.name for one in await cls.filter(day__gte=first, day__lte=last)}
