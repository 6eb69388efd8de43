"""The terms of a challenge for squads as staff say them: days, sizes, misses, what it pays, what is at stake."""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfoNotFoundError

from models.errors import Invalid, bounded_text, within
from models.members.audience import Audience
from store.clock import zone_named

TITLE_MOST = 60
SUMMARY_MOST = 500
TIER_TITLE_MOST = 20
DAYS_MOST = 100
SIZE_MOST = 50
STEPS_MOST = 20
POINTS_MOST = 1_000_000
MAKE_UP_HOURS_MOST = 72


class SquadMode(StrEnum):
    """What a squad has to bring about together."""

    ALL_SURVIVE = "all_survive"
    TOTAL_DAYS = "total_days"
    RELAY = "relay"


class StakeSplit(StrEnum):
    """How lost stakes are shared out among those of the squad who finish."""

    EQUAL = "equal"
    BY_DAYS = "by_days"


@dataclass(frozen=True)
class Milestone:
    """What everybody is paid who is still there when the squad has come through so many days."""

    day: int
    points: int


@dataclass(frozen=True)
class Tier:
    """What a finish pays with so many days done; the highest that is reached counts."""

    title: str
    least_days: int
    points: int


@dataclass(frozen=True)
class SquadTerms:
    """All that staff say of a challenge. It is of a group, of a circle, or of the whole brand where neither is named.

    Days count by check-ins of the plan, and lie in the plan's zone where no `zone` is named. Squads form until
    `forms_until` (None: until it starts). `team_misses_allowed` None: any number. Of what a squad could do together it
    needs `goal_percent`, but for `all_survive`, which needs everybody. Days made up count where that is done within
    `make_up_hours` of the day's end; a day is settled that much later. `substitutes_until_day` 0: none.
    """

    title: str
    plan_id: UUID
    days: int
    starts_on: date
    summary: str | None = None
    zone: str | None = None
    day_start_hour: int | None = None
    circle_id: UUID | None = None
    group_id: UUID | None = None
    audience: Audience = field(default_factory=Audience)
    size_least: int = 3
    size_most: int = 5
    forms_from: datetime | None = None
    forms_until: datetime | None = None
    has_matching: bool = True
    mode: SquadMode = SquadMode.ALL_SURVIVE
    misses_allowed: int = 0
    team_misses_allowed: int | None = None
    goal_percent: int = 80
    substitutes_until_day: int = 0
    make_up_hours: int = 0
    stake: int = 0
    stake_split: StakeSplit = StakeSplit.EQUAL
    quit_penalty: int = 0
    milestones: tuple[Milestone, ...] = ()
    tiers: tuple[Tier, ...] = ()
    every_finish_points: int = 0
    gives_diploma: bool = True

    def columns(self) -> dict[str, Any]:
        """What the columns of the challenge hold, or `Invalid`."""
        self._check_zone()
        self._check_numbers()
        self._check_steps()
        if self.circle_id and self.group_id:
            raise Invalid("groupId", zh="圈层与社群只能指定一个", en="name a circle or a group, not both")
        return asdict(self) | {
            "title": bounded_text(self.title, "title", least=1, most=TITLE_MOST),
            "summary": bounded_text(self.summary, "summary", most=SUMMARY_MOST) or None,
            "audience": self.audience.checked().to_json(),
            "milestones": [asdict(one) for one in sorted(self.milestones, key=lambda one: one.day)],
            "tiers": [asdict(one) for one in sorted(self.tiers, key=lambda one: one.least_days)],
        }

    def _check_zone(self) -> None:
        try:
            if self.zone is not None:
                zone_named(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise Invalid("zone", zh="不是有效的时区", en="it is no IANA zone") from None

    def _check_numbers(self) -> None:
        bounds = (
            ("days", self.days, 1, DAYS_MOST),
            ("dayStartHour", self.day_start_hour, 0, 23),
            ("sizeMost", self.size_most, 2, SIZE_MOST),
            ("sizeLeast", self.size_least, 2, self.size_most),
            ("missesAllowed", self.misses_allowed, 0, self.days),
            ("teamMissesAllowed", self.team_misses_allowed, 0, self.days * self.size_most),
            ("goalPercent", self.goal_percent, 1, 100),
            ("substitutesUntilDay", self.substitutes_until_day, 0, self.days),
            ("makeUpHours", self.make_up_hours, 0, MAKE_UP_HOURS_MOST),
            ("stake", self.stake, 0, POINTS_MOST),
            ("quitPenalty", self.quit_penalty, 0, POINTS_MOST),
            ("everyFinishPoints", self.every_finish_points, 0, POINTS_MOST),
        )
        for name, value, least, most in bounds:
            within(name, value, least, most)

    def _check_steps(self) -> None:
        for name, steps in (("milestones", self.milestones), ("tiers", self.tiers)):
            within(name, len(steps), 0, STEPS_MOST)
            for step in steps:
                within(f"{name}.points", step.points, 0 if name == "tiers" else 1, POINTS_MOST)
        for day in self.milestones:
            within("milestones.day", day.day, 1, self.days)
        for tier in self.tiers:
            within("tiers.leastDays", tier.least_days, 0, self.days)
            bounded_text(tier.title, "tiers.title", least=1, most=TIER_TITLE_MOST)
        _refuse_doubles("milestones", [one.day for one in self.milestones])
        _refuse_doubles("tiers", [one.least_days for one in self.tiers])


def _refuse_doubles(field: str, days: list[int]) -> None:
    if len(set(days)) < len(days):
        raise Invalid(field, zh="天数不能重复", en="no two may have the same days")


FIXED = (
    *("plan_id", "days", "starts_on", "zone", "day_start_hour", "circle_id", "group_id", "size_least", "size_most"),
    *("forms_until", "mode", "misses_allowed", "team_misses_allowed", "goal_percent", "substitutes_until_day"),
    *("make_up_hours", "stake", "stake_split", "quit_penalty", "milestones", "tiers", "every_finish_points"),
    *("gives_diploma", "has_matching"),
)
"""What members count on: once a challenge is published it does not change any more."""
