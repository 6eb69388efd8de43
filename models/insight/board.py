"""Boards: what is ranked, among whom, and under which keys Redis keeps it.

A board is a metric and a scope; it counts by every window of its metric. The live board is a projection of SQL: the
truth is read by `board_reading`, written by `board_projection`, read back by `board_ranking`, and what a period ended
with is kept in SQL by `board_result`.

Ranks are unique: 1, 2, 3 … Whoever has more comes first; among equals whoever reached that figure first; among those
who reached it in the same instant the one with the smaller id, which is the one who came to the community first.
Staff, members who wish not to be shown, and members who are frozen, left or erased are on no board, and neither is
anybody with nothing to show.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from models.errors import DomainError
from models.insight.board_period import Period, Window, live_periods

EVERYBODY = UUID(int=0)
"""Stands in the place of a circle's or group's id on the boards of the whole community."""


class Metric(StrEnum):
    """What a board counts."""

    POINTS = "points"
    CHECK_INS = "check_ins"
    STREAK = "streak"
    INVITES = "invites"

    @property
    def windows(self) -> tuple[Window, ...]:
        """A streak runs across days, so it has no windows but the open one."""
        return (Window.ALL,) if self is Metric.STREAK else tuple(Window)


class BoardScope(StrEnum):
    """Among whom a board ranks."""

    GLOBAL = "global"
    CIRCLE = "circle"
    GROUP = "group"


class BoardUnavailable(DomainError):
    code = "BOARD_UNAVAILABLE"
    zh = "排行榜正在更新，请稍后再看"
    en = "The board is being brought up to date. Look again in a moment."


class BoardWindowNotOffered(DomainError):
    code = "BOARD_WINDOW_NOT_OFFERED"
    zh = "该排行榜没有这个时间范围"
    en = "This metric has no board for that window."
    field = "window"


class BoardPeriodNotLive(DomainError):
    code = "BOARD_PERIOD_NOT_LIVE"
    zh = "只能查看本期和上一期的实时榜，更早的请看历史榜单"
    en = "Only this period and the one before are live; earlier ones are among the results."
    field = "period"


@dataclass(frozen=True)
class Board:
    """One board. A group has no keys of its own: its few members are looked up on the board of everybody."""

    metric: Metric
    scope: BoardScope = BoardScope.GLOBAL
    scope_id: UUID = EVERYBODY

    @property
    def name(self) -> str:
        return f"{self.metric}:{self.scope}" + ("" if self.scope is BoardScope.GLOBAL else f":{self.scope_id}")

    @property
    def keys(self) -> "BoardKeys":
        """The keys in which the board is found: for a group those of the board of everybody."""
        holder = Board(self.metric) if self.scope is BoardScope.GROUP else self
        return BoardKeys(f"board:{{{holder.name}}}")


def in_circle(metric: Metric, circle_id: UUID) -> Board:
    return Board(metric, BoardScope.CIRCLE, circle_id)


def in_group(metric: Metric, group_id: UUID) -> Board:
    return Board(metric, BoardScope.GROUP, group_id)


def boards_with(circle_ids: Iterable[UUID]) -> list[Board]:
    """Every board with keys of its own on which somebody in these circles may stand."""
    circles = list(circle_ids)
    return [board for metric in Metric for board in (Board(metric), *(in_circle(metric, one) for one in circles))]


@dataclass(frozen=True)
class BoardKeys:
    """The names under which Redis keeps a board. They share one hash tag, so that one script can change all of them.

    `about` tells since when the board is complete and how often it changed, `state` what each member has by period,
    `lock` who is building it anew; a sorted set for each period holds the order.
    """

    tag: str

    @property
    def about(self) -> str:
        return f"{self.tag}:about"

    @property
    def state(self) -> str:
        return f"{self.tag}:state"

    @property
    def lock(self) -> str:
        return f"{self.tag}:lock"

    def order(self, period: Period) -> str:
        return f"{self.tag}:{period.window}:{period.name}"


@dataclass(frozen=True)
class Layout:
    """A board's periods on a day, and what a script is told: the keys, and when each period is needed no more."""

    periods: tuple[Period, ...]
    keys: tuple[str, ...]
    expiries: str


@lru_cache(maxsize=10_000)
def layout(board: Board, day: date) -> Layout:
    """The keys are the live ones; their successors' names follow from them (see `board_script`)."""
    periods = tuple(period for period in live_periods(day) if period.window in board.metric.windows)
    keys = board.keys
    orders = [keys.order(period) for period in periods]
    expiries = " ".join(str(_expiry(period)) for period in periods)
    return Layout(periods, (keys.about, keys.lock, keys.state, *orders), expiries)


def _expiry(period: Period) -> int:
    """When the keys of a period are needed no more, in seconds; 0 for never."""
    return int(period.forgotten_at.timestamp()) if period.forgotten_at else 0
