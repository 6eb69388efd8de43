"""Where a member stands among the levels, as a pure function of growth and time.

What counts is growth less an offset. Growth that reaches a threshold raises the level at once; growth that is taken
back lowers it at once to what is still reached, since it was never earned. A level with a validity is asked at its end,
and again when the grace is over, whether the growth earned in its period keeps it: if so a new period begins, if not
the member falls by one level, and counting goes on from that level's threshold. So the level is always the highest that
the counted growth reaches, and a member who fell comes back by earning what lies between the two thresholds.

Nothing here depends on when it is asked: dues are decided by the growth at their own instants, in their order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from models.points.level import LevelTerms


class LevelCause(StrEnum):
    """Why a level began."""

    REACHED = "reached"
    KEPT = "kept"
    LAPSED = "lapsed"
    TAKEN_BACK = "taken_back"
    LADDER_CHANGED = "ladder_changed"
    MOVED = "moved"


@dataclass(frozen=True)
class Standing:
    """A member's level and its period. `position` 0 is below the first level.

    `due_at` is the next instant at which keeping is asked: the end of the validity, then that of the grace.
    """

    position: int
    since: datetime
    growth_before: int = 0
    growth_offset: int = 0
    valid_until: datetime | None = None
    due_at: datetime | None = None
    keep_growth: int | None = None
    grace_days: int = 0

    def earned(self, growth: int) -> int:
        """The growth that counts for keeping the level."""
        return growth - self.growth_before

    @property
    def ends_at(self) -> datetime | None:
        """When the level ends unless it is kept."""
        return self.valid_until and self.valid_until + timedelta(days=self.grace_days)


@dataclass(frozen=True)
class LevelStep:
    """One change of a level, or a new period of the same."""

    position_before: int
    position: int
    cause: LevelCause
    at: datetime
    growth: int


@dataclass(frozen=True)
class GrowthLine:
    """Growth that came (above 0) or went at an instant."""

    at: datetime
    amount: int


class Walk:
    """Goes through growth and dues in the order of time, and notes the steps. `ladder` is the lowest level first."""

    def __init__(self, standing: Standing, ladder: Sequence[LevelTerms], growth: int) -> None:
        self.standing = standing
        self.steps: list[LevelStep] = []
        self._ladder = ladder
        self._growth = growth

    def go(self, lines: Iterable[GrowthLine], *, until: datetime) -> None:
        """Take in growth, oldest first, and decide every due by `until`; a due comes before growth of its instant."""
        if self.standing.position > len(self._ladder):
            self.fit(at=until)
        for line in lines:
            self._decide_dues(line.at)
            held = self._reached() >= self.standing.position
            self._growth += line.amount
            if line.amount > 0 and self._reached() > self.standing.position:
                self._step(self._reached(), LevelCause.REACHED, line.at)
            elif line.amount < 0 and held and self._reached() < self.standing.position:
                self._step(self._reached(), LevelCause.TAKEN_BACK, line.at)
        self._decide_dues(until)

    def fit(self, *, at: datetime) -> None:
        """Fit the standing to a ladder that was changed: nobody falls for it, unless the level is no more."""
        top = len(self._ladder)
        if self._reached() > self.standing.position:
            self._step(self._reached(), LevelCause.LADDER_CHANGED, at)
        elif self.standing.position > top:
            self._count_from(top)
            self._step(top, LevelCause.LADDER_CHANGED, at)
        elif self._reached() < self.standing.position:
            self._count_from(self.standing.position)

    def move(self, position: int, *, at: datetime) -> None:
        """Put the member on a level by hand."""
        if self._reached() != position:
            self._count_from(position)
        self._step(position, LevelCause.MOVED, at)

    def _decide_dues(self, until: datetime) -> None:
        while (due_at := self.standing.due_at) is not None and due_at <= until:
            now, is_lowest = self.standing, self.standing.position <= 1
            is_kept = now.keep_growth is not None and now.earned(self._growth) >= now.keep_growth
            if is_kept or is_lowest:
                self._step(now.position, LevelCause.KEPT, due_at)
            elif now.ends_at and due_at < now.ends_at:
                self.standing = replace(now, due_at=now.ends_at)
            else:
                self._count_from(now.position - 1)
                self._step(now.position - 1, LevelCause.LAPSED, due_at)

    def _reached(self) -> int:
        counted = self._growth - self.standing.growth_offset
        return sum(level.threshold <= counted for level in self._ladder)

    def _count_from(self, position: int) -> None:
        """Count as if the growth just reached a level."""
        self.standing = replace(self.standing, growth_offset=self._growth - self._ladder[position - 1].threshold)

    def _step(self, position: int, cause: LevelCause, at: datetime) -> None:
        """Begin a period of a level under its terms."""
        self.steps.append(LevelStep(self.standing.position, position, cause, at, self._growth))
        terms = self._ladder[position - 1] if position else LevelTerms("", 0)
        valid_until = None if terms.valid_days is None else at + timedelta(days=terms.valid_days)
        self.standing = Standing(
            position,
            since=at,
            growth_before=self._growth,
            growth_offset=self.standing.growth_offset,
            valid_until=valid_until,
            due_at=valid_until,
            keep_growth=terms.keep_growth,
            grace_days=terms.grace_days,
        )
