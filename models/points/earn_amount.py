"""How much a rule pays for a cause: a fixed amount, so much for each unit of a fact, or the step that a fact reaches.

Whole numbers all the way, and no language: a formula is a rate with a way to round and bounds, so whatever staff enter
has one plain meaning and an end. What comes of it is multiplied by the percent of the member's level and by that of a
period (a festival pays double), and rounded down.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from models.errors import Invalid, within
from models.points.behaviour import Fact
from models.points.posting import POINTS_LIMIT

PERCENT_MOST = 10_000
STEPS_MOST = 50

Facts = Mapping[str, int]


class AmountKind(StrEnum):
    """What the points follow from."""

    FIXED = "fixed"
    FORMULA = "formula"
    TIER = "tier"


class Rounding(StrEnum):
    """What becomes of a part of a unit, or of a point."""

    WHOLE_UNITS = "whole_units"
    DOWN = "down"
    NEAREST = "nearest"
    UP = "up"


@dataclass(frozen=True)
class Formula:
    """`points` for each `per` of a fact; `least` and `most` bound what a cause pays that pays anything at all."""

    fact: Fact
    points: int
    per: int = 1
    rounding: Rounding = Rounding.WHOLE_UNITS
    least: int = 0
    most: int | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**{**stored, "fact": Fact(stored["fact"]), "rounding": Rounding(stored["rounding"])})

    def to_json(self) -> dict[str, object]:
        return asdict(self)

    def checked(self) -> None:
        within("formula.points", self.points, 1, POINTS_LIMIT)
        within("formula.per", self.per, 1, POINTS_LIMIT)
        within("formula.least", self.least, 0, POINTS_LIMIT)
        if self.most is not None:
            within("formula.most", self.most, max(self.least, 1), POINTS_LIMIT)

    def of(self, facts: Facts) -> int:
        value = facts.get(self.fact, 0)
        if value <= 0 or (self.rounding is Rounding.WHOLE_UNITS and value < self.per):
            return 0
        found = max(self._exact(value), self.least)
        return found if self.most is None else min(found, self.most)

    def _exact(self, value: int) -> int:
        match self.rounding:
            case Rounding.WHOLE_UNITS:
                return value // self.per * self.points
            case Rounding.DOWN:
                return value * self.points // self.per
            case Rounding.NEAREST:
                return (2 * value * self.points + self.per) // (2 * self.per)
            case Rounding.UP:
                return -(-value * self.points // self.per)


@dataclass(frozen=True)
class Step:
    """From `value` of a fact on, a cause pays `points`."""

    value: int
    points: int


@dataclass(frozen=True)
class Tiers:
    """The steps by rising value; below the first nothing is paid."""

    fact: Fact
    steps: tuple[Step, ...]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(Fact(stored["fact"]), tuple(Step(**one) for one in stored["steps"]))

    def to_json(self) -> dict[str, object]:
        return {"fact": self.fact, "steps": [asdict(one) for one in self.steps]}

    def checked(self) -> None:
        within("tiers.steps", len(self.steps), 1, STEPS_MOST)
        values = [step.value for step in self.steps]
        if values != sorted(set(values)):
            raise Invalid("tiers.steps", zh="门槛应逐级升高", en="each step must begin above the one before")
        for step in self.steps:
            within("tiers.steps", step.value, 0, POINTS_LIMIT)
            within("tiers.steps", step.points, 0, POINTS_LIMIT)

    def of(self, facts: Facts) -> int:
        value = facts.get(self.fact, 0)
        return max(
            (step for step in self.steps if step.value <= value), key=lambda step: step.value, default=_NONE
        ).points


_NONE = Step(0, 0)


@dataclass(frozen=True)
class Peak:
    """A period in which a rule pays `percent` of what it pays else."""

    starts_at: datetime
    ends_at: datetime
    percent: int

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        instants = {name: datetime.fromisoformat(stored[name]) for name in ("starts_at", "ends_at")}
        return cls(**instants, percent=stored["percent"])

    def to_json(self) -> dict[str, object]:
        return {"starts_at": self.starts_at.isoformat(), "ends_at": self.ends_at.isoformat(), "percent": self.percent}

    def checked(self) -> None:
        within("peaks.percent", self.percent, 0, PERCENT_MOST)
        if self.starts_at >= self.ends_at:
            raise Invalid("peaks.endsAt", zh="结束时间应晚于开始时间", en="it must be after the start")

    def holds(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at
