"""The expiry policy: how long points last from when they come in.

Points lapse at the end of a business day of the brand, so all that comes in on one day lapses together. A policy is
never changed: a new version takes its place, and what came in before keeps the life it had.

Every posting asks for the policy, so a process remembers it for a few seconds. A new one holds at once in the process
that put it, and in the others within `KNOWN_FOR`.
"""

import time
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic.alias_generators import to_camel
from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError, Invalid, within
from models.points.lot import NEVER
from models.versioned import Versioned
from store.brand_day import brand_day, brand_day_start
from store.database import after_commit, opened, transaction

KNOWN_FOR = timedelta(seconds=3)
DAYS_MOST = 3_660
MONTHS_MOST = 120
GIVEN_BACK_DAYS = 30


class ExpiryKind(StrEnum):
    """How the last day of points is found from the day on which they come in."""

    NEVER = "never"
    DAYS = "days"
    MONTH_END = "month_end"
    QUARTER_END = "quarter_end"
    YEAR_END = "year_end"
    FIXED_DATE = "fixed_date"


class ExpiryPolicyChanged(DomainError):
    code = "EXPIRY_POLICY_CHANGED"
    zh = "积分有效期规则刚被他人修改，请刷新后重试"
    en = "Somebody changed the expiry policy meanwhile; read it again."
    field = "expectedVersion"


@dataclass(frozen=True)
class ExpiryTerms:
    """What a version says.

    `days` counts for `DAYS`: points of a Monday that last 7 days can be spent until the end of the next Monday.
    `months` counts for `MONTH_END`: 0 is the month in which they come in. `fixed_on` is a day of every year from then
    on. What is given back after its expiry can be spent for `given_back_days` more.
    """

    kind: ExpiryKind = ExpiryKind.NEVER
    days: int | None = None
    months: int | None = None
    fixed_on: date | None = None
    given_back_days: int = GIVEN_BACK_DAYS

    def checked(self) -> Self:
        """These terms, or `Invalid`."""
        wanted = {ExpiryKind.DAYS: "days", ExpiryKind.MONTH_END: "months", ExpiryKind.FIXED_DATE: "fixed_on"}
        for kind, name in wanted.items():
            if (getattr(self, name) is not None) != (self.kind is kind):
                raise Invalid(to_camel(name), zh="与有效期方式不符", en="it belongs to another kind, or is missing")
        within("days", self.days, 1, DAYS_MOST)
        within("months", self.months, 0, MONTHS_MOST)
        within("givenBackDays", self.given_back_days, 1, DAYS_MOST)
        return self

    def expiry_of(self, at: datetime) -> datetime:
        """When points lapse that come in at `at`."""
        last = self.last_day(brand_day(at))
        return NEVER if last is None else _end_of(last)

    def given_back_until(self, at: datetime) -> datetime:
        """When points lapse that are given back at `at`, after their expiry."""
        return _end_of(brand_day(at) + timedelta(days=self.given_back_days))

    def last_day(self, day: date) -> date | None:
        """The last day on which points of a day can be spent; none where they never lapse."""
        match self.kind:
            case ExpiryKind.NEVER:
                return None
            case ExpiryKind.DAYS:
                return day + timedelta(days=self.days or 0)
            case ExpiryKind.MONTH_END:
                return _month_end(day.year, day.month + (self.months or 0))
            case ExpiryKind.QUARTER_END:
                return _month_end(day.year, (day.month + 2) // 3 * 3)
            case ExpiryKind.YEAR_END:
                return date(day.year, 12, 31)
            case ExpiryKind.FIXED_DATE:
                assert self.fixed_on is not None
                return _next_of(self.fixed_on, day)


class ExpiryPolicy(Versioned):
    version = fields.IntField()
    is_active = fields.BooleanField(default=True, description="Whether it is the version that holds.")
    kind = fields.CharEnumField(ExpiryKind, max_length=20)
    days: int | None = fields.IntField(null=True)
    months: int | None = fields.IntField(null=True)
    fixed_on: date | None = fields.DateField(null=True)
    given_back_days = fields.IntField(default=GIVEN_BACK_DAYS)
    created_at: datetime = fields.DatetimeField()

    changed = ExpiryPolicyChanged

    class Meta:
        table = "expiry_policy"
        constraints = (
            UniqueConstraint(fields=("version",), name="expiry_policy_version_once"),
            UniqueConstraint(fields=("is_active",), condition="is_active", name="expiry_policy_one_active"),
            CheckConstraint(check="given_back_days >= 1", name="expiry_policy_gives_time"),
        )

    @classmethod
    async def current(cls) -> Self | None:
        """The version that holds; None before the first, while points never lapse."""
        return await cls.get_or_none(is_active=True)

    @classmethod
    async def in_force(cls) -> ExpiryTerms:
        """What holds now, as this process remembers it."""
        global _known
        if _known is None or _known.database is not opened() or time.monotonic() > _known.until:
            policy = await cls.current()
            _known = _Known(
                opened(), time.monotonic() + KNOWN_FOR.total_seconds(), policy.terms if policy else ExpiryTerms()
            )
        return _known.terms

    @classmethod
    async def put(
        cls,
        terms: ExpiryTerms,
        *,
        staff_id: UUID,
        at: datetime,
        expected_version: int | None = None,
        reason: str | None = None,
    ) -> Self:
        """Make a new version hold for what comes in from now on.

        Raises `Invalid`, and `ExpiryPolicyChanged` where the version that holds is not the expected one (0: none).
        """
        terms.checked()
        async with transaction():
            policy = await cls.succeed(
                vars(terms), staff_id=staff_id, expected_version=expected_version, reason=reason, at=at
            )
            _forget()
            after_commit(_forgotten)
        return policy

    @property
    def terms(self) -> ExpiryTerms:
        return ExpiryTerms(**{name: getattr(self, name) for name in ExpiryTerms.__dataclass_fields__})

    def told(self) -> dict[str, object]:
        return {"version": self.version, **vars(self.terms)}


@dataclass(frozen=True)
class _Known:
    """What holds in a database, as it was read; `until` is an instant of the monotonic clock."""

    database: object
    until: float
    terms: ExpiryTerms


_known: _Known | None = None


def _forget() -> None:
    global _known
    _known = None


async def _forgotten() -> None:
    """Somebody may have read the version before while the new one was not committed yet."""
    _forget()


def _end_of(day: date) -> datetime:
    return brand_day_start(day + timedelta(days=1))


def _month_end(year: int, month: int) -> date:
    """The last day of a month; those above 12 are of later years."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def _next_of(fixed: date, day: date) -> date:
    """The fixed date, or the first anniversary of it that is not before `day`."""
    year = max(fixed.year, day.year)
    found = _in_year(fixed, year)
    return found if found >= day else _in_year(fixed, year + 1)


def _in_year(fixed: date, year: int) -> date:
    """The same date of another year; the 29th of February is the 28th where there is none."""
    return fixed.replace(year=year, day=min(fixed.day, monthrange(year, fixed.month)[1]))
