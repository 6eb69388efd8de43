"""Progress: every day of a camp as it stands for a member at an instant, also what no job has settled yet.

Days that have ended and are not written down are judged here as the settlement will judge them, so what a member reads
does not depend on when that runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from models.learning.camp import Camp
from models.learning.camp_day import CampDay
from models.learning.camp_place import CampPlace, rules_of
from models.learning.camp_proof import Window, proven, window_of
from models.learning.camp_settlement import days_done, days_ended
from models.learning.camp_tally import DayOutcome, PlaceState, Tally, settled
from models.learning.camp_task import CampTask
from store.database import fetch_value

RANKED = ("joined", "failed", "finished", "ended")
"""Whose days are compared."""


class DayState(StrEnum):
    """How a day of a camp stands for a member."""

    DONE = "done"
    MADE_UP = "made_up"
    MISSED = "missed"
    OPEN = "open"
    AHEAD = "ahead"
    REST = "rest"
    NOT_OWED = "not_owed"


@dataclass(frozen=True)
class TaskProgress:
    """A task that is unlocked; `is_done` by now."""

    task: CampTask
    is_done: bool


@dataclass(frozen=True)
class DayProgress:
    day: int
    business_day: date
    opens_at: datetime
    ends_at: datetime
    state: DayState
    tasks: tuple[TaskProgress, ...]


@dataclass(frozen=True)
class CampProgress:
    """`misses_left` may be missed still; `rank` is the place by days done, of `ranked` members, from 1."""

    camp: Camp
    place: CampPlace
    tally: Tally
    days: tuple[DayProgress, ...]
    misses_left: int
    rank: int
    ranked: int


async def camp_progress(member_id: UUID, camp_id: UUID, *, at: datetime) -> CampProgress | None:
    """How a member stands in a camp at `at`; None where it has no place. Raises `NotFound`."""
    camp = await Camp.shown(camp_id)
    place = await CampPlace.standing(member_id, camp_id)
    return await _progress(place, camp, at=at) if place else None


async def place_progress(place: CampPlace, *, at: datetime) -> CampProgress:
    """How the member of a place stands in its camp at `at`."""
    return await _progress(place, await Camp.get(id=place.camp_id), at=at)


async def _progress(place: CampPlace, camp: Camp, *, at: datetime) -> CampProgress:
    tally, outcomes = await _standing(place, camp, at=at)
    tasks = await CampTask.of(camp.id)
    done = await _done_now(place, camp, [one for one in tasks if one.opens_at <= at], at=at)
    known = _Known(camp, place, tally, outcomes, tasks, done, at)
    return CampProgress(
        camp=camp,
        place=place,
        tally=tally,
        days=tuple(known.day(day) for day in range(1, camp.days + 1)),
        misses_left=max(camp.misses_allowed - tally.missed, 0),
        rank=1 + await _ranked(camp.id, "AND done_days > $2", tally.done),
        ranked=await _ranked(camp.id, ""),
    )


@dataclass(frozen=True)
class _Known:
    """What is known of a member's days at an instant; `done` holds the unlocked tasks alone."""

    camp: Camp
    place: CampPlace
    tally: Tally
    outcomes: Mapping[int, DayOutcome]
    tasks: Sequence[CampTask]
    done: Mapping[UUID, bool]
    at: datetime

    def day(self, day: int) -> DayProgress:
        of_day = [one for one in self.tasks if one.day == day]
        unlocked = tuple(TaskProgress(one, self.done[one.id]) for one in of_day if one.id in self.done)
        opens_at, ends_at = self.camp.day_opens(day), self.camp.day_ends(day)
        if day in self.outcomes:
            state = DayState(self.outcomes[day])
        elif not of_day:
            state = DayState.REST
        elif not self._is_owed(day, ends_at):
            state = DayState.NOT_OWED
        elif self.at < opens_at:
            state = DayState.AHEAD
        else:
            state = DayState.DONE if all(one.is_done for one in unlocked) else DayState.OPEN
        return DayProgress(day, self.camp.date_of(day), opens_at, ends_at, state, unlocked)

    def _is_owed(self, day: int, ends_at: datetime) -> bool:
        """Whether the member has something to do on a day without an outcome, or would have with a seat."""
        if self.tally.state is PlaceState.WAITING:
            return self.at < self.camp.day_opens(day)
        return self.tally.state is PlaceState.JOINED and day >= self.place.first_day and self.at < ends_at


async def _standing(place: CampPlace, camp: Camp, *, at: datetime) -> tuple[Tally, dict[int, DayOutcome]]:
    """The tally and every day's outcome, those that are not written down included."""
    outcomes = {one.day: one.outcome for one in await CampDay.filter(place_id=place.id)}
    if place.state is not PlaceState.JOINED:
        return place.tally, outcomes
    ended = days_ended(camp, place.settled_through, at)
    tally, more = settled(place.tally, await days_done(camp, place, ended), rules_of(camp))
    return tally, outcomes | more


async def _done_now(place: CampPlace, camp: Camp, tasks: list[CampTask], *, at: datetime) -> dict[UUID, bool]:
    """Which unlocked tasks the member has done, in time or late."""
    windows: list[tuple[CampTask, Window]] = []
    for task in tasks:
        window = window_of(camp, task.day)
        windows.append((task, replace(window, closes_at=max(window.closes_at, at))))
    found = await proven(place.member_id, windows)
    return {task.id: is_done for (task, _), is_done in zip(windows, found, strict=True)}


async def _ranked(camp_id: UUID, more: str, *values: object) -> int:
    states = ", ".join(f"'{one}'" for one in RANKED)
    sql = f"SELECT count(*) FROM camp_place WHERE camp_id = $1 AND state IN ({states}) {more}"  # noqa: S608 - own text
    return int(await fetch_value(sql, camp_id, *values) or 0)
