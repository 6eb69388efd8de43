"""The tally of a member of a camp: what its days come to. It is pure, so the same days always come to the same.

Days are settled one after another from the first that a member owes. With one miss more than is allowed a member is
out, or goes on without hope of a certificate; both are final, and nothing is made up after that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from models.learning.camp_terms import MissRule


class PlaceState(StrEnum):
    """Where a member stands in a camp."""

    WAITING = "waiting"
    JOINED = "joined"
    LEFT = "left"
    FAILED = "failed"
    FINISHED = "finished"
    ENDED = "ended"
    CANCELLED = "cancelled"


class DayOutcome(StrEnum):
    """What a settled day came to."""

    DONE = "done"
    MISSED = "missed"
    MADE_UP = "made_up"


@dataclass(frozen=True)
class Rules:
    """How many days there are, how many may be missed, and what more misses mean."""

    days: int
    misses_allowed: int
    miss_rule: MissRule


@dataclass(frozen=True)
class Tally:
    """`settled_through` is the last settled day; `missed` are those not made up, `done` those that were among them."""

    settled_through: int
    done: int = 0
    missed: int = 0
    made_up: int = 0
    is_lost: bool = False
    state: PlaceState = PlaceState.JOINED

    def settle(self, day: int, is_done: bool | None, rules: Rules) -> "Tally":
        """The tally with the day after it; None is a day of rest."""
        tally = replace(self, settled_through=day)
        if is_done:
            tally = replace(tally, done=tally.done + 1)
        elif is_done is not None:
            tally = tally.miss(rules)
        if tally.state is PlaceState.JOINED and day >= rules.days:
            tally = replace(tally, state=PlaceState.ENDED if tally.is_lost else PlaceState.FINISHED)
        return tally

    def miss(self, rules: Rules) -> "Tally":
        """The tally with a miss more."""
        tally = replace(self, missed=self.missed + 1)
        if tally.missed <= rules.misses_allowed:
            return tally
        state = PlaceState.FAILED if rules.miss_rule is MissRule.OUT else tally.state
        return replace(tally, is_lost=True, state=state)

    def make_up(self) -> "Tally":
        """The tally with a missed day made up."""
        return replace(self, done=self.done + 1, missed=self.missed - 1, made_up=self.made_up + 1)

    def take_back(self, rules: Rules, *, was_made_up: bool) -> "Tally":
        """The tally without a day that was counted as done."""
        tally = replace(self, done=self.done - 1, made_up=self.made_up - was_made_up)
        return tally.miss(rules)


def settled(tally: Tally, days: Iterable[tuple[int, bool | None]], rules: Rules) -> tuple[Tally, dict[int, DayOutcome]]:
    """The tally after some days, in order, until the member is out; and what each of them came to."""
    outcomes: dict[int, DayOutcome] = {}
    for day, is_done in days:
        if tally.state is not PlaceState.JOINED:
            break
        tally = tally.settle(day, is_done, rules)
        if is_done is not None:
            outcomes[day] = DayOutcome.DONE if is_done else DayOutcome.MISSED
    return tally, outcomes
