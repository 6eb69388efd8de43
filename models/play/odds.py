"""The odds of a draw in one version: pure figures, from which a roll and a guarantee follow without asking anybody.

The guarantee (保底) counts an entrant's draws since it last won a prize of its tier or a better one; a win of a lesser
tier changes nothing. Once the count is full, the next draw rolls among the prizes of that tier alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from models.play.roll import number_below, place_of


@dataclass(frozen=True)
class PrizeOdds:
    """One prize as it is rolled for. Tier 1 is the best; without one it never meets a guarantee."""

    id: UUID
    weight: int
    tier: int | None = None
    segment_weights: Mapping[str, int] = field(default_factory=dict)

    def weight_in(self, segment: str | None) -> int:
        return self.segment_weights.get(segment, self.weight) if segment else self.weight


@dataclass(frozen=True)
class Roll:
    """The number rolled, below what bound, and the prize that it fell on."""

    number: int
    bound: int
    prize_id: UUID
    is_forced: bool


@dataclass(frozen=True)
class Odds:
    """All prizes that are offered, in order; the fallback is one of them."""

    prizes: tuple[PrizeOdds, ...]
    fallback_id: UUID
    pity_tier: int | None = None
    pity_after: int | None = None

    def roll(self, seed: str, message: str, *, segment: str | None, pity: int) -> Roll:
        """Roll for an entrant whose guarantee has counted `pity` draws."""
        is_forced = self.is_forced(pity)
        weights = self.weights(segment, is_forced=is_forced)
        bound = sum(weights)
        number = number_below(bound, seed, message)
        return Roll(number, bound, self.prizes[place_of(number, weights)].id, is_forced)

    def weights(self, segment: str | None, *, is_forced: bool) -> list[int]:
        """The weights in the order of the prizes; where the guarantee decides, those of its tier alone."""
        return [one.weight_in(segment) if not is_forced or one.tier == self.pity_tier else 0 for one in self.prizes]

    def is_forced(self, pity: int) -> bool:
        return self.pity_after is not None and pity >= self.pity_after

    def pity_next(self, pity: int, prize_id: UUID | None) -> int:
        """What the guarantee has counted after a prize was given; always 0 where there is none."""
        if self.pity_tier is None:
            return 0
        tier = next((one.tier for one in self.prizes if one.id == prize_id), None)
        return 0 if tier is not None and tier <= self.pity_tier else pity + 1

    def of_the_tier(self, roll: Roll, segment: str | None) -> list[UUID]:
        """The prizes that meet the guarantee, the one that was rolled first."""
        weights = zip(self.prizes, self.weights(segment, is_forced=True), strict=True)
        return [roll.prize_id, *(one.id for one, weight in weights if weight and one.id != roll.prize_id)]
