"""The terms of an earn rule: everything that a version says, as a value.

The same value is what staff enter, what a version keeps in its columns, what pays, and what a simulation replays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from pydantic.alias_generators import to_camel

from models.errors import Invalid, bounded_text, within
from models.members.audience import Audience
from models.points.behaviour import Behaviour, Fact
from models.points.earn_amount import PERCENT_MOST, AmountKind, Facts, Formula, Peak, Tiers
from models.points.posting import POINTS_LIMIT

COUNT_MOST = 1_000_000
COOLDOWN_MINUTES_MOST = 366 * 24 * 60
RELEASE_DAYS_MOST = 366
BUDGET_NAME_MOST = 40
PEAKS_MOST = 20
LEVELS_MOST = 50
HUNDRED = 100

_TIMES = (
    *("day_most", "week_most", "month_most", "lifetime_most"),
    *("target_day_most", "target_most", "pair_day_most", "pair_most"),
)
_POINTS = ("day_points_most", "week_points_most", "month_points_most", "lifetime_points_most")


class Combining(StrEnum):
    """How a rule goes with the others of its behaviour."""

    BEST = "best"
    ADDS = "adds"


@dataclass(frozen=True)
class EarnTerms:
    """What a version says. A limit that is None does not hold; `lifetime_most` of 1 pays once.

    Limits count what the rule paid, over all of its versions. Limits in points pay what is left of them. Those of a
    target hold for one thing (a post, a partner, a good), those of a pair for one other member.
    """

    amount: int = 0
    growth: int = 0
    day_most: int | None = None
    week_most: int | None = None
    month_most: int | None = None
    lifetime_most: int | None = None
    cooldown_minutes: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    release_days: int | None = None
    needs_review: bool = False
    amount_kind: AmountKind = AmountKind.FIXED
    formula: Formula | None = None
    tiers: Tiers | None = None
    growth_percent: int = 0
    level_percents: Mapping[int, int] = field(default_factory=dict)
    peaks: tuple[Peak, ...] = ()
    day_points_most: int | None = None
    week_points_most: int | None = None
    month_points_most: int | None = None
    lifetime_points_most: int | None = None
    target_day_most: int | None = None
    target_most: int | None = None
    pair_day_most: int | None = None
    pair_most: int | None = None
    requires: tuple[Behaviour, ...] = ()
    audience: Audience = field(default_factory=Audience)
    budget_name: str | None = None
    combining: Combining = Combining.BEST

    def checked(self) -> Self:
        """These terms, or `Invalid`."""
        within("amount", self.amount, 0, POINTS_LIMIT)
        within("growth", self.growth, 0, POINTS_LIMIT)
        within("growthPercent", self.growth_percent, 0, PERCENT_MOST)
        within("cooldownMinutes", self.cooldown_minutes, 0, COOLDOWN_MINUTES_MOST)
        within("releaseDays", self.release_days or 0, 0, RELEASE_DAYS_MOST)
        for names, most in ((_TIMES, COUNT_MOST), (_POINTS, POINTS_LIMIT)):
            for name in names:
                if (value := getattr(self, name)) is not None:
                    within(to_camel(name), value, 1, most)
        if self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            raise Invalid("endsAt", zh="结束时间应晚于开始时间", en="it must be after the start")
        bounded_text(self.budget_name, "budgetName", least=1, most=BUDGET_NAME_MOST)
        self.audience.checked()
        self._check_amount()
        return self

    def _check_amount(self) -> None:
        wanted = (("formula", AmountKind.FORMULA, self.formula), ("tiers", AmountKind.TIER, self.tiers))
        for name, kind, found in wanted:
            if (found is not None) is not (self.amount_kind is kind):
                raise Invalid(
                    name, zh="应与计算方式一致", en="it is given where, and only where, the amount goes by it"
                )
            if found is not None:
                found.checked()
        if self.amount_kind is AmountKind.FIXED and not self.amount and not self.growth:
            raise Invalid("amount", zh="积分与成长值至少一项大于 0", en="a rule pays points or growth")
        if self.amount_kind is not AmountKind.FIXED and self.amount:
            raise Invalid("amount", zh="仅用于固定数额", en="it belongs to a fixed amount")
        within("peaks", len(self.peaks), 0, PEAKS_MOST)
        for peak in self.peaks:
            peak.checked()
        within("levelPercents", len(self.level_percents), 0, LEVELS_MOST)
        for percent in self.level_percents.values():
            within("levelPercents", percent, 0, PERCENT_MOST)

    @property
    def waits(self) -> bool:
        """Whether its points wait, for a review or for days."""
        return bool(self.release_days) or self.needs_review

    @property
    def looks_back(self) -> bool:
        """Whether what was paid at any time before matters to it."""
        ever = (self.lifetime_most, self.lifetime_points_most, self.target_most, self.pair_most)
        return bool(self.requires) or any(ever)

    @property
    def basis(self) -> Fact | None:
        """The fact that the amount follows from."""
        found = self.formula or self.tiers
        return found.fact if found else None

    def due(self, facts: Facts, *, level: int, at: datetime, speed_percent: int = HUNDRED) -> tuple[int, int]:
        """Points and growth for a cause, before any limit, for a member of a level's position (0: none).

        `speed_percent` is the level's own speed; what the rule says of the level takes its place.
        """
        points = self._plain(facts)
        growth = self.growth + points * self.growth_percent // HUNDRED
        speed = self.level_percents.get(level, speed_percent)
        peak = max((one.percent for one in self.peaks if one.holds(at)), default=HUNDRED)
        return min(points * speed * peak // HUNDRED**2, POINTS_LIMIT), min(growth, POINTS_LIMIT)

    def _plain(self, facts: Facts) -> int:
        if self.formula is not None:
            return self.formula.of(facts)
        return self.tiers.of(facts) if self.tiers is not None else self.amount

    def columns(self) -> dict[str, Any]:
        """The terms as the columns of a version."""
        nested = {
            "formula": self.formula.to_json() if self.formula else None,
            "tiers": self.tiers.to_json() if self.tiers else None,
            "level_percents": {str(level): percent for level, percent in self.level_percents.items()},
            "peaks": [peak.to_json() for peak in self.peaks],
            "requires": [str(one) for one in self.requires],
            "audience": self.audience.to_json(),
        }
        return {one.name: getattr(self, one.name) for one in fields(self)} | nested

    @classmethod
    def of_columns(cls, version: object) -> Self:
        """The terms that a version keeps."""
        stored = {one.name: getattr(version, one.name) for one in fields(cls)}
        nested = {
            "formula": Formula.from_json(stored["formula"]) if stored["formula"] else None,
            "tiers": Tiers.from_json(stored["tiers"]) if stored["tiers"] else None,
            "level_percents": {int(level): percent for level, percent in stored["level_percents"].items()},
            "peaks": tuple(Peak.from_json(one) for one in stored["peaks"]),
            "requires": tuple(Behaviour(one) for one in stored["requires"]),
            "audience": Audience.from_json(stored["audience"]),
        }
        return cls(**{**stored, **nested})
