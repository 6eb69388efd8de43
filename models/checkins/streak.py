"""Streaks: how far a member has come under a plan, and what reaching that pays.

`Progress` is a value. One function advances it by a check-in; replaying all days of a member folds that same function,
so the figure that grows day by day and the figure that is computed afresh (after a void, by a rebuild) cannot differ.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.checkins.plan import CheckInPlan, LadderMode, Rung
from models.eligibility import Due
from models.members.member import Member
from models.record import Record
from store.database import fetch
from store.ids import new_id
from store.together import Write, insertion, write

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Progress:
    """A member's standing after its last check-in. Days are counted in check-ins; a frozen day adds none."""

    current_days: int = 0
    longest_days: int = 0
    total_days: int = 0
    cycle_done: int = 0
    run_started_on: date | None = None
    last_day: date | None = None
    cycle_started_on: date | None = None

    def advance(self, day: date, plan: CheckInPlan, covered: Set[date] = frozenset()) -> "Progress":
        """The standing after a check-in on `day`, later than `last_day`; freezes protect the `covered` days."""
        runs_on = self.last_day is not None and len(self.missed(day) - covered) <= plan.grace_days
        current = self.current_days + 1 if runs_on else 1
        cycle_done, cycle_started_on = self._cycle(day, plan, runs_on=runs_on)
        return Progress(
            current_days=current,
            longest_days=max(self.longest_days, current),
            total_days=self.total_days + 1,
            cycle_done=cycle_done,
            run_started_on=self.run_started_on if runs_on else day,
            last_day=day,
            cycle_started_on=cycle_started_on,
        )

    def count_only(self) -> "Progress":
        """The standing after a made-up day that counts in the total but joins no run."""
        return replace(self, total_days=self.total_days + 1)

    def missed(self, day: date) -> set[date]:
        """The days between the last check-in and `day`."""
        if self.last_day is None:
            return set()
        return {self.last_day + _ONE_DAY * n for n in range(1, (day - self.last_day).days)}

    def is_cycle_full(self, plan: CheckInPlan) -> bool:
        return self.last_day is not None and self.cycle_done == plan.cycle_length(self.last_day)

    def _cycle(self, day: date, plan: CheckInPlan, *, runs_on: bool) -> tuple[int, date]:
        starts_on = plan.cycle_start(day)
        if starts_on is not None:
            return (self.cycle_done + 1 if self.cycle_started_on == starts_on else 1), starts_on
        if not runs_on or self.cycle_started_on is None or self.cycle_done >= plan.cycle_days:
            return 1, day
        return self.cycle_done + 1, self.cycle_started_on


def rewards_due(progress: Progress, plan: CheckInPlan, *, percent: int = 100) -> list[Due]:
    """What the check-in that led to `progress` pays under `plan`; a made-up one pays its base by `percent`."""
    rung = _rung(plan.consecutive_ladder, progress.current_days)
    base = rung if rung and plan.ladder_mode is LadderMode.REPLACE else plan.base_points
    due = [Due("check_in", base * percent // 100, plan.base_growth * percent // 100)]
    if rung and plan.ladder_mode is LadderMode.ADD:
        due.append(Due("streak_ladder", rung))
    if extra := _rung(plan.cumulative_ladder, progress.total_days):
        due.append(Due("total_ladder", extra))
    if progress.is_cycle_full(plan) and plan.finish_bonus:
        due.append(Due("cycle_bonus", plan.finish_bonus))
    return [one for one in due if one.points or one.growth]


def base_due(plan: CheckInPlan, *, percent: int) -> list[Due]:
    """What a check-in pays that joins no run."""
    return [Due("check_in", plan.base_points * percent // 100, plan.base_growth * percent // 100)] if percent else []


def _rung(ladder: Iterable[Rung], days: int) -> int:
    return sum(rung["points"] for rung in ladder if rung["days"] == days)


def _keep_statement(kept: tuple[str, ...]) -> str:
    inserted = insertion("streak", ("id", "member_id", "plan_id", "updated_at", *kept))
    changed = ", ".join(f"{column} = excluded.{column}" for column in ("updated_at", *kept))
    return f"{inserted} ON CONFLICT (member_id, plan_id) DO UPDATE SET {changed}"


# Written once: building these two anew for every check-in took half of the check-in's time.
PROGRESS_COLUMNS = tuple(column.name for column in dataclasses.fields(Progress))
_KEEP = _keep_statement(PROGRESS_COLUMNS)
_READ = "SELECT * FROM streak WHERE member_id = $1 AND plan_id = $2"


def progress_of(row: Mapping[str, Any]) -> Progress:
    """The standing in a row that has its columns; all of them empty for a member without a streak."""
    if row["current_days"] is None:
        return Progress()
    counts = (row["current_days"], row["longest_days"], row["total_days"], row["cycle_done"])
    return Progress(*counts, _day(row["run_started_on"]), _day(row["last_day"]), _day(row["cycle_started_on"]))


def _day(value: Any) -> date | None:
    """A day as the driver has it, which on SQLite is text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


class Streak(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    plan: fields.ForeignKeyRelation[CheckInPlan] = fields.ForeignKeyField(
        "models.CheckInPlan", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    plan_id: UUID
    current_days = fields.IntField(default=0)
    longest_days = fields.IntField(default=0)
    total_days = fields.IntField(default=0)
    cycle_done = fields.IntField(default=0)
    run_started_on: date | None = fields.DateField(null=True)
    last_day: date | None = fields.DateField(null=True)
    cycle_started_on: date | None = fields.DateField(null=True)
    updated_at: datetime = fields.DatetimeField()

    class Meta:
        table = "streak"
        constraints = (
            UniqueConstraint(fields=("member_id", "plan_id"), name="streak_one_per_plan"),
            CheckConstraint(
                check="current_days >= 0 AND longest_days >= current_days AND total_days >= longest_days",
                name="streak_counts_fit",
            ),
        )

    @property
    def progress(self) -> Progress:
        return Progress(
            self.current_days,
            self.longest_days,
            self.total_days,
            self.cycle_done,
            self.run_started_on,
            self.last_day,
            self.cycle_started_on,
        )

    @classmethod
    async def of(cls, member_id: UUID, plan_id: UUID) -> Self | None:
        rows = await fetch(_READ, member_id, plan_id)
        return cls.from_row(rows[0]) if rows else None

    @classmethod
    async def keep(cls, member_id: UUID, plan_id: UUID, progress: Progress, *, at: datetime) -> None:
        """Write a standing; the caller holds the member's row, so nobody else writes it meanwhile."""
        await write(cls.kept(member_id, plan_id, progress, at=at))

    @classmethod
    def kept(cls, member_id: UUID, plan_id: UUID, progress: Progress, *, at: datetime) -> Write:
        """What `keep` writes, for whoever writes more together with it."""
        return Write(_KEEP, (new_id(), member_id, plan_id, at, *vars(progress).values()))

    def current_on(self, day: date, plan: CheckInPlan, covered: Set[date] = frozenset()) -> int:
        """The streak as it stands on `day`: a run that was broken since counts 0, though the row still holds it.

        `covered` are the days since that freezes protect, or will by the next check-in.
        """
        missed = self.progress.missed(day) - covered
        return int(self.current_days) if len(missed) <= plan.grace_days else 0
