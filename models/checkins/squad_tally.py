"""The tally of a squad: what its days come to. It is pure, so the same days always come to the same.

A squad has so many seats from its start to its end. A seat is one member's at a time: when somebody quits, is let go
or drops out, a substitute may take it over from that day on. Days are settled one after another. On each, every seat
owes a check-in, or in a relay the seat whose turn it is; one that nobody holds is missed by the squad alone.

    all_survive   one member with a miss more than allowed ends it for all, and so does an empty seat that nobody may
                  take over any more
    total_days    who misses more than allowed drops out; together they must come to so many days
    relay         as total_days, with one seat a day
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from models.checkins.squad_terms import SquadMode


class SquadState(StrEnum):
    """What has become of a squad."""

    FORMING = "forming"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    DISSOLVED = "dissolved"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Rules:
    """What the days are judged by; `seats` is how many the squad has had since its start."""

    days: int
    mode: SquadMode
    seats: int
    misses_allowed: int
    team_misses_allowed: int | None
    goal_percent: int
    substitutes_until_day: int

    def owing(self, day: int) -> range:
        """The numbers of the seats that owe a day, from 1."""
        if self.mode is SquadMode.RELAY:
            turn = (day - 1) % self.seats + 1
            return range(turn, turn + 1)
        return range(1, self.seats + 1)

    @property
    def owed(self) -> int:
        """How many check-ins all seats owe in all days."""
        return self.days * (1 if self.mode is SquadMode.RELAY else self.seats)


@dataclass(frozen=True)
class Holder:
    """Somebody in a seat, from `first_day` to `last_day` (None: to the end)."""

    id: UUID
    seat: int
    first_day: int
    last_day: int | None = None
    done: int = 0
    missed: int = 0
    is_out: bool = False

    def holds(self, day: int) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True)
class Tally:
    """`settled_through` is the last settled day; `done` and `missed` count check-ins of all seats."""

    settled_through: int
    holders: Mapping[UUID, Holder]
    done: int = 0
    missed: int = 0
    state: SquadState = SquadState.RUNNING

    def holder_of(self, seat: int, day: int) -> Holder | None:
        return next((one for one in self.holders.values() if one.seat == seat and one.holds(day)), None)

    def survivors(self) -> list[Holder]:
        """Who is still there, in the order of the seats."""
        return sorted((one for one in self.holders.values() if one.last_day is None), key=lambda one: one.seat)


@dataclass(frozen=True)
class DayResult:
    """What a day came to: for each who owed it whether it was done, and how the squad stood after it."""

    day: int
    marks: Mapping[UUID, bool]
    after: Tally

    @property
    def done(self) -> int:
        return sum(self.marks.values())


def settled(tally: Tally, days: Iterable[tuple[int, Set[UUID]]], rules: Rules) -> list[DayResult]:
    """The results of some days, in their order, until the squad is over; of each is known who did it."""
    results: list[DayResult] = []
    for day, done in days:
        if tally.state is not SquadState.RUNNING:
            break
        results.append(after_day(tally, day, done, rules))
        tally = results[-1].after
    return results


def after_day(tally: Tally, day: int, done: Set[UUID], rules: Rules) -> DayResult:
    """What a day comes to for a squad that is on its way."""
    holders, marks, empty = dict(tally.holders), dict[UUID, bool](), 0
    for seat in rules.owing(day):
        holder = tally.holder_of(seat, day)
        if holder is None:
            empty += 1
            continue
        marks[holder.id] = holder.id in done
        holders[holder.id] = _marked(holder, day, rules, is_done=holder.id in done)
    after = replace(
        tally,
        settled_through=day,
        holders=holders,
        done=tally.done + sum(marks.values()),
        missed=tally.missed + empty + sum(not is_done for is_done in marks.values()),
    )
    return DayResult(day, marks, replace(after, state=_state(after, day, rules, empty)))


def _marked(holder: Holder, day: int, rules: Rules, *, is_done: bool) -> Holder:
    if is_done:
        return replace(holder, done=holder.done + 1)
    missed = replace(holder, missed=holder.missed + 1)
    if missed.missed <= rules.misses_allowed or missed.last_day is not None:
        return missed
    return replace(missed, is_out=True, last_day=day)


def _state(after: Tally, day: int, rules: Rules, empty: int) -> SquadState:
    if rules.team_misses_allowed is not None and after.missed > rules.team_misses_allowed:
        return SquadState.FAILED
    if rules.mode is SquadMode.ALL_SURVIVE:
        is_short = empty > 0 and day >= rules.substitutes_until_day
        if is_short or any(one.is_out for one in after.holders.values()):
            return SquadState.FAILED
    if day < rules.days:
        return SquadState.RUNNING
    if rules.mode is SquadMode.ALL_SURVIVE or after.done * 100 >= rules.goal_percent * rules.owed:
        return SquadState.FINISHED
    return SquadState.FAILED


def shares(pot: int, weights: Mapping[UUID, int]) -> dict[UUID, int]:
    """A pot by weights, to the point: what does not divide goes to the heaviest, the first named in front."""
    total = sum(weights.values())
    if not pot or not total:
        return {}
    found = {one: pot * weight // total for one, weight in weights.items()}
    heaviest = sorted(weights, key=lambda one: -weights[one])
    for one in heaviest[: pot - sum(found.values())]:
        found[one] += 1
    return found
