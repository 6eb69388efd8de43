"""Eligibility: before an act, whether it is allowed, every reason why not, when next, and what it would bring."""

from datetime import datetime
from typing import Self

import strawberry

from models.eligibility import Due
from models.eligibility import Eligibility as EligibilityFound
from schema.errors import UserError


@strawberry.type(description="One reward that an act would bring.")
class RewardPreview:
    reason: str = strawberry.field(description="What it is paid for, such as `check_in` or `cycle_bonus`.")
    points: int = strawberry.field(description="Points that can be spent.")
    growth: int = strawberry.field(description="Growth value, which only raises the level.")

    @classmethod
    def of(cls, due: Due) -> Self:
        return cls(reason=due.reason, points=due.points, growth=due.growth)


@strawberry.type(description="Whether the caller may act now, and what the act would bring.")
class Eligibility:
    is_allowed: bool = strawberry.field(description="Whether the act would be done now.")
    reasons: list[UserError] = strawberry.field(description="Everything that stands against it.")
    next_at: datetime | None = strawberry.field(description="When it may be allowed, where time decides.")
    preview: list[RewardPreview] = strawberry.field(description="What it would bring.")

    @classmethod
    def of(cls, found: EligibilityFound, locale: str) -> Self:
        """The answer for a caller, from what the record found."""
        return cls(
            is_allowed=found.is_allowed,
            reasons=[UserError.of(refusal, locale) for refusal in found.refusals],
            next_at=found.next_at,
            preview=[RewardPreview.of(due) for due in found.preview],
        )
