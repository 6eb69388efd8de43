"""Eligibility: what a record answers before an act that pays: allowed or not, every reason, when next, how much."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from models.errors import DomainError


@dataclass(frozen=True)
class Due:
    """What an act pays for one reason."""

    reason: str
    points: int
    growth: int = 0


@dataclass(frozen=True)
class Eligibility:
    """Whether an act is allowed now, everything that stands against it, when next, and what it would pay."""

    refusals: Sequence[DomainError] = field(default_factory=tuple)
    preview: Sequence[Due] = field(default_factory=tuple)

    @property
    def is_allowed(self) -> bool:
        return not self.refusals

    @property
    def next_at(self) -> datetime | None:
        """The latest of the instants that the refusals name; none where a refusal is not a matter of time."""
        instants = [refusal.retry_at for refusal in self.refusals]
        return max((at for at in instants if at), default=None) if all(instants) else None
