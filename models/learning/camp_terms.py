"""The terms of a camp as staff say them: its days and tasks, its seats and price, and what missing a day means."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from models.errors import Invalid, bounded_text, within
from models.learning.course_terms import known_zone
from models.members.audience import Audience

TITLE_MOST = 60
SUMMARY_MOST = 500
DETAIL_MOST = 2_000
DAYS_MOST = 100
TASKS_A_DAY_MOST = 10
WORDS_MOST = 1_000
PICTURES_MOST = 9
SEATS_MOST = 100_000
POINTS_MOST = 1_000_000
CERTIFICATE_DAYS_MOST = 36_600


class TaskKind(StrEnum):
    """What a task asks for."""

    LESSON = "lesson"
    CHECK_IN = "check_in"
    QUIZ = "quiz"
    POST = "post"


class MissRule(StrEnum):
    """What becomes of who misses more days than the camp allows."""

    OUT = "out"
    GO_ON = "go_on"


@dataclass(frozen=True)
class TaskTerms:
    """A task of a day, from 1. `target_id` is the course's session, the quiz, or the check-in plan (none: any)."""

    day: int
    kind: TaskKind
    title: str
    detail: str | None = None
    target_id: UUID | None = None
    words_least: int = 0
    pictures_least: int = 0

    def columns(self) -> dict[str, Any]:
        """What the columns hold, or `Invalid`."""
        if self.kind in (TaskKind.LESSON, TaskKind.QUIZ) and self.target_id is None:
            raise Invalid("tasks.targetId", zh="请指定课次或测验", en="name the session or the quiz")
        within("tasks.wordsLeast", self.words_least, 0, WORDS_MOST)
        within("tasks.picturesLeast", self.pictures_least, 0, PICTURES_MOST)
        return asdict(self) | {
            "title": bounded_text(self.title, "tasks.title", least=1, most=TITLE_MOST),
            "detail": bounded_text(self.detail, "tasks.detail", most=DETAIL_MOST) or None,
        }


@dataclass(frozen=True)
class CampTerms:
    """All that staff say of a camp. It is of a group, of a circle, or of the whole brand where neither is named.

    `late_until_day` is the last day on which one may still join, 0: before the start only. `allows_late` lets a member
    make up for missed days, at most `make_ups_most` of them (None: any number).
    """

    title: str
    days: int
    starts_on: date
    tasks: tuple[TaskTerms, ...] = ()
    summary: str | None = None
    zone: str = "Asia/Shanghai"
    day_start_hour: int = 0
    circle_id: UUID | None = None
    group_id: UUID | None = None
    audience: Audience = field(default_factory=Audience)
    seats: int | None = None
    has_waiting_list: bool = False
    price: int = 0
    signs_up_from: datetime | None = None
    signs_up_until: datetime | None = None
    late_until_day: int = 0
    misses_allowed: int = 0
    miss_rule: MissRule = MissRule.OUT
    allows_late: bool = False
    make_ups_most: int | None = None
    finish_points: int = 0
    gives_certificate: bool = True
    certificate_days: int | None = None
    remind_hour: int | None = None

    def columns(self) -> dict[str, Any]:
        """What the columns of the camp hold, or `Invalid`; its tasks are rows of their own."""
        self._check_numbers()
        self._check_tasks()
        if self.circle_id and self.group_id:
            raise Invalid("groupId", zh="圈层与社群只能指定一个", en="name a circle or a group, not both")
        if self.signs_up_from and self.signs_up_until and self.signs_up_from >= self.signs_up_until:
            raise Invalid("signsUpUntil", zh="报名截止应晚于报名开始", en="it must be after the start")
        columns = asdict(self) | {
            "title": bounded_text(self.title, "title", least=1, most=TITLE_MOST),
            "summary": bounded_text(self.summary, "summary", most=SUMMARY_MOST) or None,
            "zone": known_zone(self.zone),
            "audience": self.audience.checked().to_json(),
        }
        del columns["tasks"]
        return columns

    def _check_numbers(self) -> None:
        bounds = (
            ("days", self.days, 1, DAYS_MOST),
            ("dayStartHour", self.day_start_hour, 0, 23),
            ("seats", self.seats, 1, SEATS_MOST),
            ("price", self.price, 0, POINTS_MOST),
            ("lateUntilDay", self.late_until_day, 0, self.days),
            ("missesAllowed", self.misses_allowed, 0, self.days),
            ("makeUpsMost", self.make_ups_most, 0, self.days),
            ("finishPoints", self.finish_points, 0, POINTS_MOST),
            ("certificateDays", self.certificate_days, 1, CERTIFICATE_DAYS_MOST),
            ("remindHour", self.remind_hour, 0, 23),
        )
        for name, value, least, most in bounds:
            within(name, value, least, most)

    def _check_tasks(self) -> None:
        counts: dict[int, int] = {}
        for task in self.tasks:
            within("tasks.day", task.day, 1, self.days)
            counts[task.day] = counts.get(task.day, 0) + 1
        if max(counts.values(), default=0) > TASKS_A_DAY_MOST:
            most = TASKS_A_DAY_MOST
            raise Invalid("tasks", zh=f"每天最多 {most} 个任务", en=f"at most {most} tasks a day")

    def numbered(self) -> Iterator[tuple[int, TaskTerms]]:
        """The tasks, each with its place in its day, from 0."""
        counts: dict[int, int] = {}
        for task in sorted(self.tasks, key=lambda one: one.day):
            yield counts.get(task.day, 0), task
            counts[task.day] = counts.get(task.day, 0) + 1


FIXED = (
    *("days", "starts_on", "zone", "day_start_hour", "circle_id", "group_id", "price", "late_until_day"),
    *("misses_allowed", "miss_rule", "allows_late", "make_ups_most"),
    *("finish_points", "gives_certificate", "certificate_days"),
)
"""What members count on: once a camp is published it does not change any more."""
