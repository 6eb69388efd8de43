"""A check-in plan: when one may check in, and what a check-in pays.

All numbers are settings of the plan. A change makes a new `version`; what was paid keeps the version it was paid under.
The default pays 10 points a day and 30 more for seven days running: 100 in all, the price of an entry-level good.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self, TypedDict
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import NotFound
from models.groups.circle import Circle
from models.groups.group import Group
from models.record import Record
from store.clock import business_day, day_start
from store.database import fetch_short

DAY_MINUTES = 24 * 60

RULES = (
    "name",
    "is_active",
    "starts_on",
    "ends_on",
    "zone",
    "day_start_hour",
    "opens_minute",
    "closes_minute",
    "cycle",
    "cycle_days",
    "base_points",
    "base_growth",
    "finish_bonus",
    "ladder_mode",
    "consecutive_ladder",
    "cumulative_ladder",
    "content_rule",
    "content_least",
    "grace_days",
    "make_up_price",
    "make_up_held_most",
    "make_up_per_cycle",
    "make_up_look_back_days",
    "make_up_pays_percent",
    "make_up_restores_streak",
    "freeze_price",
    "freeze_held_most",
    "freeze_gap_most",
)
"""The columns that staff change; a change of any makes a new version."""


_DEFAULT = "SELECT * FROM check_in_plan WHERE is_default AND is_active ORDER BY id DESC LIMIT 1"


class PlanScope(StrEnum):
    """Whose members may use the plan."""

    ALL = "all"
    CIRCLE = "circle"
    GROUP = "group"


class CycleKind(StrEnum):
    """What a full cycle is: seven days running, an ISO week (Monday to Sunday), or a calendar month."""

    ROLLING = "rolling"
    ISO_WEEK = "iso_week"
    MONTH = "month"


class LadderMode(StrEnum):
    """Whether a rung pays beside the base or in its place."""

    ADD = "add"
    REPLACE = "replace"


class ContentRule(StrEnum):
    """Whether words or a photo belong to a check-in."""

    OPTIONAL = "optional"
    REQUIRED = "required"


class Rung(TypedDict):
    """One rung of a ladder: reaching `days` pays `points`."""

    days: int
    points: int


class CheckInPlan(Record):
    name = fields.CharField(max_length=60)
    scope = fields.CharEnumField(PlanScope, max_length=10, default=PlanScope.ALL)
    circle: fields.ForeignKeyNullableRelation[Circle] = fields.ForeignKeyField(
        "models.Circle", null=True, related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    circle_id: UUID | None
    group: fields.ForeignKeyNullableRelation[Group] = fields.ForeignKeyField(
        "models.Group", null=True, related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    group_id: UUID | None
    is_default = fields.BooleanField(default=False, description="Used where a caller names no plan.")
    is_active = fields.BooleanField(default=True)
    version = fields.IntField(default=1)
    starts_on: date | None = fields.DateField(null=True)
    ends_on: date | None = fields.DateField(null=True, description="The last day, included.")

    zone = fields.CharField(max_length=40, default="Asia/Shanghai")
    day_start_hour = fields.SmallIntField(default=0)
    opens_minute = fields.SmallIntField(default=0, description="Minutes after the day's start.")
    closes_minute = fields.SmallIntField(default=DAY_MINUTES, description="Minutes after the day's start.")

    cycle = fields.CharEnumField(CycleKind, max_length=10, default=CycleKind.ROLLING)
    cycle_days = fields.SmallIntField(default=7, description="Length of a rolling cycle.")
    base_points = fields.IntField(default=10)
    base_growth = fields.IntField(default=10)
    finish_bonus = fields.IntField(default=30)
    ladder_mode = fields.CharEnumField(LadderMode, max_length=10, default=LadderMode.ADD)
    consecutive_ladder: list[Rung] = fields.JSONField(default=list)
    cumulative_ladder: list[Rung] = fields.JSONField(default=list)
    content_rule = fields.CharEnumField(ContentRule, max_length=10, default=ContentRule.OPTIONAL)
    content_least = fields.SmallIntField(default=0, description="Least characters where words are required.")

    grace_days = fields.SmallIntField(default=0, description="Missed days in a row that break no streak.")
    make_up_price: int | None = fields.IntField(
        null=True, default=50, description="Points for a card; absent: not sold."
    )
    make_up_held_most = fields.SmallIntField(default=3)
    make_up_per_cycle = fields.SmallIntField(default=1)
    make_up_look_back_days = fields.SmallIntField(default=7)
    make_up_pays_percent = fields.SmallIntField(default=100)
    make_up_restores_streak = fields.BooleanField(default=True)
    freeze_price: int | None = fields.IntField(
        null=True, default=30, description="Points for a freeze; absent: not sold."
    )
    freeze_held_most = fields.SmallIntField(default=2)
    freeze_gap_most = fields.SmallIntField(default=3, description="Most missed days in a row that freezes cover.")

    class Meta:
        table = "check_in_plan"
        constraints = (
            CheckConstraint(
                check="base_points >= 0 AND base_growth >= 0 AND finish_bonus >= 0", name="check_in_plan_never_takes"
            ),
            CheckConstraint(
                check="day_start_hour BETWEEN 0 AND 23 AND opens_minute >= 0 AND closes_minute <= 1440 "
                "AND opens_minute < closes_minute",
                name="check_in_plan_has_a_window",
            ),
            CheckConstraint(check="cycle_days BETWEEN 2 AND 366", name="check_in_plan_cycle_length"),
            CheckConstraint(check="make_up_pays_percent BETWEEN 0 AND 100", name="check_in_plan_make_up_percent"),
        )
        indexes = (Index(fields=("is_default",), name="check_in_plan_default"),)

    @classmethod
    async def chosen(cls, id: UUID | None) -> Self:
        """The plan of an id, or the default plan; raises `NotFound`."""
        if id is not None:
            return await cls.existing(id, field="planId")
        rows = await fetch_short(_DEFAULT)
        if not rows:
            raise NotFound(field="planId")
        return cls.from_row(dict(rows[0]))

    def day_of(self, at: datetime) -> date:
        """The business day of an instant under this plan."""
        return business_day(at, self.zone, self.day_start_hour)

    def opens_at(self, day: date) -> datetime:
        return day_start(day, self.zone, self.day_start_hour) + timedelta(minutes=self.opens_minute)

    def closes_at(self, day: date) -> datetime:
        """The instant after the last one of the day's window."""
        if self.closes_minute == DAY_MINUTES:
            return day_start(day + timedelta(days=1), self.zone, self.day_start_hour)
        return day_start(day, self.zone, self.day_start_hour) + timedelta(minutes=self.closes_minute)

    def cycle_start(self, day: date) -> date | None:
        """The first day of the calendar cycle that holds `day`; none for a rolling cycle, which begins with its run."""
        if self.cycle is CycleKind.ISO_WEEK:
            return day - timedelta(days=day.weekday())
        if self.cycle is CycleKind.MONTH:
            return day.replace(day=1)
        return None

    def cycle_length(self, day: date) -> int:
        """How many check-ins make the cycle that holds `day` full."""
        if self.cycle is CycleKind.ISO_WEEK:
            return 7
        if self.cycle is CycleKind.MONTH:
            return monthrange(day.year, day.month)[1]
        return int(self.cycle_days)
